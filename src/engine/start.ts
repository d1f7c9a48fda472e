import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { incidentWorkflowId, WORKFLOW_TASK_TIMEOUT, type IncidentInput } from '../workflows/messages.ts';

/**
 * How an incident's workflow is started, whoever is the first to need it: the relay with a report, a decision on an
 * incident that has ended, or a rebuild. It begins from a fold of the record.
 */
export const INCIDENT_WORKFLOW = 'incident';

export function startOptions(input: IncidentInput, taskQueue: string) {
  return {
    workflowId: incidentWorkflowId(input.incidentId),
    taskQueue,
    args: [input] as [IncidentInput],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    // The record remembers; Temporal may forget an ended run and start another.
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: input.incidentId,
  };
}

/** Starts the incident's workflow where it does not run. */
export async function ensureStarted(client: Client, input: IncidentInput, taskQueue: string): Promise<void> {
  await client.workflow.start(INCIDENT_WORKFLOW, startOptions(input, taskQueue));
}

export function startOperation(input: IncidentInput, taskQueue: string) {
  return new WithStartWorkflowOperation(INCIDENT_WORKFLOW, startOptions(input, taskQueue));
}
