import {
  createMessage,
  decrypt,
  decryptSessionKeys,
  enums,
  type Message,
  readCleartextMessage,
  readMessage,
  readSignature,
  type SessionKey,
  verify,
} from 'openpgp';
import { withCrlf } from '../raw-mail.ts';
import { formOf, signedBy } from './forms.ts';
import type { OwnKey } from './keys.ts';
import { childrenOf, partOf } from './parts.ts';
import {
  type Circumstances,
  type FoundSignatures,
  type Judgement,
  judge,
  verificationKeys,
} from './signatures.ts';

export interface PgpReading extends Judgement {
  readonly form: 'none' | 'mime-encrypted' | 'mime-signed' | 'inline-encrypted' | 'inline-signed';
  /**
   * What was protected, as a MIME entity for the reader of mail; nothing else of the mail was. `null` when it cannot be had,
   * and when the mail has no PGP.
   */
  readonly content: Uint8Array | null;
  /** `content` came encrypted, whole and unaltered. */
  readonly isEncrypted: boolean;
  /** The mail has words besides, which anybody can have put there. */
  readonly hasOutside: boolean;
  readonly problem: PgpProblem | null;
}

/**
 * Why there is no content: `no-key` is encrypted to none of our keys; `unprotected` is encrypted in a way that does not
 * show alterations, and is not opened (Source: RFC 9580, section 13.7; EFAIL); `too-large` when unpacked; `damaged`
 * is everything else, an alteration included.
 */
export type PgpProblem = 'no-key' | 'unprotected' | 'too-large' | 'damaged';

export interface ReadingOptions extends Circumstances {
  /** Of the mailbox, the ended ones too: mail may still come to them. */
  readonly keys: readonly OwnKey[];
  /** For tests of it. */
  readonly largestBytes?: number;
}

/** As large as a mail may be. What is unpacked beyond is a bomb. */
const LARGEST_BYTES = 25 * 1024 * 1024;

/** The clocks of sender and reader differ. */
const CLOCKS_APART_MS = 5 * 60_000;

/** Opens what is encrypted to us and says what a signature is worth. It never throws: a mail is somebody's, and may be anything. */
export async function readPgp(bytes: Uint8Array, options: ReadingOptions): Promise<PgpReading> {
  const form = formOf(withCrlf(bytes));
  switch (form.kind) {
    case 'none':
      return NO_PGP;
    case 'damaged':
      return { ...NO_PGP, form: form.form, problem: 'damaged' };
    case 'mime-signed':
      return { ...NO_PGP, form: 'mime-signed', ...(await signedPart(form, options)) };
    case 'mime-encrypted':
      return { ...NO_PGP, form: 'mime-encrypted', ...(await openedEntity(form.armored, options)) };
    case 'inline-message':
      return { ...NO_PGP, ...(await openedText(form.armored, options)), hasOutside: form.hasOutside };
    case 'inline-signed':
      return { ...NO_PGP, ...(await signedText(form.armored, options)), hasOutside: form.hasOutside };
  }
}

const NO_PGP: PgpReading = {
  form: 'none',
  content: null,
  isEncrypted: false,
  hasOutside: false,
  problem: null,
  signature: 'none',
};

interface Opened extends Judgement {
  readonly content: Uint8Array | null;
  readonly isEncrypted: boolean;
  readonly problem: PgpProblem | null;
}

/** A message that was encrypted and signed at once, or one around a mail that was signed before. Source: RFC 3156, section 6 */
async function openedEntity(armored: string, options: ReadingOptions): Promise<Opened> {
  const opened = await open(armored, options);
  if (opened.content === null || opened.signature !== 'none') return opened;
  const inner = partOf(withCrlf(opened.content));
  if (inner.type !== 'multipart/signed') return opened;
  const form = signedBy(childrenOf(inner));
  return form.kind === 'mime-signed' ? { ...opened, ...(await signedPart(form, options)) } : opened;
}

async function openedText(
  armored: string,
  options: ReadingOptions,
): Promise<Opened & Pick<PgpReading, 'form'>> {
  const opened = await open(armored, options);
  // An armored message need not be encrypted: it may only be signed.
  const form = opened.isEncrypted || opened.content === null ? 'inline-encrypted' : 'inline-signed';
  return { ...opened, form, content: opened.content === null ? null : asEntity(opened.content) };
}

async function open(armored: string, options: ReadingOptions): Promise<Opened> {
  try {
    const message = await readMessage({ armoredMessage: armored, config: limits(options) });
    if (message.packets.findPacket(enums.packet.symmetricallyEncryptedData) !== undefined) {
      return failed('unprotected');
    }
    const isEncrypted = PROTECTED.some((tag) => message.packets.findPacket(tag) !== undefined);
    const sessionKeys = isEncrypted ? await sessionKeysOf(message, options) : undefined;
    if (isEncrypted && sessionKeys === undefined) return failed('no-key');
    const { data, signatures } =
      sessionKeys === undefined
        ? await verify({ message, format: 'binary', ...checking(options) })
        : await decrypt({ message, sessionKeys, format: 'binary', ...checking(options) });
    return { content: data, isEncrypted, problem: null, ...(await judge(signatures, options)) };
  } catch (error) {
    return failed(isTooLarge(error) ? 'too-large' : 'damaged');
  }
}

const PROTECTED = [enums.packet.symEncryptedIntegrityProtectedData, enums.packet.aeadEncryptedData];

function failed(problem: PgpProblem): Opened {
  return { content: null, isEncrypted: false, problem, signature: 'none' };
}

/** `undefined` when none of our keys opens it. Which one it asks for may be hidden. */
async function sessionKeysOf(
  message: Message<string>,
  { keys }: ReadingOptions,
): Promise<SessionKey[] | undefined> {
  try {
    return (await decryptSessionKeys({
      message,
      decryptionKeys: keys.map(({ key }) => key),
    })) as SessionKey[];
  } catch {
    return undefined;
  }
}

interface SignedPart {
  readonly signed: string;
  readonly armored: string;
}

async function signedPart(
  { signed, armored }: SignedPart,
  options: ReadingOptions,
): Promise<Judgement & { readonly content: Uint8Array }> {
  const content = Buffer.from(signed, 'latin1');
  return {
    content,
    ...(await judgedWithin(options, async () => {
      const signature = await readSignature({ armoredSignature: armored });
      const message = await createMessage({ binary: new Uint8Array(content) });
      return (await verify({ message, signature, format: 'binary', ...checking(options) })).signatures;
    })),
  };
}

async function signedText(
  armored: string,
  options: ReadingOptions,
): Promise<Judgement & Pick<PgpReading, 'form' | 'content' | 'problem'>> {
  try {
    const message = await readCleartextMessage({ cleartextMessage: armored });
    const judgement = await judgedWithin(
      options,
      async () => (await verify({ message, ...checking(options) })).signatures,
    );
    return {
      form: 'inline-signed',
      content: asEntity(Buffer.from(message.getText())),
      problem: null,
      ...judgement,
    };
  } catch {
    return { form: 'inline-signed', content: null, problem: 'damaged', signature: 'invalid' };
  }
}

/** There is a signature: one that cannot be read, or names nobody, is no better than a false one. */
async function judgedWithin(
  circumstances: Circumstances,
  find: () => Promise<FoundSignatures>,
): Promise<Judgement> {
  try {
    const judgement = await judge(await find(), circumstances);
    return judgement.signature === 'none' ? { signature: 'invalid' } : judgement;
  } catch {
    return { signature: 'invalid' };
  }
}

function checking(options: ReadingOptions) {
  return {
    verificationKeys: verificationKeys(options),
    date: new Date(options.at.getTime() + CLOCKS_APART_MS),
    config: limits(options),
  };
}

function limits({ largestBytes }: ReadingOptions): { readonly maxDecompressedMessageSize: number } {
  return { maxDecompressedMessageSize: largestBytes ?? LARGEST_BYTES };
}

/** openpgp 6 gives its errors neither a code nor a type of their own. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Maximum decompressed message size exceeded');
}

/** The text of inline PGP is UTF-8. Source: RFC 9580, section 5.9 */
function asEntity(text: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(TEXT_HEADER), text]);
}

const TEXT_HEADER = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n';
