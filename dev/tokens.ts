import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The people of the stand; the policy says what each may do. */
const STAND_PEOPLE = [
  ...['responder1', 'responder2', 'lead1', 'sponsor1', 'comms1', 'renisac1', 'legal1', 'counsel1'],
  ...['ops1', 'sme1', 'owner1', 'auditor1', 'admin1'],
] as const;

/** Writes a token for everybody who has none, and keeps the others: what is in somebody's shell history goes on working. */
export function ensureTokens(file: string): void {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  const tokens = Object.fromEntries(
    STAND_PEOPLE.map((username) => [username, known[username] ?? randomBytes(24).toString('base64url')]),
  );
  writeFileSync(file, `${JSON.stringify({ ...known, ...tokens }, null, 2)}\n`, { mode: 0o600 });
  // The mode above counts for a new file only.
  chmodSync(file, 0o600);
}
