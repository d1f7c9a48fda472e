import type { UnfiledMessage } from '../persistence/messages.ts';

/** Why what was encrypted to us cannot be read, and what to do. */
const UNREADABLE_PGP: Readonly<Record<string, string>> = {
  'pgp-no-key':
    'This message is encrypted, and to none of the keys of its mailbox: it cannot be read. Please ask its sender to encrypt it to us.',
  'pgp-unprotected':
    'This message is encrypted in a way that does not show alterations, and was not opened. Please ask its sender for another one, from a current program.',
  'pgp-damaged':
    'This message is encrypted and damaged on its way, or altered: it cannot be read. Please ask its sender to send it again.',
  'pgp-too-large':
    'What is encrypted in this message is larger than is taken: it was not opened. Please ask its sender for less.',
};

/** For a person: that a message could not be read, why, and what to do. */
export function unreadable({ sha256, wholeSize, mailbox }: UnfiledMessage, reason: string): string {
  if (wholeSize !== null) {
    return `This message has ${wholeSize} bytes, more than is taken. Its head is kept; please read the whole of it in the mailbox ${mailbox} itself.`;
  }
  const pgp = UNREADABLE_PGP[reason];
  if (pgp !== undefined) return `${pgp} It lies at /v1/messages/${sha256}/raw.`;
  return `No machine could read this message (${reason}). Please read it at /v1/messages/${sha256}/raw.`;
}
