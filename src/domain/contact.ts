import type { Addressed } from './clearance.ts';

/** The ways one of our own people can be reached. Source: NM-1, SLA-2. */
export const CONTACT_KINDS = ['mail', 'sms', 'voice', 'push', 'webhook', 'matrix', 'irc'] as const;

export type ContactKind = (typeof CONTACT_KINDS)[number];

/** A message to one of our own people over one of their contact methods, said in every length that some method needs. */
export interface PagerMessage extends Addressed {
  /** The far side knows a repetition by it: the same for every try. Letters, digits, `-`, `.`, `:` and `_`, at most 100. */
  readonly id: string;
  /** As the method writes addresses: `anna@example.org`, `+17343527045`, a topic, a URL, `@anna:example.org`, a nick. */
  readonly to: string;
  /** One line. */
  readonly subject: string;
  /** The whole, in plain text. */
  readonly text: string;
  /** One line of at most 160 characters of the GSM alphabet: one SMS, one line of chat. */
  readonly short: string;
  /** Whole sentences to be read out, with no link. */
  readonly spoken: string;
  /** Where it can be answered; null where there is nothing to answer. */
  readonly link: string | null;
  /** Where a reply by mail goes; null where none is expected. */
  readonly replyTo: string | null;
  /** A page, as opposed to a message that can wait. */
  readonly isUrgent: boolean;
}
