import type { Receipt, Receipts } from '../paging/callbacks.ts';
import { ProblemError } from './problem.ts';

/** A receipt as it came in, whoever gave it. */
export interface GivenReceipt extends Receipt {
  readonly outcome: 'delivered' | 'refused' | 'pending';
  readonly code: string;
}

/** Passes a receipt on. Throws `not-found` for a message that is none of ours. */
export async function tellReceipt(
  receipts: Receipts,
  { outcome, code, ...receipt }: GivenReceipt,
): Promise<void> {
  if (outcome === 'pending') return;
  const known = await (outcome === 'delivered'
    ? receipts.delivered(receipt)
    : receipts.refused({ ...receipt, code }));
  if (known === 'unknown') throw new ProblemError('not-found', 'No message of ours has this identifier.');
}

/** The same whatever is wrong with it: who guesses learns nothing. */
export function notSigned(how: string): ProblemError {
  return new ProblemError('not-signed-in', `Expected ${how}. Nothing was read.`);
}
