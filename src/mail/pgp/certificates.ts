import { type Key, readKeys } from 'openpgp';

/** Somebody's OpenPGP certificate (their public key), as far as we use it. */
export interface Certificate {
  /** Capital letters and digits, without blanks. */
  readonly fingerprint: string;
  /** Of its user ids that its owner has certified and not withdrawn, in small letters. */
  readonly addresses: readonly string[];
  /** When it stops to verify or to be encrypted to, whichever is first; `null` for never. */
  readonly expiresAt: Date | null;
  readonly isRevoked: boolean;
  /** It has a key to encrypt to, today. */
  readonly canEncrypt: boolean;
  readonly key: Key;
}

/**
 * Why a text is no certificate: `private-key` is one that nobody should have been given, `several` leaves open which one
 * is meant, `unusable` has no valid signature of its owner over itself.
 */
export type CertificateProblem = 'damaged' | 'private-key' | 'several' | 'too-large' | 'unusable';

/** A certificate with a photo and the signatures of many has some hundred kilobytes. */
const LARGEST_CERTIFICATE = 1_000_000;

/** Reads an armored certificate as it is at an instant. */
export async function readCertificate(
  armored: string,
  at: Date,
): Promise<Certificate | { readonly problem: CertificateProblem }> {
  if (armored.length > LARGEST_CERTIFICATE) return { problem: 'too-large' };
  if (armored.includes('-----BEGIN PGP PRIVATE KEY')) return { problem: 'private-key' };
  // openpgp reads the first block and passes over the rest.
  if (armored.split('-----BEGIN PGP PUBLIC KEY').length > 2) return { problem: 'several' };
  let keys: readonly Key[];
  try {
    keys = await readKeys({ armoredKeys: armored });
  } catch {
    return { problem: 'damaged' };
  }
  const [key, ...others] = keys;
  if (key === undefined) return { problem: 'damaged' };
  if (key.isPrivate()) return { problem: 'private-key' };
  if (others.length > 0) return { problem: 'several' };
  const isRevoked = await key.isRevoked(undefined, undefined, at);
  const expiresAt = await expiryOf(key, at);
  if (expiresAt === undefined && !isRevoked) return { problem: 'unusable' };
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    addresses: await addressesOf(key),
    expiresAt: expiresAt ?? null,
    isRevoked,
    canEncrypt: await canEncrypt(key, at),
    key,
  };
}

/** For readiness: nobody notices that a certificate ends until a mail can be neither written nor believed. */
export function expiresWithin(certificate: Certificate, days: number, at: Date): boolean {
  const { expiresAt } = certificate;
  return expiresAt !== null && expiresAt.getTime() - at.getTime() <= days * DAY_MS;
}

const DAY_MS = 86_400_000;

/** `undefined` for one that is valid at no time. */
async function expiryOf(key: Key, at: Date): Promise<Date | null | undefined> {
  const own = await key.getExpirationTime();
  if (own === null) return undefined;
  const others = await Promise.all(key.subkeys.map((subkey) => subkey.getExpirationTime()));
  const encryption = await encryptionKeyOf(key, at);
  const index = key.subkeys.findIndex((subkey) => subkey === encryption);
  const dates = [own, others[index] ?? null].filter((date) => date instanceof Date);
  return dates.length === 0 ? null : new Date(Math.min(...dates.map((date) => date.getTime())));
}

async function canEncrypt(key: Key, at: Date): Promise<boolean> {
  return (await encryptionKeyOf(key, at)) !== undefined;
}

async function encryptionKeyOf(key: Key, at: Date): Promise<unknown> {
  try {
    return await key.getEncryptionKey(undefined, at);
  } catch {
    // It throws for none.
    return undefined;
  }
}

/**
 * As they were certified, whether or not the certificate is still valid: whose it was is asked of an expired one, too.
 * `null` for the instant takes the latest certification of each.
 */
async function addressesOf(key: Key): Promise<readonly string[]> {
  const certified = await Promise.all(
    key.users.map(async (user) => {
      try {
        await user.verify(null as unknown as undefined);
        return user.userID?.email.toLowerCase() ?? '';
      } catch {
        return '';
      }
    }),
  );
  return [...new Set(certified.filter((address) => address.includes('@')))];
}
