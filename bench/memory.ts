import { execFileSync } from 'node:child_process';

import type { Bench } from './bench.ts';
import { figure, type Row } from './figures.ts';

/** What the processes hold in memory after all that was measured before. */
export async function measureMemory({ stand, floor }: Bench): Promise<readonly Row[]> {
  return (['server', 'worker'] as const).map((name) => ({
    name: `memory of the ${name} after the run (RSS)`,
    unit: 'MB',
    ours: figure(residentMegabytes(stand.pidOf(name))),
    floor: figure(residentMegabytes(floor.pids[name])),
    goal: null,
  }));
}

function residentMegabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}
