import { addressesIn } from './addresses.ts';
import { storableText } from '../domain/text-layout.ts';
import { decodeWords } from './encoded-words.ts';
import { scanHeaders, type HeaderField } from './header-scan.ts';
import type { Defect, Envelope, MailAddress } from './letter.ts';
import { LIMITS } from './limits.ts';
import { dateOf, stampOf } from './received.ts';

/** The addresses of a header's value, which is not decoded: an encoded comma is part of a name. */
export type AddressReader = (value: string) => readonly MailAddress[];

export function envelopeOf(bytes: Uint8Array, readAddresses: AddressReader): Envelope {
  const { fields, hasLost, hasCut } = scanHeaders(bytes);
  const all = (name: string): readonly string[] =>
    fields.filter((field) => field.name === name).map(({ value }) => value);
  const people = (name: string): readonly MailAddress[] =>
    all(name).flatMap(readAddresses).map(storablePerson);
  const messageId = messageIds(all('message-id')[0] ?? '')[0] ?? null;
  const from = people('from').slice(0, LIMITS.addresses);
  const dateMs = dateOf(all('date')[0] ?? '');
  const defects: readonly (Defect | false)[] = [
    messageId === null && 'no-message-id',
    from.every(({ address }) => address === '') && 'no-sender',
    dateMs === null && 'no-date',
    hasLost && 'header-lost',
    hasCut && 'header-cut',
  ];
  return {
    messageId,
    inReplyTo: all('in-reply-to').flatMap(messageIds).slice(0, LIMITS.references),
    references: all('references').flatMap(messageIds).slice(-LIMITS.references),
    subject: storableText(decodeWords(all('subject')[0] ?? '')),
    from,
    sender: people('sender').slice(0, LIMITS.addresses),
    replyTo: people('reply-to').slice(0, LIMITS.addresses),
    to: people('to').slice(0, LIMITS.addresses),
    cc: people('cc').slice(0, LIMITS.addresses),
    returnPath: returnPathOf(all('return-path')[0]),
    dateMs,
    headers: lookup(fields),
    receivedStamps: all('received').slice(0, LIMITS.receivedStamps).map(stampOf),
    defects: defects.filter((defect) => defect !== false),
  };
}

function lookup(fields: readonly HeaderField[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const { name, value } of fields) {
    const decoded = storableText(decodeWords(value));
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [decoded]);
    else values.push(decoded);
  }
  return headers;
}

/** `<…>` as often as there are; one that lost its brackets gets them back. */
function messageIds(value: string): readonly string[] {
  const bracketed = value.match(/<[^<>\s]{1,500}>/g);
  const ids = bracketed ?? addressesIn(value).map((id) => `<${id}>`);
  return ids.map(storableText);
}

/** The top one is our own server's; `MAILER-DAEMON` is how some write that nothing may come back. */
function returnPathOf(value: string | undefined): string | null {
  if (value === undefined) return null;
  const [address] = addressesIn(value);
  if (address !== undefined) return storableText(address);
  return /^<?\s*(?:mailer-daemon)?\s*>?$/i.test(value) ? '' : null;
}

function storablePerson({ name, address }: MailAddress): MailAddress {
  return { name: storableText(name), address: storableText(address) };
}
