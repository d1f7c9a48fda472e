import { createPrivateKey } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { plain, wrap } from '../domain/text-layout.ts';

/** A mail as it leaves: every field is checked here, so that what people wrote cannot become a header or a recipient. */
export interface OutgoingMail {
  readonly from: Mailbox;
  /** At least one. */
  readonly to: readonly Mailbox[];
  readonly replyTo?: Mailbox;
  /** One line. */
  readonly subject: string;
  readonly content: { readonly text: string } | { readonly entity: Entity };
  /** `<…@…>`, the same for every attempt at the same mail. */
  readonly messageId: string;
  readonly date: Date;
  /** The Message-ID of the mail that this one answers. */
  readonly inReplyTo?: string;
  /** Message-IDs of the thread, the oldest first. */
  readonly references?: readonly string[];
  /** Nobody's machine answers it, and no bounce comes back. Source: RFC 3834, section 3.3 */
  readonly hasNullReturnPath?: boolean;
  /** What we know our own mail by when it comes back to us, in `X-Tocsin-Loop`. */
  readonly loop: string;
  /** Further ones, by name: each one line. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Mailbox {
  readonly name?: string;
  /** `anna@example.org`; a local part with blanks or specials in quotes, as RFC 5321 writes it. */
  readonly address: string;
}

/** A body that is built already, such as a PGP/MIME message: it goes out byte by byte. */
export interface Entity {
  /** With its boundary. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface BuiltMail {
  readonly bytes: Buffer;
  readonly envelope: {
    /** Empty is the null return path. */
    readonly from: string;
    readonly to: readonly string[];
  };
}

/** The key that our mail is signed with. Source: RFC 6376 */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** RSA, PEM. */
  readonly privateKey: string;
}

export const LOOP_HEADER = 'X-Tocsin-Loop';

/** A field cannot be written into a mail. The message names the field and what is expected, never what stood there. */
export class UnwritableMail extends Error {
  readonly code = 'unwritable-mail';
  readonly field: string;
  readonly expected: string;

  constructor(field: string, expected: string) {
    super(`The mail's ${field} cannot be written: expected ${expected}.`);
    this.field = field;
    this.expected = expected;
  }
}

/**
 * The bytes of a mail, signed where a key is given.
 * @throws {UnwritableMail} before anything is built.
 */
export async function buildMail(mail: OutgoingMail, dkim?: DkimKey): Promise<BuiltMail> {
  refuseUnwritable(mail);
  const node = compose(mail);
  const { from, to } = node.getEnvelope();
  const built = 'text' in mail.content ? await node.build() : aroundEntity(node, mail.content.entity);
  return {
    bytes: dkim === undefined ? built : await signed(built, dkim),
    envelope: { from: mail.hasNullReturnPath === true || from === false ? '' : from, to },
  };
}

/**
 * A key that signs nothing would send everything unsigned, without a word: found at the start, not in the mail.
 * @throws {UnwritableMail}
 */
export function refuseUnusableKey({ domain, selector, privateKey }: DkimKey): void {
  if (!DOMAIN.test(domain)) throw new UnwritableMail('DKIM domain', 'a domain name');
  if (!DOMAIN.test(selector)) throw new UnwritableMail('DKIM selector', 'letters, digits, dots and hyphens');
  const expected = 'an RSA private key of at least 1024 bits, in PEM';
  let key;
  try {
    key = createPrivateKey(privateKey);
  } catch {
    throw new UnwritableMail('DKIM key', expected);
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 1024) {
    throw new UnwritableMail('DKIM key', expected);
  }
}

function compose(mail: OutgoingMail): MimeNode {
  const composer = new MailComposer({
    from: named(mail.from),
    to: mail.to.map(named),
    ...(mail.replyTo !== undefined && { replyTo: named(mail.replyTo) }),
    subject: mail.subject,
    messageId: mail.messageId,
    date: mail.date,
    ...(mail.inReplyTo !== undefined && { inReplyTo: mail.inReplyTo }),
    ...(mail.references !== undefined && { references: shortened(mail.references).join(' ') }),
    // A string, and never an object: one with `path` or `href` would be read from there, one with `raw` taken as it is.
    text: 'text' in mail.content ? wrap(plain(mail.content.text)) : '',
    headers: {
      ...mail.headers,
      [LOOP_HEADER]: mail.loop,
    },
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile();
}

function aroundEntity(node: MimeNode, { contentType, body }: Entity): Buffer {
  node.setHeader('Content-Type', contentType);
  return Buffer.concat([Buffer.from(`${node.buildHeaders()}\r\n\r\n`), body]);
}

async function signed(bytes: Buffer, key: DkimKey): Promise<Buffer> {
  refuseUnusableKey(key);
  const signer = new DKIM({
    domainName: key.domain,
    keySelector: key.selector,
    privateKey: key.privateKey,
  });
  const out = await buffer(signer.sign(bytes));
  if (!out.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
    throw new UnwritableMail('DKIM signature', 'a key that signs');
  }
  return out;
}

const SIGNATURE = Buffer.from('DKIM-Signature:');

/** The first of a thread and its latest: what programs need to sort a mail in. A long thread would fill a header. */
function shortened(references: readonly string[]): readonly string[] {
  return references.length <= REFERENCES
    ? references
    : [references[0] ?? '', ...references.slice(1 - REFERENCES)];
}

const REFERENCES = 30;

function named({ name, address }: Mailbox): { name: string; address: string } {
  return { name: name ?? '', address };
}

function refuseUnwritable(mail: OutgoingMail): void {
  if (mail.to.length === 0) throw new UnwritableMail('to', 'at least one address');
  for (const [field, mailbox] of mailboxesOf(mail)) refuseMailbox(field, mailbox);
  for (const [field, line] of linesOf(mail)) refuseLine(field, line);
  refuseUnless(MESSAGE_ID, 'messageId', mail.messageId, 'one <…@…>');
  for (const id of [mail.inReplyTo, ...(mail.references ?? [])]) {
    if (id !== undefined) refuseUnless(FOREIGN_ID, 'references', id, 'Message-IDs, each in <…>');
  }
  for (const name of Object.keys(mail.headers ?? {})) {
    refuseUnless(HEADER_NAME, 'header', name, 'a name of letters, digits and hyphens');
  }
  if (Number.isNaN(mail.date.getTime())) throw new UnwritableMail('date', 'an instant');
}

function mailboxesOf(mail: OutgoingMail): readonly (readonly [field: string, mailbox: Mailbox])[] {
  return [
    ['from', mail.from],
    ...mail.to.map((mailbox) => ['to', mailbox] as const),
    ...(mail.replyTo === undefined ? [] : [['replyTo', mail.replyTo] as const]),
  ];
}

function linesOf(mail: OutgoingMail): readonly (readonly [field: string, line: string])[] {
  return [
    ['subject', mail.subject],
    ['loop', mail.loop],
    ...Object.entries(mail.headers ?? {}),
    ...('entity' in mail.content ? [['content type', mail.content.entity.contentType] as const] : []),
  ];
}

function refuseMailbox(field: string, { name, address }: Mailbox): void {
  refuseLine(field, name ?? '');
  if (address.length > ADDRESS_LENGTH || !ADDRESS.test(address)) {
    throw new UnwritableMail(field, 'one bare address, as anna@example.org');
  }
}

/** @throws {UnwritableMail} for what would be more than one line of a header. */
export function refuseLine(field: string, line: string): void {
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(line)) {
    throw new UnwritableMail(field, 'one line without CR, LF, NUL and other control characters');
  }
}

function refuseUnless(shape: RegExp, field: string, value: string, expected: string): void {
  if (value.length > LINE_LENGTH || !shape.test(value)) throw new UnwritableMail(field, expected);
}

/** Source: RFC 5322, section 2.1.1, with room for the name of the field. */
const LINE_LENGTH = 900;

/** Source: RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.2 */
const ADDRESS_LENGTH = 320;

const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,60}$/;

const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const MESSAGE_ID = /^<[!-;=?A-~]+@[!-;=?A-~]+>$/;

/** Others write what they like into theirs. */
const FOREIGN_ID = /^<[!-;=?-~]+>$/;

/**
 * A dot-atom or a quoted string, at a name or an address in brackets; letters of any script. `<` and `>` would be allowed
 * in quotes, but nodemailer takes them away, and another address would be left. Source: RFC 5321, RFC 6531
 */
const ADDRESS = new RegExp(
  String.raw`^(?:{atext}+(?:\.{atext}+)*|"(?:[^"\\<>\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\\[\x20-;=?-~])*")@(?:{label}(?:\.{label})*|\[[0-9A-Za-z.:]+\])$`
    .replaceAll('{atext}', String.raw`[A-Za-z0-9!#$%&'*+\-/=?^_\x60{|}~\p{L}\p{M}\p{N}]`)
    .replaceAll('{label}', String.raw`[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?`),
  'u',
);
