import { setTimeout as sleep } from 'node:timers/promises';

import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { byTurns } from './pace.ts';
import { untilQuiet } from './record.ts';
import { postJson } from './stand.ts';

const EVERY_MS = 200;

/** From the first byte of a report to its 202, five a second whatever becomes of those before. */
export async function measureIntake({ sizes, stand, floor, database }: Bench): Promise<readonly Row[]> {
  const toOurs = (): Promise<unknown> => stand.post('/v1/reports', REPORT);
  const toFloor = (): Promise<unknown> => postJson(floor.reportsUrl, REPORT);
  await openLoop(10, toOurs);
  await openLoop(10, toFloor);
  const { ours, floor: bare } = await byTurns(sizes.rounds, {
    async ours() {
      const spans = await openLoop(sizes.reports, toOurs);
      await untilQuiet(database.db);
      return spans;
    },
    floor: () => openLoop(sizes.reports, toFloor),
  });
  return [
    {
      name: 'intake at 5/s: report to 202',
      unit: 'ms',
      ours: figuresOf(ours),
      floor: figuresOf(bare),
      goal: { of: 'p99', atMost: 250 },
    },
  ];
}

/**
 * Arrivals at fixed instants, each timed from the instant at which it was to be sent: one that had to wait for another
 * counts the wait (no coordinated omission).
 */
async function openLoop(count: number, send: () => Promise<unknown>): Promise<readonly number[]> {
  const startTick = performance.now() + EVERY_MS;
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const dueTick = startTick + index * EVERY_MS;
      await sleep(Math.max(0, dueTick - performance.now()));
      await send();
      return performance.now() - dueTick;
    }),
  );
}

const REPORT = {
  summary: 'An IdP signs with a stolen key',
  description: 'Seen at 20:39 UTC. '.repeat(40),
  reporter: { name: 'Anna Berg', email: 'anna.berg@north.example.edu' },
  affected: ['idp.north.example.edu'],
};
