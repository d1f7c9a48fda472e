import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';

const SEED_BYTES = 32;

/** What a private key of 32 bytes is wrapped in. Source: RFC 8410, section 7. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * What records are signed with: 32 bytes, drawn from the installation's signing key, so that nobody has another file to
 * keep, and the same key after a restart and in every process. Source: RFC 5869.
 */
export function recordKeyOf(signingKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', signingKey, '', 'tocsin page-record', SEED_BYTES));
}

export interface PublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: typeof RECORD_ALGORITHM;
}

export interface RecordSigner {
  readonly privateKey: KeyObject;
  /** Its public half, for everybody, with the `kid` that signatures name. Source: RFC 8037, RFC 7638. */
  readonly publicKey: PublicKey;
}

/** `seed` is 32 bytes: an Ed25519 private key. Source: RFC 8032. */
export function createRecordSigner(seed: Uint8Array): RecordSigner {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  // The thumbprint is that of exactly these members, in this order.
  const key = { crv: 'Ed25519', kty: 'OKP', x } as const;
  const kid = createHash('sha256').update(JSON.stringify(key)).digest('base64url');
  return { privateKey, publicKey: publicKeyOf({ kid, x }) };
}

/** One that was kept, as it is published. */
export function publicKeyOf({ kid, x }: Pick<PublicKey, 'kid' | 'x'>): PublicKey {
  return { crv: 'Ed25519', kty: 'OKP', x, kid, use: 'sig', alg: RECORD_ALGORITHM };
}

/** Ed25519 under the name that every verifier knows; its newer name, of RFC 9864, is not read everywhere yet. */
export const RECORD_ALGORITHM = 'EdDSA';
