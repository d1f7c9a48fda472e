import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { byTurns, openLoop } from './pace.ts';
import { untilQuiet } from './record.ts';
import { postJson } from './stand.ts';

/** From the first byte of a report to its 202, five a second whatever becomes of those before. */
export async function measureIntake({ sizes, stand, floor, database }: Bench): Promise<readonly Row[]> {
  const toOurs = (_: number, dueTick: number): Promise<number> =>
    timed(dueTick, () => stand.post('/v1/reports', REPORT));
  const toFloor = (_: number, dueTick: number): Promise<number> =>
    timed(dueTick, () => postJson(floor.reportsUrl, REPORT));
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

async function timed(dueTick: number, send: () => Promise<unknown>): Promise<number> {
  await send();
  return performance.now() - dueTick;
}

const REPORT = {
  summary: 'An IdP signs with a stolen key',
  description: 'Seen at 20:39 UTC. '.repeat(40),
  reporter: { name: 'Anna Berg', email: 'anna.berg@north.example.edu' },
  affected: ['idp.north.example.edu'],
};
