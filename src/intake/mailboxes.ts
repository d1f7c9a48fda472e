import type { Mailbox } from '../domain/message.ts';

/**
 * The mailbox that a message is for, by the addresses it was handed over for: the first in the order of the policy that any
 * of them names, a `+tag` left aside. What names none is for the first mailbox: nothing that reached us is turned away.
 */
export function mailboxFor(mailboxes: readonly Mailbox[], addresses: readonly string[]): Mailbox | null {
  const plain = addresses.map(withoutTag);
  return (
    mailboxes.find((mailbox) => mailbox.addresses.some((address) => plain.includes(address))) ??
    mailboxes[0] ??
    null
  );
}

/** `csirt+inc-2026-0001@example.org` is `csirt@example.org`. Source: RFC 5233. */
function withoutTag(address: string): string {
  const at = address.lastIndexOf('@');
  const [name = ''] = address.slice(0, Math.max(0, at)).split('+');
  return `${name}${address.slice(at)}`.toLowerCase();
}
