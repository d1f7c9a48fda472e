import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Duration } from '@temporalio/common';

/** What runs by the clock, and not because of an incident. */
type Scheduled = 'audit' | 'shifts' | 'readiness';

interface Rhythm {
  readonly spec: ScheduleSpec;
  /** What was missed for longer than this is not made up for. */
  readonly catchupWindow: Duration;
}

/** Made once; a later version of one replaces it. `timeZone` is that of the policy's calendar. */
export async function ensureSchedules(
  client: Client,
  { taskQueue, timeZone }: { readonly taskQueue: string; readonly timeZone: string },
): Promise<void> {
  const rhythms: Readonly<Record<Scheduled, Rhythm>> = {
    audit: { spec: { intervals: [{ every: '1 minute' }] }, catchupWindow: '1 minute' },
    shifts: { spec: { intervals: [{ every: '5 minutes' }] }, catchupWindow: '5 minutes' },
    readiness: {
      spec: { calendars: [{ dayOfWeek: 'MONDAY', hour: 8 }], timezone: timeZone },
      catchupWindow: '2 days',
    },
  };
  for (const [name, { spec, catchupWindow }] of Object.entries(rhythms)) {
    const scheduleId = scheduleIdOf(name as Scheduled, taskQueue);
    await ensureSchedule(client, {
      scheduleId,
      spec,
      action: { type: 'startWorkflow', workflowType: name, workflowId: scheduleId, taskQueue },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
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
export const scheduleIdOf = (name: Scheduled, taskQueue: string): string => `${name}-${taskQueue}`;
