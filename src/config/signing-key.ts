import { readFileSync } from 'node:fs';

/** As many as the hash under which it signs has; less would be the weakest part of every link. */
const BYTES_MIN = 32;

const HEX = /^(?:[0-9a-f]{2})+$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Why a file is no signing key, and how one is made. */
export interface UnusableKey {
  readonly expected: string;
  readonly got: string;
}

/**
 * Reads the key under which links, codes and reply addresses are signed: at least 32 bytes, in hexadecimal digits or in
 * base64. A text that could be both is hexadecimal.
 */
export function readSigningKey(file: string): Buffer | UnusableKey {
  const text = contentOf(file);
  if (text === null) return unusable(file, `${JSON.stringify(file)}, which cannot be read`);
  const key = decoded(text.trim());
  if (key === null) return unusable(file, 'something else (a secret, not shown)');
  return key.length < BYTES_MIN ? unusable(file, `${key.length} bytes`) : key;
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function decoded(text: string): Buffer | null {
  if (HEX.test(text)) return Buffer.from(text, 'hex');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}

function unusable(file: string, got: string): UnusableKey {
  const howToMakeOne = `openssl rand -hex ${BYTES_MIN} > ${file} && chmod 600 ${file}`;
  return { expected: `a file with a key of at least ${BYTES_MIN} bytes (make one: ${howToMakeOne})`, got };
}
