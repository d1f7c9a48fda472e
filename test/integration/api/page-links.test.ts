import type { InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { FIRST_RUNG, ladderOf } from '../../../src/domain/ladder.ts';
import { exhaustPage } from '../../../src/persistence/page-steps.ts';
import { openPage, readPage } from '../../../src/persistence/pages.ts';
import { readState } from '../../../src/persistence/record.ts';
import { apiOffice, MORNING, problemOf } from './api-office.ts';

const office = apiOffice();
const HOUR_MS = 3_600_000;
const SUMMARY = 'A login page that is <b>not</b> ours';

let incidentId = '';
let pageId = '';

/** Lets the page ring as its workflow would, in the ring that the incident has decided on. */
async function ring(): Promise<void> {
  const row = await readState(office.db, incidentId);
  const ref = row?.state.pages.find(({ id }) => id === pageId);
  if (ref === undefined) throw new Error(`no page ${pageId}`);
  const { reason, target, startsAt } = ref;
  const ladder = ladderOf(target, office.policy.rules);
  await openPage(office.db, {
    ...{ pageId, incidentId, reason, target, ladder, ring: ref.ring, startsAt, noteTextId: null },
    next: { ...FIRST_RUNG, nextStepAt: startsAt },
  });
}

async function exhaustAndRestart(): Promise<void> {
  await exhaustPage(office.db, { pageId, ring: 1, at: office.now, rounds: 3, factId: `${pageId}-over` });
  await office.process.file(incidentId);
  await office.post(`/v1/pages/${pageId}/restart`, {}, { as: 'responder1' });
  await ring();
}

interface Of {
  readonly pageId?: string;
  readonly ring?: number;
  readonly username?: string;
}

function pathFor(of: Of = {}): string {
  const link = { pageId, ring: 1, username: 'owner1', expiresAt: MORNING + HOUR_MS, ...of };
  return new URL(office.links.linkFor(link)).pathname;
}

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

const look = (url = pathFor(), more: Partial<InjectOptions> = {}) =>
  office.inject({ method: 'GET', url, headers: BROWSER, ...more });

/** As a browser sends a form without fields. */
const send = (url: string, headers: Record<string, string> = {}) =>
  office.inject({
    method: 'POST',
    url,
    headers: { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: '',
  });
const take = (of: Of = {}) => send(`${pathFor(of)}/acknowledge`);
const stateNow = async () => readPage(office.db, pageId);

async function everythingWritten(): Promise<unknown> {
  const tables = ['inbox', 'events', 'pages', 'page_attempts', 'idempotency'];
  const rows = tables.map((table) => sql`SELECT * FROM ${sql.table(table)} ORDER BY 1, 2`.execute(office.db));
  return (await Promise.all(rows)).map((result) => result.rows);
}

beforeEach(async () => {
  const report = await office.report({ summary: SUMMARY, description: 'Words' });
  incidentId = report.incidentId;
  pageId = `${incidentId}-P1`;
  await office.post(`/v1/incidents/${incidentId}/lead`, { username: 'lead1' }, { as: 'responder1' });
  const page = { to: 'owner1', note: 'We need <you>' };
  const { pages } = (await office.post(`/v1/incidents/${incidentId}/pages`, page, { as: 'lead1' })).json();
  pageId = pages.at(-1);
});

describe('a link', () => {
  beforeEach(ring);

  test('shows which incident, how urgent, why, since when and how it stands, and two forms', async () => {
    const answer = await look();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    for (const text of [
      incidentId,
      pageId,
      'URGENT',
      'you are called in to help',
      'It rings, and nobody has it yet.',
    ])
      expect(answer.body).toContain(text);
    expect(answer.body).toMatch(/2026-02-03 15:00 UTC \(\d\d:\d\d in America/);
    const actions = [...answer.body.matchAll(/<form method="post" action="([^"]+)">/g)].map(([, to]) => to);
    const address = new URL(pathFor(), 'http://tocsin.example');
    expect(actions.map((to) => new URL(to ?? '', address).pathname)).toEqual([
      `${pathFor()}/acknowledge`,
      `${pathFor()}/decline`,
    ]);
  });

  test('says no word of the incident or of the note', async () => {
    const { body } = await look();
    for (const word of ['login', 'not ours', 'Words', 'We need']) expect(body).not.toContain(word);
  });

  test('needs no script, no cookie and nothing of another site', async () => {
    const { body, headers } = await look();
    expect(body).not.toMatch(/<script|\son\w+=|javascript:|https?:\/\/|style=|<style/i);
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['content-security-policy']).toContain("style-src 'self'");
    const [, style = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(body) ?? [];
    const sheet = await look(new URL(style, `http://tocsin.example${pathFor()}`).pathname);
    expect([sheet.statusCode, sheet.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
  });

  test.each([
    ['a look', () => look()],
    ['an answer', () => take()],
    ['a link that is none', () => look('/p/none')],
  ])('is kept by nobody and told to nobody: %s', async (_, ask) => {
    expect((await ask()).headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
    });
  });

  test.each([
    ['looking', { method: 'GET' }],
    ['asking for its head', { method: 'HEAD' }],
    ['a query that means to post', { method: 'GET', query: '?_method=post&acknowledge=1' }],
    ['a header that means to post', { method: 'GET', headers: { 'x-http-method-override': 'POST' } }],
    [
      'a browser that looks ahead',
      { method: 'GET', headers: { 'sec-purpose': 'prefetch', purpose: 'prefetch' } },
    ],
    ['following what the forms point at', { method: 'GET', below: '/acknowledge' }],
    ['asking for the head of that', { method: 'HEAD', below: '/decline' }],
    ['asking what is allowed', { method: 'OPTIONS', below: '/acknowledge' }],
  ] as const)('is not answered by %s', async (_, asking) => {
    const {
      method,
      query = '',
      below = '',
      headers = {},
    }: {
      method: 'GET' | 'HEAD' | 'OPTIONS';
      query?: string;
      below?: string;
      headers?: Record<string, string>;
    } = asking;
    const before = await everythingWritten();
    const answer = await look(`${pathFor()}${below}${query}`, {
      method,
      headers: { ...BROWSER, ...headers },
    });
    expect(answer.statusCode).toBe(below === '' ? 200 : 404);
    expect(await everythingWritten()).toEqual(before);
    expect(office.declined).toEqual([]);
  });

  test('is logged by its route and its person, never with its token', async () => {
    office.logged.length = 0;
    await take();
    expect(office.logged).toContainEqual(
      expect.objectContaining({ route: '/p/:token/acknowledge', status: 200, by: 'owner1' }),
    );
    expect(JSON.stringify(office.logged)).not.toContain(pathFor().slice('/p/'.length));
  });
});

describe('an acknowledgement by link', () => {
  beforeEach(ring);

  test('takes the page, while the process is away, and is a fact of the person', async () => {
    office.process.isAway = true;
    const answer = await take();
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('You have it, since 2026-02-03 15:00 UTC');
    expect(answer.body).not.toContain('<form');
    expect(await stateNow()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'owner1' });
    const page = (await office.get(`/v1/pages/${pageId}`, 'responder1')).json();
    expect(page).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'owner1' });
  });

  test('said twice is said once', async () => {
    await take();
    const before = await everythingWritten();
    office.now += 60_000;
    const again = await take();
    expect(again.body).toContain('You have it, since 2026-02-03 15:00 UTC');
    expect(await everythingWritten()).toEqual(before);
  });

  test('of two people is the first one’s; the later one is told who has it', async () => {
    const answers = await Promise.all([take(), take({ username: 'responder1' })]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const taker = (await stateNow())?.acknowledgedBy ?? '';
    const [won, lost] = taker === 'owner1' ? answers : answers.toReversed();
    expect(won?.body).toContain('You have it');
    expect(lost?.body).toContain(`(${taker}) has it, since`);
    const loser = taker === 'owner1' ? 'responder1' : 'owner1';
    expect((await look(pathFor({ username: loser }))).body).toContain(`(${taker}) has it, since`);
  });

  test('counts for the page also by the link of an earlier ring, and again in every ring', async () => {
    await exhaustAndRestart();
    expect(await stateNow()).toMatchObject({ state: 'ringing', ring: 2 });
    expect((await take({ ring: 1 })).body).toContain('You have it');
    expect(await stateNow()).toMatchObject({ state: 'acknowledged', ring: 2, acknowledgedBy: 'owner1' });
  });

  test('needs no body and no content type, and looks at none', async () => {
    const bare = await office.inject({ method: 'POST', url: `${pathFor()}/acknowledge` });
    expect(bare.statusCode).toBe(200);
    const odd = await office.inject({
      method: 'POST',
      url: `${pathFor()}/acknowledge`,
      headers: { 'content-type': 'application/json' },
      payload: '{"by":"lead1"',
    });
    expect(odd.statusCode).toBe(200);
    expect(await stateNow()).toMatchObject({ acknowledgedBy: 'owner1' });
  });

  test('sent from another site is refused; from ours or from an old browser it is taken', async () => {
    const url = `${pathFor()}/acknowledge`;
    expect((await send(url, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect(await stateNow()).toMatchObject({ state: 'ringing' });
    expect((await send(url, { 'sec-fetch-site': 'same-origin', origin: 'null' })).statusCode).toBe(200);
  });

  test('takes an exhausted page too, and none that was called off', async () => {
    await exhaustPage(office.db, { pageId, ring: 1, at: office.now, rounds: 3, factId: `${pageId}-over` });
    expect((await look()).body).toContain('You can still take it.');
    expect((await take()).body).toContain('You have it');
    await sql`UPDATE pages SET state = 'cancelled' WHERE id = ${pageId}`.execute(office.db);
    expect((await take()).body).toContain('It was called off');
  });
});

describe('“Not me” by link', () => {
  beforeEach(ring);

  test('is kept once for each person and ring, and lets the page ring on', async () => {
    const answer = await send(`${pathFor()}/decline`);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('Noted: you cannot take it.');
    expect(answer.body).toContain('I take it');
    expect(answer.body).not.toContain('Not me');
    await send(`${pathFor({ ring: 7 })}/decline`);
    expect(office.declined).toMatchObject([
      { pageId, by: 'owner1', at: MORNING, factId: `${pageId}:decline:1:owner1` },
      { factId: `${pageId}:decline:1:owner1` },
    ]);
    expect(await stateNow()).toMatchObject({ state: 'ringing' });
  });
});

describe('a link that is no longer good', () => {
  test('says so, and how to go on', async () => {
    await ring();
    const url = pathFor();
    office.now = MORNING + HOUR_MS;
    for (const answer of [await look(url), await send(`${url}/acknowledge`), await send(`${url}/decline`)]) {
      expect(answer.statusCode).toBe(410);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.body).toContain('npx tocsin ack');
    }
    expect(await stateNow()).toMatchObject({ state: 'ringing' });
    expect(office.declined).toEqual([]);
  });

  test('is a problem to software', async () => {
    const url = pathFor();
    office.now = MORNING + HOUR_MS;
    expect(problemOf(await office.get(url)).type).toBe('urn:tocsin:problem:link-expired');
  });

  const notTheirs: readonly (readonly [string, () => string])[] = [
    ['made up', () => '/p/made-up.AAAAAAAAAAAAAAAAAAAAAA'],
    ['changed', () => `${pathFor().slice(0, -1)}_`],
    ['of a page that is not there', () => pathFor({ pageId: `${incidentId}-P99` })],
    ['of somebody whom the policy does not name any more', () => pathFor({ username: 'nobody' })],
    ['of somebody whom it did not reach and who may not take it', () => pathFor({ username: 'sme1' })],
  ];
  test.each(notTheirs)('%s, leads nowhere', async (_, link) => {
    await ring();
    const answers = [
      await look(link()),
      await send(`${link()}/acknowledge`),
      await send(`${link()}/decline`),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404);
      expect(answer.body).toContain('This link leads nowhere');
      expect(answer.body).not.toContain(incidentId);
    }
    // Who may not know is told no more than who has nothing.
    expect(new Set(answers.map(({ body }) => body.replaceAll('../', ''))).size).toBe(1);
    expect(await stateNow()).toMatchObject({ state: 'ringing' });
  });

  test('before the page has begun to ring is asked to come again', async () => {
    expect((await look()).body).toContain('It rings, and nobody has it yet.');
    const answer = await take();
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('just about to ring');
  });
});
