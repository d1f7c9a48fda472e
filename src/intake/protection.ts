import type { Protection } from '../domain/message.ts';
import type { PgpReading } from '../mail/pgp/reading.ts';
import type { Reading } from './reading.ts';

/** Whether it is worth looking for PGP: certificates are read from the record for it. */
export function mayBePgp(bytes: Buffer): boolean {
  return MARKS.some((mark) => bytes.includes(mark));
}

/** Of the armor, which an encoded part may hide, and of the types that name it. */
const MARKS = ['-----BEGIN PGP', 'application/pgp-', 'LS0tLS1CRUdJTiBQR1A'];

/** Null for a mail that has no PGP. */
export function protectionOf(read: PgpReading): Protection | null {
  const { form, isEncrypted, hasOutside, problem, signature, signer } = read;
  if (form === 'none') return null;
  return { form, isEncrypted, hasOutside, problem, signature, signer: signer?.fingerprint ?? null };
}

export const UNKNOWN_PROTECTION: Protection = {
  form: 'unknown',
  isEncrypted: false,
  hasOutside: false,
  problem: null,
  signature: 'none',
  signer: null,
};

/**
 * Of what nobody but its recipient can read: no machine can, and a person has to see to it. The words outside are kept, the
 * ciphertext lies with the message.
 */
export function hidden(
  protection: Protection | null,
  { text }: Pick<Reading, 'text'>,
): Partial<Pick<Reading, 'unparsedReason' | 'text'>> {
  if (protection === null || protection.problem === null || protection.form.endsWith('signed')) return {};
  return { unparsedReason: `pgp-${protection.problem}`, text: text.replaceAll(CIPHERTEXT, '').trim() };
}

const CIPHERTEXT = /-----BEGIN PGP MESSAGE-----[^-]*-----END PGP MESSAGE-----/g;
