import { decryptKey, type PrivateKey, readPrivateKey } from 'openpgp';

/** A key of ours, unlocked: to read what is encrypted to a mailbox, and to sign what leaves it. */
export interface OwnKey {
  readonly fingerprint: string;
  readonly key: PrivateKey;
}

/** The operator's setting does not open. The message holds neither key nor passphrase. */
export class UnusableKey extends Error {
  readonly code = 'unusable-pgp-key';
}

/**
 * Opens an armored private key, with its passphrase where it has one.
 * @throws {UnusableKey}
 */
export async function openKey(armored: string, passphrase?: string): Promise<OwnKey> {
  const key = await readKey(armored);
  if (key.isDecrypted()) return { fingerprint: key.getFingerprint().toUpperCase(), key };
  if (passphrase === undefined) {
    throw new UnusableKey('The PGP key is locked: expected its passphrase beside it.');
  }
  try {
    const opened = await decryptKey({ privateKey: key, passphrase });
    return { fingerprint: opened.getFingerprint().toUpperCase(), key: opened };
  } catch (error) {
    throw new UnusableKey('The passphrase does not open the PGP key.', { cause: error });
  }
}

/**
 * The same for a key to sign with.
 * @throws {UnusableKey} also where it has expired, is revoked or cannot sign: everything would stay unsent at the first mail.
 */
export async function openSigningKey(armored: string, passphrase?: string): Promise<OwnKey> {
  const own = await openKey(armored, passphrase);
  try {
    await own.key.getSigningKey();
  } catch (error) {
    throw new UnusableKey('The PGP key does not sign: expected one that is in force and may sign.', {
      cause: error,
    });
  }
  return own;
}

async function readKey(armored: string): Promise<PrivateKey> {
  try {
    return await readPrivateKey({ armoredKey: armored });
  } catch (error) {
    throw new UnusableKey('The PGP key cannot be read: expected one armored private key.', { cause: error });
  }
}
