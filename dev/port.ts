import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { cacheDirectory } from './cache.ts';
import { takeLock } from './lock.ts';

/** Everything of the stand listens here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/**
 * Below the range from which systems take the near end of outgoing connections: a port that is free now is then not taken
 * by chance before its server listens. Temporal keeps ports in Postgres as smallint, and knows none above 32767.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** The preferred port when it can be had, so that addresses stay the same from day to day; else any free one. */
export async function choosePort(preferred = 0): Promise<number> {
  let port = preferred === 0 ? randomInt(LOWEST, HIGHEST) : preferred;
  while (!(await claimPort(port))) port = randomInt(LOWEST, HIGHEST);
  return port;
}

/**
 * Whether the port is free, and this process's from now on among the stands of this account. Without the claim two stands
 * that start in the same moment would find the same port free; one of its servers would then fail to listen, and be
 * taken for ready because the other's answers.
 */
export async function claimPort(port: number): Promise<boolean> {
  if (claimed.has(port)) return false;
  claimed.add(port);
  const lock = takeLock(join(claimDirectory(), `${port}.lock`));
  if (lock.kind === 'held' && (await isPortFree(port))) {
    claims.push(lock.release);
    return true;
  }
  if (lock.kind === 'held') lock.release();
  claimed.delete(port);
  return false;
}

let directory: string | undefined;

function claimDirectory(): string {
  if (directory !== undefined) return directory;
  directory = join(cacheDirectory(), 'ports');
  mkdirSync(directory, { recursive: true });
  discardOldClaims(directory);
  return directory;
}

const OLD_AFTER_MS = 3600 * 1000;

/** Processes that were killed could not take theirs back, and every test run claims other ports. */
function discardOldClaims(claimDir: string): void {
  for (const name of readdirSync(claimDir)) {
    const file = join(claimDir, name);
    const claimedAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - claimedAtMs < OLD_AFTER_MS) continue;
    const lock = takeLock(file);
    if (lock.kind === 'held') lock.release();
  }
}

/** By this process. */
const claimed = new Set<number>();
const claims: (() => void)[] = [];
process.once('exit', () => {
  for (const release of claims) release();
});

export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
