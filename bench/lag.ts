import { randomUUID } from 'node:crypto';

import { FIRST_RUNG } from '../src/domain/ladder.ts';
import type { PageRun } from '../src/domain/page-run.ts';
import { armedQueueOf, pageWorkflowId } from '../src/workflows/messages.ts';
import type { Arrival } from './arrivals.ts';
import type { Bench } from './bench.ts';
import { figuresOf, type Goal, type Row } from './figures.ts';
import type { FloorPage } from './floor/activities.ts';
import { step } from './floor/workflows.ts';
import { byTurns, inParallel, sleepUntil } from './pace.ts';
import { personOf } from './policy.ts';
import { endAllPages, freeAllTurns, openedAt, reportMany, untilQuiet } from './record.ts';
import { measureSilence } from './silence.ts';
import { TASK_QUEUE } from './stand.ts';

/** p99 by how many steps fall due in one instant. */
const GOALS_MS: Readonly<Record<number, number>> = { 1: 100, 100: 300, 1000: 2000 };

/** Nobody has to be lead within the bench. */
const FAR_AWAY_MS = 12 * 3_600_000;

/** Nobody else is called within the bench. */
const CLIMBS_AFTER_MS = 15 * 60_000;

/** Between two single steps. */
const APART_MS = 2000;

/** What is not there by then is said to be lost. */
export const LOST_AFTER_MS = 120_000;

/** How much more a report costs than a page that is opened and waits; a round that had too little time says so. */
const REPORT_IN_PAGES = 2;

/** Before the earliest instant, whatever it is, so that even one page has time to be written down. */
export const SPARE_MS = 5000;

const AT_ONCE = 8;

/**
 * How late a page reaches the far end, counted from the instant at which its step is due. Ours: page workflows as an
 * incident starts them, opened ahead of their instant, armed and climbed by the stand's worker. The floor: a timer to the
 * instant, then an activity that sends the same mail.
 */
export async function measureLag(bench: Bench): Promise<readonly Row[]> {
  const { sizes } = bench;
  const most = Math.max(sizes.singleSteps, ...sizes.steps);
  const pace = await paceOf(bench, most);
  const rows: Row[] = [await rowOf(bench, pace, { count: sizes.singleSteps, apartMs: APART_MS })];
  for (const count of sizes.steps) rows.push(await rowOf(bench, pace, { count, apartMs: 0 }));
  return [
    ...rows,
    ...(await measureSilence(bench, { perIncidentMs: pace.perPageMs * REPORT_IN_PAGES, beside: rows })),
  ];
}

/** Incidents for pages, and how long it took to have them: pages are opened so long ahead. */
export interface Pace {
  readonly incidentIds: readonly string[];
  readonly perPageMs: number;
}

export async function paceOf(bench: Bench, count: number): Promise<Pace> {
  const startTick = performance.now();
  const incidentIds = await reportMany(bench, { count, leadDueAt: Date.now() + FAR_AWAY_MS });
  // A report is several workflow tasks and activities, a page that is opened and waits is one of each.
  const perReportMs = (performance.now() - startTick) / count;
  return { incidentIds, perPageMs: perReportMs / REPORT_IN_PAGES };
}

interface Burst {
  readonly count: number;
  /** 0 for all in one instant. */
  readonly apartMs: number;
}

async function rowOf(bench: Bench, pace: Pace, burst: Burst): Promise<Row> {
  const atOnce = burst.apartMs > 0 ? 1 : burst.count;
  const armedInTime: number[] = [];
  const spans = await byTurns(bench.sizes.rounds, {
    ours: () => oursOf(bench, pace, { ...burst, onOpened: (count) => armedInTime.push(count) }),
    floor: () => floorOf(bench, pace, burst),
  });
  const limit = GOALS_MS[atOnce];
  const goal: Goal | null = limit === undefined ? null : { of: 'p99', atMost: limit };
  const late = armedInTime.find((count) => count < burst.count);
  return {
    name: `lag of ${atOnce} step${atOnce === 1 ? '' : 's'} due at once`,
    unit: 'ms',
    ours: figuresOf(spans.ours),
    floor: figuresOf(spans.floor),
    goal,
    ...(late !== undefined && {
      note: `only ${late} of ${burst.count} pages were there when arming began: the machine was too busy to prepare them`,
    }),
  };
}

async function oursOf(
  bench: Bench,
  { incidentIds, perPageMs }: Pace,
  { count, apartMs, onOpened }: Burst & { readonly onOpened: (count: number) => void },
): Promise<readonly number[]> {
  const { database, policy } = bench;
  const { armAheadMs } = policy.rules;
  const dueAt = Date.now() + SPARE_MS + armAheadMs + Math.ceil(count * perPageMs);
  const runs = incidentIds.slice(0, count).map((incidentId, index) => {
    return pageRun(bench, { incidentId, startsAt: dueAt + index * apartMs, person: personOf(index) });
  });
  await freeAllTurns(database.db);
  const arrivals = collect(
    bench,
    runs.map(({ pageId, startsAt }) => ({ pageId, dueAt: startsAt })),
  );
  await startAll(bench, runs);
  await sleepUntil(dueAt - armAheadMs);
  onOpened(apartMs > 0 ? count : await openedAt(database.db, dueAt));
  const spans = await arrivals;
  await untilQuiet(database.db);
  await endAllPages(database.db);
  return spans;
}

/** As incidents start the pages of theirs. */
export async function startAll({ client }: Bench, runs: readonly PageRun[]): Promise<void> {
  await inParallel(AT_ONCE, runs, (run) =>
    client.workflow.start('page', {
      workflowId: pageWorkflowId(run.pageId, run.ring),
      taskQueue: TASK_QUEUE,
      args: [run],
    }),
  );
}

/** A page as the incident's own workflow would start it for a clock that runs out at that instant. */
export function pageRun(
  { policy: { rules } }: Bench,
  {
    incidentId,
    startsAt,
    person,
  }: { readonly incidentId: string; readonly startsAt: number; readonly person: string },
): PageRun {
  const triage = rules.ladders['triage'];
  if (triage === undefined) throw new Error('the policy has no ladder of triage');
  const called = { targets: [{ person }], waitMs: CLIMBS_AFTER_MS };
  const ladder = { ...triage, rungs: [called, ...triage.rungs] };
  return {
    incidentId,
    pageId: `${incidentId}-B${tag()}`,
    ring: FIRST_RUNG.round,
    reason: 'no-lead',
    target: { ladder: 'triage' },
    ladder,
    startsAt,
    noteTextId: null,
    armAheadMs: rules.armAheadMs,
    armedTaskQueue: armedQueueOf(TASK_QUEUE),
  };
}

export async function floorOf(
  bench: Bench,
  { incidentIds, perPageMs }: Pace,
  { count, apartMs }: Burst,
): Promise<readonly number[]> {
  const { client, floor } = bench;
  const dueAt = Date.now() + SPARE_MS + Math.ceil(count * perPageMs);
  const pages = incidentIds.slice(0, count).map((incidentId, index): FloorPage => {
    return { incidentId, pageId: `${incidentId}-F${tag()}`, dueAt: dueAt + index * apartMs };
  });
  const arrivals = collect(bench, pages);
  await inParallel(AT_ONCE, pages, (page) =>
    client.workflow.start(step, {
      workflowId: `floor-${page.pageId}`,
      taskQueue: floor.taskQueue,
      args: [page],
    }),
  );
  return arrivals;
}

/** Each round has pages of its own; short, so that the line of the mail that names it stays whole. */
function tag(): string {
  return randomUUID().slice(0, 8);
}

/** How late each page is. A page that does not come ends the bench. */
async function collect(
  { arrivals }: Bench,
  pages: readonly { readonly pageId: string; readonly dueAt: number }[],
): Promise<readonly number[]> {
  const lastDueAt = Math.max(...pages.map(({ dueAt }) => dueAt));
  const ids = new Set(pages.map(({ pageId }) => pageId));
  const within = lastDueAt - Date.now() + LOST_AFTER_MS;
  const arrived = await arrivals.collect(({ pageIds }: Arrival) => pageIds, ids, within);
  return pages.map(({ pageId, dueAt }) => {
    const arrival = arrived.get(pageId);
    if (arrival === undefined)
      throw new Error(`${ids.size - arrived.size} of ${ids.size} pages did not arrive`);
    return arrival.at - dueAt;
  });
}
