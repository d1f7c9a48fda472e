import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What something is signed for: what was signed for one is worth nothing for another. */
export type Purpose =
  'page-link' | 'page-code' | 'page-reply-address' | 'calendar-feed' | 'webhook' | 'mail-loop';

const KEY_BYTES = 32;

/** Signs for one purpose, under a key of its own. Source: RFC 2104, RFC 5869. */
export type Signer = (text: string) => Buffer;

/** `key` is the one signing key, at least 32 bytes. The signature is an HMAC-SHA-256, 32 bytes. */
export function createSigner(key: Buffer, purpose: Purpose): Signer {
  const ownKey = Buffer.from(hkdfSync('sha256', key, '', `tocsin ${purpose}`, KEY_BYTES));
  return (text) => createHmac('sha256', ownKey).update(text, 'utf8').digest();
}

/** Compares what came with what was expected; the time that it takes tells the length and nothing else. */
export function isSame(given: string, expected: string): boolean {
  const [came, wanted] = [Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8')];
  return came.length === wanted.length && timingSafeEqual(came, wanted);
}
