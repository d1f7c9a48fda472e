import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

/** Whose token it is; null when it is nobody's. */
export interface TokenLookup {
  usernameOf(token: string): Promise<string | null>;
}

interface KnownToken {
  readonly username: string;
  readonly digest: Buffer;
}

/**
 * Tokens from a file `{username: token}`, read again when it changes, so that a token can be taken away without a
 * restart. A file that cannot be read throws: nobody is signed in by mistake, and nobody is told that a good token
 * is bad.
 */
export function tokensFromFile(path: string): TokenLookup {
  let known: { readonly stamp: string; readonly tokens: readonly KnownToken[] } | null = null;

  return {
    async usernameOf(token) {
      const { mtimeMs, size, ino } = await stat(path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (known === null || known.stamp !== stamp) known = { stamp, tokens: await readTokens(path) };
      return ownerOf(token, known.tokens);
    },
  };
}

/** Every entry is compared, over digests of one length: the time taken tells nothing of any token. */
export function ownerOf(token: string, tokens: readonly KnownToken[]): string | null {
  const digest = digestOf(token);
  let owner: string | null = null;
  for (const candidate of tokens) {
    if (timingSafeEqual(candidate.digest, digest)) owner = candidate.username;
  }
  return owner;
}

async function readTokens(path: string): Promise<readonly KnownToken[]> {
  const content: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new TypeError('The tokens file must hold one JSON object, {username: token}.');
  }
  return Object.entries(content).flatMap(([username, token]: [string, unknown]) =>
    typeof token === 'string' && token !== '' ? [{ username, digest: digestOf(token) }] : [],
  );
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
