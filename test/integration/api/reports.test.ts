import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { apiOffice, MORNING, problemOf } from './api-office.ts';

const office = apiOffice();

async function countOf(table: 'reports' | 'incidents' | 'inbox' | 'texts' | 'idempotency'): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*)::int AS count FROM ${sql.table(table)}`.execute(office.db);
  return rows[0]?.count ?? 0;
}

async function keptReport(reportId: string) {
  return office.db.selectFrom('reports').selectAll().where('id', '=', reportId).executeTakeFirstOrThrow();
}

describe('a report', () => {
  test('is safe before it is answered, and says until when a person replies', async () => {
    const answer = await office.post('/v1/reports', {
      summary: 'Signing key on a public share',
      description: 'Found this morning.',
      reporter: { name: 'Ann', email: 'ann@example.org' },
      occurredAt: '2026-02-03T10:00:00.000Z',
      affected: ['idp.example.edu'],
    });
    expect(answer.statusCode).toBe(202);
    const accepted = answer.json();
    expect(accepted.incidentId).toMatch(/^INC-2026-\d{4}$/);
    expect(accepted.receivedAt).toBe('2026-02-03T15:00:00.000Z');
    expect(accepted.replyDueAt).toBe('2026-02-04T15:00:00.000Z');
    expect(accepted.statusUrl).toMatch(/^http:\/\/tocsin\.example\/v1\/reports\/[0-9a-f-]{36}\?token=/);
    expect(accepted.notice).toContain('nothing sensitive');
    expect(accepted.notice).toContain('phone');
    const kept = await keptReport(accepted.reportId);
    expect(kept.body).toMatchObject({
      summary: 'Signing key on a public share',
      reporter: { name: 'Ann', email: 'ann@example.org' },
      occurredAt: Date.UTC(2026, 1, 3, 10),
      affected: ['idp.example.edu'],
      tlp: 'AMBER+STRICT',
    });
  });

  test('shows as an incident at once, also while the process is away', async () => {
    office.process.isAway = true;
    const { incidentId, reportId } = await office.report({ description: 'Odd logins.\nSince Monday.' });
    const incident = (await office.get(`/v1/incidents/${incidentId}`, 'responder1')).json();
    expect(incident).toMatchObject({
      id: incidentId,
      version: 0,
      stage: 'received',
      lead: null,
      summary: 'Odd logins.',
    });
    expect(incident.reports).toMatchObject([{ id: reportId, reply: 'owed', channel: 'form' }]);
    expect(incident.waitingFor.map((waiting: { what: string }) => waiting.what)).toEqual(['lead', 'reply']);
    const { items } = (await office.get(`/v1/incidents/${incidentId}/timeline`, 'responder1')).json();
    expect(items).toMatchObject([{ seq: null, kind: 'received', by: 'tocsin' }]);
  });

  test('is taken with what we do not know or cannot use, which is kept aside and marked', async () => {
    const answer = await office.post('/v1/reports', {
      summary: 'Phishing',
      kind: 'catastrophe',
      tlp: 'PURPLE',
      occurredAt: 'yesterday',
      affected: ['one', 2],
      reporter: { email: 'not an address', name: 'Ann', fax: '1' },
      colour: { deep: ['blue'] },
      __proto__x: 1,
    });
    expect(answer.statusCode).toBe(202);
    const pointers = answer.json().keptAside.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.toSorted()).toEqual(
      [
        '/__proto__x',
        '/affected/1',
        '/colour',
        '/kind',
        '/occurredAt',
        '/reporter/email',
        '/reporter/fax',
        '/tlp',
      ].toSorted(),
    );
    const { body, kind } = await keptReport(answer.json().reportId);
    expect(kind).toBe('incident');
    expect(body.affected).toEqual(['one']);
    expect(body.reporter).toEqual({ name: 'Ann' });
    expect(body.aside).toMatchObject({
      '/kind': { value: 'catastrophe' },
      '/colour': { value: { deep: ['blue'] } },
      '/reporter/email': { value: 'not an address' },
    });
  });

  test('keeps what can be kept of broken text', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"summary":"a\\u0000b '),
      Buffer.from([0xff]),
      Buffer.from('\\ud800"}'),
    ]);
    const answer = await office.inject({
      method: 'POST',
      url: '/v1/reports',
      payload: bytes,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(202);
    expect((await keptReport(answer.json().reportId)).body.summary).toBe('a\uFFFDb \uFFFD\uFFFD');
  });

  test('is taken whatever its sender calls the JSON', async () => {
    const answer = await office.inject({
      method: 'POST',
      url: '/v1/reports',
      payload: '{"summary":"sent by a simple tool"}',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.statusCode).toBe(202);
  });

  test('is taken however deep it nests', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const answer = await office.inject({
      method: 'POST',
      url: '/v1/reports',
      payload: `{"summary":"deep","odd":${deep}}`,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(202);
  });

  test.each([
    ['no JSON', '{"summary":', 400, 'malformed'],
    ['a list', '[]', 400, 'malformed'],
    ['nothing', '', 400, 'malformed'],
    ['no words', '{"summary":"  ","description":"\\n"}', 422, 'invalid'],
    ['no words but others', '{"reporter":{"name":"Ann"}}', 422, 'invalid'],
    ['ten megabytes', JSON.stringify({ summary: 'x'.repeat(10 * 1024 * 1024) }), 413, 'too-large'],
  ])('is turned away with %s, and nothing is written', async (_, payload, status, code) => {
    const before = [
      await countOf('reports'),
      await countOf('incidents'),
      await countOf('inbox'),
      await countOf('idempotency'),
    ];
    const answer = await office.inject({
      method: 'POST',
      url: '/v1/reports',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(status);
    expect(problemOf(answer).type).toBe(`urn:tocsin:problem:${code}`);
    expect([
      await countOf('reports'),
      await countOf('incidents'),
      await countOf('inbox'),
      await countOf('idempotency'),
    ]).toEqual(before);
  });

  test('sent twice with one key is one report, answered alike', async () => {
    const body = { summary: 'Sent twice' };
    const first = await office.post('/v1/reports', body, { key: 'twice-1' });
    const second = await office.post('/v1/reports', body, { key: 'twice-1' });
    expect(second.statusCode).toBe(202);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.json()).toEqual(first.json());
    const other = await office.post('/v1/reports', { summary: 'Another' }, { key: 'twice-1' });
    expect(problemOf(other).type).toBe('urn:tocsin:problem:key-reused');
  });

  test('sent ten times at once with one key is one report', async () => {
    const before = await countOf('reports');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        office.post('/v1/reports', { summary: 'At once' }, { key: 'at-once' }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(answers.every((answer) => answer.statusCode === 202)).toBe(true);
    expect(await countOf('reports')).toBe(before + 1);
  });
});

describe('a call', () => {
  test('is entered by a responder, and its clock starts when it came', async () => {
    const answer = await office.post(
      '/v1/reports/phone',
      { summary: 'Called in', receivedAt: '2026-02-03T14:30:00.000Z', reporter: { phone: '+1 555' } },
      { as: 'responder1' },
    );
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({
      receivedAt: '2026-02-03T14:30:00.000Z',
      replyDueAt: '2026-02-04T14:30:00.000Z',
    });
    const incident = (await office.get(`/v1/incidents/${answer.json().incidentId}`, 'responder1')).json();
    expect(incident.reports).toMatchObject([{ channel: 'phone', enteredBy: 'responder1' }]);
  });

  test('cannot have come in the future', async () => {
    const answer = await office.post(
      '/v1/reports/phone',
      { summary: 'Called in', receivedAt: '2026-02-03T15:00:00.001Z' },
      { as: 'responder1' },
    );
    expect(answer.statusCode).toBe(422);
    expect(problemOf(answer).errors).toMatchObject([{ pointer: '/receivedAt' }]);
  });

  test('is refused with what is wrong, because whoever types can mend it', async () => {
    const answer = await office.post(
      '/v1/reports/phone',
      { summary: 'Called in', receivedAt: '2026-02-03 15:00', colour: 'blue', reporter: { email: 'x' } },
      { as: 'responder1' },
    );
    expect(answer.statusCode).toBe(422);
    expect(
      problemOf(answer)
        .errors?.map(({ pointer }) => pointer)
        .toSorted(),
    ).toEqual(['/colour', '/receivedAt', '/reporter/email']);
  });

  test.each(['sme1', 'legal1', 'auditor1', 'admin1'])('is not for %s to enter', async (as) => {
    const answer = await office.post('/v1/reports/phone', { summary: 'x' }, { as });
    expect(answer.statusCode).toBe(403);
    expect(problemOf(answer).detail).toContain('csirt');
  });
});

describe('a reporter', () => {
  test('reads whether there was a reply, and nothing of the work', async () => {
    const { reportId, token, incidentId } = await office.report();
    await office.process.file(incidentId);
    const path = `/v1/reports/${reportId}?token=${token}`;
    expect((await office.get(path)).json()).toMatchObject({
      reply: 'owed',
      repliedAt: null,
      questions: [],
      answers: [],
    });
    await office.post(
      `/v1/incidents/${incidentId}/reply`,
      { text: 'We are on it.', method: 'phone' },
      { as: 'responder1' },
    );
    const status = (await office.get(path)).json();
    expect(status).toMatchObject({ reply: 'sent', repliedAt: '2026-02-03T15:00:00.000Z' });
    expect(Object.keys(status).toSorted()).toEqual([
      'answers',
      'incidentId',
      'notice',
      'questions',
      'receivedAt',
      'repliedAt',
      'reply',
      'replyDueAt',
      'reportId',
    ]);
  });

  test('answers a question, also while the process is away', async () => {
    const { reportId, token, incidentId } = await office.report();
    await office.post(`/v1/incidents/${incidentId}/question`, { text: 'Since when?' }, { as: 'responder1' });
    const path = `/v1/reports/${reportId}`;
    expect((await office.get(`${path}?token=${token}`)).json().questions).toMatchObject([
      { n: 1, text: 'Since when?', tlp: 'AMBER' },
    ]);
    office.process.isAway = true;
    const answer = await office.post(
      `${path}/answer?token=${token}`,
      { text: 'Since Monday.' },
      { key: 'a1' },
    );
    expect(answer.statusCode).toBe(200);
    expect(answer.json().answers).toEqual([{ at: new Date(MORNING).toISOString(), text: 'Since Monday.' }]);
    const again = await office.post(
      `${path}/answer?token=${token}`,
      { text: 'Since Monday.' },
      { key: 'a1' },
    );
    expect(again.headers['idempotency-replayed']).toBe('true');
    const { items } = (await office.get(`/v1/incidents/${incidentId}/timeline`, 'responder1')).json();
    expect(items.at(-1)).toMatchObject({
      seq: null,
      kind: 'answer',
      text: expect.stringContaining('Since Monday.'),
    });
  });

  test.each(['', '?token=', '?token=wrong', '?token=a&token=b'])(
    'with the address ending %s is told nothing',
    async (query) => {
      const { reportId } = await office.report();
      const read = await office.get(`/v1/reports/${reportId}${query}`);
      expect([404, 422]).toContain(read.statusCode);
      problemOf(read);
      const answer = await office.post(`/v1/reports/${reportId}/answer${query}`, { text: 'x' });
      expect([404, 422]).toContain(answer.statusCode);
      problemOf(answer);
    },
  );

  test('of no report is told the same', async () => {
    expect((await office.get('/v1/reports/no-such-report?token=x')).statusCode).toBe(404);
    expect((await office.get('/v1/reports/2b7d4a3e-0000-4000-8000-000000000000?token=x')).statusCode).toBe(
      404,
    );
  });
});
