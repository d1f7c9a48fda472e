import { proxyActivities } from '@temporalio/workflow';
import type { OnCallActivities } from '../activities/on-call.ts';
import { LOOK } from './activity-options.ts';

/** Tells who hands over and who takes over, started by a schedule every few minutes. */
export async function shifts(): Promise<number> {
  const { announceShiftChanges } = proxyActivities<OnCallActivities>(LOOK);
  return announceShiftChanges.executeWithOptions({ summary: 'announce changes of shift' }, []);
}
