import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { decideUpdate, decisions, endSignal } from './floor/workflows.ts';
import { byTurns } from './pace.ts';

/** From a person's request to its answer, which means recorded: one person, one step after the other. */
export async function measureDecision(bench: Bench): Promise<readonly Row[]> {
  const { sizes, stand, floor, client } = bench;
  const { incidentId } = await stand.post<{ readonly incidentId: string }>('/v1/reports', {
    summary: 'Login page defaced',
  });
  await stand.post(`/v1/incidents/${incidentId}/lead`, { username: 'lead1' }, 'responder1');
  const handle = await client.workflow.start(decisions, {
    workflowId: `floor-decisions-${randomUUID()}`,
    taskQueue: floor.taskQueue,
  });

  // The only step that can be taken again and again and sends nothing.
  let isAppointed = false;
  const ours = async (): Promise<void> => {
    const body = isAppointed
      ? { remove: 'sme1', reason: 'no longer needed' }
      : { username: 'sme1', role: 'sme' };
    await stand.post(`/v1/incidents/${incidentId}/team`, body, 'lead1');
    isAppointed = !isAppointed;
  };
  const bare = async (): Promise<void> => {
    const id = randomUUID();
    const written = floor.written(id);
    await handle.executeUpdate(decideUpdate, { args: [id] });
    await written;
  };

  await timed(4, ours);
  await timed(4, bare);
  const spans = await byTurns(sizes.rounds, {
    ours: () => timed(sizes.decisions, ours),
    floor: () => timed(sizes.decisions, bare),
  });
  await handle.signal(endSignal);
  return [
    {
      name: 'decision: request to recorded and answered',
      unit: 'ms',
      ours: figuresOf(spans.ours),
      floor: figuresOf(spans.floor),
      goal: { of: 'ratio', atMost: 1.25 },
    },
  ];
}

async function timed(count: number, step: () => Promise<void>): Promise<readonly number[]> {
  const spans: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startTick = performance.now();
    await step();
    spans.push(performance.now() - startTick);
    // People do not press the next button within the same tenth of a second.
    await sleep(100);
  }
  return spans;
}
