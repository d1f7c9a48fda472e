import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';

import type { FeedView } from '../../../src/api/schemas/calendar-feeds.ts';
import { addOverrides, seedRotas, withdrawOverride } from '../../../src/persistence/rotas.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();
const PATH = '/v1/people/me/calendar-feeds';
const DAY = 86_400_000;
let server = '';

beforeAll(async () => {
  const layer = { name: 'daily', members: ['responder1', 'responder2'], handOver: 'FREQ=DAILY' };
  const layers = [{ ...layer, startsAt: '2026-01-05T09:00', endsAt: null, hours: [] }];
  for (const key of ['days', 'nights']) {
    const plan = { key, title: `The ${key}`, timeZone: 'UTC', layers };
    await seedRotas(office.db, [plan], { at: office.now - 90 * DAY, by: 'process', reason: 'new' });
  }
  await office.app.listen({ port: 0, host: '127.0.0.1' });
  server = `http://127.0.0.1:${(office.app.server.address() as AddressInfo).port}`;
});

async function feed(as: string, rota?: string, act = ''): Promise<FeedView> {
  const answer = await office.post(`${PATH}${act}`, rota === undefined ? {} : { rota }, { as });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<FeedView>();
}

/** As a calendar program asks: the address and nothing else. */
const read = (address: string, headers: Record<string, string> = {}) =>
  fetch(address.replace('http://tocsin.example', server), { headers });

const unfolded = (text: string) => text.replaceAll('\r\n ', '');
const summaries = (text: string) =>
  [...unfolded(text).matchAll(/^SUMMARY:(.*)$/gm)].map(([, said]) => said?.trim());

async function expectNothingAt(address: string): Promise<void> {
  const answer = await read(address);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  expect(await answer.json()).toMatchObject({ type: 'urn:tocsin:problem:not-found' });
}

describe('a calendar feed', () => {
  test('of a person holds their own shifts in every rota, for whoever has its address', async () => {
    const { address, rota } = await feed('responder1');
    expect(rota).toBeNull();
    const answer = await read(address);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/calendar; charset=utf-8',
    ]);
    const text = await answer.text();
    expect(unfolded(text)).toContain('REFRESH-INTERVAL;VALUE=DURATION:PT15M');
    expect(unfolded(text)).toContain('X-WR-CALNAME:On call: responder1');
    expect(new Set(summaries(text))).toEqual(new Set(['On call: The days', 'On call: The nights']));
  });

  test('of a rota holds everybody’s', async () => {
    const { address, rota } = await feed('owner1', 'nights');
    expect(rota).toBe('nights');
    const found = new Set(summaries(await (await read(address)).text()));
    expect(found).toEqual(new Set(['The nights: responder1', 'The nights: responder2']));
  });

  test('is the same when it is asked for again, and another for each person and rota', async () => {
    const addresses = [];
    for (const as of ['sponsor1', 'sponsor1', 'lead1'])
      for (const rota of [undefined, 'days']) addresses.push((await feed(as, rota)).address);
    expect(new Set(addresses).size).toBe(4);
    const list = (await office.get(PATH, 'sponsor1')).json<{ items: FeedView[] }>();
    expect(list.items.map(({ rota }) => rota)).toEqual([null, 'days']);
    expect(list.items.map(({ address }) => address)).toEqual(addresses.slice(0, 2));
  });

  test('that was renewed is at its new address alone', async () => {
    const before = await feed('responder2');
    const other = await feed('responder2', 'days');
    const after = await feed('responder2', undefined, '/renew');
    await expectNothingAt(before.address);
    expect((await read(after.address)).status).toBe(200);
    expect((await read(other.address)).status).toBe(200);
    expect((await feed('responder2')).address).toBe(after.address);
  });

  test('that was ended is at no address, and begins anew at another', async () => {
    const before = await feed('legal1', 'days');
    const ended = await office.post(`${PATH}/end`, { rota: 'days' }, { as: 'legal1' });
    expect(ended.json()).toEqual({ items: [], nextCursor: null });
    await expectNothingAt(before.address);
    const after = await feed('legal1', 'days');
    expect(after.address).not.toBe(before.address);
    await expectNothingAt(before.address);
  });

  test('is at no address that is not its own', async () => {
    const { address } = await feed('responder1');
    const { address: other } = await feed('responder1', 'days');
    const [id = '', signature = ''] = (address.split('/')[4] ?? '').split('.');
    const foreign = (other.split('/')[4] ?? '').split('.')[1] ?? '';
    for (const token of [id, `${id}.${foreign}`, `${id}.${signature.slice(1)}A`, `${id}x.${signature}`, 'x'])
      await expectNothingAt(`${server}/calendars/${token}/on-call.ics`);
  });

  test('is good for nothing else', async () => {
    const { address } = await feed('responder1');
    const token = address.split('/')[4] ?? '';
    const headers = { authorization: `Bearer ${token}` };
    expect((await read(`${server}/v1/rotas/days`, headers)).status).toBe(401);
    expect((await read(`${server}/p/${token}`)).status).toBe(404);
    const written = await fetch(address.replace('http://tocsin.example', server), { method: 'POST' });
    expect(written.status).toBe(404);
  });

  test('is its person’s alone to see, make, renew and end', async () => {
    const path = '/v1/people/responder1/calendar-feeds';
    for (const as of ['responder2', 'admin1', 'sponsor1']) {
      expect(problemOf(await office.get(path, as)).status).toBe(403);
      for (const act of ['', '/renew', '/end'])
        expect(problemOf(await office.post(`${path}${act}`, {}, { as })).status).toBe(403);
    }
    expect(problemOf(await office.post(PATH, {})).status).toBe(401);
  });

  test.each([
    [{ rota: 'evenings' }, '/rota'],
    [{ rota: 'No Key' }, '/rota'],
    [{ of: 'days' }, '/of'],
  ])('of %o is refused', async (body, pointer) => {
    const problem = problemOf(await office.post(PATH, body, { as: 'responder1' }));
    expect([problem.status, problem.errors?.map((place) => place.pointer)]).toEqual([422, [pointer]]);
  });

  test('is sent again only when something changed', async () => {
    const { address } = await feed('responder1', 'days');
    const first = await read(address);
    const [tag, modified] = ['etag', 'last-modified'].map((name) => first.headers.get(name) ?? '');
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    expect(modified).toBe('Sun, 01 Feb 2026 00:00:00 GMT');
    for (const known of [
      { 'if-none-match': tag ?? '' },
      { 'if-none-match': `"other", W/${tag}` },
      { 'if-modified-since': modified ?? '' },
    ]) {
      const again = await read(address, known);
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    const changed = await read(address, { 'if-none-match': '"other"', 'if-modified-since': modified ?? '' });
    expect(changed.status).toBe(200);

    const times = { from: office.now + DAY, until: office.now + 2 * DAY };
    await addOverrides(office.db, [
      {
        ...{ id: 'o1', rota: 'days', ...times, username: 'sme1', instead: null, swap: null },
        ...{ at: office.now, by: 'lead1', reason: 'a wedding' },
      },
    ]);
    office.now += 5000;
    const known = { 'if-none-match': tag ?? '' };
    const overridden = await read(address, known);
    expect(overridden.status).toBe(200);
    expect(summaries(await overridden.text())).toContain('The days: sme1');
    expect((await read(address, { 'if-modified-since': modified ?? '' })).status).toBe(200);

    await withdrawOverride(office.db, { rota: 'days', id: 'o1', at: office.now, by: 'lead1', reason: 'x' });
    office.now += 5000;
    const since = overridden.headers.get('last-modified') ?? '';
    expect(Date.parse(since)).toBe(office.now - 10_000);
    const withdrawn = await read(address, { 'if-modified-since': since });
    expect(withdrawn.status).toBe(200);
    expect(summaries(await withdrawn.text())).not.toContain('The days: sme1');
  });

  test('leaves its address in no log, be it right or wrong', async () => {
    const { address } = await feed('responder1');
    const renewed = await feed('responder1', undefined, '/renew');
    for (const one of [address, renewed.address]) await read(one);
    await read(`${renewed.address}x`);
    const written = JSON.stringify(office.logged);
    expect(written).toContain('/calendars/:token/on-call.ics');
    for (const one of [address, renewed.address]) {
      const [id = '', signature = ''] = (one.split('/')[4] ?? '').split('.');
      expect(written).not.toContain(id);
      expect(written).not.toContain(signature);
    }
    const metrics = (await office.get('/metrics')).body;
    expect(metrics).not.toContain((address.split('/')[4] ?? '').split('.')[1]);
  });
});
