import { createDecipheriv, createECDH, type ECDH, hkdfSync } from 'node:crypto';

/**
 * Each upload has a key pair of its own, drawn from the signing key: nothing of it is kept, and the record alone opens no
 * file. The browser encrypts to the public half. P-256, because every browser's WebCrypto has it. Source: RFC 5869.
 */

const CURVE = 'prime256v1';
const POINT_BYTES = 65;
const TAG_BYTES = 16;
const VERSION = 1;

/** The key may be used once only, so that its counter begins at nothing. Source: NIST SP 800-38D, 8.2. */
const NONCE = Buffer.alloc(12);

/** 32 bytes of the signing key, for uploads alone. */
export function uploadSecretOf(signingKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', signingKey, '', 'tocsin upload', 32));
}

/** What the two sides agree that it is about: a file for one upload opens in no other. */
export function aboutUpload(incidentId: string, n: number): string {
  return `tocsin upload ${incidentId}:${n}`;
}

/** The public half: an uncompressed point, in base64. */
export function publicKeyFor(secret: Uint8Array, about: string): string {
  return keyPairFor(secret, about).getPublicKey('base64');
}

export interface OpenedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Null for what was not encrypted to this upload, or has been changed since. */
export function openSealed(sealed: Buffer, secret: Uint8Array, about: string): OpenedFile | null {
  if (!isSealed(sealed)) return null;
  const point = sealed.subarray(1, 1 + POINT_BYTES);
  try {
    const shared = keyPairFor(secret, about).computeSecret(point);
    const key = Buffer.from(hkdfSync('sha256', shared, point, about, 32));
    const decipher = createDecipheriv('aes-256-gcm', key, NONCE);
    decipher.setAAD(Buffer.from(about));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const body = sealed.subarray(1 + POINT_BYTES, -TAG_BYTES);
    const plain = Buffer.concat([decipher.update(body), decipher.final()]);
    const nameBytes = plain.readUInt16BE(0);
    return { name: plain.subarray(2, 2 + nameBytes).toString('utf8'), bytes: plain.subarray(2 + nameBytes) };
  } catch {
    return null;
  }
}

/** Looks like what our page makes: anything else was not encrypted, and must not be kept. */
export function isSealed(bytes: Buffer): boolean {
  return bytes.length >= 1 + POINT_BYTES + 2 + TAG_BYTES && bytes[0] === VERSION && bytes[1] === 4;
}

/** A number that is no private key comes once in four thousand million times; then the next one is taken. */
function keyPairFor(secret: Uint8Array, about: string): ECDH {
  for (let attempt = 0; ; attempt += 1) {
    const pair = createECDH(CURVE);
    try {
      pair.setPrivateKey(Buffer.from(hkdfSync('sha256', secret, String(attempt), about, 32)));
      return pair;
    } catch (error) {
      if (attempt > 8) throw error;
    }
  }
}
