import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { climbedAt, endAllPages, freeAllTurns, reportMany, untilQuiet } from './record.ts';

/** What is not there by then is said to be lost. */
const LOST_AFTER_MS = 180_000;

/** Before the earliest instant, whatever it is. */
const SPARE_MS = 5000;

/** More time than was needed before: the machine may be busier now. */
const MARGIN = 1.5;

/**
 * The whole way from an incident that nobody takes to the page that says so: the clock of the lead runs out for so many
 * incidents in one instant, and each records that, starts its page, has it armed and climbed. They all call the same person,
 * who gets one message a minute: what is looked at is the step. Beside it stands the same floor as for steps.
 */
export async function measureSilence(
  bench: Bench,
  { perIncidentMs, beside }: { readonly perIncidentMs: number; readonly beside: readonly Row[] },
): Promise<readonly Row[]> {
  const counts = [1, ...bench.sizes.steps];
  const rows: Row[] = [];
  for (const [index, count] of counts.entries()) {
    const { spans, isPrepared } = await incidentsDueAtOnce(bench, count, perIncidentMs);
    rows.push({
      name: `lag of ${count} incident${count === 1 ? '' : 's'} without a lead, whole way`,
      unit: 'ms',
      ours: figuresOf([spans]),
      floor: beside[index]?.floor ?? null,
      goal: null,
      ...(!isPrepared && { note: 'the machine was too busy to prepare them in time' }),
    });
  }
  return rows;
}

async function incidentsDueAtOnce(
  bench: Bench,
  count: number,
  perIncidentMs: number,
): Promise<{ readonly spans: readonly number[]; readonly isPrepared: boolean }> {
  const { policy, database } = bench;
  const { armAheadMs } = policy.rules;
  const dueAt = Date.now() + SPARE_MS + armAheadMs + Math.ceil(count * perIncidentMs * MARGIN);
  const incidentIds = await reportMany(bench, { count, leadDueAt: dueAt });
  await freeAllTurns(database.db);
  const isPrepared = Date.now() < dueAt - armAheadMs;
  const climbed = await climbedAt(database.db, incidentIds, dueAt + LOST_AFTER_MS);
  await untilQuiet(database.db);
  await endAllPages(database.db);
  return { spans: climbed.map((at) => at - dueAt), isPrepared };
}
