import { ActivityFailure, ApplicationFailure, continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { RecordActivities } from '../activities/records.ts';
import type { IncidentEvent } from '../domain/events.ts';
import { RECORD } from './activity-options.ts';
import type { incident } from './incident.ts';
import type { IncidentInput } from './messages.ts';

const activities = proxyActivities<RecordActivities>(RECORD);

/**
 * Writes events into the record, however long that takes. Where the record already says something else under
 * these numbers (Temporal's store came back older than Postgres), the record is right: the run begins anew from it.
 */
export async function recordEvents(input: IncidentInput, events: readonly IncidentEvent[]): Promise<void> {
  const { incidentId } = input;
  try {
    await activities.record.executeWithOptions({ summary: summaryOf(events) }, [{ incidentId, events }]);
  } catch (error) {
    if (!isConflict(error)) throw error;
    await continueAsNew<typeof incident>(await activities.refold(incidentId));
  }
}

function isConflict(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'record-conflict'
  );
}

function summaryOf(events: readonly IncidentEvent[]): string {
  const types = events.map((event) => event.body.type);
  return types.length <= 3
    ? types.join(', ')
    : `${types.slice(0, 3).join(', ')} and ${types.length - 3} more`;
}
