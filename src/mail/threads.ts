import { addressesIn, tagOf } from './addresses.ts';
import { type Envelope, headerValues, type Letter } from './letter.ts';
import { isOurAddress, type Ours } from './ours.ts';

/**
 * A hint at which matter a message belongs to, the surest kind first. What it is worth the caller finds out: whether we
 * sent a message of that id, whether a tag is signed, and whether this sender may speak to that incident. An identifier in
 * a subject is known to everybody who ever saw one.
 */
export type ThreadHint =
  | { readonly by: 'message-id'; readonly messageId: string }
  | {
      readonly by: 'address';
      readonly address: string;
      readonly tag: string;
      readonly incidentId: string | null;
    }
  | { readonly by: 'subject'; readonly incidentId: string };

const INCIDENT_ID = /(?<![A-Za-z0-9-])INC-\d{4}-\d{4,9}(?![A-Za-z0-9])/gi;

/** Each hint once. `originalMessageId` is that of the message that a delivery report speaks of. */
export function threadHints(
  letter: Letter,
  ours: Ours,
  originalMessageId: string | null = null,
): readonly ThreadHint[] {
  const messageIds =
    originalMessageId === null ? answeredIds(letter) : [originalMessageId, ...answeredIds(letter)];
  const subjects = isOfAnother(letter, ours)
    ? []
    : [...letter.subject.matchAll(INCIDENT_ID)].map(([id]) => id.toUpperCase());
  return [
    ...[...new Set(messageIds)].map((messageId) => ({ by: 'message-id' as const, messageId })),
    ...taggedAddresses(letter, ours),
    ...[...new Set(subjects)].map((incidentId) => ({ by: 'subject' as const, incidentId })),
  ];
}

/** A mail of another installation: its identifiers look like ours, and are of its incidents. */
function isOfAnother(letter: Letter, { mark }: Ours): boolean {
  const marks = headerValues(letter, mark.name.toLowerCase());
  return marks.length > 0 && !marks.includes(mark.value);
}

/** What it answers, then what that answered, and so on back. Source: RFC 5322, 3.6.4. */
function answeredIds({ inReplyTo, references }: Letter): readonly string[] {
  return [...inReplyTo, ...references.toReversed()];
}

/** Headers in which delivering servers keep the address that was written to. */
const DELIVERED_TO = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'resent-to'];

/** Everywhere that its headers say it was sent, ours or not. */
export function addressedBy(letter: Envelope): readonly string[] {
  const named = [...letter.to, ...letter.cc].map(({ address }) => address);
  return [...named, ...DELIVERED_TO.flatMap((name) => headerValues(letter, name)).flatMap(addressesIn)];
}

function taggedAddresses(letter: Letter, ours: Ours): readonly ThreadHint[] {
  const addresses = addressedBy(letter).filter((address) => isOurAddress(address, ours));
  const distinct = new Map(addresses.map((address) => [address.toLowerCase(), address]));
  return [...distinct.values()].flatMap((address) => {
    const tag = tagOf(address);
    if (tag === null) return [];
    const incidentId = new RegExp(INCIDENT_ID).exec(tag)?.[0].toUpperCase() ?? null;
    return [{ by: 'address' as const, address, tag, incidentId }];
  });
}
