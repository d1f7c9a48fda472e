import { randomBytes } from 'node:crypto';
import MimeNode from 'nodemailer/lib/mime-node';
import { createMessage, encrypt, enums, readSignature, sign } from 'openpgp';
import { plain, wrap } from '../../domain/text-layout.ts';
import { type Entity, refuseLine } from '../mime-out.ts';
import type { Certificate } from './certificates.ts';
import type { OwnKey } from './keys.ts';

/** What is to be said in confidence, or under our signature. */
export interface PgpText {
  readonly text: string;
  /** Stands inside, where it is protected. What stands on the outside is the caller's to choose. */
  readonly subject?: string;
  readonly signer: OwnKey;
  readonly at: Date;
}

/** Somebody's certificate cannot be encrypted to: nothing is sent, rather than something in the clear. */
export class CannotEncrypt extends Error {
  readonly code = 'cannot-encrypt';
  readonly fingerprint: string;

  constructor(fingerprint: string) {
    super(
      `The certificate ${fingerprint} cannot be encrypted to: expected one that is in force and has a key for it.`,
    );
    this.fingerprint = fingerprint;
  }
}

/**
 * Signed and encrypted at once. Only `recipients` can read it: name our own certificate too, if we are to.
 * Source: RFC 3156, section 6.2
 * @throws {CannotEncrypt} where there is no recipient, or one cannot be encrypted to.
 */
export async function encryptedEntity(content: PgpText, recipients: readonly Certificate[]): Promise<Entity> {
  for (const recipient of recipients) await refuseUnusable(recipient, content.at);
  if (recipients.length === 0) throw new CannotEncrypt('of nobody');
  const armored = await encrypt({
    message: await createMessage({ binary: await innerEntity(content) }),
    encryptionKeys: recipients.map(({ key }) => key),
    signingKeys: content.signer.key,
    date: content.at,
  });
  return multipart('encrypted; protocol="application/pgp-encrypted"', [
    'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n',
    `Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n${withCrlf(armored)}`,
  ]);
}

/** Readable by everybody, and signed. Source: RFC 3156, section 5 */
export async function signedEntity(content: PgpText): Promise<Entity> {
  const signed = await innerEntity(content);
  const armored = await sign({
    message: await createMessage({ binary: signed }),
    signingKeys: content.signer.key,
    date: content.at,
    detached: true,
  });
  return multipart(`signed; micalg=${await digestOf(armored)}; protocol="application/pgp-signature"`, [
    Buffer.from(signed).toString('latin1'),
    `Content-Type: application/pgp-signature; name="signature.asc"\r\n\r\n${withCrlf(armored)}`,
  ]);
}

/** As RFC 3156 names it, and RFC 9580 its hashes: `pgp-sha512`. */
async function digestOf(armoredSignature: string): Promise<string> {
  const { packets } = await readSignature({ armoredSignature });
  const name = enums.read(enums.hash, packets[0]?.hashAlgorithm ?? enums.hash.sha512);
  return `pgp-${name.replace('_', '-')}`;
}

async function refuseUnusable({ key, fingerprint }: Certificate, at: Date): Promise<void> {
  try {
    await key.getEncryptionKey(undefined, at);
  } catch {
    throw new CannotEncrypt(fingerprint);
  }
}

/**
 * In seven bits, with no blank at the end of a line and no line that begins with `From `: nothing on its way has a reason to
 * alter it, and a signature bears no alteration. Source: RFC 3156, section 3
 */
async function innerEntity({ text, subject }: PgpText): Promise<Uint8Array> {
  const node = new MimeNode('multipart/mixed', BUILDING).createChild(
    `text/plain; charset=utf-8${subject === undefined ? '' : '; protected-headers=v1'}`,
    BUILDING,
  );
  if (subject !== undefined) {
    refuseLine('subject', subject);
    node.setHeader('Subject', subject);
  }
  node.setHeader('Content-Transfer-Encoding', 'quoted-printable');
  node.setContent(wrap(plain(text)));
  const built = (await node.build()).toString('latin1');
  return new Uint8Array(Buffer.from(built.replaceAll(/^From /gm, '=46rom '), 'latin1'));
}

const BUILDING = { newline: 'windows', disableFileAccess: true, disableUrlAccess: true };

function multipart(type: string, parts: readonly string[]): Entity {
  const boundary = `pgp-${randomBytes(18).toString('hex')}`;
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return {
    contentType: `multipart/${type}; boundary="${boundary}"`,
    body: Buffer.from(`${body}--${boundary}--\r\n`, 'latin1'),
  };
}

function withCrlf(armored: string): string {
  return armored.trimEnd().replaceAll(/\r?\n/g, '\r\n');
}
