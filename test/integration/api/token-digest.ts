import { createHash } from 'node:crypto';

export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
