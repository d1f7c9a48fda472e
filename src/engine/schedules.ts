import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';

/** So often the watcher looks around. */
const AUDIT_EVERY = '1 minute';

/** What runs by the clock, and not because of an incident. Made once; a later version of it replaces it. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  const scheduleId = auditScheduleId(taskQueue);
  const schedule: Omit<ScheduleOptions, 'scheduleId'> = {
    spec: { intervals: [{ every: AUDIT_EVERY }] },
    action: { type: 'startWorkflow', workflowType: 'audit', workflowId: scheduleId, taskQueue },
    // A look that was missed is made up for by the next one.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: AUDIT_EVERY },
  };
  try {
    await client.schedule.create({ scheduleId, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((before) => ({ ...schedule, state: before.state }));
  }
}

/** Each queue has a watcher of its own. */
export const auditScheduleId = (taskQueue: string): string => `audit-${taskQueue}`;
