import { writeFileSync } from 'node:fs';

import { describeProblem } from '../dev/problem.ts';
import { say } from '../dev/progress.ts';
import { bringUp, type Measure, type StopSteps } from './bench.ts';
import { measureDecision } from './decision.ts';
import type { Row } from './figures.ts';
import { measureFirstPage } from './first-page.ts';
import { measureHistory } from './history.ts';
import { measureIntake } from './intake.ts';
import { measureLag } from './lag.ts';
import { describe, load, surroundings } from './machine.ts';
import { measureMailIn } from './mail-in.ts';
import { measureMemory } from './memory.ts';
import { MEASUREMENTS, type MeasurementName, type Options, readOptions } from './options.ts';
import { measureNotices } from './notices.ts';
import { measureReplay } from './replay.ts';
import { measureStorm } from './storm.ts';
import { tableOf } from './table.ts';
import { measureWarmStart } from './warm-start.ts';

/** Those that start what they need by themselves, and stop it, before there is a stand. */
const ALONE = {
  'warm-start': ({ sizes }: Options) => measureWarmStart(sizes),
  notices: ({ sizes }: Options) => measureNotices(sizes, steps),
} as const;

type AloneName = keyof typeof ALONE;

/** Those that need the stand and the floor. */
const MEASURES: Readonly<Record<Exclude<MeasurementName, AloneName>, Measure>> = {
  intake: measureIntake,
  'mail-in': measureMailIn,
  'first-page': measureFirstPage,
  decision: measureDecision,
  history: measureHistory,
  lag: measureLag,
  storm: measureStorm,
  memory: measureMemory,
  replay: measureReplay,
};

const steps: StopSteps = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    say('\nStopping …');
    void takeSteps().then(() => process.exit(130));
  });
}
try {
  const options = readOptions(process.argv.slice(2));
  if (options !== undefined) await main(options);
} catch (error) {
  console.error(describeProblem(error));
  process.exitCode = 1;
} finally {
  await takeSteps();
}

async function main(options: Options): Promise<void> {
  const startTick = performance.now();
  const loadBefore = load();
  const names = MEASUREMENTS.filter((name) => options.only.length === 0 || options.only.includes(name));
  const rows: Row[] = [];
  const run = async (name: MeasurementName, measure: () => Promise<readonly Row[]>): Promise<void> => {
    const seconds = ((performance.now() - startTick) / 1000).toFixed(0);
    say(`${seconds.padStart(4)} s  ${name}`);
    try {
      rows.push(...(await measure()));
    } catch (error) {
      // What the others measured is not lost with it.
      console.error(describeProblem(error));
      process.exitCode = 1;
    }
  };

  for (const name of names) {
    if (isAlone(name)) await run(name, () => ALONE[name](options));
    await takeSteps();
  }
  say('        bringing up the stand and the floor');
  const bench = await bringUp(options.sizes, steps);
  const where = await surroundings({ client: bench.client, db: bench.database.db, loadBefore });
  for (const name of names) {
    if (!isAlone(name)) await run(name, () => MEASURES[name](bench));
  }

  say(`\n${describe(where)}\n\n${tableOf(rows)}`);
  if (options.isQuick) say('\nQuick: so few of each that the figures say little.');
  if (options.jsonFile === undefined) return;
  const minutes = (performance.now() - startTick) / 60_000;
  const report = { ...where, loadAfter: load(), minutes, sizes: options.sizes, rows };
  writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
}

function isAlone(name: MeasurementName): name is AloneName {
  return name in ALONE;
}

async function takeSteps(): Promise<void> {
  while (steps.length > 0) {
    try {
      await steps.pop()?.();
    } catch (error) {
      console.error(describeProblem(error));
    }
  }
}
