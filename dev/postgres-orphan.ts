import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { StandProblem } from './problem.ts';
import { say } from './progress.ts';
import { commandLineOf, identityOf, isRunning, stopProcess } from './running-process.ts';

/**
 * A stand that was killed leaves its Postgres running, and that one refuses a second on its data. It is stopped rather
 * than adopted, because only our own child tells us when it dies. A lock file whose process is gone, or has become
 * somebody else's, is removed: Postgres itself would believe the number.
 *
 * The caller holds the lock of the data directory: no living stand owns what is found here.
 */
export async function stopOrphan(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid');
  const orphan = orphanOf(lockFile, data);
  if (orphan === 'none') return;
  if (orphan === 'stale') {
    rmSync(lockFile, { force: true });
    return;
  }
  say(`  Stopping the PostgreSQL that an earlier stand left behind (process ${orphan.pid}).`);
  await stopProcess(orphan, { signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'], patienceMs: 10_000 });
  if (isRunning(orphan)) {
    throw new StandProblem(
      `The PostgreSQL of an earlier stand does not end (process ${orphan.pid}): stop it by hand, and start again.`,
    );
  }
}

function orphanOf(lockFile: string, data: string) {
  const pid = pidIn(lockFile);
  if (pid === undefined) return 'none';
  const identity = identityOf(pid);
  const isOurs = commandLineOf(pid)?.includes(` -D ${data} `) ?? false;
  return identity !== undefined && isOurs ? identity : 'stale';
}

function pidIn(lockFile: string): number | undefined {
  try {
    const [firstLine = ''] = readFileSync(lockFile, 'utf8').split('\n');
    return Number.parseInt(firstLine, 10) || undefined;
  } catch {
    return undefined;
  }
}
