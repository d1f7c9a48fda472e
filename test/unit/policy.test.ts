import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leadWithinMs } from '../../src/domain/calendar.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { TLP_LABELS } from '../../src/domain/tlp.ts';
import { ACTION_KEYS, PAGE_REASONS, REPORT_CHANNELS } from '../../src/domain/vocabulary.ts';
import { hashPolicy, loadPolicy, PolicyError, type PolicyProblem } from '../../src/policy.ts';

const root = resolve(import.meta.dirname, '../..');
const incommonFile = join(root, 'policy/incommon.yaml');
const drillFile = join(root, 'policy/drill.yaml');

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let incommon: Policy;
let drill: Policy;
let directory: string;
beforeAll(async () => {
  [incommon, drill] = await Promise.all([loadPolicy(incommonFile), loadPolicy(drillFile)]);
  directory = await mkdtemp(join(tmpdir(), 'tocsin-policy-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** A rota as an overlay has it, in one line. */
const ROTA =
  '{ key: nights, title: Nights, timeZone: Europe/London, source: ours, layers: [' +
  '{ name: weekly, members: [responder1, responder2], handOver: FREQ=WEEKLY, startsAt: 2026-03-02T09:00, ' +
  'hours: [{ weekday: sunday, from: "18:00", to: "24:00" }] }] }';

describe('the default policy', () => {
  test('owes a reply within 24 hours of receipt', () => {
    expect(incommon.rules.reply).toEqual({ withinMs: DAY, warnBeforeMs: 4 * HOUR });
  });

  test('says where to report, and that mail may wait 12 hours outside business hours', () => {
    expect(incommon.organization).toEqual({
      name: 'InCommon Federation',
      csirt: 'InCommon CSIRT',
      mail: 'security@incommon.org',
      phone: '+1 734 352 7045',
      mailNoticedWithinMs: 12 * HOUR,
    });
  });

  test('keeps everything 7 years', () => {
    expect(incommon.retentionYears).toBe(7);
  });

  test('pages at once for a phone call, and for no other report', () => {
    expect(incommon.rules.pageOnReceipt).toEqual(['phone']);
  });

  test.each([
    ['phone', '2026-06-15T07:00:00Z', 15 * MINUTE],
    ['form', '2026-06-15T16:00:00Z', HOUR],
    ['mail', '2026-06-15T16:00:00Z', HOUR],
    ['form', '2026-06-15T07:00:00Z', 12 * HOUR],
    ['mail', '2026-11-26T16:00:00Z', 12 * HOUR],
  ] as const)('wants a lead for a report by %s at %s within %d ms', (channel, at, ms) => {
    expect(leadWithinMs(incommon.leadTimes, incommon.calendar, channel, Date.parse(at))).toBe(ms);
  });

  test('has the 18 rows of the actions matrix as the framework orders them', () => {
    const all = ['normal', 'escalation', 'emergency'];
    const upper = ['escalation', 'emergency'];
    const rows = incommon.rules.actions.map(({ row, key, parts, applies, after }) => [
      row,
      key,
      parts.join(),
      applies,
      after.join(),
    ]);
    expect(rows).toEqual([
      [1, 'initial-assessment', 'lead', all, ''],
      [2, 'engage-legal', 'lead', all, 'initial-assessment'],
      [3, 'protected-information', 'lead', all, 'initial-assessment'],
      [4, 'insurance-notice', 'legal', all, 'engage-legal'],
      [5, 'contact-executive', 'lead', upper, 'initial-assessment'],
      [6, 'convene-csirt', 'lead', upper, 'initial-assessment'],
      [7, 'deliver-assessment', 'lead', all, 'initial-assessment'],
      [8, 'reassess', 'lead', upper, 'convene-csirt,deliver-assessment'],
      [9, 'external-help', 'lead,executive', upper, 'reassess'],
      [10, 'initial-remediation', 'lead', upper, 'reassess'],
      [11, 'involve-others', 'executive', upper, 'reassess'],
      [12, 'agree-plan', 'csirt', upper, 'initial-remediation'],
      [13, 'engage-actors', 'csirt', upper, 'agree-plan'],
      [14, 'act-on-plan', 'csirt', upper, 'engage-actors'],
      [15, 'post-action-report', 'csirt', upper, 'act-on-plan'],
      [16, 'further-measures', 'csirt,executive', upper, 'post-action-report'],
      [17, 'act-on-next-steps', 'csirt,executive', upper, 'further-measures'],
      [18, 'after-action-review', 'lead', upper, 'act-on-next-steps'],
    ]);
  });

  test('has the rows in that order also where a file lists them in another one', async () => {
    const file = parse(await readFile(incommonFile, 'utf8')) as { actions: unknown[] };
    const turned = JSON.stringify({ ...file, actions: file.actions.toReversed() });
    expect((await load({ 'turned.json': turned })).rules).toEqual(incommon.rules);
  });

  test('lets nobody waive rows 1, 2, 3, 8 and 18', () => {
    const rows = incommon.rules.actions.filter(({ isWaivable }) => !isWaivable).map(({ row }) => row);
    expect(rows).toEqual([1, 2, 3, 8, 18]);
  });

  test('makes the executive’s part of rows 9 and 16 wait for the other one, of row 17 not', () => {
    const rows = incommon.rules.actions.filter(({ parts }) => parts.length > 1);
    expect(rows.map(({ row, partsInOrder }) => [row, partsInOrder])).toEqual([
      [9, true],
      [16, true],
      [17, false],
    ]);
  });

  test('waits two days for Legal on row 4, then reminds, pages and tells the sponsor', () => {
    expect(incommon.rules.actions[3]?.withinMs).toBe(2 * DAY);
    expect(incommon.rules.overdue).toEqual({ pageAfterMs: 4 * HOUR, tellSponsorAfterMs: DAY });
  });

  test('ends every round of every ladder with the Executive Sponsor', () => {
    for (const { rungs } of Object.values(incommon.rules.ladders)) {
      expect(rungs.at(-1)?.targets).toEqual([{ role: 'executive' }]);
    }
    expect(Object.keys(incommon.rules.ladders)).toEqual(
      expect.arrayContaining(['triage', 'legal', 'counsel', 'executive', 'operations']),
    );
  });

  test('directs law enforcement to the General Counsel first', () => {
    const { ladders, ladderOf } = incommon.rules;
    expect(ladders[ladderOf['law-enforcement']]?.rungs[0]?.targets).toEqual([{ role: 'general-counsel' }]);
  });

  test('has a ladder for every reason to page', () => {
    expect(Object.keys(incommon.rules.ladderOf).toSorted()).toEqual(PAGE_REASONS.toSorted());
  });

  test('lets no page be over before the warning that began it is', () => {
    const { ladders, ladderOf, reply } = incommon.rules;
    const { rungs, rounds } = ladders[ladderOf['reply-due']]!;
    const lasts = rounds * rungs.reduce((sum, { waitMs }) => sum + waitMs, 0);
    expect(lasts).toBeLessThan(reply.warnBeforeMs);
  });

  test('ranks the intake channels in ascending order of priority', () => {
    const ranked = incommon.channels
      .filter(({ intakePriority }) => intakePriority !== null)
      .toSorted((a, b) => a.intakePriority! - b.intakePriority!)
      .map(({ key, owesReply }) => [key, owesReply]);
    expect(ranked).toEqual([
      ['internal-open-list', false],
      ['internal-open-chat', false],
      ['internal-closed-list', true],
      ['intake-form', true],
      ['intake-mail', true],
      ['on-call', true],
      ['phone', true],
    ]);
  });

  test('takes nothing sensitive over a channel that reports come by', () => {
    const intake = incommon.channels.filter(({ intakePriority }) => intakePriority !== null);
    expect(intake.filter(({ isSecure }) => isSecure)).toEqual([]);
    expect(incommon.rules.channels).toEqual(
      Object.fromEntries(incommon.channels.map(({ key, isSecure }) => [key, { isSecure }])),
    );
  });

  test.each([
    ['timing', ['realtime', 'asynchronous']],
    ['shape', ['one-to-one', 'one-to-many', 'many-to-many']],
    ['openness', ['confidential', 'semi-confidential', 'internal-open', 'public']],
  ] as const)('names a channel of each %s', (field, values) => {
    expect(new Set(incommon.channels.map((channel) => channel[field]))).toEqual(new Set(values));
  });

  test('names the channels of the matrix: a realtime conference, and a list that is secure', () => {
    const channelOf = (key: string) => incommon.channels.find((channel) => channel.key === key);
    expect(channelOf('csirt-conference')).toMatchObject({ timing: 'realtime', shape: 'many-to-many' });
    expect(channelOf('csirt-secure-list')).toMatchObject({ timing: 'asynchronous', isSecure: true });
  });

  test('has the people of the stand', () => {
    const roles = Object.fromEntries(incommon.people.map(({ username, roles: held }) => [username, held]));
    expect(roles).toEqual({
      responder1: ['csirt'],
      responder2: ['csirt'],
      lead1: ['csirt'],
      sponsor1: ['executive', 'csirt'],
      comms1: ['communications', 'csirt'],
      renisac1: ['ren-isac', 'csirt'],
      legal1: ['legal'],
      counsel1: ['general-counsel'],
      ops1: ['operations'],
      sme1: [],
      owner1: [],
      auditor1: ['auditor'],
      admin1: ['admin'],
    });
    expect(incommon.people.every(({ username, mail }) => mail === `${username}@stand.example`)).toBe(true);
  });

  test('says of every label when to use it and how to share it', () => {
    expect(incommon.tlp.map(({ label }) => label)).toEqual(TLP_LABELS);
  });

  test('says what makes an Escalation and what an Emergency', () => {
    expect(incommon.criteria.map(({ key, makes }) => [key, makes])).toEqual([
      ['production-systems', 'escalation'],
      ['change-control-needed', 'escalation'],
      ['health-and-safety', 'emergency'],
      ['critical-trust-controls', 'emergency'],
      ['ability-to-provide-services', 'emergency'],
      ['deemed-by-policy', 'emergency'],
      ['deemed-by-sponsor', 'emergency'],
    ]);
  });

  test('names for every value of every factor its points and its meaning', () => {
    const points = incommon.severityFactors.map(({ factor, values }) => [
      factor,
      Object.fromEntries(values.map((one) => [one.value, one.points])),
    ]);
    expect(Object.fromEntries(points)).toEqual(incommon.rules.severity.factors);
    expect(Object.keys(incommon.rules.severity.factors.exploitation).toSorted()).toEqual([
      'active',
      'feasible',
      'unlikely',
    ]);
  });

  test('names in docs/sources.md every rule that it rests on', async () => {
    const [documented, ...policies] = await Promise.all(
      [join(root, 'docs/sources.md'), incommonFile, drillFile].map((file) => readFile(file, 'utf8')),
    );
    const idsIn = (text: string) => new Set(text.match(/\b(?:IC|NM|SLA)-\d+\b/g));
    const listed = idsIn(documented!);
    expect([...idsIn(policies.join())].filter((id) => !listed.has(id))).toEqual([]);
  });
});

describe('the drill', () => {
  test('is the default policy but for its name and its clocks', () => {
    expect(withoutClocks(drill)).toEqual(withoutClocks(incommon));
  });

  test('is a few lines', async () => {
    expect((await readFile(drillFile, 'utf8')).split('\n').length).toBeLessThan(30);
  });

  test('owes a reply within 20 seconds and pages after 10', () => {
    expect(drill.rules.reply).toEqual({ withinMs: 20 * SECOND, warnBeforeMs: 10 * SECOND });
  });

  test('climbs from responder1 to the sponsor in steps of 3 seconds, twice', () => {
    const { ladders, ladderOf } = drill.rules;
    const targets = [
      { person: 'responder1' },
      { person: 'responder2' },
      { person: 'lead1' },
      { role: 'executive' },
    ];
    for (const reason of ['phone', 'reply-due', 'reply-breached', 'no-lead'] as const) {
      expect(ladders[ladderOf[reason]]).toEqual({
        rungs: targets.map((target) => ({ targets: [target], waitMs: 3 * SECOND })),
        rounds: 2,
      });
    }
  });

  test('gives every row of the matrix 90 seconds, and an acknowledgement 15', () => {
    expect(new Set(drill.rules.actions.map(({ withinMs }) => withinMs))).toEqual(new Set([90 * SECOND]));
    expect(drill.rules.acknowledgementLastsMs).toBe(15 * SECOND);
    expect(drill.rules.snoozeAtMostMs).toBe(60 * SECOND);
  });

  test('pages for nothing but a reply in the first minute of a report by form or mail', () => {
    const { rules, leadTimes, calendar } = drill;
    expect(rules.pageOnReceipt).toEqual(['phone']);
    const atNoon = Date.parse('2026-06-15T16:00:00Z');
    const others = [
      rules.leadWithinMs,
      rules.verificationWithinMs,
      ...rules.actions.map(({ withinMs }) => withinMs),
      ...REPORT_CHANNELS.map((channel) => leadWithinMs(leadTimes, calendar, channel, atNoon)),
      ...REPORT_CHANNELS.map((channel) => leadWithinMs(leadTimes, calendar, channel, atNoon + 12 * HOUR)),
    ];
    expect(Math.min(...others)).toBeGreaterThan(MINUTE);
  });
});

describe('the hash of a policy', () => {
  test('is the same for the same content, in whichever file and order it stands', async () => {
    const again = await load({ 'again.yaml': `extends: ${incommonFile}` });
    expect(again).toEqual(incommon);
    const turned = parse(await readFile(incommonFile, 'utf8')) as Record<string, unknown>;
    const reversed = Object.fromEntries(Object.entries(turned).toReversed());
    expect((await load({ 'turned.json': JSON.stringify(reversed) })).rules.hash).toBe(incommon.rules.hash);
  });

  test('is another one after any change, also of a word', async () => {
    const changed = await load({
      'changed.yaml': `extends: ${incommonFile}\norganization: { csirt: Another CSIRT }`,
    });
    expect(changed.rules.hash).not.toBe(incommon.rules.hash);
    expect(incommon.rules.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('can be worked out again from a policy that was stored', () => {
    const stored = JSON.parse(JSON.stringify(drill)) as Policy;
    expect(stored).toEqual(drill);
    expect(hashPolicy(stored)).toBe(drill.rules.hash);
    expect(hashPolicy({ ...stored, retentionYears: 6 })).not.toBe(drill.rules.hash);
  });
});

describe('a file that extends another one', () => {
  test('changes what it names and leaves the rest', async () => {
    const changed = await load({
      'over.yaml': `
        extends: ${incommonFile}
        name: over
        serviceLevels: { reply: { within: PT12H } }
        people: [{ username: lead1, name: Lee }, { username: lead2, name: Lou, mail: lead2@stand.example, roles: [csirt] }]
        actions: [{ key: insurance-notice, within: P3D }]
        calendar: { holidays: [] }
      `,
    });
    expect(changed.rules.reply).toEqual({ withinMs: 12 * HOUR, warnBeforeMs: 4 * HOUR });
    expect(changed.people.map(({ username }) => username)).toEqual([
      ...incommon.people.map(({ username }) => username),
      'lead2',
    ]);
    expect(changed.people[2]).toEqual({ ...incommon.people[2], name: 'Lee' });
    expect(changed.rules.actions.map(({ withinMs }) => withinMs)).toEqual(
      incommon.rules.actions.map(({ key, withinMs }) => (key === 'insurance-notice' ? 3 * DAY : withinMs)),
    );
    expect(changed.calendar).toEqual({ ...incommon.calendar, holidays: [] });
  });

  test('may have rotas, and ladders that call who is on call', async () => {
    const changed = await load({
      'over.yaml': `
        extends: ${incommonFile}
        name: over
        rotas: [${ROTA}]
        ladders: { triage: { rungs: [{ ring: [{ rota: nights }], wait: PT5M }, { ring: [{ role: executive }], wait: PT5M }] } }
      `,
    });
    expect(changed.rotas).toEqual([
      {
        key: 'nights',
        title: 'Nights',
        timeZone: 'Europe/London',
        layers: [
          {
            name: 'weekly',
            members: ['responder1', 'responder2'],
            handOver: 'FREQ=WEEKLY',
            startsAt: '2026-03-02T09:00',
            endsAt: null,
            hours: [{ weekday: 7, fromMinute: 1080, toMinute: 1440 }],
          },
        ],
      },
    ]);
    expect(changed.rules.ladders['triage']?.rungs[0]?.targets).toEqual([{ rota: 'nights' }]);
    expect(incommon.rotas).toBeUndefined();
  });

  test('may extend one that extends a third', async () => {
    const changed = await load({
      'top.yaml': 'extends: middle.yaml\nname: top',
      'middle.yaml': `extends: ${drillFile}\nname: middle\nserviceLevels: { lead: { within: PT80S } }`,
    });
    expect(changed.rules).toMatchObject({ name: 'top', leadWithinMs: 80 * SECOND });
    expect(withoutClocks(changed)).toEqual(withoutClocks(incommon));
  });

  test.each([
    [{ 'a.yaml': 'extends: a.yaml' }, 'a.yaml', 'a.yaml extends a.yaml'],
    [
      { 'a.yaml': 'extends: b.yaml', 'b.yaml': 'name: b\nextends: ./a.yaml' },
      'b.yaml',
      'a.yaml extends b.yaml extends a.yaml',
    ],
  ])('in a circle is refused where the circle closes: %j', async (files, file, circle) => {
    const [problem, ...others] = await problemsOf(files);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      file,
      path: 'extends',
      expected: 'a file that does not lead back here',
    });
    expect(problem?.got.replaceAll(`${directory}/`, '')).toBe(circle);
  });

  test('that is not there is named', async () => {
    expect(await problemsOf({ 'a.yaml': 'extends: nowhere.yaml' })).toEqual([
      { file: 'nowhere.yaml', line: null, path: '', expected: 'a YAML file that can be read', got: 'ENOENT' },
    ]);
  });

  test.each(['extends: [a.yaml]', 'extends: 7', 'extends:'])('by %j is refused', async (text) => {
    expect(await problemsOf({ 'a.yaml': text })).toMatchObject([
      { file: 'a.yaml', line: 1, path: 'extends', expected: 'the name of another policy file' },
    ]);
  });
});

describe('a mistake in a policy', () => {
  test('is named with file, line, path, what was expected and what came, and so is every other one', async () => {
    const text = `extends: ${incommonFile}
actions:
  - key: insurance-notice
    within: two days
retention: { keep: 7 }
organisation: {}
`;
    const error = await refusal({ 'mine.yaml': text });
    expect(error.code).toBe('policy');
    expect(error.message.replaceAll(`${directory}/`, '')).toBe(
      [
        'The policy cannot be used:',
        '  mine.yaml:4 actions[0].within: expected a duration such as PT24H, got "two days"',
        '  mine.yaml:5 retention.keep: expected years, such as P7Y, got 7',
        `  mine.yaml:6 organisation: expected one of the keys ${TOP_KEYS}, got {}`,
      ].join('\n'),
    );
  });

  test.each([
    [
      'letters: { reply: { subject: "[{{incident}}] Reply" } }',
      'letters.reply.subject',
      '{{label}} somewhere in it',
      'none',
    ],
    [
      'letters: { autoReply: { other: { body: ["{{incident}} {{phone}} {{nothingSensitive}}"] } } }',
      'letters.autoReply.other.body',
      '{{statusUrl}} somewhere in it',
      'none',
    ],
    [
      'letters: { autoReply: { other: { subject: "One\\nTwo" } } }',
      'letters.autoReply.other.subject',
      'a text of one line',
      String.raw`"One\nTwo"`,
    ],
    [
      'letters: { notices: { asked: { body: ["{{facts}} {{text}}"] } } }',
      'letters.notices.asked.body[0]',
      'no placeholders but {{incident}}, {{csirt}}, {{organization}}, {{phone}}, {{businessHours}}, {{mailWait}}, {{nothingSensitive}}, {{step}}, {{facts}}',
      '"{{facts}} {{text}}"',
    ],
    [
      'letters: { question: { subject: "[{{incident}}] TLP:{{label}} {{text}}" } }',
      'letters.question.subject',
      'no placeholders but {{incident}}, {{csirt}}, {{organization}}, {{phone}}, {{businessHours}}, {{mailWait}}, {{label}}',
      '"[{{incident}}] TLP:{{label}} {{text}}"',
    ],
    [
      'letters: { signature: "{{phone}} {{ csirt }}" }',
      'letters.signature',
      'no placeholders but {{incident}}, {{csirt}}, {{organization}}, {{phone}}, {{businessHours}}, {{mailWait}}, {{nothingSensitive}}',
      '"{{phone}} {{ csirt }}"',
    ],
    [
      'serviceLevels: { reply: { within: P1M } }',
      'serviceLevels.reply.within',
      'a duration such as PT24H',
      '"P1M"',
    ],
    [
      'serviceLevels: { reply: { within: PT0S } }',
      'serviceLevels.reply.within',
      'a duration such as PT24H',
      '"PT0S"',
    ],
    [
      'serviceLevels: { reply: { within: } }',
      'serviceLevels.reply.within',
      'a duration such as PT24H',
      'nothing',
    ],
    [
      'calendar: { timeZone: America/Detroyt }',
      'calendar.timeZone',
      'a time zone such as America/Detroit',
      '"America/Detroyt"',
    ],
    [
      'calendar: { days: [{ weekday: monday, from: 9, to: "17:00" }] }',
      'calendar.days[0].from',
      'a time such as 09:00',
      '9',
    ],
    [
      'calendar: { days: [{ weekday: monday, from: "09:00", to: "24:01" }] }',
      'calendar.days[0].to',
      'a time such as 09:00',
      '"24:01"',
    ],
    ['calendar: { days: [] }', 'calendar.days', 'at least one entry', '[]'],
    ['calendar: { days: 5 }', 'calendar.days', 'a list', '5'],
    [
      'calendar: { holidays: [{ date: 2026-02-30, name: x }] }',
      'calendar.holidays[0].date',
      'a date such as 2026-12-25',
      '"2026-02-30"',
    ],
    [
      'people: [{ username: lead1, roles: [boss] }]',
      'people[0].roles[0]',
      `one of csirt, executive, legal, general-counsel, communications, ren-isac, operations, auditor, admin`,
      '"boss"',
    ],
    ['people: [{ username: lead1, mail: lead1 }]', 'people[0].mail', 'a mail address', '"lead1"'],
    ['people: [{ username: lead2 }]', 'people[0].name', 'a text', 'nothing'],
    ['ladders: { triage: { rounds: 0 } }', 'ladders.triage.rounds', 'a whole number from 1', '0'],
    ['ladders: { Triage: {} }', 'ladders.Triage', 'small letters, digits and hyphens', '{}'],
    [
      'ladders: { legal: { rungs: [{ ring: [{ role: legal, person: legal1 }], wait: PT1M }] } }',
      'ladders.legal.rungs[0].ring[0]',
      'either a role, a person or a rota',
      '{"role":"legal","person":"legal1"}',
    ],
    ['ladderOf: { boredom: triage }', 'ladderOf.boredom', 'no such key', '"triage"'],
    ['severity: { thresholds: { high: much } }', 'severity.thresholds.high', 'a whole number', '"much"'],
    ['severity: none', 'severity', 'a map', '"none"'],
  ])('of shape: %s', async (text, path, expected, got) => {
    const problem = { file: 'mine.yaml', line: 2, path, expected, got };
    expect(await problemsOf({ 'mine.yaml': `extends: ${incommonFile}\n${text}` })).toContainEqual(problem);
  });

  test.each([
    [
      'calendar: { days: [{ weekday: monday, from: "17:00", to: "09:00" }] }',
      'calendar.days[0].to',
      'a time after `from`',
      '"09:00"',
    ],
    [
      'leadTimes: [{ channel: phone, hours: any, within: PT1H, source: ours }]',
      'leadTimes',
      'an entry for form in business hours',
      'none',
    ],
    [
      'serviceLevels: { reply: { warnBefore: PT24H } }',
      'serviceLevels.reply.warnBefore',
      'less than `within`',
      '"PT24H"',
    ],
    [
      'serviceLevels: { overdue: { tellSponsorAfter: PT1H } }',
      'serviceLevels.overdue.tellSponsorAfter',
      'no less than `pageAfter`',
      '"PT1H"',
    ],
    [
      'people: [{ username: sponsor1, roles: [csirt] }]',
      'people',
      'somebody with the role executive',
      'nobody',
    ],
    [
      'people: [{ username: x, name: x, mail: x@x.example, roles: [] }, { username: x, name: x, mail: x@x.example, roles: [] }]',
      'people[1].username',
      'a username of its own',
      '"x"',
    ],
    [
      'ladders: { legal: { rungs: [{ ring: [{ person: legal2 }, { role: executive }], wait: PT1M }] } }',
      'ladders.legal.rungs[0].ring[0]',
      'a role that somebody holds, one of the people, or one of the rotas',
      '{"person":"legal2"}',
    ],
    [
      'ladders: { legal: { rungs: [{ ring: [{ rota: nights }, { role: executive }], wait: PT1M }] } }',
      'ladders.legal.rungs[0].ring[0]',
      'a role that somebody holds, one of the people, or one of the rotas',
      '{"rota":"nights"}',
    ],
    [`rotas: [${ROTA}, ${ROTA}]`, 'rotas[1].key', 'a key of its own', '"nights"'],
    [
      `rotas: [${ROTA.replace('FREQ=WEEKLY', 'every monday')}]`,
      'rotas[0].layers[0].handOver',
      'a recurrence rule without end, by days, weeks, months or years, such as FREQ=WEEKLY',
      '"every monday"',
    ],
    [
      `rotas: [${ROTA.replace('responder2', 'responder9')}]`,
      'rotas[0].layers[0].members[1]',
      'one of the people',
      '"responder9"',
    ],
    [
      `rotas: [${ROTA.replace('Europe/London', 'Europe/Atlantis')}]`,
      'rotas[0].timeZone',
      'a time zone such as America/Detroit',
      '"Europe/Atlantis"',
    ],
    [
      'ladders: { legal: { rungs: [{ ring: [{ role: legal }], wait: PT1M }] } }',
      'ladders.legal.rungs[0].ring',
      'the executive on the last rung',
      '[{"role":"legal"}]',
    ],
    [
      'ladderOf: { phone: bells }',
      'ladderOf.phone',
      'one of the ladders triage, handling, legal, counsel, operations, executive, operators',
      '"bells"',
    ],
    ['actions: [{ key: reassess, row: 9 }]', 'actions[0].row', '8, its number in the framework', '9'],
    [
      'actions: [{ key: engage-legal, after: [engage-legal] }]',
      'actions[0].after[0]',
      'a row that does not wait for this one',
      'engage-legal after engage-legal',
    ],
    [
      'actions: [{ key: engage-legal, after: [insurance-notice] }]',
      'actions[0].after[0]',
      'a row that does not wait for this one',
      'engage-legal after insurance-notice after engage-legal',
    ],
    [
      'actions: [{ key: deliver-assessment, after: [convene-csirt] }]',
      'actions[0].after[0]',
      'a row that applies to normal too',
      '"convene-csirt"',
    ],
    ['tlp: []', 'tlp', 'an entry for GREEN', 'none'],
    [
      'directory: [{ key: south-college, contacts: [{ key: south-executive, channels: { pigeon: loft 3 } }] }]',
      'directory[0].contacts[0].channels.pigeon',
      'a channel of this policy',
      'pigeon',
    ],
    [
      'directory: [{ key: east-provider, contacts: [{ key: east-administrator, position: security }] }]',
      'directory[0].contacts',
      'an executive or administrator with a channel that is trusted for verification',
      'none',
    ],
    [
      'channels: [{ key: encrypted-mail, trustedForVerification: false }]',
      'directory[2].contacts',
      'an executive or administrator with a channel that is trusted for verification',
      'none',
    ],
    ['severity: { thresholds: { low: 1 } }', 'severity.thresholds.low', '0', '1'],
    [
      'severity: { thresholds: { high: 7 } }',
      'severity.thresholds.high',
      'more than 7, where medium begins',
      '7',
    ],
    [
      'severity: { thresholds: { critical: 25 } }',
      'severity.thresholds.critical',
      'at most 24, the most that all factors give together',
      '25',
    ],
    [
      'severity: { factors: { publicity: { values: { press: { points: 18 } } } } }',
      'severity.thresholds.critical',
      'more than 18, the most that one factor gives alone',
      '18',
    ],
    [
      'severity: { factors: { exploitation: { values: { heard-of: { points: 1, text: Heard of } } } } }',
      'severity.factors.exploitation.values',
      'exactly active, feasible, unlikely',
      'unlikely, feasible, active, heard-of',
    ],
    [
      'severity: { assumptions: [{ when: { factor: disclosure, value: rumour }, assume: { factor: exploitation, value: active }, source: ours }] }',
      'severity.assumptions[0].when.value',
      'one of none, embargoed, public, public-without-notice, long-present-without-notice',
      '"rumour"',
    ],
  ])('of sense: %s', async (text, path, expected, got) => {
    const problems = await problemsOf({ 'mine.yaml': `extends: ${incommonFile}\n${text}` });
    expect(problems).toContainEqual(expect.objectContaining({ path, expected, got }));
  });

  test.each(ACTION_KEYS)('is a matrix without %s', async (key) => {
    const file = parse(await readFile(incommonFile, 'utf8')) as { actions: { key: string }[] };
    const actions = file.actions.filter((row) => row.key !== key);
    const problems = await problemsOf({ 'mine.json': JSON.stringify({ ...file, actions }) });
    expect(problems).toContainEqual({
      file: 'mine.json',
      line: 1,
      path: 'actions',
      expected: `an entry for ${key}`,
      got: 'none',
    });
  });

  test('is named where it stands, in the file that is extended as well', async () => {
    const problems = await problemsOf({
      'over.yaml': `extends: base.yaml
name: over
actions:
  - { key: insurance-notice, title: '' }
  - { key: initial-assessment, row: 1 }
people:
  - { username: owner1, roles: [owner] }
`,
      'base.yaml': `extends: ${incommonFile}
name: base
actions:
  - key: initial-assessment
    within: an hour
  - key: engage-legal
    within: an hour
  - key: insurance-notice
    title: Also wrong, but replaced
leadTimes:
  - { channel: any, hours: any, within: PT1H }
`,
    });
    expect(problems.map(({ file, line, path }) => `${file}:${line} ${path}`)).toEqual([
      'over.yaml:7 people[0].roles[0]',
      'base.yaml:11 leadTimes[0].source',
      'base.yaml:5 actions[0].within',
      'base.yaml:7 actions[1].within',
      'over.yaml:4 actions[0].title',
    ]);
  });

  test('lies in the file as a whole where that is no YAML', async () => {
    expect(await problemsOf({ 'a.yaml': 'name: a\npeople: [' })).toMatchObject([
      { file: 'a.yaml', line: 2, path: '', expected: 'a YAML map' },
    ]);
    expect(await problemsOf({ 'a.yaml': 'name: a\nname: b' })).toMatchObject([
      { file: 'a.yaml', line: 2, expected: 'a YAML map', got: 'Map keys must be unique' },
    ]);
    expect(await problemsOf({ 'a.yaml': '' })).toMatchObject([{ file: 'a.yaml', line: 1, got: 'nothing' }]);
    expect(await problemsOf({ 'a.yaml': '- a' })).toMatchObject([{ file: 'a.yaml', line: 1, got: '["a"]' }]);
    expect(await problemsOf({ 'a.yaml': 'name: *nobody' })).toMatchObject([{ file: 'a.yaml', line: 1 }]);
  });

  test('leaves the cause with the error where a file cannot be read', async () => {
    const error = await loadPolicy(directory).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PolicyError);
    expect(error).toMatchObject({ cause: { code: 'EISDIR' }, problems: [{ got: 'EISDIR', line: null }] });
  });
});

const TOP_KEYS =
  'name, organization, calendar, people, channels, mailboxes, automaticAnswers, serviceLevels, leadTimes, rotas, egress, ladders, ladderOf, actions, scopeCriteria, ' +
  'natures, criticalities, criteria, severity, tlp, letters, directory, retention, audiences, noticeTemplates, notices, chat';

/** Writes the files and loads the first one. */
async function load(files: Readonly<Record<string, string>>): Promise<Policy> {
  const written = Object.entries(files).map(async ([name, text]) => {
    const file = join(directory, name);
    await writeFile(file, text);
    return file;
  });
  const [file] = await Promise.all(written);
  return loadPolicy(file!);
}

async function refusal(files: Readonly<Record<string, string>>): Promise<PolicyError> {
  const error = await load(files).catch((thrown: unknown) => thrown);
  if (error instanceof PolicyError) return error;
  throw new Error('expected the policy to be refused', { cause: error });
}

/** File names without their directory. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly PolicyProblem[]> {
  const { problems } = await refusal(files);
  return problems.map((problem) => ({ ...problem, file: basename(relative(directory, problem.file)) }));
}

function withoutClocks(whole: Policy): unknown {
  const { leadTimes: _leadTimes, ...policy } = whole;
  const { name: _name, hash: _hash, ...rules } = policy.rules;
  const isClock = (key: string) => key.endsWith('Ms') || key === 'rounds';
  return JSON.parse(
    JSON.stringify({ ...policy, rules }, (key, value: unknown) => (isClock(key) ? undefined : value)),
  );
}
