import { sql } from 'kysely';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiOffice, problemOf, tokenOf } from './api-office.ts';

const office = apiOffice();
let incidentId = '';

beforeAll(async () => {
  incidentId = await office.triage();
});

async function everythingWritten(): Promise<unknown> {
  const tables = ['incidents', 'reports', 'texts', 'inbox', 'events', 'pages', 'idempotency'];
  const counts = tables.map((table) =>
    sql`SELECT count(*)::int AS count FROM ${sql.table(table)}`.execute(office.db),
  );
  return (await Promise.all(counts)).map(({ rows }) => rows);
}

interface Sent {
  readonly path?: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  readonly payload?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly as?: string;
}

const LEAD = '/lead';
const NOTE = '/timeline';

const BAD: readonly (readonly [string, Sent, number, string])[] = [
  ['malformed JSON', { payload: '{"username":' }, 400, 'malformed'],
  ['JSON with a comment', { payload: '{} // hello' }, 400, 'malformed'],
  ['bad UTF-8', { payload: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]) }, 400, 'malformed'],
  [
    'nesting without end',
    { payload: `{"username":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
    400,
    'malformed',
  ],
  ['a list for an object', { payload: '[]' }, 422, 'invalid'],
  ['a number for an object', { payload: '1' }, 422, 'invalid'],
  ['null for an object', { payload: 'null' }, 422, 'invalid'],
  ['no body', {}, 422, 'invalid'],
  ['an unknown field', { payload: '{"username":"lead1","reason":"x","is_admin":true}' }, 422, 'invalid'],
  [
    'a field called __proto__',
    { payload: '{"username":"lead1","reason":"x","__proto__":{}}' },
    422,
    'invalid',
  ],
  ['a field of another type', { payload: '{"username":["lead1"]}' }, 422, 'invalid'],
  ['ten megabytes', { payload: `{"username":"${'x'.repeat(10 * 1024 * 1024)}"}` }, 413, 'too-large'],
  [
    'another media type',
    { payload: '<a/>', headers: { 'content-type': 'text/xml' } },
    415,
    'wrong-media-type',
  ],
  [
    'a form',
    { payload: 'username=lead1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'wrong-media-type',
  ],
  ['an unknown person', { payload: '{"username":"stranger","reason":"x"}' }, 422, 'unknown-key'],
  [
    'an empty key',
    { payload: '{"username":"comms1","reason":"x"}', headers: { 'idempotency-key': '' } },
    422,
    'invalid',
  ],
  [
    'a key too long',
    { payload: '{"username":"comms1","reason":"x"}', headers: { 'idempotency-key': 'k'.repeat(201) } },
    422,
    'invalid',
  ],
  [
    'a key with spaces',
    { payload: '{"username":"comms1","reason":"x"}', headers: { 'idempotency-key': 'a b' } },
    422,
    'invalid',
  ],
  ['the wrong role', { payload: '{"username":"comms1"}', as: 'auditor1' }, 403, 'not-yours'],
  ['no right to know', { payload: '{"username":"comms1"}', as: 'owner1' }, 404, 'not-found'],
  [
    'no incident',
    { path: '/v1/incidents/INC-2026-9999/lead', payload: '{"username":"comms1"}' },
    404,
    'not-found',
  ],
  ['no identifier', { path: '/v1/incidents/%00/lead', payload: '{"username":"comms1"}' }, 404, 'not-found'],
  ['a path that cannot be decoded', { path: '/v1/incidents/%zz/lead', payload: '{}' }, 400, 'malformed'],
  ['a path without end', { path: `/v1/incidents/${'x'.repeat(5000)}/lead`, payload: '{}' }, 404, 'not-found'],
  ['a path that is not there', { path: '/v1/nothing', payload: '{}' }, 404, 'not-found'],
  ['another method', { method: 'PUT', payload: '{}' }, 404, 'not-found'],
  ['a deletion', { path: `/v1/incidents/INC-2026-0001`, method: 'DELETE' }, 404, 'not-found'],
  ['a preflight', { method: 'OPTIONS' }, 404, 'not-found'],
];

test.each(BAD)('%s is refused with a problem, and nothing is written', async (_, sent, status, code) => {
  const before = await everythingWritten();
  const {
    path = `/v1/incidents/${incidentId}${LEAD}`,
    method = 'POST',
    headers = {},
    payload,
    as = 'lead1',
  } = sent;
  const answer = await office.inject({
    method,
    url: path,
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
      authorization: `Bearer ${tokenOf(as)}`,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  expect(answer.statusCode).toBe(status);
  expect(problemOf(answer).type).toBe(`urn:tocsin:problem:${code}`);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  expect(await everythingWritten()).toEqual(before);
});

test('a refused shape is refused with every place in it', async () => {
  const answer = await office.post(
    `/v1/incidents/${incidentId}${LEAD}`,
    { user: 'x', reason: 5 },
    { as: 'lead1' },
  );
  expect(
    problemOf(answer)
      .errors?.map(({ pointer }) => pointer)
      .toSorted(),
  ).toEqual(['/reason', '/user', '/username']);
});

test('a refusal repeats nothing of what was sent', async () => {
  const secret = 'RED-WORDS';
  for (const body of [
    { username: secret, reason: secret },
    { username: 5, reason: [secret] },
    `{"${secret}`,
  ]) {
    const answer = await office.inject({
      method: 'POST',
      url: `/v1/incidents/${incidentId}${LEAD}`,
      payload: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf('lead1')}` },
    });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain(secret);
  }
});

test('a NUL in a text becomes U+FFFD', async () => {
  await office.inject({
    method: 'POST',
    url: `/v1/incidents/${incidentId}${NOTE}`,
    payload: String.raw`{"text":"a\u0000b\ud800"}`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf('lead1')}` },
  });
  const { items } = (await office.get(`/v1/incidents/${incidentId}${NOTE}`, 'lead1')).json();
  expect(items.at(-1).text).toBe('a\uFFFDb\uFFFD');
});

describe('a query', () => {
  test.each([
    ['/v1/incidents?limit=0', 'limit'],
    ['/v1/incidents?limit=201', 'limit'],
    ['/v1/incidents?limit=-1', 'limit'],
    ['/v1/incidents?limit=1.5', 'limit'],
    ['/v1/incidents?limit=many', 'limit'],
    ['/v1/incidents?limit=', 'limit'],
    ['/v1/incidents?limit=1&limit=2', 'limit'],
    ['/v1/incidents?cursor=nonsense', 'cursor'],
    ['/v1/incidents?stage=limbo', 'stage'],
    ['/v1/incidents?tlp=WHITE', 'tlp'],
    ['/v1/incidents?overdue=perhaps', 'overdue'],
    ['/v1/incidents?colour=blue', 'colour'],
    ['/v1/pages?state=loud', 'state'],
    ['/v1/pages?cursor=nonsense', 'cursor'],
    ['/v1/duties?since=yesterday', 'since'],
  ])('%s is refused with what was expected', async (path, parameter) => {
    const answer = await office.get(path, 'responder1');
    expect(answer.statusCode).toBe(422);
    expect(problemOf(answer).errors).toMatchObject([{ parameter }]);
  });

  test('of a timeline is checked too', async () => {
    const answer = await office.get(`/v1/incidents/${incidentId}/timeline?cursor=x`, 'responder1');
    expect(problemOf(answer).errors).toMatchObject([{ parameter: 'cursor' }]);
  });

  test('with a NUL finds nothing, and breaks nothing', async () => {
    expect((await office.get('/v1/incidents?q=%00', 'responder1')).json()).toEqual({
      items: [],
      nextCursor: null,
    });
  });
});

describe('what nobody foresaw', () => {
  test('is answered without a word of it, and logged under the id that the answer names', async () => {
    const { decide } = office.process;
    Object.assign(office.process, {
      decide: async () => Promise.reject(new TypeError('secret of the inside')),
    });
    const answer = await office.post(
      `/v1/incidents/${incidentId}/kind`,
      { kind: 'inquiry', reason: 'RED-WORDS' },
      { as: 'lead1' },
    );
    Object.assign(office.process, { decide });
    expect(answer.statusCode).toBe(500);
    expect(problemOf(answer).type).toBe('urn:tocsin:problem:internal');
    expect(answer.body).not.toContain('secret');
    const id = answer.json().instance.replace('urn:tocsin:request:', '');
    const lines = office.logged.filter(({ reqId }) => reqId === id);
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'a request failed' }));
    expect(JSON.stringify(lines)).toContain('secret of the inside');
    expect(JSON.stringify(office.logged)).not.toContain('RED-WORDS');
  });

  test('is not the answer of its key', async () => {
    const { decide } = office.process;
    const body = { kind: 'vulnerability', reason: 'x' };
    Object.assign(office.process, { decide: async () => Promise.reject(new TypeError('x')) });
    const failed = await office.post(`/v1/incidents/${incidentId}/kind`, body, { as: 'lead1', key: 'k500' });
    Object.assign(office.process, { decide });
    const done = await office.post(`/v1/incidents/${incidentId}/kind`, body, { as: 'lead1', key: 'k500' });
    expect([failed.statusCode, done.statusCode]).toEqual([500, 200]);
  });
});

describe('the log', () => {
  test('has a line for each answer, and in it no token, address or word', async () => {
    const { reportId, token } = await office.report({
      summary: 'AMBER-WORDS',
      reporter: { email: 'ann@example.org' },
    });
    await office.get(`/v1/reports/${reportId}?token=${token}`);
    const lines = office.logged.filter(({ msg }) => msg === 'answered');
    expect(lines).toMatchObject([
      { method: 'POST', route: '/v1/reports', status: 202, by: null },
      { method: 'GET', route: '/v1/reports/:reportId', status: 200 },
    ]);
    const all = JSON.stringify(office.logged);
    for (const word of [token, 'AMBER-WORDS', 'ann@example.org']) expect(all).not.toContain(word);
  });
});

describe('over the wire', () => {
  test('what is no HTTP is told so, and hung up on', async () => {
    const address = await office.app.listen({ host: '127.0.0.1', port: 0 });
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
        socket.write('NONSENSE\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (data) => (text += data.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('urn:tocsin:problem:malformed');
  });
});
