import type { Key, VerifyMessageResult } from 'openpgp';
import type { Certificate } from './certificates.ts';

/**
 * What a signature says of the From address. Only `valid` says that its owner wrote this: the certificate was given to us
 * for that address and carries it. `other-signer` is a good signature of a certificate known for somebody else.
 */
export type SignatureVerdict =
  'none' | 'valid' | 'other-signer' | 'expired-key' | 'revoked-key' | 'invalid' | 'unknown-key';

/** A certificate, and the address that we were given it for. Whoever gave it vouches for that. */
export interface KnownSender {
  readonly address: string;
  readonly certificate: Certificate;
}

export interface Signer {
  readonly fingerprint: string;
}

export interface Judgement {
  readonly signature: SignatureVerdict;
  /** Whose key it was made with, where the signature is sound. */
  readonly signer?: Signer;
}

/** Who signed, of whom, and when it is read. */
export interface Circumstances {
  /** The one From address; `null` where there is none, or several: then no signature counts. */
  readonly from: string | null;
  readonly senders: readonly KnownSender[];
  readonly at: Date;
}

export type FoundSignatures = VerifyMessageResult<Uint8Array | string>['signatures'];

/**
 * The certificates to verify with. Those of the From address come first: a key's short id can be forged, and the first
 * that has it is taken.
 */
export function verificationKeys({ from, senders }: Circumstances): Key[] {
  const isFrom = ({ address }: KnownSender): boolean => isSameAddress(address, from);
  return [...senders.filter(isFrom), ...senders.filter((sender) => !isFrom(sender))].map(
    ({ certificate }) => certificate.key,
  );
}

/** The best of a mail's signatures: somebody else's beside it takes nothing from a good one. */
export async function judge(found: FoundSignatures, circumstances: Circumstances): Promise<Judgement> {
  const judgements = await Promise.all(found.map((signature) => judgeOne(signature, circumstances)));
  return judgements.toSorted((a, b) => rank(a) - rank(b))[0] ?? { signature: 'none' };
}

function rank({ signature }: Judgement): number {
  return BEST_FIRST.indexOf(signature);
}

const BEST_FIRST: readonly SignatureVerdict[] = [
  'valid',
  'other-signer',
  'expired-key',
  'revoked-key',
  'invalid',
  'unknown-key',
  'none',
];

async function judgeOne(found: FoundSignatures[number], circumstances: Circumstances): Promise<Judgement> {
  const { from, senders, at } = circumstances;
  const key = verificationKeys(circumstances).find((each) => each.getKeys(found.keyID).length > 0);
  if (key === undefined) return { signature: 'unknown-key' };
  const signer = { fingerprint: key.getFingerprint().toUpperCase() };
  const isSound = await resolves(found.verified);
  if (await key.isRevoked(undefined, undefined, at)) return { signature: 'revoked-key' };
  if (await isExpired(key, found, at)) return { signature: 'expired-key' };
  if (!isSound) return { signature: 'invalid' };
  // It could sign then, and cannot now: its subkey was withdrawn.
  if (!(await resolves(key.getSigningKey(found.keyID, at)))) return { signature: 'revoked-key' };
  const isBound = senders.some(
    ({ address, certificate }) =>
      certificate.fingerprint === signer.fingerprint &&
      isSameAddress(address, from) &&
      certificate.addresses.some((carried) => isSameAddress(carried, from)),
  );
  return { signature: isBound ? 'valid' : 'other-signer', signer };
}

/**
 * Ended by now: the instant that a signature names for itself is its maker's word, and who finds an old key can name any.
 * The signing key may be a subkey with an end of its own.
 */
async function isExpired(key: Key, { keyID }: FoundSignatures[number], at: Date): Promise<boolean> {
  const ends = await Promise.all([
    key.getExpirationTime(),
    ...key.getSubkeys(keyID).map((subkey) => subkey.getExpirationTime()),
  ]);
  return ends.some((end) => end instanceof Date && end <= at);
}

async function resolves(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch {
    return false;
  }
}

/** Addresses are compared without regard to case: nobody gives two people addresses that differ in nothing else. */
function isSameAddress(address: string, other: string | null): boolean {
  return other !== null && address.toLowerCase() === other.toLowerCase();
}
