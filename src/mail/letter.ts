/**
 * What a raw message is, as plain data. Whoever wrote it chose every word of it, its headers included: nothing here is
 * true because it is written there.
 */
export type Letter = Envelope & Content;

/** What the headers say. */
export interface Envelope {
  /** With its angle brackets; null where there is none. */
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  /** Oldest first, as the header has them. */
  readonly references: readonly string[];
  readonly subject: string;
  readonly from: readonly MailAddress[];
  readonly sender: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  /** The address that bounces go to, without brackets; '' is the null return path `<>`, null that nobody stamped one. */
  readonly returnPath: string | null;
  /** The sender's clock, or whatever they wrote. Null where it is no date. */
  readonly dateMs: number | null;
  /** Name in lower case → all values from the top down, unfolded and decoded. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The top one first, which is the last to be written. */
  readonly receivedStamps: readonly ReceivedStamp[];
  readonly defects: readonly Defect[];
}

export interface Content {
  /** Plain text; HTML became text, and is kept nowhere. Cut where `defects` says so. */
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** What programs wrote for programs, and the heads of messages that came inside: each cut to some thousand letters. */
  readonly enclosed: readonly Enclosed[];
  /** SHA-256 of the whole text and HTML, also where `text` is cut; blanks at line ends do not count. */
  readonly bodyDigest: string;
}

/** A message of which only the envelope could be read. */
export type Unreadable = Envelope & { readonly unreadable: UnreadableReason };

/**
 * `too-large`, `too-slow`, `too-much-memory`, `malformed` (more parts or headers than anybody means, say): the message is
 * to blame. `no-reader`: the thread that reads did not start, or died of itself; another try may succeed.
 */
export type UnreadableReason = 'too-large' | 'too-slow' | 'too-much-memory' | 'malformed' | 'no-reader';

export interface MailAddress {
  readonly name: string;
  /** `anna@example.org`; '' where there is a name alone. */
  readonly address: string;
}

export interface ReceivedStamp {
  /** How the host before named itself, in lower case: it may lie. */
  readonly from: string | null;
  /** Who wrote the stamp, in lower case, if it did write it. */
  readonly by: string | null;
  readonly atMs: number | null;
}

export interface Attachment {
  /** Safe as a name in a folder and on a screen; never empty. */
  readonly filename: string;
  readonly contentType: string;
  /** Bytes, decoded. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Enclosed {
  readonly contentType: string;
  readonly text: string;
}

export type Defect =
  | 'no-message-id'
  | 'no-sender'
  | 'no-date'
  | 'header-lost'
  | 'header-cut'
  | 'text-cut'
  /** Its parts could not be told apart: the text is all of it as it came. */
  | 'structure-lost'
  | 'html-lost'
  | 'enclosed-cut';

export function isUnreadable(read: Letter | Unreadable): read is Unreadable {
  return 'unreadable' in read;
}

/** All values of a header, by its name in lower case. */
export function headerValues({ headers }: Envelope, name: string): readonly string[] {
  return headers.get(name) ?? [];
}

export function hasHeader({ headers }: Envelope, name: string): boolean {
  return headers.has(name);
}
