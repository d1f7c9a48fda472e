import { wrongField } from './problem.ts';
import { instantText } from './schemas/values.ts';

/** What is said to have happened has happened. */
export function requirePast(at: number, now: number, pointer: string): void {
  if (at <= now) return;
  throw wrongField(
    'invalid',
    pointer,
    `Expected an instant that is not in the future; it is ${instantText(now)}.`,
  );
}
