import type { MailAddress } from './letter.ts';

/** Somewhere in a text. The lengths are bounded so that a long line without an @ is passed over quickly. */
const ADDRESS =
  /[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u{80}-\u{10FFFF}-]{1,80}@(?:[A-Za-z0-9\u{80}-\u{10FFFF}][A-Za-z0-9\u{80}-\u{10FFFF}-]{0,62}[.])*[A-Za-z0-9\u{80}-\u{10FFFF}][A-Za-z0-9\u{80}-\u{10FFFF}-]{0,62}/gu;

/** Every bare address in a text, in order and once. */
export function addressesIn(text: string): readonly string[] {
  const found = (text.match(ADDRESS) ?? []).map((address) => address.replace(/^['.=]+/, ''));
  return [...new Map(found.map((address) => [address.toLowerCase(), address])).values()];
}

/** The addresses of a header without its names: for a message that was too broken to be read with care. */
export function bareAddresses(value: string): readonly MailAddress[] {
  return addressesIn(value).map((address) => ({ name: '', address }));
}

/** `INC-7+ir@…` and `IR@…` apart from what comes behind a plus, in lower case: the mailbox that it is delivered to. */
export function mailboxOf(address: string): string {
  const lower = address.trim().toLowerCase();
  const at = lower.lastIndexOf('@');
  const plus = lower.indexOf('+');
  return plus > 0 && plus < at ? lower.slice(0, plus) + lower.slice(at) : lower;
}

/** What stands behind the plus of an address's local part; null without one. */
export function tagOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  const plus = address.indexOf('+');
  return plus > 0 && plus < at - 1 ? address.slice(plus + 1, at) : null;
}

export function localPartOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf('@'))).toLowerCase() || address.toLowerCase();
}
