import { type ProblemError, wrongField } from './problem.ts';
import { instantText } from './schemas/values.ts';

/** What is said to have happened has happened: to the millisecond, because a clock starts or stops by it. */
export function requirePast(at: number, now: number, pointer: string): void {
  if (at > now) throw future(now, pointer);
}

/**
 * How far the clock of whoever writes may be ahead of ours. More would let a mistyped hour pass; less would turn away
 * what happened just now, from a telephone that nobody has set.
 */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * The same for what is only written down. An instant that is ahead by no more than clocks differ is now, so that nothing
 * recorded lies in the future.
 */
export function pastInstant(at: number, now: number, pointer: string): number {
  if (at > now + CLOCK_SKEW_MS) throw future(now, pointer);
  return Math.min(at, now);
}

function future(now: number, pointer: string): ProblemError {
  const expected = `Expected an instant that is not in the future; it is ${instantText(now)}.`;
  return wrongField('invalid', pointer, expected);
}
