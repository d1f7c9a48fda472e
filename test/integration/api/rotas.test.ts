import { beforeAll, describe, expect, test } from 'vitest';

import { listRotas, seedRotas } from '../../../src/persistence/rotas.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

const DAY = 86_400_000;
const instant = (ms: number): string => new Date(ms).toISOString();

const layers = [
  {
    name: 'daily',
    members: ['responder1', 'responder2'],
    handOver: 'FREQ=DAILY',
    startsAt: '2026-01-05T09:00',
    endsAt: null,
    hours: [],
  },
];
const body = { title: 'Nights', timeZone: 'UTC', layers, replaces: 0, reason: 'new' };

let made = 0;

/** A rota of its own for each test. */
async function fresh(over: object = {}): Promise<string> {
  made += 1;
  const key = `rota-${made}`;
  const answer = await office.post(`/v1/rotas/${key}`, { ...body, ...over }, { as: 'admin1' });
  expect(answer.statusCode, answer.body).toBe(200);
  return key;
}

const read = async (key: string, query = '') =>
  (await office.get(`/v1/rotas/${key}${query}`, 'owner1')).json();

beforeAll(async () => {
  const hours = [{ weekday: 1 as const, fromMinute: 0, toMinute: 1440 }];
  const plan = { key: 'seeded', title: 'Seeded', timeZone: 'UTC', layers: [{ ...layers[0]!, hours }] };
  await seedRotas(office.db, [plan], { at: office.now, by: 'process', reason: 'from the policy' });
});

describe('a rota', () => {
  test('is read by everybody who is signed in: who is on call, until when, why, and the shifts to come', async () => {
    const key = await fresh();
    const rota = await read(key, '?from=2026-03-02T00:00:00Z&until=2026-03-04T00:00:00.000Z');
    expect(rota).toMatchObject({
      key,
      title: 'Nights',
      version: 1,
      changedBy: 'admin1',
      reason: 'new',
      layers,
    });
    expect(rota.shifts).toEqual([
      shift('2026-03-02T00:00:00.000Z', '2026-03-02T09:00:00.000Z', 'responder2'),
      shift('2026-03-02T09:00:00.000Z', '2026-03-03T09:00:00.000Z', 'responder1'),
      shift('2026-03-03T09:00:00.000Z', '2026-03-04T00:00:00.000Z', 'responder2'),
    ]);
    expect(rota.onCall).toMatchObject({ because: { layer: 'daily' } });
    const { items, nextCursor } = (await office.get('/v1/rotas', 'owner1')).json();
    expect(nextCursor).toBeNull();
    expect(items.find((item: { key: string }) => item.key === key)).toEqual({
      key,
      title: 'Nights',
      timeZone: 'UTC',
      version: 1,
      onCall: rota.onCall,
    });
  });

  function shift(from: string, until: string, username: string) {
    return { from, until, username, because: { layer: 'daily' } };
  }

  test('says where nobody is on call', async () => {
    const rota = await read('seeded', '?from=2026-03-02T00:00:00Z&until=2026-03-04T00:00:00Z');
    expect(rota.layers[0].hours).toEqual([{ weekday: 'monday', from: '00:00', to: '24:00' }]);
    expect(rota.shifts.at(-1)).toEqual({
      from: '2026-03-03T00:00:00.000Z',
      until: '2026-03-04T00:00:00.000Z',
      username: null,
      because: null,
    });
  });

  test.each(['?until=2020-01-01T00:00:00Z', '?from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z'])(
    'is shown for a time that can be: not %s',
    async (query) => {
      const problem = problemOf(await office.get(`/v1/rotas/seeded${query}`, 'owner1'));
      expect(problem).toMatchObject({ status: 422, errors: [{ parameter: 'until' }] });
    },
  );

  test('that is not there is 404, for a reader and for who would stand in', async () => {
    expect(problemOf(await office.get('/v1/rotas/nowhere', 'owner1')).status).toBe(404);
    const override = {
      from: instant(office.now),
      until: instant(office.now + DAY),
      username: 'sme1',
      reason: 'x',
    };
    const answer = await office.post('/v1/rotas/nowhere/overrides', override, { as: 'responder1' });
    expect(problemOf(answer).status).toBe(404);
  });

  test('is changed from the version that was looked at; who was overtaken is told by whom', async () => {
    const key = await fresh();
    const change = { ...body, title: 'Evenings', replaces: 1, reason: 'renamed' };
    const first = await office.post(`/v1/rotas/${key}`, change, { as: 'sponsor1' });
    expect(first.json()).toMatchObject({ version: 2, title: 'Evenings', changedBy: 'sponsor1' });
    const second = problemOf(await office.post(`/v1/rotas/${key}`, change, { as: 'admin1' }));
    expect(second).toMatchObject({ status: 409, errors: [{ pointer: '/replaces' }] });
    expect(second.detail).toContain('Version 2');
    expect(second.detail).toContain('sponsor1');
    expect((await read(key)).version).toBe(2);
    const never = problemOf(await office.post('/v1/rotas/never-made', change, { as: 'admin1' }));
    expect(never).toMatchObject({ status: 409, errors: [{ pointer: '/replaces' }] });
  });

  test.each([
    ['a rule that nobody can read', { layers: [{ ...layers[0], handOver: 'weekly' }] }, '/layers/0/handOver'],
    [
      'somebody whom the policy does not name',
      { layers: [{ ...layers[0], members: ['eve'] }] },
      '/layers/0/members/0',
    ],
    ['a zone that is none', { timeZone: 'Europe/Atlantis' }, '/timeZone'],
    [
      'a start that no wall has',
      { layers: [{ ...layers[0], startsAt: '2026-02-30T09:00' }] },
      '/layers/0/startsAt',
    ],
    ['a field that nobody knows', { colour: 'red' }, '/colour'],
    ['no layers', { layers: [] }, '/layers'],
    ['no reason', { reason: ' ' }, '/reason'],
  ])('is not changed by %s', async (_what, over, pointer) => {
    const before = await listRotas(office.db, { from: 0, until: 1 });
    const answer = await office.post('/v1/rotas/seeded', { ...body, replaces: 1, ...over }, { as: 'admin1' });
    const problem = problemOf(answer);
    expect(problem.status).toBe(422);
    expect(problem.errors?.map((place) => place.pointer)).toEqual([pointer]);
    expect(await listRotas(office.db, { from: 0, until: 1 })).toEqual(before);
  });

  test('is not changed by a responder, who may still stand in', async () => {
    const key = await fresh();
    const change = await office.post(`/v1/rotas/${key}`, { ...body, replaces: 1 }, { as: 'responder1' });
    expect(problemOf(change).status).toBe(403);
    expect((await read(key)).version).toBe(1);
  });
});

describe('a calendar', () => {
  const march = '?from=2026-03-02T00:00:00Z&until=2026-03-04T00:00:00Z';
  const events = (text: string) =>
    text
      .replaceAll('\r\n ', '')
      .split('BEGIN:VEVENT')
      .slice(1)
      .map((event) =>
        ['DTSTART', 'DTEND', 'SUMMARY'].map((name) =>
          new RegExp(`^${name}:(.*)$`, 'm').exec(event)?.[1]?.trim(),
        ),
      );

  test('of a rota has every shift, and the same names whenever it is read', async () => {
    const key = await fresh();
    const answer = await office.get(`/v1/rotas/${key}${march}`, 'owner1', { accept: 'text/calendar' });
    expect(answer.headers['content-type']).toBe('text/calendar; charset=utf-8');
    expect(answer.body.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true);
    expect(events(answer.body)).toEqual([
      ['20260302T000000Z', '20260302T090000Z', 'Nights: responder2'],
      ['20260302T090000Z', '20260303T090000Z', 'Nights: responder1'],
      ['20260303T090000Z', '20260304T000000Z', 'Nights: responder2'],
    ]);
    office.now += DAY;
    const again = await office.get(`/v1/rotas/${key}${march}`, 'owner1', { accept: 'text/calendar' });
    expect(again.body).toBe(answer.body);
  });

  test('of a person has their shifts alone, of all rotas', async () => {
    const key = await fresh({ title: 'Of two' });
    const path = `/v1/people/responder1/on-call${march}`;
    const { items } = (await office.get(path, 'owner1')).json();
    const own = items.filter((item: { rota: string }) => item.rota === key);
    expect(own).toEqual([
      {
        rota: key,
        title: 'Of two',
        from: '2026-03-02T09:00:00.000Z',
        until: '2026-03-03T09:00:00.000Z',
        because: { layer: 'daily' },
      },
    ]);
    const { body: calendar } = await office.get(path, 'owner1', { accept: 'text/calendar' });
    expect(events(calendar)).toHaveLength(items.length);
    expect(calendar).not.toContain('responder2');
    expect(problemOf(await office.get('/v1/people/eve/on-call', 'owner1')).status).toBe(404);
  });
});

describe('an override', () => {
  const soon = () => ({
    from: instant(office.now - DAY),
    until: instant(office.now + DAY),
    reason: 'ill',
  });

  test('puts somebody else on call at once, and is taken back with a reason', async () => {
    const key = await fresh();
    const answer = await office.post(
      `/v1/rotas/${key}/overrides`,
      { ...soon(), username: 'sme1' },
      { as: 'responder1' },
    );
    const rota = answer.json();
    const [override] = rota.overrides;
    expect(rota.onCall).toMatchObject({
      username: 'sme1',
      because: { override: override.id, by: 'responder1', instead: null },
    });
    expect(override).toMatchObject({ username: 'sme1', by: 'responder1', reason: 'ill', withdrawn: null });

    const path = `/v1/rotas/${key}/overrides/${override.id}/withdraw`;
    const after = (await office.post(path, { reason: 'well again' }, { as: 'lead1' })).json();
    expect(after.onCall.because).toEqual({ layer: 'daily' });
    expect(after.overrides[0].withdrawn).toMatchObject({ by: 'lead1', reason: 'well again' });
    expect(problemOf(await office.post(path, { reason: 'once more' }, { as: 'lead1' })).status).toBe(404);
  });

  test('sent twice under one key is made once', async () => {
    const key = await fresh();
    const override = { ...soon(), username: 'sme1' };
    for (const _ of [1, 2]) {
      const answer = await office.post(`/v1/rotas/${key}/overrides`, override, {
        as: 'responder1',
        key: `twice-${key}`,
      });
      expect(answer.statusCode).toBe(200);
    }
    expect((await read(key)).overrides).toHaveLength(1);
  });

  test('swaps two times between two people, and both go back together', async () => {
    const key = await fresh();
    const today = Math.floor(office.now / DAY) * DAY + 9 * 3_600_000;
    const day = (n: number) => ({ from: instant(today + n * DAY), until: instant(today + (n + 1) * DAY) });
    const turns = (await read(key, `?from=${day(2).from}&until=${day(3).until}`)).shifts;
    const [theirs, mine] = [turns[0].username, turns[1].username];
    const swap = { ...day(2), username: mine, instead: theirs, swap: day(3), reason: 'a wedding' };
    const { overrides } = (
      await office.post(`/v1/rotas/${key}/overrides`, swap, { as: 'responder1' })
    ).json();
    expect(overrides).toHaveLength(2);
    const swapped = await read(key, `?from=${day(2).from}&until=${day(3).until}`);
    expect(swapped.shifts.map(({ username }: { username: string }) => username)).toEqual([mine, theirs]);
    await office.post(
      `/v1/rotas/${key}/overrides/${overrides[1].id}/withdraw`,
      { reason: 'no wedding' },
      { as: 'lead1' },
    );
    const back = await read(key, `?from=${day(2).from}&until=${day(3).until}`);
    expect(back.shifts).toEqual(turns);
  });

  test.each([
    ['of nobody', { username: 'eve' }, '/username'],
    ['instead of nobody', { instead: 'eve' }, '/instead'],
    ['instead of oneself', { instead: 'sme1' }, '/instead'],
    ['that ends before it begins', { until: '2020-01-01T00:00:00Z' }, '/until'],
    ['that is over', { from: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' }, '/until'],
    ['for ever', { until: '2190-01-01T00:00:00Z' }, '/until'],
    [
      'in return for nobody’s time',
      { swap: { from: '2190-01-01T00:00:00Z', until: '2190-01-02T00:00:00Z' } },
      '/instead',
    ],
  ])('%s is not made', async (_what, over, pointer) => {
    const key = await fresh();
    const override = { ...soon(), username: 'sme1', ...over };
    const problem = problemOf(
      await office.post(`/v1/rotas/${key}/overrides`, override, { as: 'responder1' }),
    );
    expect(problem.status).toBe(422);
    expect(problem.errors?.map((place) => place.pointer)).toEqual([pointer]);
    expect((await read(key)).overrides).toEqual([]);
  });
});

describe('a hand-over note', () => {
  test('is left by the CSIRT for whoever comes next, and read by those who may know of incidents', async () => {
    const key = 'with-notes';
    await seedRotas(office.db, [{ key, title: 'With notes', timeZone: 'UTC', layers: [] }], {
      at: office.now,
      by: 'admin1',
      reason: 'for this test',
    });
    const path = `/v1/rotas/${key}/notes`;
    const left = await office.post(path, { text: 'The VPN is down.' }, { as: 'responder1', key: 'once' });
    await office.post(path, { text: 'The VPN is down.' }, { as: 'responder1', key: 'once' });
    expect(left.json().items).toMatchObject([{ by: 'responder1', text: 'The VPN is down.' }]);
    expect((await office.get(path, 'auditor1')).json().items).toHaveLength(1);
    for (const as of ['admin1', 'owner1', 'legal1'])
      expect((await office.get(path, as)).statusCode).toBe(403);
    expect((await office.post('/v1/rotas/none/notes', { text: 'x' }, { as: 'lead1' })).statusCode).toBe(404);
  });
});
