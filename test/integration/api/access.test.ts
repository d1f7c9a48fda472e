import { beforeAll, describe, expect, test } from 'vitest';
import { ACCESS, type Grant, type Verb } from '../../../src/domain/access.ts';
import { operatorsLadder } from '../../../src/domain/alarm.ts';
import { ACTION_KEYS, type ActionKey, type Part } from '../../../src/domain/vocabulary.ts';
import { beginAlarm } from '../../../src/persistence/alarms.ts';
import { storeMessage } from '../../../src/persistence/messages.ts';
import { seedRotas } from '../../../src/persistence/rotas.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

/** What each person holds everywhere, and what on the incident of that name. */
const HELD: Readonly<
  Record<string, { readonly roles: readonly Grant[] } & Partial<Record<Matter, readonly Grant[]>>>
> = {
  responder1: { roles: ['csirt'] },
  lead1: { roles: ['csirt'], involved: ['lead'], plain: ['lead'] },
  sponsor1: { roles: ['csirt', 'executive'] },
  legal1: { roles: ['legal'] },
  // The page of an inquiry rings the General Counsel first, and no message has gone out yet.
  counsel1: { roles: ['general-counsel'], inquiry: ['counsel-of-inquiry', 'paged'] },
  ops1: { roles: ['operations'] },
  auditor1: { roles: ['auditor'] },
  admin1: { roles: ['admin'], involved: ['paged'] },
  // Paths that name a person name this one.
  sme1: { roles: ['self'], involved: ['team'] },
  owner1: { roles: [], involved: ['asked'] },
};
const PEOPLE = Object.keys(HELD);

/** One that people have a part in, one that they have none in, and an inquiry of law enforcement, which nobody leads. */
const MATTERS = ['involved', 'plain', 'inquiry'] as const;
type Matter = (typeof MATTERS)[number];
const incidents: Record<Matter, string> = { involved: '', plain: '', inquiry: '' };

let messageSha256 = '';

const heldBy = (as: string, matter: Matter): readonly Grant[] => [
  ...(HELD[as]?.roles ?? []),
  ...(HELD[as]?.[matter] ?? []),
];

/** Who says a part of a row. Source: IC-20. */
const SAYS: Readonly<Record<Part, readonly Grant[]>> = {
  lead: ['lead'],
  legal: ['legal'],
  executive: ['executive'],
  csirt: ['csirt', 'team', 'lead'],
};

/** Verbs that share the route of another. */
const WITHOUT_ROUTE: readonly Verb[] = ['team-remove'];

const VERBS = Object.keys(ACCESS) as Verb[];

beforeAll(async () => {
  // Rotas are found by a key as rows are, and one path is made for both.
  const plan = { key: 'engage-legal', title: 'A rota', timeZone: 'UTC', layers: [] };
  await seedRotas(office.db, [plan], { at: office.now, by: 'admin1', reason: 'for the table' });
  await beginAlarm(office.db, { ladder: operatorsLadder(office.policy), at: office.now });
  const envelope = { mailFrom: '', rcptTo: [], remoteAddress: null, helo: null };
  const arrived = { bytes: Buffer.from('Subject: a mail'), mailbox: 'contact', wholeSize: null, envelope };
  messageSha256 = await storeMessage(office.db, { ...arrived, receivedAt: office.now });
  const asked = await office.report({ summary: 'A subpoena', kind: 'law-enforcement' });
  Object.assign(incidents, {
    involved: await office.triage(),
    plain: await office.triage(),
    inquiry: asked.incidentId,
  });
  await office.process.file(incidents.inquiry);
  const { involved, plain, inquiry } = incidents;
  const step = async (id: string, path: string, body: unknown) => {
    const answer = await office.post(`/v1/incidents/${id}/${path}`, body, {
      as: id === inquiry ? 'sponsor1' : 'lead1',
    });
    expect(answer.statusCode, answer.body).toBe(200);
  };
  await step(involved, 'team', { username: 'sme1', role: 'sme' });
  await step(involved, 'pages', { to: 'admin1' });
  await step(plain, 'pages', { to: 'responder2' });
  for (const [id, asked] of [
    [involved, 'owner1'],
    [plain, 'responder2'],
    [inquiry, 'responder2'],
  ] as const) {
    await step(id, 'consultations', { asked, question: 'What do you think?' });
    await step(id, 'suspensions', {
      participant: 'south-college',
      action: 'remove-metadata',
      basis: 'unacceptable-risk',
      reason: 'x',
      impact: 'x',
    });
  }
});

describe('the routes', () => {
  test('are all in the access table', () => {
    expect(office.routes.length).toBeGreaterThan(40);
    expect(office.routes.filter(({ verb }) => verb === undefined || !(verb in ACCESS))).toEqual([]);
  });

  test('are there for everything in the access table', () => {
    const verbs = new Set(office.routes.map(({ verb }) => verb));
    expect(VERBS.filter((verb) => !verbs.has(verb))).toEqual(WITHOUT_ROUTE);
  });

  test('that take no token are for anybody', () => {
    const open = office.routes.filter(
      ({ verb }) => verb !== undefined && ACCESS[verb].who.includes('anybody'),
    );
    const places = new Set(open.map(({ url }) => (url.startsWith('/docs') ? '/docs' : url)));
    expect([...places].toSorted()).toEqual([
      '/_matrix/app/v1/transactions/:txnId',
      '/calendars/:token/on-call.ics',
      '/docs',
      '/healthz',
      '/metrics',
      '/openapi.json',
      '/p/:token',
      '/p/:token/acknowledge',
      '/p/:token/decline',
      '/p/style.css',
      '/readyz',
      '/uploads/:token',
      '/uploads/form.js',
      '/uploads/seal.js',
      '/uploads/style.css',
      '/v1/callbacks/receipts',
      '/v1/callbacks/twilio/inbound',
      '/v1/callbacks/twilio/status',
      '/v1/callbacks/twilio/voice',
      '/v1/keys',
      '/v1/reports',
      '/v1/reports/:reportId',
      '/v1/reports/:reportId/answer',
    ]);
  });
});

/** Verbs that are about an incident: who may not know of it is not told that it is there. */
function isAboutIncident(url: string): boolean {
  return url.startsWith('/v1/incidents/') || url.startsWith('/v1/pages/');
}

function pathOf(url: string, incidentId: string, key: ActionKey): string {
  return url
    .replace(':id', idIn(url, incidentId))
    .replace(':key', key)
    .replace(':n', '1')
    .replace(':sha256', messageSha256)
    .replace(':reportId', 'none')
    .replace(':username', 'sme1');
}

function idIn(url: string, incidentId: string): string {
  if (url.startsWith('/v1/audit/alarms/')) return 'ALARM-1';
  return url.startsWith('/v1/pages/') ? `${incidentId}-P1` : incidentId;
}

async function statusOf(
  verb: Verb,
  matter: Matter,
  as: string | undefined,
  key: ActionKey = 'engage-legal',
): Promise<number> {
  const route = office.routes.find((candidate) => candidate.verb === verb && candidate.method !== 'HEAD');
  if (route === undefined) throw new Error(`no route for ${verb}`);
  // Nothing is done: a step cannot be taken, and no body is right for a fact but that of an acknowledgement.
  office.process.isAway = true;
  const path = pathOf(route.url, incidents[matter], key);
  const answer = route.method === 'GET' ? await office.get(path, as) : await office.post(path, {}, { as });
  if (answer.statusCode >= 400) problemOf(answer);
  return answer.statusCode;
}

function urlOf(verb: Verb): string {
  return office.routes.find((candidate) => candidate.verb === verb)?.url ?? '';
}

/**
 * The table says who; this says what they are answered, worked out from the table and nothing else. Where the row says,
 * it is worked out from the parts of the row.
 */
function expectation(
  verb: Verb,
  held: readonly Grant[],
  key: ActionKey = 'engage-legal',
): 'refused' | 'unknown' | 'allowed' {
  const always: readonly Grant[] = ['signed-in'];
  // Everybody may list the pages that rang them, be it none.
  const own: readonly Grant[] = verb === 'pages-list' ? ['paged'] : [];
  const holds = (grants: readonly Grant[]) =>
    grants.some((grant) => held.includes(grant) || always.includes(grant) || own.includes(grant));
  if (isAboutIncident(urlOf(verb)) && !holds(ACCESS.incident.who)) return 'unknown';
  // Whom an incident's page called, the alarm has not.
  const who = ACCESS[verb].who.filter((grant) => grant !== 'paged' || verb !== 'audit-acknowledge');
  const parts = office.policy.rules.actions.find((row) => row.key === key)?.parts ?? [];
  return holds(who.includes('as-the-row-says') ? parts.flatMap((part) => SAYS[part]) : who)
    ? 'allowed'
    : 'refused';
}

function expectStatus(status: number, expected: ReturnType<typeof expectation>): void {
  switch (expected) {
    case 'unknown':
      expect(status).toBe(404);
      break;
    case 'refused':
      expect(status).toBe(403);
      break;
    case 'allowed':
      expect([200, 202, 409, 422, 503]).toContain(status);
  }
}

const OPEN = VERBS.filter((verb) => ACCESS[verb].who.includes('anybody'));
const GUARDED = VERBS.filter((verb) => !OPEN.includes(verb) && !WITHOUT_ROUTE.includes(verb));

describe.each(GUARDED)('%s', (verb) => {
  test('is for nobody who is not signed in', async () => {
    expect(await statusOf(verb, 'involved', undefined)).toBe(401);
    expect(await statusOf(verb, 'involved', 'stranger')).toBe(401);
    // Has a token, and is no person of the policy any more.
    expect(await statusOf(verb, 'involved', 'nobody')).toBe(401);
  });

  test.each(PEOPLE)('by %s goes as the table says', async (as) => {
    for (const matter of MATTERS) {
      expectStatus(await statusOf(verb, matter, as), expectation(verb, heldBy(as, matter)));
    }
  });
});

describe.each(['complete', 'correct'] as const)('to %s', (verb) => {
  test.each(ACTION_KEYS)(
    'row %s is for those whose parts it has, before anybody looks at an outcome',
    async (key) => {
      for (const as of PEOPLE) {
        const status = await statusOf(verb, 'involved', as, key);
        expectStatus(status, expectation(verb, heldBy(as, 'involved'), key));
      }
    },
  );
});

test('the timeline document of an inquiry of law enforcement is the General Counsel’s to read', async () => {
  const markdown = { accept: 'text/markdown' };
  const path = (matter: Matter) => `/v1/incidents/${incidents[matter]}/timeline`;
  const own = await office.get(path('inquiry'), 'counsel1', markdown);
  expect([own.statusCode, own.headers['content-type']]).toEqual([200, 'text/markdown; charset=utf-8']);
  expect(own.body).toContain('report (law enforcement) received by form');
  const other = await office.get(path('plain'), 'counsel1', markdown);
  expect(other.statusCode).toBe(403);
  expect(problemOf(other).detail).toContain('the General Counsel on an inquiry of law enforcement');
});

describe('who is not signed in', () => {
  test.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic bGVhZDE6eA==' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: 'Bearer a b' }],
    ['a token that is nobody’s', { authorization: 'Bearer made-up' }],
  ])('with %s is told how to sign in', async (_, headers: Record<string, string>) => {
    const answer = await office.inject({ method: 'GET', url: '/v1/incidents', headers });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(problemOf(answer).type).toBe('urn:tocsin:problem:not-signed-in');
  });

  test('is refused before the body is read', async () => {
    const answer = await office.inject({
      method: 'POST',
      url: `/v1/incidents/${incidents.involved}/lead`,
      payload: 'x'.repeat(10 * 1024 * 1024),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(401);
  });
});

test('an incident that is not there and one that is not for you look alike', async () => {
  const [hidden, missing] = [
    await office.get(`/v1/incidents/${incidents.plain}`, 'owner1'),
    await office.get('/v1/incidents/INC-2026-9999', 'owner1'),
  ];
  expect(hidden.json().detail).toBe(missing.json().detail);
  expect([hidden.statusCode, missing.statusCode]).toEqual([404, 404]);
});
