import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';

const KEY_BYTES = 32;

/** Makes the key of the stand when there is none, and keeps the other: links that are out there go on working. */
export function ensureSigningKey(file: string): void {
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}
