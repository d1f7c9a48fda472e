import { describe, expect, test } from 'vitest';

import { peopleOnRung, rotasAt } from '../../../src/paging/rung.ts';
import type { RotaPlan } from '../../../src/domain/rota.ts';
import type { RungTarget } from '../../../src/domain/rules.ts';
import {
  addOverrides,
  changeRota,
  listRotas,
  type NewOverride,
  overridesOf,
  readRota,
  rotaHistory,
  seedRotas,
  withdrawOverride,
} from '../../../src/persistence/rotas.ts';
import { policy } from '../../support/incidents.ts';
import { ownDatabase } from './own-database.ts';
import { id, MORNING } from './sample.ts';

const database = ownDatabase();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday, 09:00 in London. */
const MONDAY = Date.parse('2026-03-02T09:00Z');
const WEEK = { from: MONDAY, until: MONDAY + 7 * DAY };

const seeding = { at: MORNING, by: 'process', reason: 'from the policy' };

function plan(key: string, members: readonly string[] = ['responder1', 'responder2']): RotaPlan {
  const layer = { name: 'weekly', members, handOver: 'FREQ=WEEKLY', startsAt: '2026-03-02T09:00' };
  return { key, title: key, timeZone: 'Europe/London', layers: [{ ...layer, endsAt: null, hours: [] }] };
}

async function seeded(members?: readonly string[]): Promise<string> {
  const key = id();
  await seedRotas(database.db, [plan(key, members)], seeding);
  return key;
}

function override(rota: string, over: Partial<NewOverride> = {}): NewOverride {
  const times = { from: MONDAY + DAY, until: MONDAY + 2 * DAY };
  const made = { by: 'lead1', at: MORNING, reason: 'ill', swap: null };
  return { id: id(), rota, ...times, username: 'sme1', instead: null, ...made, ...over };
}

const read = (key: string) => readRota(database.db, key, WEEK);

describe('a rota', () => {
  test('is seeded once: what people have changed stays', async () => {
    const key = await seeded();
    const change = {
      plan: plan(key, ['lead1']),
      replaces: 1,
      at: MORNING,
      by: 'admin1',
      reason: 'nobody else',
    };
    expect(await changeRota(database.db, change)).toBe(true);
    await seedRotas(database.db, [plan(key)], seeding);
    expect(await read(key)).toMatchObject({
      version: 2,
      changedBy: 'admin1',
      reason: 'nobody else',
      rota: { layers: [{ members: ['lead1'] }], overrides: [] },
    });
  });

  test('is changed by one of any number who change the same version at once, and every version is kept', async () => {
    const key = await seeded();
    const changes = Array.from({ length: 8 }, async (_, n) =>
      changeRota(database.db, {
        ...{ plan: plan(key, [`responder${n}`]), replaces: 1, at: MORNING },
        ...{ by: 'admin1', reason: `change ${n}` },
      }),
    );
    expect((await Promise.all(changes)).filter(Boolean)).toHaveLength(1);
    expect((await rotaHistory(database.db, key)).map(({ version }) => version)).toEqual([1, 2]);
  });

  test('is not changed from a version that is not there; a new one begins from none', async () => {
    const key = id();
    const change = { plan: plan(key), at: MORNING, by: 'admin1', reason: 'new' };
    expect(await changeRota(database.db, { ...change, replaces: 1 })).toBe(false);
    expect(await read(key)).toBeNull();
    expect(await changeRota(database.db, { ...change, replaces: 0 })).toBe(true);
    expect(await changeRota(database.db, { ...change, replaces: 0 })).toBe(false);
    expect(await listRotas(database.db, WEEK)).toContainEqual(await read(key));
  });
});

describe('overrides', () => {
  test('come with the rota in the order they were made, if they touch the time asked for', async () => {
    const key = await seeded();
    const [first, second] = [override(key), override(key, { username: 'owner1' })];
    await addOverrides(database.db, [first]);
    await addOverrides(database.db, [second, override(key, { from: WEEK.until, until: WEEK.until + DAY })]);
    const kept = await read(key);
    const { id: name, from, until, username, instead, by } = first;
    expect(kept?.rota.overrides[0]).toEqual({ id: name, from, until, username, instead, by });
    expect(kept?.rota.overrides.map((one) => one.id)).toEqual([first.id, second.id]);
  });

  test('made twice under one id are one', async () => {
    const key = await seeded();
    const one = override(key);
    await addOverrides(database.db, [one]);
    await addOverrides(database.db, [{ ...one, username: 'owner1' }]);
    expect((await read(key))?.rota.overrides).toMatchObject([{ username: 'sme1' }]);
  });

  test('withdrawn count no more and are kept; of a swap both halves go, and of others none', async () => {
    const [key, other] = [await seeded(), await seeded()];
    const swap = id();
    const [mine, theirs, single] = [override(key, { swap }), override(key, { swap }), override(key)];
    await addOverrides(database.db, [mine, theirs, single]);
    const withdrawal = { at: MORNING + HOUR, by: 'lead1', reason: 'well again' };
    expect(await withdrawOverride(database.db, { rota: other, id: mine.id, ...withdrawal })).toBe(0);
    expect(await withdrawOverride(database.db, { rota: key, id: theirs.id, ...withdrawal })).toBe(2);
    expect(await withdrawOverride(database.db, { rota: key, id: theirs.id, ...withdrawal })).toBe(0);
    expect((await read(key))?.rota.overrides.map((one) => one.id)).toEqual([single.id]);
    expect(await overridesOf(database.db, key, WEEK)).toEqual([
      { ...mine, ...WITHDRAWN },
      { ...theirs, ...WITHDRAWN },
      { ...single, withdrawnAt: null, withdrawnBy: null, withdrawnReason: null },
    ]);
  });

  const WITHDRAWN = { withdrawnAt: MORNING + HOUR, withdrawnBy: 'lead1', withdrawnReason: 'well again' };
});

describe('a rung that calls who is on call', () => {
  const moment = { policy: policy('incommon'), incident: null };
  const rung = (targets: readonly RungTarget[], at: number) =>
    peopleOnRung(rotasAt(database.db, at), targets, { ...moment, at });
  const called = async (targets: readonly RungTarget[], at: number) =>
    (await rung(targets, at)).called.map(({ person, why }) => [person.username, why]);

  test('calls the person of the shift, and says of which and until when', async () => {
    const rota = await seeded();
    expect(await called([{ rota }], MONDAY + DAY)).toEqual([
      ['responder1', `on call for ${rota}, layer weekly, until 2026-03-09T09:00:00.000Z`],
    ]);
    expect(await called([{ rota }], MONDAY + 8 * DAY)).toEqual([
      ['responder2', `on call for ${rota}, layer weekly, until 2026-03-16T09:00:00.000Z`],
    ]);
  });

  test('calls who stands in, and says who made it so', async () => {
    const rota = await seeded();
    await addOverrides(database.db, [override(rota, { instead: 'responder1' })]);
    const until = new Date(MONDAY + 2 * DAY).toISOString();
    expect(await called([{ rota }], MONDAY + DAY)).toEqual([
      ['sme1', `on call for ${rota}, instead of responder1 by lead1, until ${until}`],
    ]);
  });

  test('calls nobody where nobody is, and says of each target what it lacks', async () => {
    const [empty, gone, later] = [await seeded([]), await seeded(['gone1']), await seeded()];
    const lacking: readonly (readonly [RungTarget, string])[] = [
      [{ rota: empty }, `nobody is on call for ${empty}`],
      [{ rota: later }, `nobody is on call for ${later}`],
      [{ rota: 'nowhere' }, 'there is no rota nowhere'],
      [
        { rota: gone },
        `gone1 (on call for ${gone}, layer weekly, until 2026-04-06T09:00:00.000Z) is not among the people of the policy`,
      ],
      [{ person: 'gone2' }, 'gone2 (by name) is not among the people of the policy'],
      [{ role: 'lead' }, 'nobody is lead'],
    ];
    for (const [target, why] of lacking) {
      // The last layer begins only now.
      expect(await rung([target], target === lacking[1]?.[0] ? MONDAY - 1 : MONDAY)).toEqual({
        called: [],
        whyNobody: why,
      });
    }
    const both = await rung([{ rota: 'nowhere' }, { role: 'lead' }], MONDAY);
    expect(both.whyNobody).toBe('there is no rota nowhere; nobody is lead');
    expect((await rung([{ rota: 'nowhere' }, { person: 'lead1' }], MONDAY)).whyNobody).toBeNull();
  });

  test('calls somebody at every minute of a night whose hand-over the clocks leap over', async () => {
    const key = id();
    const daily = { ...plan(key).layers[0], handOver: 'FREQ=DAILY', startsAt: '2026-03-26T01:30' };
    await seedRotas(database.db, [{ ...plan(key), layers: [daily as RotaPlan['layers'][number]] }], seeding);
    // From 00:00 to 04:00 on the wall, on which there is no 01:30.
    const midnight = Date.parse('2026-03-29T00:00Z');
    const people: (string | undefined)[] = [];
    for (let at = midnight; at < midnight + 3 * HOUR; at += 10 * MINUTE) {
      people.push((await called([{ rota: key }], at))[0]?.[0]);
    }
    expect(people).toEqual([...Array(9).fill('responder1'), ...Array(9).fill('responder2')]);
  });

  test('calls everybody once, however often they are named', async () => {
    const rota = await seeded();
    const targets: readonly RungTarget[] = [{ person: 'responder1' }, { rota }, { person: 'lead1' }];
    expect(await called(targets, MONDAY)).toEqual([
      ['responder1', 'by name'],
      ['lead1', 'by name'],
    ]);
  });
});
