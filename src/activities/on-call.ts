import { postReadiness } from '../paging/readiness-digest.ts';
import { announceShifts, type ShiftNoticeDependencies } from '../paging/shift-notices.ts';

export interface OnCallActivities {
  /** Tells both sides of each change of shift that is near. @returns how many messages that are. */
  announceShiftChanges(): Promise<number>;
  /** Tells those who lead who cannot be reached in the days to come, once a week. */
  postReadinessDigest(): Promise<void>;
}

export function createOnCallActivities(dependencies: ShiftNoticeDependencies): OnCallActivities {
  const { db, policy, clock } = dependencies;
  return {
    announceShiftChanges: () => announceShifts(dependencies),
    postReadinessDigest: () => postReadiness(db, { policy, at: clock.now() }),
  };
}
