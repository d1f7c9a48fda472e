import { describe, expect, it } from 'vitest';
import { show } from '../../src/cli/show.ts';

const plainly = { isColored: false };

const incident = {
  id: 'INC-2026-0001',
  version: 7,
  stage: 'response',
  kind: 'incident',
  criticality: 'emergency',
  tlp: 'AMBER',
  lead: 'lead1',
  summary: 'tokens leaked\nby the portal',
  receivedAt: '2026-11-25T03:15:00.000Z',
  severity: { level: 'high', reasons: ['exposure: internet'] },
  waitingFor: [
    { what: 'reply', who: 'csirt', since: '2026-11-25T03:15:00.000Z', dueAt: '2026-11-26T03:15:00.000Z' },
    { what: 'action:agree-plan', who: 'csirt', since: '2026-11-25T04:00:00.000Z', dueAt: null },
  ],
  reports: [{ id: 'r1', receivedAt: '2026-11-25T03:15:00.000Z', reply: 'owed', repliedAt: null }],
  actions: [
    {
      key: 'engage-legal',
      title: 'Contact Legal',
      state: 'done',
      dueAt: null,
      parts: [{ part: 'lead', by: 'lead1' }],
    },
    {
      key: 'agree-plan',
      title: 'Agree on a plan',
      state: 'due',
      dueAt: '2026-11-25T08:00:00.000Z',
      parts: [],
    },
    { key: 'act-on-plan', title: 'Act', state: 'not-applicable', dueAt: null, parts: [] },
  ],
  clocks: [],
  team: [],
};

describe('a rota', () => {
  it('says who is on call, where nobody is, and what was put in its way', () => {
    const shown = show(
      'rota',
      {
        key: 'nights',
        title: 'Nights',
        timeZone: 'UTC',
        version: 2,
        changedAt: '2026-11-25T03:15:00.000Z',
        changedBy: 'admin1',
        onCall: { username: 'responder1', until: '2026-11-26T00:00:00.000Z', because: { layer: 'weekly' } },
        layers: [
          {
            name: 'weekly',
            members: ['responder1', 'responder2'],
            handOver: 'FREQ=WEEKLY',
            startsAt: '2026-03-02T09:00',
            endsAt: null,
            hours: [{ weekday: 'monday', from: '18:00', to: '24:00' }],
          },
        ],
        shifts: [
          {
            from: '2026-11-25T00:00:00.000Z',
            until: '2026-11-26T00:00:00.000Z',
            username: 'responder1',
            because: { layer: 'weekly' },
          },
          {
            from: '2026-11-26T00:00:00.000Z',
            until: '2026-11-27T00:00:00.000Z',
            username: null,
            because: null,
          },
        ],
        overrides: [],
      },
      plainly,
    );
    expect(shown).toContain('responder1, until 2026-11-26 00:00:00Z');
    expect(shown).toMatch(
      /weekly +responder1, responder2 +FREQ=WEEKLY +2026-03-02T09:00 +monday 18:00-24:00/,
    );
    expect(shown).toMatch(/2026-11-26 00:00:00Z +2026-11-27 00:00:00Z +nobody/);
    expect(shown).not.toContain('Overrides');
  });
});

describe('an incident', () => {
  it('begins with where it stands and what it waits for', () => {
    expect(show('step', incident, plainly))
      .toBe(`INC-2026-0001  response  emergency  TLP:AMBER  lead lead1  version 7

Waiting for
WHAT               WHO    SINCE                 DUE
reply              csirt  2026-11-25 03:15:00Z  2026-11-26 03:15:00Z
action:agree-plan  csirt  2026-11-25 04:00:00Z  -`);
  });

  it('shows its rows with who said them, but for those that do not apply', () => {
    const shown = show('incident', incident, plainly);
    expect(shown).toContain(`Actions
STATE  ROW           DUE                   SAID        TITLE
done   engage-legal  -                     lead lead1  Contact Legal
due    agree-plan    2026-11-25 08:00:00Z  -           Agree on a plan`);
    expect(shown).not.toContain('act-on-plan');
  });

  it('as an excerpt shows what there is', () => {
    const excerpt = { id: 'INC-2026-0001', stage: 'received', criticality: null, tlp: 'AMBER', lead: null };
    expect(show('incident', excerpt, plainly)).toBe('INC-2026-0001  received  TLP:AMBER  no lead yet');
  });
});

describe('lists', () => {
  it('are aligned, one line for each, and say how to go on', () => {
    const answer = { items: [incident, { ...incident, id: 'INC-2026-0002', lead: null }], nextCursor: 'abc' };
    expect(show('incidents', answer, plainly).split('\n')).toEqual([
      'INCIDENT       STAGE     CRITICALITY  TLP    LEAD   RECEIVED              SUMMARY',
      'INC-2026-0001  response  emergency    AMBER  lead1  2026-11-25 03:15:00Z  tokens leaked by the portal',
      'INC-2026-0002  response  emergency    AMBER  -      2026-11-25 03:15:00Z  tokens leaked by the portal',
      '',
      'more: --cursor abc',
    ]);
  });

  it('that are empty say so', () => {
    expect(show('incidents', { items: [], nextCursor: null }, plainly)).toBe('none');
    expect(show('timeline', { items: [], nextCursor: null }, plainly)).toBe('nothing yet');
  });
});

describe('a terminal', () => {
  it('is not steered by what a stranger wrote', () => {
    const hostile = {
      ...incident,
      summary: '\u{1b}]0;owned\u{7}\u{1b}[2Jgone\u{202e}txt',
      lead: 'a\u{9b}31m',
    };
    const shown = [show('incident', hostile, plainly), show('fields', hostile, plainly)].join('');
    expect(shown).not.toMatch(/[^\P{Cc}\n]|\u{202e}/u);
    expect(shown).toContain('gone');
  });

  it('gets colours when it has them', () => {
    expect(show('step', incident, { isColored: true })).toContain('\u{1b}[31memergency\u{1b}[39m');
  });
});

it('readiness shows who cannot be reached, and how everybody can', () => {
  const finding = {
    severity: 'cannot-be-reached',
    what: 'gone is called.',
    from: '2026-02-09T15:00:00.000Z',
  };
  const person = { username: 'sme1', onCallFrom: null, ways: { verified: 0, failed: 1, policy: true } };
  const times = { from: '2026-02-03T15:00:00.000Z', until: '2026-02-17T15:00:00.000Z' };
  expect(show('readiness', { ...times, findings: [finding], people: [person] }, plainly))
    .toBe(`from   2026-02-03 15:00:00Z
until  2026-02-17 15:00:00Z

Findings
SEVERITY           FROM                  UNTIL  WHAT
cannot-be-reached  2026-02-09 15:00:00Z  -      gone is called.

People
USERNAME  ON CALL FROM  CONTACTS  FAILED  MAIL OF THE POLICY
sme1      -             0         1       yes`);
  expect(show('readiness', { ...times, findings: [], people: [] }, plainly)).toContain(
    'everybody can be reached',
  );
});

it('figures show how soon, who, and how evenly', () => {
  const times = { pages: 6, acknowledged: 5, withinFirstRung: 0.8, p50: 'PT40S', p90: 'PT6M40S', p99: null };
  const person = { username: 'lead1', messages: 1, pages: 2, nightPages: 1, acknowledged: 1 };
  const member = { username: 'lead1', hours: 24, share: 0.0714, pages: 1, nightPages: 0 };
  const answer = {
    from: '2026-02-03T15:00:00.000Z',
    until: '2026-02-17T15:00:00.000Z',
    timeZone: 'America/Detroit',
    acknowledgement: { all: times, byReason: [{ reason: 'no-lead', ...times }] },
    people: [person],
    rotas: [
      {
        rota: 'nights',
        title: 'Nights',
        members: [member],
        unevenness: { hours: 0.2857, pages: 0, nightPages: 0 },
      },
    ],
  };
  expect(show('figures', answer, plainly)).toBe(`from    2026-02-03 15:00:00Z
until   2026-02-17 15:00:00Z
nights  22:00 to 07:00 in America/Detroit

Acknowledgement
REASON   PAGES  ACKNOWLEDGED  FIRST RUNG  P50    P90      P99
all      6      5             80 %        PT40S  PT6M40S  -
no-lead  6      5             80 %        PT40S  PT6M40S  -

People
USERNAME  MESSAGES  PAGES  NIGHTPAGES  ACKNOWLEDGED
lead1     1         2      1           1

Rota nights
USERNAME                HOURS   SHARE  PAGES  AT NIGHT
lead1                   24      7 %    1      0
unevenness (0 is even)  0.2857         0      0`);
});

it('a page shows who was called, how, and what came of it', () => {
  const page = {
    id: 'INC-2026-0001-p1',
    incidentId: 'INC-2026-0001',
    reason: 'no-lead',
    state: 'acknowledged',
    acknowledgedBy: 'responder1',
    acknowledgedUntil: '2026-11-25T04:15:00.000Z',
    declinedBy: ['responder2'],
    round: 1,
    rung: 2,
    nextStepAt: null,
    skipped: [
      { ring: 1, round: 1, rung: 2, at: '2026-11-25T03:20:00.000Z', why: 'nobody is on call for nights' },
    ],
    attempts: [
      {
        round: 1,
        rung: 1,
        person: 'responder1',
        method: 'mail',
        why: 'on call for nights, layer weekly, until 2026-11-26T00:00:00.000Z',
        dueAt: '2026-11-25T03:15:00.000Z',
        sendAfter: '2026-11-25T03:16:00.000Z',
        sentAt: '2026-11-25T03:16:00.400Z',
        tries: 1,
        answer: '250 ok',
      },
    ],
  };
  expect(show('page', page, plainly)).toBe(`page             INC-2026-0001-p1
incident         INC-2026-0001
reason           no-lead
state            acknowledged
acknowledged by  responder1
rings again      2026-11-25 04:15:00Z
declined by      responder2
round, rung      1, 2
next step        -

Attempts
ROUND  RUNG  PERSON      METHOD  DUE                   SENT                  TRIES  ANSWER  WHY
1      1     responder1  mail    2026-11-25 03:16:00Z  2026-11-25 03:16:00Z  1      250 ok  on call for nights, layer weekly, until 2026-11-26T00:00:00.000Z

Rungs with nobody
ROUND  RUNG  AT                    WHY
1      2     2026-11-25 03:20:00Z  nobody is on call for nights`);
});

it('the labels say when to use each', () => {
  const tlp = [
    { label: 'RED', whenToUse: 'When lives are at risk.', howToShare: 'With nobody else.' },
    { label: 'CLEAR', whenToUse: 'When nothing is at risk.', howToShare: 'With everybody.' },
  ];
  expect(show('labels', { tlp }, plainly)).toBe(
    'TLP:RED\n\nWhen lives are at risk.\n\nWith nobody else.\n\nTLP:CLEAR\n\nWhen nothing is at risk.\n\nWith everybody.',
  );
});

it('an answer without a form of its own is shown as it is', () => {
  expect(show('fields', { state: 'received', questions: ['when?'] }, plainly)).toBe(
    'state: received\nquestions:\n  - when?',
  );
});
