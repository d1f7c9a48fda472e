import type { Role } from './vocabulary.ts';

/** Who takes a step, as known at the door: the roles are those the policy in force gives them at that moment. */
export interface Actor {
  readonly username: string;
  readonly roles: readonly Role[];
}

/** The author of what a reporter says, who needs no account. */
export const ANONYMOUS_REPORTER = 'reporter';

/** The process itself, where an event has no human author. */
export const PROCESS = 'tocsin';
