import { proxyActivities } from '@temporalio/workflow';
import type { OnCallActivities } from '../activities/on-call.ts';
import { LOOK } from './activity-options.ts';
import { unlessAway } from './looking.ts';

/** Tells who hands over and who takes over, started by a schedule every few minutes. Null when it could not look. */
export async function shifts(): Promise<number | null> {
  const { announceShiftChanges } = proxyActivities<OnCallActivities>(LOOK);
  return unlessAway(announceShiftChanges.executeWithOptions({ summary: 'announce changes of shift' }, []));
}
