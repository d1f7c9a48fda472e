import { environmentKey } from '../config.ts';
import type { Policy } from '../domain/policy.ts';

/**
 * The mailbox of the policy that a name of the environment is about.
 *
 * @throws {RangeError} when there is none.
 */
export function mailboxKeyOf({ mailboxes = [] }: Policy, name: string, setting: string): string {
  const named = mailboxes.find(({ key }) => environmentKey(key) === name);
  if (named !== undefined) return named.key;
  const known = mailboxes.map(({ key }) => environmentKey(key)).join(', ') || 'none';
  throw new RangeError(`${setting} names no mailbox of the policy: expected one of its keys (${known}).`);
}
