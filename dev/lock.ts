import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { identityOf, isRunning, type ProcessIdentity } from './running-process.ts';

export type LockAttempt =
  { readonly kind: 'held'; release(): void } | { readonly kind: 'taken'; readonly by: ProcessIdentity };

/**
 * Takes the lock that this file is, for as long as this process lives or until it is released. The lock of a process
 * that was killed counts for nothing.
 */
export function takeLock(file: string): LockAttempt {
  const own = identityOf(process.pid);
  if (own === undefined) throw new Error('a running process has an identity');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      if (isLinked(draft, file)) return { kind: 'held', release: () => rmSync(file, { force: true }) };
      const holder = holderOf(file);
      if (holder !== undefined && isRunning(holder)) return { kind: 'taken', by: holder };
      discardStale(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A link appears whole or not at all, and only one of several contenders can make it. */
function isLinked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Moves the stale lock aside first: had another contender replaced it meanwhile, its lock would be moved, and is put back. */
function discardStale(file: string, stale: ProcessIdentity | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (holderOf(aside)?.birth !== stale?.birth) isLinked(aside, file);
  rmSync(aside, { force: true });
}
