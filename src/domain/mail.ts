/** A mail to one person, in plain text. */
export interface Mail {
  /** One bare address, `anna@example.org`. */
  readonly to: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** The same for every attempt at the same mail, so that a double is visible: `<…@…>`. */
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** No bounce of it comes back, and nobody's machine answers it. Source: RFC 3834, 3.3. */
  readonly hasNullReturnPath?: true;
  /** The Message-ID of the mail that this one follows up. */
  readonly inReplyTo?: string;
  /** One bare address, where it is another than the sender's. What is none is left out: a page matters more. */
  readonly replyTo?: string;
  /** Under the key of the CSIRT, where it has one. */
  readonly isSigned?: true;
  /** Armored certificates: only who has the key of one can read it. Absent: it goes in the clear. */
  readonly encryptedFor?: readonly string[];
  /** What everybody on the way reads in place of the subject, where it is encrypted: one line. */
  readonly outerSubject?: string;
}

/**
 * The Message-ID of a mail, from its business key (`INC-2026-0001:reply:1`) and whom it is for (a report's id or a
 * username, so that no address stands in it). Two different mails never share one.
 */
export function messageIdOf({ key, recipient, senderAddress }: MessageIdParts): string {
  return `<${atom(key)}.${atom(recipient)}@${domainOf(senderAddress)}>`;
}

export interface MessageIdParts {
  readonly key: string;
  readonly recipient: string;
  /** Its domain vouches for uniqueness. */
  readonly senderAddress: string;
}

/** What is not allowed in an identifier is written as its code, so that different keys stay different. */
function atom(text: string): string {
  return text.replaceAll(
    /[^A-Za-z0-9-]/g,
    (character) => `_${character.codePointAt(0)?.toString(16) ?? ''}_`,
  );
}

function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).replaceAll(/[^A-Za-z0-9.-]/g, '');
  return domain === '' ? 'localhost' : domain;
}
