import { describe, expect, test } from 'vitest';
import { ACCESS, isOfCsirt, may, mayRead, type About, type Verb } from '../../../src/domain/access.ts';
import type { Actor } from '../../../src/domain/actor.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import { ROLES } from '../../../src/domain/vocabulary.ts';
import { actor, holderOf, incidentAt, steps } from '../../support/incidents.ts';

/**
 * Who may, once more and by hand from the API's contract, so that a change of the domain's table is seen. The people are
 * named by what they are: holders of exactly one role, and those whom this incident knows.
 *
 * Two readings of the contract: the lead is of the team also without an appointment, and the Executive Sponsor reads and
 * writes like the standing CSIRT, to which the framework counts them. `complete` and `correct` are everybody's here,
 * because the row decides.
 */
const TABLE = {
  report: 'anybody',
  'report-status': 'anybody',
  'reporter-answer': 'anybody',
  phone: 'csirt',
  canary: 'csirt',

  incidents: 'signed-in',
  incident: 'csirt member legal auditor general-counsel operations executive lead asked designee paged',
  timeline: 'csirt member legal auditor executive lead',
  note: 'csirt member lead executive',

  lead: 'csirt lead executive',
  kind: 'csirt legal general-counsel',
  label: 'csirt member lead executive legal',
  reply: 'csirt',
  question: 'csirt',
  assessment: 'lead executive',
  reassessment: 'lead executive',
  'hand-off': 'lead general-counsel',
  dismiss: 'csirt',
  merge: 'csirt lead executive',
  reopen: 'csirt executive',
  complete: 'signed-in',
  correct: 'signed-in',
  waive: 'lead executive',
  designate: 'lead',
  'request-verification': 'csirt',
  suspensions: 'lead executive',
  'suspension-done': 'operations',
  'suspension-lift': 'lead executive',
  'suspension-lifted': 'operations',
  'contact-attempts': 'csirt member lead',
  consultations: 'csirt',
  'consultation-answer': 'asked',
  team: 'lead executive',
  'team-remove': 'lead executive',
  pages: 'csirt',
  close: 'executive',

  'pages-list': 'csirt auditor paged',
  page: 'csirt auditor paged',
  acknowledge: 'csirt paged',
  decline: 'csirt paged',
  'page-restart': 'csirt',
  'page-hand-on': 'csirt paged',
  'page-snooze': 'csirt paged',
  'page-link': 'anybody',
  'page-link-answer': 'anybody',
  callback: 'anybody',
  rotas: 'signed-in',
  rota: 'signed-in',
  'on-call': 'signed-in',
  contacts: 'csirt executive auditor admin themselves',
  'contact-change': 'themselves',
  'rota-notes': 'csirt executive auditor',
  'rota-note': 'csirt executive',
  'calendar-feeds': 'themselves',
  'calendar-feed-change': 'themselves',
  'calendar-feed': 'anybody',
  readiness: 'csirt executive auditor admin',
  'paging-figures': 'csirt executive auditor admin',
  message: 'csirt auditor',
  certificates: 'csirt auditor',
  'certificate-change': 'csirt',
  'rota-change': 'executive admin',
  'rota-override': 'csirt executive admin',
  'rota-override-withdraw': 'csirt executive admin',
  audit: 'csirt executive auditor admin',
  'audit-acknowledge': 'executive admin paged',
  duties: 'signed-in',
  keys: 'anybody',
  policy: 'signed-in',
  health: 'anybody',
  ready: 'anybody',
  metrics: 'anybody',
  documentation: 'anybody',

  notices: 'csirt member legal auditor executive lead',
  'communication-plan': 'csirt member legal auditor executive lead',
  'notice-draft': 'csirt member lead executive communications',
  'notice-edit': 'lead executive communications',
  'notice-release': 'lead executive communications',
  'notice-discard': 'lead executive communications',
  'notice-stop': 'csirt lead executive communications',
  'notice-correct': 'lead executive communications',
  'notice-withdraw': 'lead executive communications',
  'notice-label': 'csirt member lead executive communications',
  participants: 'csirt executive auditor admin',
  'participants-import': 'csirt admin',
  channel: 'csirt lead',
  'chat-log': 'csirt member legal auditor executive lead',
  'upload-open': 'csirt',
  upload: 'csirt lead',
  'upload-link': 'anybody',
  'upload-send': 'anybody',
} as const satisfies Readonly<Record<Verb, string>>;

/** The same for an inquiry of law enforcement, which is the General Counsel's. Source: IC-5. */
const INQUIRY: Readonly<Record<Verb, string>> = {
  ...TABLE,
  timeline: `${TABLE.timeline} general-counsel`,
  label: `${TABLE.label} general-counsel`,
  notices: `${TABLE.notices} general-counsel`,
  'communication-plan': `${TABLE['communication-plan']} general-counsel`,
  'chat-log': `${TABLE['chat-log']} general-counsel`,
};

const incident = incidentAt('triage')
  .take('lead1', steps.appoint('member', 'sme'))
  .take('lead1', steps.handOver('member'))
  .take('member', steps.appoint('the-lead', 'sme'))
  .take('member', steps.handOver('the-lead'))
  .take('the-lead', steps.release('the-lead'))
  .take('responder1', steps.consult('asked'))
  .take('the-lead', steps.designate('engage-legal', 'designee')).incident;

const inquiry: Incident = { ...incident, kind: 'law-enforcement' };

const PEOPLE: readonly (readonly [string, Actor])[] = [
  ...ROLES.map((role) => [role, { username: `some-${role}`, roles: [role] }] as const),
  ['lead', { username: 'the-lead', roles: [] }],
  ['member', { username: 'member', roles: [] }],
  ['asked', { username: 'asked', roles: [] }],
  ['designee', { username: 'designee', roles: [] }],
  ['paged', { username: 'paged', roles: [] }],
  ['themselves', { username: 'themselves', roles: [] }],
  ['stranger', { username: 'stranger', roles: [] }],
];

const VERBS = Object.keys(TABLE) as Verb[];

describe('who may', () => {
  test('is said for every verb', () => {
    expect(Object.keys(ACCESS).toSorted()).toEqual(VERBS.toSorted());
  });

  describe.each([
    ['an incident', incident, TABLE],
    ['an inquiry of law enforcement', inquiry, INQUIRY],
  ] as const)('on %s', (_, about, table) => {
    test.each(VERBS)('%s', (verb) => {
      const allowed = PEOPLE.filter(([, who]) => may(who, verb, about, aboutOf(verb)) === null).map(
        ([name]) => name,
      );
      const isForAll = table[verb] === 'anybody' || table[verb] === 'signed-in';
      const expected = isForAll ? PEOPLE.map(([name]) => name) : table[verb].split(' ');
      expect(allowed.toSorted()).toEqual([...expected].toSorted());
    });
  });

  test.each(VERBS)('%s, for somebody who is not signed in', (verb) => {
    const refused = may(null, verb, incident, aboutOf(verb))?.refused ?? null;
    expect(refused).toBe(TABLE[verb] === 'anybody' ? null : 'not-signed-in');
  });

  test('says whose it is when it refuses', () => {
    const refusal = may(holderOf('legal'), 'close', incident);
    expect(refusal?.refused).toBe('not-yours');
    expect(refusal?.detail).toContain('executive');
    expect(may(holderOf('general-counsel'), 'timeline', incident)?.detail).toContain(
      'the General Counsel on an inquiry of law enforcement',
    );
  });

  test('of the auditor is reading, and nothing else', () => {
    const taken = VERBS.filter(
      (verb) => ACCESS[verb].kind !== 'read' && may(holderOf('auditor'), verb, incident) === null,
    );
    // Reporting is anybody’s, and whose a link is, the link says; whose a row is, the row says: never the auditor’s.
    expect(taken).toEqual([
      'report',
      'reporter-answer',
      'complete',
      'correct',
      'page-link-answer',
      'callback',
      'upload-send',
    ]);
    const walk = incidentAt('response');
    expect(walk.refusal('auditor1', steps.complete('engage-legal')).refused).toBe('not-yours');
    expect(walk.refusal('auditor1', steps.complete('agree-plan')).refused).toBe('not-yours');
  });

  test('of the administrator touches no incident', () => {
    const taken = VERBS.filter((verb) => TABLE[verb].includes('admin'));
    // Who is on call and whether they can be reached is the system's, and says nothing of an incident.
    expect(taken).toEqual([
      'contacts',
      'readiness',
      'paging-figures',
      'rota-change',
      'rota-override',
      'rota-override-withdraw',
      'audit',
      'audit-acknowledge',
      'participants',
      'participants-import',
    ]);
    expect(mayRead(holderOf('admin'), incident)).toBe('nothing');
  });

  test('answers a consultation: the one who was asked in it', () => {
    expect(
      may({ username: 'asked', roles: [] }, 'consultation-answer', incident, { asked: 'asked' }),
    ).toBeNull();
    expect(
      may({ username: 'asked', roles: [] }, 'consultation-answer', incident, { asked: 'another' }),
    ).not.toBeNull();
    expect(may(actor('responder1'), 'consultation-answer', incident, { asked: 'asked' })).not.toBeNull();
  });
});

describe('how much of an incident is read', () => {
  const expected = {
    csirt: 'whole',
    executive: 'whole',
    legal: 'whole',
    auditor: 'whole',
    lead: 'whole',
    member: 'whole',
    'general-counsel': 'excerpt',
    operations: 'excerpt',
    asked: 'excerpt',
    designee: 'excerpt',
    paged: 'excerpt',
    communications: 'nothing',
    'ren-isac': 'nothing',
    admin: 'nothing',
    stranger: 'nothing',
    themselves: 'nothing',
  } as const;

  test.each(PEOPLE)('by %s', (name, who) => {
    expect(mayRead(who, incident, { paged: ['paged'] })).toBe(expected[name as keyof typeof expected]);
  });

  test.each(PEOPLE)('by %s of an inquiry of law enforcement', (name, who) => {
    const read = name === 'general-counsel' ? 'whole' : expected[name as keyof typeof expected];
    expect(mayRead(who, inquiry, { paged: ['paged'] })).toBe(read);
  });

  test('is whole wherever the timeline may be read, and nowhere else', () => {
    for (const [, who] of PEOPLE) {
      for (const about of [incident, inquiry]) {
        const isWhole = mayRead(who, about, { paged: ['paged'] }) === 'whole';
        expect(may(who, 'timeline', about, { paged: ['paged'] }) === null).toBe(isWhole);
      }
    }
  });

  test('by the people of the stand who have no part in it is nothing', () => {
    const { incident: untouched } = incidentAt('received');
    for (const username of ['sme1', 'owner1', 'admin1']) {
      expect(mayRead(actor(username), untouched)).toBe('nothing');
    }
  });
});

describe('the CSIRT of an incident', () => {
  test('is the standing one, and those whom the incident names', () => {
    const ofCsirt = PEOPLE.filter(([, who]) => isOfCsirt(who, incident)).map(([name]) => name);
    expect(ofCsirt.toSorted()).toEqual(['csirt', 'lead', 'member']);
  });
});

/** Where the incident does not tell whom a verb is about. */
function aboutOf(verb: Verb): About {
  return {
    paged: ['paged'],
    person: 'themselves',
    ...(verb === 'consultation-answer' && { asked: 'asked' }),
  };
}
