import { announceShifts, type ShiftNoticeDependencies } from '../paging/shift-notices.ts';

export interface ShiftActivities {
  /** Tells both sides of each change of shift that is near. @returns how many messages that are. */
  announceShiftChanges(): Promise<number>;
}

export function createShiftActivities(dependencies: ShiftNoticeDependencies): ShiftActivities {
  return { announceShiftChanges: () => announceShifts(dependencies) };
}
