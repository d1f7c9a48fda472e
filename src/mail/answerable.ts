import { addressesIn, localPartOf } from './addresses.ts';
import { SILENCE, type Kind } from './kind.ts';
import { headerValues, type Letter } from './letter.ts';
import { isOurAddress, type Ours } from './ours.ts';

export type AutomaticAnswer = { readonly to: string } | { readonly no: NoAnswer };

export type NoAnswer =
  | 'bounce'
  | 'delayed'
  | 'automatic'
  | 'list'
  | 'bulk'
  | 'own'
  | 'null-return-path'
  | 'no-return-path'
  | 'silence-asked-for'
  | 'sender-is-a-program'
  | 'sender-is-us'
  | 'not-addressed-to-us';

/** Nobody reads what comes to these. Source: RFC 3834, 2; the last are custom. */
const PROGRAM =
  /^owner-|-(?:owner|request|relay|bounces?)$|-bounces[+=]|^(?:mailer-?daemon|postmaster|listserv|majordomo|mailman|news|uucp|root|nobody|bounces?|devnull)(?:[+=].*)?$|^(?:no|do-?not|never)[-_.]?reply|^(?:prvs|srs\d)[=+-].*(?:no[-_.]?reply|bounces)/i;

/**
 * Whether a program may answer, and to which address. People may answer whatever they like; what they owe is not decided
 * here. Source: RFC 3834, 2 and 4.
 *
 * The answer goes to the return path, never to From or Reply-To: a person chose those for persons, and Reply-To may be a
 * list of hundreds. A message without a return path is not answered; a caller who has the envelope hands over the letter
 * with its sender as `returnPath`.
 *
 * A personal responder is silent where its owner stands in neither To nor Cc. That holds for our mailbox too, though it
 * belongs to a role: what reaches it by Bcc or through an alias that we do not know was sent to many, or to somebody else.
 * Such a report is owed a reply as any other, and a person gives it.
 */
export function mayAnswerAutomatically(letter: Letter, { kind }: Kind, ours: Ours): AutomaticAnswer {
  const { returnPath } = letter;
  if (kind !== 'ordinary') return { no: kind };
  if (returnPath === null) return { no: 'no-return-path' };
  if (returnPath === '') return { no: 'null-return-path' };
  if (headerValues(letter, 'x-auto-response-suppress').some((value) => SILENCE.test(value))) {
    return { no: 'silence-asked-for' };
  }
  const senders = [returnPath, ...[...letter.from, ...letter.sender].map(({ address }) => address)];
  if (senders.some((address) => PROGRAM.test(localPartOf(address)))) return { no: 'sender-is-a-program' };
  if (senders.some((address) => isOurAddress(address, ours))) return { no: 'sender-is-us' };
  return isAddressedToUs(letter, ours) ? { to: returnPath } : { no: 'not-addressed-to-us' };
}

function isAddressedToUs(letter: Letter, ours: Ours): boolean {
  const resent = ['resent-to', 'resent-cc'].flatMap((name) => headerValues(letter, name));
  const named = [...letter.to, ...letter.cc].map(({ address }) => address);
  return (
    named.some((address) => isOurAddress(address, ours)) ||
    resent.some((value) => addressesIn(value).some((address) => isOurAddress(address, ours)))
  );
}
