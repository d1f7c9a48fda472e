import { describe, expect, it } from 'vitest';
import type { EventBody, EventType } from '../../src/domain/events.ts';
import { type TimelineContext, wordsOf, wordsOfFact } from '../../src/domain/timeline-wording.ts';

const AT = Date.UTC(2026, 10, 25, 3, 15);

const TITLES: Readonly<Record<string, string>> = {
  'engage-legal': 'Contact the Legal representative',
  'agree-plan': 'Agree on a plan',
  'external-help': 'Determine whether external help is needed',
};

/** Text ids are the words themselves, so that a case reads in one place. */
const TEXTS = new Map<string, unknown>([
  ['report', { summary: 'login page leaks tokens', description: 'long' }],
  ['no-summary', { description: 'tokens are in the page' }],
  ['reason', { reason: 'shift change' }],
  ['text', { text: 'We could reproduce it.' }],
  ['phone', { text: 'told her that we work on it', method: 'phone', at: '2026-11-25T03:10:00.000Z' }],
  [
    'attempts',
    {
      unreachable: true,
      attempts: [
        { method: 'phone', at: '2026-11-25T03:00:00.000Z' },
        { method: 'mail', at: '2026-11-25T03:05:00.000Z' },
      ],
    },
  ],
  ['assessment', { summary: 'tokens leaked by the portal' }],
  [
    'reassessment',
    {
      summary: 'tokens leaked by the portal',
      reason: 'keys are not affected',
      conference: {
        channel: 'csirt-conference',
        heldAt: '2026-11-25T04:00:00.000Z',
        present: ['lead1', 'sponsor1'],
      },
    },
  ],
  [
    'legal',
    {
      outcome: { contactedAt: '2026-11-25T03:20:00.000Z', method: 'phone', counsel: 'Pat Doe' },
      note: 'she calls back',
    },
  ],
  ['help', { outcome: { needed: false, reason: 'we know this one' }, reason: 'mistyped' }],
  ['verification', { contact: 'registrar', channel: 'phone', note: 'called back' }],
  [
    'suspension',
    { participant: 'University of Somewhere', reason: 'keys are public', impact: 'logins fail there' },
  ],
  ['contact', { party: 'University of Somewhere', method: 'phone', result: 'no answer' }],
  ['question', { question: 'is the token long-lived?' }],
  ['answer', { answer: 'one hour' }],
  ['note', { text: 'vendor publishes a fix', method: 'public-advisory' }],
  ['hand-off', { to: 'Operations', reason: 'no change to our systems' }],
  ['determination', { determination: 'no longer a threat' }],
  ['done', { note: 'metadata is out' }],
  ['notice', { subject: 'Rotate your keys', text: 'They are public.' }],
]);

const context: TimelineContext = {
  texts: TEXTS,
  titleOf: (key) => TITLES[key] ?? key,
  incident: {
    tlp: 'AMBER+STRICT',
    pages: [{ id: 'INC-2026-0001-p1', reason: 'no-lead' }],
  },
};

const report = {
  reportId: 'report',
  channel: 'form',
  kind: 'incident',
  receivedAt: AT,
  enteredBy: null,
  leadWithinMs: 1,
  tlp: 'AMBER',
} as const;

const assessment = {
  isIncident: true,
  nature: 'harmful-use',
  dependsOnChangeManagement: true,
  scopeCriteria: ['participant-systems-or-keys'],
  criticality: 'escalation',
  criteria: ['production-systems', 'change-control-needed'],
  tlp: 'AMBER',
  severity: null,
  textId: 'assessment',
} as const;

const page = { pageId: 'INC-2026-0001-p1' } as const;

const draft = { n: 3, audience: 'participants', tlp: 'GREEN', textId: 'notice' } as const;
const released = { n: 3, startsAt: AT, channel: 'participants-list', format: 'plain-text' } as const;

function lineOf(body: EventBody, by = 'alice'): string {
  return wordsOf({ by, body }, context).text;
}

/** Every type of event, at least once: a new type does not compile before it has a line here. */
const CASES: {
  readonly [Type in EventType]: readonly (readonly [EventBody & { readonly type: Type }, string])[];
} = {
  received: [
    [
      { type: 'received', ...report, policyName: 'incommon', policyHash: '' },
      'report received by form: login page leaks tokens',
    ],
    [
      {
        type: 'received',
        ...report,
        channel: 'phone',
        kind: 'suspension-request',
        enteredBy: 'bob',
        reportId: 'no-summary',
        policyName: 'incommon',
        policyHash: '',
      },
      'report (suspension request) received by phone, taken by bob@: tokens are in the page',
    ],
  ],
  'lead-named': [
    [
      { type: 'lead-named', lead: 'alice', from: null, textId: null },
      'incident identified; Incident Lead: alice@',
    ],
    [
      { type: 'lead-named', lead: 'bob', from: null, textId: null },
      'incident identified; Incident Lead: bob@, named by alice@',
    ],
    [
      { type: 'lead-named', lead: 'bob', from: 'alice', textId: 'reason' },
      'Incident Lead handed over from alice@ to bob@: shift change',
    ],
    [
      { type: 'lead-named', lead: 'bob', from: 'carol', textId: 'reason' },
      'Incident Lead handed over from carol@ to bob@ by alice@: shift change',
    ],
  ],
  'kind-corrected': [
    [
      { type: 'kind-corrected', kind: 'law-enforcement', textId: 'reason' },
      'kind corrected by alice@ to law enforcement: shift change',
    ],
  ],
  relabelled: [
    [
      { type: 'relabelled', tlp: 'RED', from: 'AMBER', seq: null, textId: 'reason' },
      'TLP:RED instead of TLP:AMBER for the incident, by alice@: shift change',
    ],
    [
      { type: 'relabelled', tlp: 'GREEN', from: 'AMBER', seq: 4, textId: 'reason' },
      'TLP:GREEN instead of TLP:AMBER for line 4, by alice@: shift change',
    ],
  ],
  'reply-sending': [
    [
      { type: 'reply-sending', n: 1, reportIds: ['report'], textId: 'text', tlp: 'GREEN' },
      'reply of alice@ on its way by mail: We could reproduce it.',
    ],
  ],
  replied: [
    [
      { type: 'replied', reportIds: ['report'], how: 'sent', method: 'mail', textId: 'text' },
      'alice@ replied to the reporter by mail',
    ],
    [
      { type: 'replied', reportIds: ['a', 'b'], how: 'sent', method: 'phone', textId: 'phone' },
      'alice@ replied to 2 reporters by phone: told her that we work on it',
    ],
    [
      { type: 'replied', reportIds: ['a'], how: 'unnecessary', method: null, textId: 'reason' },
      'reply to the reporter judged unnecessary by alice@: shift change',
    ],
    [
      { type: 'replied', reportIds: ['a'], how: 'unreachable', method: null, textId: 'attempts' },
      'the reporter found unreachable by alice@: phone at 2026-11-25T03:00:00Z, mail at 2026-11-25T03:05:00Z',
    ],
  ],
  'question-asked': [
    [
      { type: 'question-asked', n: 1, reportIds: ['report'], textId: 'text', tlp: 'AMBER' },
      'alice@ asked the reporter: We could reproduce it.',
    ],
  ],
  'question-answered': [
    [
      { type: 'question-answered', reportId: 'report', textId: 'text' },
      'the reporter answered: We could reproduce it.',
    ],
  ],
  assessed: [
    [
      {
        type: 'assessed',
        ...assessment,
        severity: { level: 'high', points: 9, factors: {} as never },
      },
      'initial assessment by alice@: incident (harmful use), in scope (participant systems or keys), Escalation (production systems, change control needed), severity high, TLP:AMBER: tokens leaked by the portal',
    ],
    [
      {
        type: 'assessed',
        ...assessment,
        isIncident: false,
        nature: null,
        dependsOnChangeManagement: false,
        scopeCriteria: [],
        criticality: null,
        criteria: [],
      },
      'initial assessment by alice@: not an incident, out of scope (no change under change management), TLP:AMBER: tokens leaked by the portal',
    ],
  ],
  reassessed: [
    [
      {
        type: 'reassessed',
        ...assessment,
        criticality: 'normal',
        criteria: [],
        textId: 'reassessment',
        hasConference: true,
        again: ['agree-plan'],
      },
      're-assessment by alice@ in conference (via csirt-conference at 2026-11-25T04:00:00Z; present: lead1@, sponsor1@): incident (harmful use), in scope (participant systems or keys), Normal, TLP:AMBER; to be done again: agree plan; reason: keys are not affected',
    ],
    ...(
      [
        ['normal', 'escalation', 'raised from Normal to Escalation (production systems)'],
        ['emergency', 'escalation', 'lowered from Emergency to Escalation (production systems)'],
        ['escalation', 'escalation', 'Escalation (production systems)'],
        [null, 'escalation', 'raised from no criticality to Escalation (production systems)'],
        ['escalation', null, 'lowered from Escalation to no criticality'],
      ] as const
    ).map(
      ([criticalityBefore, criticality, words]) =>
        [
          {
            type: 'reassessed',
            ...assessment,
            criticality,
            criteria: criticality === null ? [] : (['production-systems'] as const),
            textId: 'reassessment',
            hasConference: false,
            again: [],
            criticalityBefore,
          },
          `re-assessment by alice@: incident (harmful use), in scope (participant systems or keys), ${words}, TLP:AMBER; reason: keys are not affected`,
        ] as const,
    ),
  ],
  'part-done': [
    [
      { type: 'part-done', key: 'engage-legal', part: 'lead', textId: 'legal', facts: {} },
      'Legal representative contacted by alice@ via phone at 2026-11-25T03:20:00Z: Pat Doe; she calls back',
    ],
    [
      { type: 'part-done', key: 'agree-plan', part: 'csirt', textId: null, facts: {} },
      '“Agree on a plan” (csirt) done by alice@',
    ],
  ],
  'part-corrected': [
    [
      {
        type: 'part-corrected',
        key: 'external-help',
        part: 'lead',
        textId: 'help',
        facts: { needed: false },
      },
      'corrected: external help found unnecessary by alice@: we know this one; reason: mistyped',
    ],
  ],
  'part-waived': [
    [
      { type: 'part-waived', key: 'agree-plan', part: 'csirt', textId: 'reason' },
      '“Agree on a plan” (csirt) waived by alice@: shift change',
    ],
  ],
  designated: [
    [
      { type: 'designated', key: 'agree-plan', username: 'bob' },
      '“Agree on a plan”: bob@ designated by alice@',
    ],
  ],
  verified: [
    [
      { type: 'verified', result: 'refuted', textId: 'verification' },
      'suspension request refuted with registrar over phone by alice@: called back',
    ],
  ],
  'suspension-decided': [
    [
      {
        type: 'suspension-decided',
        n: 1,
        action: 'remove-metadata',
        basis: 'unacceptable-risk',
        textId: 'suspension',
      },
      'suspension 1 decided by alice@: remove metadata of University of Somewhere, because of an unacceptable risk: keys are public; impact: logins fail there',
    ],
  ],
  'suspension-moved': [
    [
      { type: 'suspension-moved', n: 1, state: 'done', textId: 'done' },
      'suspension 1 carried out by alice@: metadata is out',
    ],
    [
      { type: 'suspension-moved', n: 1, state: 'lift-decided', textId: null },
      'suspension 1 to be lifted, decided by alice@',
    ],
    [{ type: 'suspension-moved', n: 1, state: 'lifted', textId: null }, 'suspension 1 lifted by alice@'],
  ],
  'contact-attempted': [
    [
      { type: 'contact-attempted', textId: 'contact' },
      'University of Somewhere contacted via phone by alice@: no answer',
    ],
  ],
  'consultation-asked': [
    [
      { type: 'consultation-asked', n: 1, asked: 'sme1', textId: 'question' },
      'sme1@ consulted by alice@: is the token long-lived?',
    ],
  ],
  'consultation-answered': [
    [{ type: 'consultation-answered', n: 1, textId: 'answer' }, 'alice@ answered consultation 1: one hour'],
  ],
  'team-joined': [
    [
      { type: 'team-joined', username: 'sme1', role: 'sme' },
      'sme1@ joined the handling team (sme), appointed by alice@',
    ],
  ],
  'team-left': [
    [
      { type: 'team-left', username: 'sme1', textId: 'reason' },
      'sme1@ left the handling team, removed by alice@: shift change',
    ],
  ],
  noted: [
    [
      { type: 'noted', kind: 'vendor-contact', textId: 'note', tlp: 'GREEN', corrects: null },
      'vendor publishes a fix',
    ],
  ],
  'handed-off': [
    [
      { type: 'handed-off', basis: 'out-of-scope', textId: 'hand-off' },
      'incident handed off by alice@ to Operations (out of scope): no change to our systems',
    ],
  ],
  dismissed: [
    [{ type: 'dismissed', textId: 'reason' }, 'dismissed by alice@ as no valid submission: shift change'],
  ],
  merged: [
    [
      { type: 'merged', into: 'INC-2026-0002', textId: 'reason' },
      'merged by alice@ into INC-2026-0002: shift change',
    ],
  ],
  'reports-joined': [
    [
      {
        type: 'reports-joined',
        from: 'INC-2026-0002',
        reports: [
          {
            id: 'b',
            channel: 'form',
            kind: 'incident',
            receivedAt: AT,
            enteredBy: null,
            reply: 'owed',
            repliedAt: null,
          },
        ],
      },
      '1 report of INC-2026-0002 joined this incident',
    ],
  ],
  'reports-left': [
    [
      { type: 'reports-left', to: 'INC-2026-0002', reportIds: ['a', 'b'] },
      '2 reports went back to INC-2026-0002',
    ],
  ],
  reopened: [
    [
      { type: 'reopened', again: ['agree-plan'], wasMergedInto: null, textId: 'reason' },
      'incident reopened by alice@; to be done again: agree plan: shift change',
    ],
  ],
  closed: [[{ type: 'closed', textId: 'determination' }, 'incident closed by alice@: no longer a threat']],
  'clock-stepped': [
    [
      { type: 'clock-stepped', clock: 'reply', reportId: 'report', step: 'warned', dueAt: AT },
      'the reply to a reporter is due at 2026-11-25T03:15:00Z',
    ],
    [
      { type: 'clock-stepped', clock: 'lead', reportId: null, step: 'breached', dueAt: AT },
      'the naming of a lead is overdue since 2026-11-25T03:15:00Z',
    ],
    [
      { type: 'clock-stepped', clock: 'action:agree-plan', reportId: null, step: 'paged', dueAt: AT },
      '“Agree on a plan” is overdue since 2026-11-25T03:15:00Z; a page follows',
    ],
    [
      { type: 'clock-stepped', clock: 'action:agree-plan', reportId: null, step: 'sponsor-told', dueAt: AT },
      'Executive Sponsor told that “Agree on a plan” is overdue since 2026-11-25T03:15:00Z',
    ],
  ],
  'page-started': [
    [
      {
        type: 'page-started',
        ...page,
        reason: 'no-lead',
        clock: null,
        target: { ladder: 'triage' },
        startsAt: AT,
        textId: null,
      },
      'page INC-2026-0001-p1 to the triage ladder armed for 2026-11-25T03:15:00Z: nobody is lead yet',
    ],
    [
      {
        type: 'page-started',
        ...page,
        reason: 'call-in',
        clock: null,
        target: { person: 'sme1', then: 'handling' }, // oxlint-disable-line no-thenable -- a ladder's name
        startsAt: AT,
        textId: 'done',
      },
      'sme1@ called in by alice@: metadata is out',
    ],
  ],
  'page-rang-again': [
    [
      { type: 'page-rang-again', ...page, because: 'acknowledgement-expired', startsAt: AT },
      'page INC-2026-0001-p1 rings again, nothing followed its acknowledgement: nobody is lead yet',
    ],
  ],
  'page-climbed': [
    [
      { type: 'page-climbed', ...page, round: 1, rung: 2, people: ['bob', 'carol'] },
      'bob@, carol@ paged (round 1, rung 2): nobody is lead yet',
    ],
    [
      { type: 'page-climbed', pageId: 'unknown', round: 2, rung: 1, people: [] },
      'nobody to page (round 2, rung 1)',
    ],
  ],
  'page-acknowledged': [
    [
      { type: 'page-acknowledged', ...page },
      'page INC-2026-0001-p1 acknowledged by alice@: nobody is lead yet',
    ],
  ],
  'page-exhausted': [
    [
      { type: 'page-exhausted', ...page, rounds: 2 },
      'nobody answered page INC-2026-0001-p1 in 2 rounds: nobody is lead yet; any of the CSIRT can restart it or take it',
    ],
  ],
  'reply-returned': [
    [
      {
        type: 'reply-returned',
        reportId: 'report',
        key: 'INC-2026-0001:reply:1:report',
        sentAt: 0,
        code: '5.1.1',
        textId: 'unknown',
      },
      'the reply to report came back (5.1.1): nobody has been replied to, and the reply clock runs on: [text destroyed]',
    ],
  ],
  'page-undelivered': [
    [
      { type: 'page-undelivered', ...page, person: 'bob', method: 'sms', code: '21610' },
      'page INC-2026-0001-p1 did not reach bob@ by SMS (21610): nobody is lead yet',
    ],
    [
      { type: 'page-undelivered', pageId: 'unknown', person: 'bob', method: 'mail', code: '550' },
      'page unknown did not reach bob@ by mail (550)',
    ],
  ],
  'page-declined': [
    [
      { type: 'page-declined', ...page },
      'alice@ cannot take page INC-2026-0001-p1, the next rung left is called at once: nobody is lead yet',
    ],
  ],
  'page-handed-on': [
    [
      { type: 'page-handed-on', ...page, to: 'bob', startsAt: AT, textId: 'reason' },
      'page INC-2026-0001-p1 handed on by alice@ to bob@, who is called first: nobody is lead yet; reason: shift change',
    ],
    [
      { type: 'page-handed-on', pageId: 'unknown', to: 'bob', startsAt: AT, textId: null },
      'page unknown handed on by alice@ to bob@, who is called first',
    ],
  ],
  'page-snoozed': [
    [
      { type: 'page-snoozed', ...page, until: AT },
      'page INC-2026-0001-p1 snoozed by alice@ until 2026-11-25T03:15:00Z: nobody is lead yet',
    ],
  ],
  'page-cancelled': [
    [
      { type: 'page-cancelled', ...page, because: 'clock-stopped' },
      'page INC-2026-0001-p1 cancelled (clock stopped)',
    ],
  ],
  'effect-ended': [
    [
      { type: 'effect-ended', key: 'INC-2026-0001:auto-reply:report', outcome: 'accepted', detail: null },
      'automatic reply to the reporter sent',
    ],
    [
      { type: 'effect-ended', key: 'INC-2026-0001:reply:1:report', outcome: 'refused', detail: '550' },
      'reply to the reporter: refused by the mail server (550)',
    ],
    [
      { type: 'effect-ended', key: 'INC-2026-0001:reply:1:report', outcome: 'withheld', detail: 'label' },
      'reply to the reporter: withheld (label)',
    ],
    [
      { type: 'effect-ended', key: 'INC-2026-0001:channel:1:news:9', outcome: 'accepted', detail: null },
      'news told in the chat channel',
    ],
  ],
  'upload-opened': [
    [{ type: 'upload-opened', n: 1, reportId: null, expiresAt: AT }, 'secure upload 1 opened by alice@'],
  ],
  'upload-received': [
    [
      { type: 'upload-received', n: 1, sha256: 'ab12', size: 99 },
      'file received by secure upload 1 (99 bytes encrypted, SHA-256 ab12)',
    ],
  ],
  'channel-asked': [
    [
      { type: 'channel-asked', n: 1, isPrivate: false },
      'chat channel asked for by alice@ (open to the organization)',
    ],
  ],
  'channel-opened': [
    [
      {
        ...{ type: 'channel-opened', n: 1, isPrivate: true, provider: 'matrix', room: '!r1:stand.example' },
        ...{ name: '#inc-2026-0001:stand.example', url: null, missing: ['bob'] },
      },
      'chat channel #inc-2026-0001:stand.example opened on Matrix (by invitation): not found there: bob@',
    ],
  ],
  'channel-withheld': [
    [{ type: 'channel-withheld', n: 1, because: 'label' }, 'chat channel not opened: its label forbids it'],
    [{ type: 'channel-withheld', n: 1, because: 'name-taken' }, 'chat channel not opened: name taken'],
  ],
  'channel-closing': [
    [{ type: 'channel-closing', n: 1, because: 'closed' }, 'chat channel to be closed: closed'],
  ],
  'channel-closed': [
    [
      { type: 'channel-closed', n: 1, because: 'closed', isArchived: true },
      'chat channel closed, its log is kept',
    ],
    [
      { type: 'channel-closed', n: 1, because: 'closed', isArchived: false },
      'chat channel left, its log is kept; the provider did not close it',
    ],
  ],
  'notice-drafted': [
    [
      { ...draft, type: 'notice-drafted', trigger: 'scope-known', follows: null },
      'notice 3, a draft for participants (scope known), made by alice@: Rotate your keys',
    ],
    [
      { ...draft, type: 'notice-drafted', trigger: null, follows: { n: 2, as: 'correction' } },
      'notice 3, a correction of notice 2 for participants, made by alice@: Rotate your keys',
    ],
  ],
  'notice-edited': [
    [
      { type: 'notice-edited', n: 3, tlp: 'GREEN', textId: 'notice' },
      'notice 3 edited by alice@, TLP:GREEN: Rotate your keys',
    ],
  ],
  'notice-released': [
    [
      { ...released, type: 'notice-released', everyMs: null, consulted: ['bob'], reasonTextId: null },
      'notice 3 released by alice@ for 2026-11-25T03:15:00Z over participants-list as plain text, bob@ consulted',
    ],
    [
      { ...released, type: 'notice-released', everyMs: 86_400_000, consulted: [], reasonTextId: 'reason' },
      'notice 3 released by alice@ for 2026-11-25T03:15:00Z, every 24 hours over participants-list as plain text: shift change',
    ],
  ],
  'notice-sending': [
    [{ type: 'notice-sending', n: 3, instance: 1 }, 'notice 3 goes out'],
    [{ type: 'notice-sending', n: 3, instance: 2 }, 'notice 3 goes out (2)'],
  ],
  'notice-sent': [
    [
      {
        type: 'notice-sent',
        ...{ n: 3, instance: 1, key: 'INC-2026-0001:send-notice:9' },
        told: { sent: 1, refused: 2, withheld: 0, stopped: 4 },
      },
      'notice 3 went out: 1 recipient, 2 turned away by their server, 4 not told any more',
    ],
  ],
  'notice-stopped': [
    [
      { type: 'notice-stopped', n: 3, because: 'label-raised', textId: null },
      'notice 3 stopped (label raised)',
    ],
    [
      { type: 'notice-stopped', n: 3, because: 'stopped', textId: 'reason' },
      'notice 3 stopped by alice@: shift change',
    ],
  ],
  'notice-discarded': [
    [{ type: 'notice-discarded', n: 3, textId: 'reason' }, 'notice 3 discarded by alice@: shift change'],
  ],
  'notice-withdrawn': [
    [{ type: 'notice-withdrawn', n: 3, textId: 'reason' }, 'notice 3 withdrawn by alice@: shift change'],
  ],
  'notice-labelled': [
    [
      { type: 'notice-labelled', n: 3, tlp: 'RED', textId: 'reason' },
      'notice 3 raised to TLP:RED by alice@: shift change',
    ],
  ],
};

const ALL = Object.entries(CASES).flatMap(([type, cases]) =>
  cases.map(([body, text]) => [type, text, body] as const),
);

describe('a timeline line', () => {
  it.each(ALL)('of %s reads: %s', (_type, text, body) => {
    expect(lineOf(body)).toBe(text);
  });

  it('of what the process did by itself names no person', () => {
    const [body] = CASES['clock-stepped'][1] ?? [];
    expect(body && lineOf(body, 'tocsin')).not.toContain('@');
  });

  it.each(ALL.filter(([, , body]) => 'textId' in body && body.textId !== null && body.type !== 'replied'))(
    'of %s says that its text was destroyed, where it was',
    (_type, _text, body) => {
      const words = wordsOf({ by: 'alice', body }, { ...context, texts: new Map() });
      expect(words.text).toContain('[text destroyed]');
    },
  );

  it('of a report says so too', () => {
    const [body] = CASES.received[0] ?? [];
    const words = body && wordsOf({ by: 'tocsin', body }, { ...context, texts: new Map([['report', null]]) });
    expect(words?.text).toBe('report received by form: [text destroyed]');
  });
});

describe('beside its words a line', () => {
  it('carries the label it was given, else the incident’s', () => {
    const labels = [CASES.noted[0], CASES.assessed[0], CASES.received[0], CASES.dismissed[0]].map(
      (one) => one && wordsOf({ by: 'alice', body: one[0] }, context).tlp,
    );
    expect(labels).toEqual(['GREEN', 'AMBER', 'AMBER', 'AMBER+STRICT']);
  });

  it('carries the method where there was one', () => {
    const methods = [
      CASES.noted[0],
      CASES['part-done'][0],
      CASES.received[1],
      CASES.verified[0],
      CASES.closed[0],
    ].map((one) => one && wordsOf({ by: 'alice', body: one[0] }, context).method);
    expect(methods).toEqual(['public-advisory', 'phone', 'phone', 'phone', null]);
  });

  it('says whether it belongs into the document, which leaves the machinery out', () => {
    const types = ALL.filter(([, , body]) => !wordsOf({ by: 'alice', body }, context).isDocumentLine);
    expect(types.map(([type]) => type)).toEqual([
      'reply-sending',
      'reports-left',
      'clock-stepped',
      'clock-stepped',
      'page-started',
      'page-cancelled',
      'effect-ended',
      'channel-asked',
      'channel-closing',
      'notice-drafted',
      'notice-drafted',
      'notice-edited',
      'notice-sending',
      'notice-sending',
      'notice-discarded',
    ]);
    const reminder = {
      type: 'effect-ended',
      key: 'INC-2026-0001:reminder:7',
      outcome: 'accepted',
      detail: null,
    } as const;
    expect(wordsOf({ by: 'tocsin', body: reminder }, context).isDocumentLine).toBe(false);
    expect(wordsOf({ by: 'tocsin', body: { ...reminder, outcome: 'refused' } }, context).isDocumentLine).toBe(
      true,
    );
  });

  it('keeps the kind that its writer gave it', () => {
    const [body] = CASES.noted[0] ?? [];
    expect(body && wordsOf({ by: 'alice', body }, context).kind).toBe('vendor-contact');
  });
});

it('a fact that has no number yet reads as the event it will be', () => {
  const fact = { type: 'note', kind: 'finding', textId: 'text', tlp: 'AMBER', corrects: null } as const;
  expect(wordsOfFact({ by: 'alice', fact }, context)).toMatchObject({
    kind: 'finding',
    text: 'We could reproduce it.',
  });
  expect(wordsOfFact({ by: 'tocsin', fact: { type: 'report', ...report } }, context).text).toBe(
    'report received by form: login page leaks tokens',
  );
});
