import type { Client } from '@temporalio/client';

import { incidentWorkflowId } from '../src/workflows/messages.ts';
import type { Bench } from './bench.ts';
import { walkEscalation } from './escalation.ts';
import { figure, type Row } from './figures.ts';
import { until } from './pace.ts';

const ENDS_WITHIN_MS = 60_000;

/** How many events an Escalation through all its rows leaves in the history of its workflow. */
export async function measureHistory(bench: Bench): Promise<readonly Row[]> {
  const workflowId = incidentWorkflowId(await walkEscalation(bench));
  await until(`${workflowId} has ended`, () => isOver(bench.client, workflowId), {
    withinMs: ENDS_WITHIN_MS,
  });
  const { historyLength } = await bench.client.workflow.getHandle(workflowId).describe();
  return [
    {
      name: 'Escalation, 18 rows, 3 pages, 10 notes: history',
      unit: 'events',
      ours: figure(historyLength),
      floor: null,
      goal: { of: 'p50', atMost: 400 },
    },
  ];
}

async function isOver(client: Client, workflowId: string): Promise<boolean> {
  const { status } = await client.workflow.getHandle(workflowId).describe();
  if (status.name === 'FAILED') throw new Error(`${workflowId} has failed`);
  return status.name === 'COMPLETED';
}
