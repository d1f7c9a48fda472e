import type { Client } from '@temporalio/client';

/** Ids of the incidents' and pages' workflows that Temporal runs. Its lists are a moment behind. */
export function runningWorkflowIds(client: Client): Promise<ReadonlySet<string>> {
  return idsOf(client, RUNNING);
}

/** Ids of those whose task has failed, or was never answered, at least five times in a row. */
export function failingWorkflowIds(client: Client): Promise<ReadonlySet<string>> {
  return idsOf(client, `${RUNNING} AND TemporalReportedProblems IN (${PROBLEMS})`);
}

const RUNNING = 'WorkflowType IN ("incident", "page") AND ExecutionStatus = "Running"';
const PROBLEMS = '"category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut"';

async function idsOf(client: Client, query: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  return ids;
}
