import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { endAllPages, reportMany, untilQuiet } from './record.ts';

/** What is not there by then is said to be lost. */
const LOST_AFTER_MS = 180_000;

/** Before the earliest instant, whatever it is. */
const SPARE_MS = 5000;

/** More time than was needed before: the machine may be busier now. */
const MARGIN = 1.5;

/**
 * The whole way from an incident that nobody takes to the page that says so: the clock of the lead runs out for so many
 * incidents in one instant, and each records that, starts its page, has it armed, climbed and sent. Beside it stands the
 * same floor as for steps.
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
  const { policy, arrivals, database } = bench;
  const { armAheadMs } = policy.rules;
  const dueAt = Date.now() + SPARE_MS + armAheadMs + Math.ceil(count * perIncidentMs * MARGIN);
  const incidentIds = new Set(await reportMany(bench, { count, leadDueAt: dueAt }));
  const isPrepared = Date.now() < dueAt - armAheadMs;
  const arrived = await arrivals.collect(
    ({ pageId }) => pageId?.replace(/-P\d+$/, '') ?? null,
    incidentIds,
    dueAt - Date.now() + LOST_AFTER_MS,
  );
  if (arrived.size < count) throw new Error(`${count - arrived.size} of ${count} pages did not arrive`);
  await untilQuiet(database.db);
  await endAllPages(database.db);
  return { spans: [...arrived.values()].map(({ at }) => at - dueAt), isPrepared };
}
