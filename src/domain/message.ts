/** What came by mail, once it is filed. */

/**
 * `report`: opened an incident · `reply`: joined one · `bounce`, `delayed`: a mail server about something of ours ·
 * `automatic`: a machine's answer · `own`: ours, come back · `duplicate`: a copy of one that is filed · `unparsed`: a report
 * that no machine could read.
 */
export const VERDICTS = [
  'report',
  'reply',
  'bounce',
  'delayed',
  'automatic',
  'own',
  'duplicate',
  'unparsed',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** To which address a machine may answer, or why to none. Source: RFC 3834. */
export type AutomaticAnswer = { readonly to: string } | { readonly no: string };

export interface BouncedRecipient {
  readonly address: string;
  /** `failed`, `delayed`, `delivered`, `relayed`. Source: RFC 3464, 2.3.3. */
  readonly state: string;
}

/** A mailbox of ours, as the policy has it. Source: NM-1. */
export interface Mailbox {
  readonly key: string;
  /** What mail for it is addressed to, in lower case; a `+tag` before the `@` is its own as well. */
  readonly addresses: readonly string[];
  /** The channel of the policy that it is: whether a reply is owed, and how urgent it is. */
  readonly channel: string;
  /** Hosts of ours whose `Received` stamps are believed. */
  readonly receivedBy: readonly string[];
  /** Whether what comes is answered by a machine at once. */
  readonly answersAtOnce: boolean;
  /** Whether what its sender marks as FYI is owed no reply. Source: NM-1. */
  readonly isFyiOwedNone?: boolean;
  /** Whether a report pages somebody at once. */
  readonly pagesAtOnce: boolean;
}

/** How a mail came in PGP, and what that proves. Plain data, fit for JSON. */
export interface Protection {
  /** `unknown`: nobody could look into it. */
  readonly form: 'mime-encrypted' | 'mime-signed' | 'inline-encrypted' | 'inline-signed' | 'unknown';
  /** What was read came encrypted, whole and unaltered. */
  readonly isEncrypted: boolean;
  /** The mail has words besides, which anybody can have put there. */
  readonly hasOutside: boolean;
  /** Why what is inside cannot be had; null where it is. */
  readonly problem: string | null;
  /** Only `valid` says that the owner of the From address wrote it: by a certificate that we were given for them. */
  readonly signature: string;
  /** The fingerprint of the key that a sound signature was made with. */
  readonly signer: string | null;
}
