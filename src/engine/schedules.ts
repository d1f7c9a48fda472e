import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';

/** What runs by the clock, and not because of an incident. */
const SCHEDULES = [
  { workflowType: 'audit', every: '1 minute' },
  { workflowType: 'shifts', every: '5 minutes' },
] as const;

/** Made once; a later version of one replaces it. */
export async function ensureSchedules(client: Client, taskQueue: string): Promise<void> {
  for (const { workflowType, every } of SCHEDULES) {
    const scheduleId = scheduleIdOf(workflowType, taskQueue);
    await ensureSchedule(client, {
      scheduleId,
      spec: { intervals: [{ every }] },
      action: { type: 'startWorkflow', workflowType, workflowId: scheduleId, taskQueue },
      // A look that was missed is made up for by the next one.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: every },
    });
  }
}

async function ensureSchedule(client: Client, { scheduleId, ...schedule }: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create({ scheduleId, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((before) => ({ ...schedule, state: before.state }));
  }
}

/** Each queue has schedules of its own. */
export const scheduleIdOf = (
  workflowType: (typeof SCHEDULES)[number]['workflowType'],
  taskQueue: string,
): string => `${workflowType}-${taskQueue}`;
