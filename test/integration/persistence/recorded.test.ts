import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';

import { openDb } from '../../../src/persistence/database.ts';
import { waitForVersion } from '../../../src/persistence/recorded.ts';
import { ownDatabase } from './own-database.ts';
import { handOvers, recordAll, recorded } from './sample.ts';

const database = ownDatabase();

describe('who waits for a version', () => {
  test('is answered at once when it is recorded already', async () => {
    const incidentId = await recorded(database.db, 3);
    expect(await waitForVersion(database.pool, incidentId, 2, 1000)).toBe(true);
  });

  test('is answered when it, or a later one, is recorded', async () => {
    const incidentId = await recorded(database.db, 1);
    const waiting = [2, 3, 4].map((version) => waitForVersion(database.pool, incidentId, version, 5000));
    await sleep(50);
    await recordAll(database.db, incidentId, handOvers(2, 4));
    expect(await Promise.all(waiting)).toEqual([true, true, true]);
  });

  test('hears of it sooner than by looking, once the connection listens', async () => {
    const incidentId = await recorded(database.db, 1);
    await waitForVersion(database.pool, incidentId, 1, 1000);
    await sleep(500);
    const lateness = [];
    for (let version = 2; version < 12; version += 1) {
      const waiting = waitForVersion(database.pool, incidentId, version, 5000);
      await sleep(20);
      await recordAll(database.db, incidentId, handOvers(version, version));
      const recordedAt = performance.now();
      await waiting;
      lateness.push(performance.now() - recordedAt);
    }
    // Looking alone would be late by 125 ms in the middle.
    expect(lateness.toSorted((a, b) => a - b)[5]).toBeLessThan(60);
  });

  test('is told that it was not in time', async () => {
    const incidentId = await recorded(database.db, 1);
    const askedAt = performance.now();
    expect(await waitForVersion(database.pool, incidentId, 2, 300)).toBe(false);
    expect(performance.now() - askedAt).toBeLessThan(1000);
  });

  test('of an incident that is not there waits in vain', async () => {
    expect(await waitForVersion(database.pool, 'INC-1999-0001', 1, 100)).toBe(false);
  });

  test('shares one connection with all who wait in the process', async () => {
    const own = openDb(database.url);
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => recorded(own.db, 1)));
    await Promise.all(ids.map((incidentId) => waitForVersion(own.pool, incidentId, 2, 300)));
    const { rows } = await sql`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`.execute(
      own.db,
    );
    // One of this pool, one of the pool of this file.
    expect(rows.length).toBeLessThanOrEqual(2);
    await own.close();
  });

  test('finds it by looking when nobody is told', async () => {
    const incidentId = await recorded(database.db, 1);
    const waiting = waitForVersion(database.pool, incidentId, 9, 5000);
    await sleep(50);
    await sql`UPDATE incidents SET version = 9 WHERE id = ${incidentId}`.execute(database.db);
    expect(await waiting).toBe(true);
  });
});
