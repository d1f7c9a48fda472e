import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';

import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { activities } from './floor/workflows.ts';
import { byTurns } from './pace.ts';
import { ROOT } from './stand.ts';

/** Of the corpus that every change of the workflows is replayed against. */
const RECORDED = 'test/replay/histories/escalation-three-pages-ten-notes.json';

/** Events of the floor's workflow that its activities do not account for: its start and its end. */
const EVENTS_AROUND = 5;
const EVENTS_PER_ACTIVITY = 6;

interface Replayable {
  readonly bundle: WorkflowBundleWithSourceMap;
  /** As Temporal's own tools write it. */
  readonly history: { readonly events?: readonly unknown[] | null };
}

/** How many events of a history a worker takes in per second: what an incident costs that is not in a worker's cache. */
export async function measureReplay(bench: Bench): Promise<readonly Row[]> {
  const { sizes } = bench;
  const logger = new DefaultLogger('WARN');
  Runtime.install({ logger });
  const history = JSON.parse(readFileSync(join(ROOT, RECORDED), 'utf8')) as Replayable['history'];
  const bundleOf = (file: string) =>
    bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL(file, import.meta.url)), logger });
  const ours = { history, bundle: await bundleOf('../src/workflows/index.ts') };
  const floor = {
    history: await bareHistory(bench, history.events?.length ?? 0),
    bundle: await bundleOf('./floor/workflows.ts'),
  };
  await eventsPerSecond(ours, 1);
  await eventsPerSecond(floor, 1);
  const rounds = await byTurns(sizes.rounds, {
    ours: async () => [await eventsPerSecond(ours, sizes.replays)],
    floor: async () => [await eventsPerSecond(floor, sizes.replays)],
  });
  return [
    {
      name: `replay of an Escalation of ${history.events?.length} events`,
      unit: 'events/s',
      ours: figuresOf(rounds.ours),
      floor: figuresOf(rounds.floor),
      goal: null,
      note: `higher is better; the floor is activities alone, ${floor.history.events?.length} events of them`,
    },
  ];
}

async function eventsPerSecond({ bundle, history }: Replayable, times: number): Promise<number> {
  const histories = Array.from({ length: times }, (_, index) => ({
    workflowId: `replayed-${index}`,
    history,
  }));
  const startTick = performance.now();
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories)) {
    if (error !== undefined) throw error;
  }
  return (times * (history.events?.length ?? 0)) / ((performance.now() - startTick) / 1000);
}

/** About as many events as ours has. */
async function bareHistory({ client, floor }: Bench, eventCount: number): Promise<Replayable['history']> {
  const handle = await client.workflow.start(activities, {
    workflowId: `floor-history-${randomUUID()}`,
    taskQueue: floor.taskQueue,
    args: [Math.round((eventCount - EVENTS_AROUND) / EVENTS_PER_ACTIVITY)],
  });
  await handle.result();
  return handle.fetchHistory();
}
