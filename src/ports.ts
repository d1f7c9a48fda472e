import type { NewRoom, RoomPost } from './domain/chat-room.ts';
import type { Cleared } from './domain/clearance.ts';
import type { PagerMessage } from './domain/contact.ts';
import type { ChannelRoom, ChatProvider } from './domain/incident-channel.ts';
import type { Mail } from './domain/mail.ts';

/** The time. Injected, so that a test can say what it is. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/**
 * Hands mail to a mail server. The contract, which the contract suite asks of every implementation:
 *
 * - It takes nothing that has not passed the TLP gate.
 * - `accepted` means that the server took responsibility for the message, not that anybody has read it.
 * - `refused` is final: sending the same again would be refused again.
 * - It throws `MailerUnavailable`, and nothing else, when trying later may help. Then the message may already be
 *   with the server (a connection that drops after the last byte): the next attempt carries the same Message-ID,
 *   so that a receiver can see the double.
 * - It never waits longer than its time-outs, whatever the server does.
 * - Exactly one recipient; no part of a message can add another, nor a header.
 */
export interface Mailer {
  send(mail: Cleared<Mail>): Promise<MailAnswer>;
}

/**
 * Makes the bytes of a mail and says for whom they are. What is to be encrypted and cannot be is not written at all: the
 * reason is a word of ours.
 */
export type WriteMail = (mail: Mail) => Promise<
  | {
      readonly bytes: Buffer;
      /** An empty `from` is the null return path. */
      readonly envelope: { readonly from: string; readonly to: readonly string[] };
    }
  | { readonly unwritten: string }
>;

/** The OpenPGP certificates of people, as far as we were given them. */
export interface Certificates {
  /** Armored, and in force: what can be encrypted for that address now. Empty where there is none, or we have no key of ours. */
  usableFor(address: string): Promise<readonly string[]>;
}

export type MailAnswer =
  | {
      readonly outcome: 'accepted';
      readonly messageId: string;
      /** The server's reply code, `250`. */
      readonly code: string;
      /** The server's own words, for the ledger alone. */
      readonly answer: string;
    }
  | {
      readonly outcome: 'refused';
      /** The server's reply code, `550`, or a word of ours: `no-address`, `invalid`, `cannot-encrypt`. */
      readonly code: string;
      readonly answer: string;
    };

/** The mail server cannot be had at this moment, or asks to be tried later. `cause` says what it said. */
export class MailerUnavailable extends Error {
  readonly code = 'mailer-unavailable';

  constructor(message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'MailerUnavailable';
  }
}

/**
 * Reaches one of our own people over one kind of contact method. The contract, which the contract suite asks of every
 * implementation:
 *
 * - It takes nothing that has not passed the TLP gate.
 * - It begins to send before it first yields to anybody else: whoever has called `send` knows that it has begun.
 * - `accepted` means that the far side took responsibility; `delivered` that it says the message is with the person's device.
 * - `refused` means: never try again here. The next contact method is tried at once.
 * - `later` means that trying again may help. The message may already be there (an answer that never came): the next try
 *   carries the same id, so that the far side, or the person, can see the double.
 * - It never throws because of what the far side does, and never waits longer than its time-outs.
 * - No part of a message can add a recipient, a header, a command or a line of protocol.
 */
export interface Pager {
  send(message: Cleared<PagerMessage>): Promise<PagerAnswer>;
}

export type PagerAnswer =
  | {
      readonly outcome: 'accepted' | 'delivered';
      /** The far side's own name for the message: its receipts name it. Null where it gives none. */
      readonly id: string | null;
      /** The far side's code, `250`, `201`. */
      readonly code: string;
    }
  | {
      readonly outcome: 'refused';
      /** The far side's code, or a word of ours: `invalid`, `forbidden-target`. */
      readonly code: string;
    }
  | {
      readonly outcome: 'later';
      /** The far side's code, or a word of ours: `timeout`, `unreachable`. */
      readonly code: string;
      /** Milliseconds that the far side asks us to wait; null where it does not say. */
      readonly afterMs: number | null;
    };

/** A message as a server hands it to us. */
export interface HandedMessage {
  /** Byte for byte. */
  readonly bytes: Buffer;
  readonly receivedAt: number;
  /** What the sending server said. Empty `mailFrom`: the null return path. */
  readonly envelope: {
    readonly mailFrom: string;
    readonly rcptTo: readonly string[];
    readonly remoteAddress: string;
    readonly helo: string;
  };
}

/** A message as it lies in a mailbox of ours. */
export interface LyingMessage {
  readonly uid: number;
  /** Byte for byte; of one that is too large the head alone. */
  readonly bytes: Buffer;
  /** Of one that is too large: how many bytes it has. Null for a whole one. */
  readonly wholeSize: number | null;
  /** When the server got it. */
  readonly receivedAt: number;
}

/** Where mail is taken in. */
export interface MailDrop {
  /**
   * Makes the message safe; once it returns, its sender may forget it.
   *
   * @throws when it could not: its sender keeps it and comes again.
   */
  take(message: HandedMessage): Promise<void>;
}

/** Where what lies in mailboxes is taken in. */
export interface MailboxDrop {
  /**
   * Makes the message safe and notes that we have it; `uid` and `uidValidity` name it in its mailbox. One that was taken
   * before changes nothing.
   *
   * @throws when it could not: it is taken later.
   */
  take(mailbox: string, uidValidity: number, message: LyingMessage): Promise<void>;
}

/**
 * A mailbox on a server of ours. Nothing in it is ever changed: what is read stays unread, and where it lies.
 */
export interface WatchedMailbox {
  /** @throws {MailboxFailure} */
  open(signal: AbortSignal): Promise<OpenMailbox>;
}

export interface OpenMailbox {
  readonly uidValidity: number;
  /** What lies there from that UID on, the lowest first, but for what came before the operator's date. */
  uidsFrom(uid: number): Promise<readonly number[]>;
  /** Null when it is gone meanwhile. */
  read(uid: number): Promise<LyingMessage | null>;
  /** Until something new may lie there, or so long has passed. @throws {MailboxFailure} when the mailbox is lost meanwhile. */
  waitForNews(atMostMs: number): Promise<void>;
  isUsable(): boolean;
  close(): void;
}

/** A mailbox that cannot be looked into. `because` says why in words of ours, and holds nothing of a message. */
export class MailboxFailure extends Error {
  readonly code = 'mailbox-failure';
  readonly because: string;

  constructor(because: string, options?: ErrorOptions) {
    super(`the mailbox cannot be looked into: ${because}`, options);
    this.because = because;
  }
}

/** Our processes, as the workflow engine has them. */
export interface ProcessWatch {
  /** Starts whatever must run by the record and does not. @returns the ids of what was missing. */
  revive(): Promise<readonly string[]>;
  /** Ids of workflows that cannot go on: their task fails again and again. */
  failing(): Promise<readonly string[]>;
  /** Whether the engine answers at all. It never throws, and never waits long. */
  answers(): Promise<boolean>;
}

/** Tells somebody outside that all is well; they raise the alarm when it stays away. */
export interface Heartbeat {
  /** @returns false when it could not be told. It never throws, and never waits longer than its time-out. */
  beat(): Promise<boolean>;
}

/** Never try again here. `code` is the far side's, or a word of ours. */
export function refused(code: string): Extract<NotDone, { readonly outcome: 'refused' }> {
  return { outcome: 'refused', code };
}

/** Trying again may help. `code` is the far side's, or a word of ours. */
export function later(
  code: string,
  afterMs: number | null = null,
): Extract<NotDone, { readonly outcome: 'later' }> {
  return { outcome: 'later', code, afterMs };
}

/**
 * Where our own people talk about an incident. The contract, which the contract suite asks of every implementation:
 *
 * - It says nothing, and gives no room a title, that has not passed the TLP gate.
 * - `open` and `post` may be tried again: the same key is one room, the same id is said once where the provider can tell.
 *   A room of that name that is not ours is `refused`, never used.
 * - A private room is entered by invitation only. Where the provider has none, `hasPrivateRooms` is false, and `open` refuses.
 * - `read` gives what was said after the mark, the oldest first, each under an id that stays the same.
 * - `refused` and `later`, the time-outs and the rest are as a pager's.
 */
export interface ChatRooms {
  readonly provider: ChatProvider;
  readonly hasPrivateRooms: boolean;
  open(room: Cleared<NewRoom>): Promise<{ readonly outcome: 'opened'; readonly room: ChannelRoom } | NotDone>;
  /** Who is there already is not invited again; who cannot be found is left out, and named. */
  invite(room: string, guests: readonly Guest[]): Promise<RoomDone<{ readonly missing: readonly string[] }>>;
  post(post: Cleared<RoomPost>): Promise<RoomDone>;
  /** From its beginning where there is no mark. */
  read(room: string, mark: string | null): Promise<RoomDone<RoomRead>>;
  /** Nobody can say anything there any more; a room that is closed already, or gone, is closed. */
  close(room: string): Promise<RoomDone>;
  end(): void;
}

/** One of our own people, and by what a provider may know them. */
export interface Guest {
  readonly username: string;
  readonly mail: string;
  /** Verified addresses in the provider's own form. */
  readonly addresses: readonly string[];
}

export interface RoomRead {
  readonly messages: readonly RoomMessage[];
  /** Where to go on; the old one where nothing was said. */
  readonly mark: string | null;
  readonly isMore: boolean;
}

export interface RoomMessage {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly author: string;
  readonly text: string;
}

export type NotDone = Extract<PagerAnswer, { readonly outcome: 'refused' | 'later' }>;

export type RoomDone<What = unknown> = ({ readonly outcome: 'done' } & What) | NotDone;
