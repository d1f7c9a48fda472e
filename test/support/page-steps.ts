import type { Db } from '../../src/persistence/database.ts';
import { claimSteps, type Climb, type Step } from '../../src/persistence/page-steps.ts';

/** A step by itself. */
export async function claimStep(db: Db, step: Step): Promise<Climb | null> {
  const [climbed = null] = await claimSteps(db, [step]);
  return climbed;
}
