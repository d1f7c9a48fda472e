import { mailboxOf } from './addresses.ts';

/** By what we know a message of ours, and one to us. */
export interface Ours {
  /** Every address at which our mail arrives, and from which we write; without what comes behind a plus. */
  readonly addresses: readonly string[];
  /** The header that all our mail carries, and the value that is this installation's. */
  readonly mark: { readonly name: string; readonly value: string };
}

export function isOurAddress(address: string, { addresses }: Ours): boolean {
  const mailbox = mailboxOf(address);
  return addresses.some((ours) => mailboxOf(ours) === mailbox);
}
