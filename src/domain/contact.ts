import { type Addressed, type Cleared, isCleared } from './clearance.ts';

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

/** What an address of each kind looks like, and how to say so. */
export const ADDRESS_FORMS: Readonly<
  Record<ContactKind, { readonly pattern: RegExp; readonly expected: string }>
> = {
  mail: {
    pattern: /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,190}$/u,
    expected: 'a bare mail address',
  },
  sms: { pattern: /^\+[1-9]\d{6,14}$/, expected: 'a number with its country, such as +17343527045' },
  voice: { pattern: /^\+[1-9]\d{6,14}$/, expected: 'a number with its country, such as +17343527045' },
  push: {
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    expected: 'a topic that only you know, of letters, digits, - and _',
  },
  webhook: {
    pattern: /^https?:\/\/[^\s]{1,400}$/,
    expected: 'a URL, such as https://hooks.example.org/page',
  },
  matrix: {
    pattern: /^@[a-z0-9._=/+-]{1,200}:[A-Za-z0-9.:-]{1,100}$/,
    expected: 'a user, such as @anna:example.org',
  },
  irc: { pattern: /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,29}$/, expected: 'a nick' },
};

/** Enough of an address for its owner to know it, and not for others to use it. */
export function masked(address: string): string {
  return address.length <= 6 ? '…' : `${address.slice(0, 2)}…${address.slice(-3)}`;
}

/**
 * What a pager may send; each asks first.
 *
 * @throws {TypeError} for what did not pass the TLP gate, and for an id that could be more than one: mistakes of ours.
 */
export function contentToPage(cleared: Cleared<PagerMessage>): PagerMessage {
  if (!isCleared(cleared)) throw new TypeError('only what passed the TLP gate is sent');
  const { message } = cleared;
  if (!MESSAGE_ID.test(message.id))
    throw new TypeError('a message to page with needs an id of the form agreed on');
  return message;
}

const MESSAGE_ID = /^[A-Za-z0-9.:_-]{1,100}$/;

/** For methods that carry one text and no link beside it: the text says where it can be answered, once. */
export function withLink(text: string, { link }: Pick<PagerMessage, 'link'>): string {
  return link === null || text.includes(link) ? text : `${text}\n${link}`;
}
