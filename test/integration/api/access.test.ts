import { beforeAll, describe, expect, test } from 'vitest';
import { ACCESS, type Grant, type Verb } from '../../../src/domain/access.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

/** What each person holds on the first incident. Only roles hold on the second. */
const HELD: Readonly<Record<string, { readonly roles: readonly Grant[]; readonly here: readonly Grant[] }>> =
  {
    responder1: { roles: ['csirt'], here: [] },
    lead1: { roles: ['csirt'], here: ['lead'] },
    sponsor1: { roles: ['csirt', 'executive'], here: [] },
    legal1: { roles: ['legal'], here: [] },
    counsel1: { roles: ['general-counsel'], here: [] },
    ops1: { roles: ['operations'], here: [] },
    auditor1: { roles: ['auditor'], here: [] },
    admin1: { roles: ['admin'], here: ['paged'] },
    sme1: { roles: [], here: ['team'] },
    owner1: { roles: [], here: ['asked'] },
  };
const PEOPLE = Object.keys(HELD);

/** Verbs that share the route of another. */
const WITHOUT_ROUTE: readonly Verb[] = ['team-remove'];

const VERBS = Object.keys(ACCESS) as Verb[];
let involved = '';
let plain = '';

beforeAll(async () => {
  [involved, plain] = [await office.triage(), await office.triage()];
  const step = async (id: string, path: string, body: unknown) => {
    const answer = await office.post(`/v1/incidents/${id}/${path}`, body, { as: 'lead1' });
    expect(answer.statusCode, answer.body).toBe(200);
  };
  await step(involved, 'team', { username: 'sme1', role: 'sme' });
  await step(involved, 'pages', { to: 'admin1' });
  await step(plain, 'pages', { to: 'responder2' });
  for (const [id, asked] of [
    [involved, 'owner1'],
    [plain, 'responder2'],
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
      '/docs',
      '/healthz',
      '/metrics',
      '/openapi.json',
      '/readyz',
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

function pathOf(url: string, incidentId: string): string {
  const id = url.startsWith('/v1/pages/') ? `${incidentId}-P1` : incidentId;
  return url
    .replace(':id', id)
    .replace(':key', 'engage-legal')
    .replace(':n', '1')
    .replace(':reportId', 'none');
}

async function statusOf(verb: Verb, incidentId: string, as: string | undefined): Promise<number> {
  const route = office.routes.find((candidate) => candidate.verb === verb && candidate.method !== 'HEAD');
  if (route === undefined) throw new Error(`no route for ${verb}`);
  // Nothing is done: a step cannot be taken, and no body is right for a fact but that of an acknowledgement.
  office.process.isAway = true;
  const path = pathOf(route.url, incidentId);
  const answer = route.method === 'GET' ? await office.get(path, as) : await office.post(path, {}, { as });
  if (answer.statusCode >= 400) problemOf(answer);
  return answer.statusCode;
}

function urlOf(verb: Verb): string {
  return office.routes.find((candidate) => candidate.verb === verb)?.url ?? '';
}

/** The table says who; this says what they are answered, worked out from the table and nothing else. */
function expectation(verb: Verb, held: readonly Grant[]): 'refused' | 'unknown' | 'allowed' {
  const always: readonly Grant[] = ['signed-in', 'as-the-row-says'];
  // Everybody may list the pages that rang them, be it none.
  const own: readonly Grant[] = verb === 'pages-list' ? ['paged'] : [];
  const holds = (grants: readonly Grant[]) =>
    grants.some((grant) => held.includes(grant) || always.includes(grant) || own.includes(grant));
  if (isAboutIncident(urlOf(verb)) && !holds(ACCESS.incident.who)) return 'unknown';
  return holds(ACCESS[verb].who) ? 'allowed' : 'refused';
}

const OPEN = VERBS.filter((verb) => ACCESS[verb].who.includes('anybody'));
const GUARDED = VERBS.filter((verb) => !OPEN.includes(verb) && !WITHOUT_ROUTE.includes(verb));

describe.each(GUARDED)('%s', (verb) => {
  test('is for nobody who is not signed in', async () => {
    expect(await statusOf(verb, involved, undefined)).toBe(401);
    expect(await statusOf(verb, involved, 'stranger')).toBe(401);
    // Has a token, and is no person of the policy any more.
    expect(await statusOf(verb, involved, 'nobody')).toBe(401);
  });

  test.each(PEOPLE)('by %s goes as the table says', async (as) => {
    const { roles = [], here = [] } = HELD[as] ?? {};
    for (const [incidentId, held] of [
      [involved, [...roles, ...here]],
      [plain, as === 'lead1' ? [...roles, ...here] : roles],
    ] as const) {
      const status = await statusOf(verb, incidentId, as);
      switch (expectation(verb, held)) {
        case 'unknown':
          expect(status).toBe(404);
          break;
        case 'refused':
          expect(status).toBe(403);
          break;
        case 'allowed':
          expect([200, 409, 422, 503]).toContain(status);
      }
    }
  });
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
      url: `/v1/incidents/${involved}/lead`,
      payload: 'x'.repeat(10 * 1024 * 1024),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(401);
  });
});

test('an incident that is not there and one that is not for you look alike', async () => {
  const [hidden, missing] = [
    await office.get(`/v1/incidents/${plain}`, 'owner1'),
    await office.get('/v1/incidents/INC-2026-9999', 'owner1'),
  ];
  expect(hidden.json().detail).toBe(missing.json().detail);
  expect([hidden.statusCode, missing.statusCode]).toEqual([404, 404]);
});
