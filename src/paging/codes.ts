import { createSigner, isSame } from './signing.ts';

const DIGITS = 6;

export interface CodeOf {
  /** The signing key, at least 32 bytes. */
  readonly key: Buffer;
  readonly pageId: string;
  readonly username: string;
}

/**
 * The six digits by which a person says which page they answer, where there is no link to follow: by SMS, voice or chat.
 * The same for every message of that page to that person. One in a million is guessed: it says which page, and is no
 * proof of who; that the answer came from the person's own address is.
 */
export function codeFor({ key, pageId, username }: CodeOf): string {
  const signature = createSigner(key, 'page-code')(`${pageId} ${username}`);
  // 48 bits of it: what is left of a million is then no more likely than the rest.
  return String(signature.readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** `code` as `answerOf` read it. */
export function matchesCode({ code, ...of }: CodeOf & { readonly code: string }): boolean {
  return isSame(code, codeFor(of));
}
