import type { Mail } from '../domain/mail.ts';
import { oneLine } from '../domain/text-layout.ts';
import {
  buildMail,
  type BuiltMail,
  type DkimKey,
  type Entity,
  type Mailbox,
  refuseUnusableKey,
  UnwritableMail,
} from './mime-out.ts';
import { readCertificate } from './pgp/certificates.ts';
import type { OwnKey } from './pgp/keys.ts';
import { CannotEncrypt, encryptedEntity, signedEntity } from './pgp/writing.ts';

export interface WritingOptions {
  /** The sender, as it stands in the header: `Tocsin <tocsin@example.org>`, or the address alone. */
  readonly from: string;
  /** By which we know our own mail when it comes back. */
  readonly loop: string;
  /** Without one nothing is signed for the domain. */
  readonly dkim?: DkimKey;
  /** The key of the CSIRT; without one nothing is signed, and nothing encrypted. */
  readonly signer?: OwnKey;
  now(): number;
}

/** Why a mail cannot be written, in a word of ours; it is then not sent. */
export interface Unwritten {
  readonly unwritten: 'invalid' | 'cannot-encrypt';
}

/**
 * Makes the bytes of our mails: every one under the key of the domain, letters under the key of the CSIRT, and what is
 * encrypted for somebody readable for nobody else.
 *
 * @throws {UnwritableMail} for a key of the domain that signs nothing.
 */
export function createMailWriting(options: WritingOptions): (mail: Mail) => Promise<BuiltMail | Unwritten> {
  if (options.dkim !== undefined) refuseUnusableKey(options.dkim);
  const from = senderOf(options.from);
  return async (mail) => {
    try {
      const at = new Date(options.now());
      const { headers, inReplyTo, replyTo } = mail;
      const isFollowing = inReplyTo !== undefined && FOREIGN_ID.test(inReplyTo);
      return await buildMail(
        {
          from,
          to: [{ address: mail.to }],
          subject: subjectOutside(mail),
          content: await contentOf(mail, options.signer, at),
          messageId: mail.messageId,
          date: at,
          loop: options.loop,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name, headerText(value)]),
          ),
          ...(mail.hasNullReturnPath === true && { hasNullReturnPath: true }),
          ...(isFollowing && { inReplyTo, references: [inReplyTo] }),
          ...(replyTo !== undefined && isBareAddress(replyTo) && { replyTo: { address: replyTo } }),
        },
        options.dkim,
      );
    } catch (error) {
      if (error instanceof CannotEncrypt) return { unwritten: 'cannot-encrypt' };
      if (error instanceof UnwritableMail) return { unwritten: 'invalid' };
      throw error;
    }
  };
}

function subjectOutside({ subject, encryptedFor, outerSubject = 'Encrypted message' }: Mail): string {
  return headerText(encryptedFor === undefined ? subject : outerSubject);
}

/** One line that servers take: it is folded at blanks, and a line has room for 998 characters. Source: RFC 5322, 2.1.1 */
function headerText(text: string): string {
  return oneLine(text).replaceAll(/\S{200}(?=\S)/gu, '$& ');
}

async function contentOf(
  { text, subject, isSigned, encryptedFor }: Mail,
  signer: OwnKey | undefined,
  at: Date,
): Promise<{ readonly text: string } | { readonly entity: Entity }> {
  if (encryptedFor !== undefined) {
    // Who cannot sign must not send it as it is: it was let out as an encrypted one.
    if (signer === undefined) throw new CannotEncrypt('of our own');
    const recipients = await Promise.all(encryptedFor.map((armored) => certificateOf(armored, at)));
    return { entity: await encryptedEntity({ text, subject: headerText(subject), signer, at }, recipients) };
  }
  return isSigned === true && signer !== undefined
    ? { entity: await signedEntity({ text, signer, at }) }
    : { text };
}

async function certificateOf(armored: string, at: Date) {
  const certificate = await readCertificate(armored, at);
  if ('problem' in certificate) throw new CannotEncrypt('that cannot be read');
  return certificate;
}

/** `Tocsin <tocsin@example.org>` or the address alone. */
export function senderOf(sender: string): Mailbox {
  const { name, address } = /^(?<name>[^<>]*)<(?<address>[^<>]*)>$/.exec(sender)?.groups ?? {};
  if (address === undefined) return { address: sender.trim() };
  return { name: name?.trim().replace(/^"(.*)"$/, '$1') ?? '', address };
}

/** What is no address to reply to is left out: a page matters more. */
function isBareAddress(address: string): boolean {
  return /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u.test(address);
}

/** Somebody else's Message-ID, short enough for a header. */
const FOREIGN_ID = /^<[!-;=?-~]{1,800}>$/;
