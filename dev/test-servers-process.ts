// Run as a process of its own by test-servers.ts. It ends, and everything it started with it, when the channel to the test
// run closes, in whatever way that run has ended.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { migrate } from '../src/persistence/migrate.ts';
import { ensureDatabase } from './postgres-database.ts';
import { startPostgres } from './postgres.ts';
import { describeProblem } from './problem.ts';
import { stopEverything } from './supervise.ts';
import { startTemporal } from './temporal.ts';
import type { TestServers } from './test-servers.ts';

const TEMPLATE_DATABASE = 'template_of_tests';

const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-tests-'));
process.once('disconnect', () => void stop(0));
// Ctrl-C reaches the whole group; the test run decides when it no longer needs us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
try {
  process.send?.(await startServers());
} catch (error) {
  console.error(describeProblem(error));
  await stop(1);
}

async function startServers(): Promise<TestServers> {
  const [postgres, temporal] = await Promise.all([
    startPostgres({ dataDir, isDurable: false }),
    startTemporal({ dataDir }),
  ]);
  await migrate(await ensureDatabase(postgres.url, { name: TEMPLATE_DATABASE }));
  return {
    postgresUrl: postgres.url,
    templateDatabase: TEMPLATE_DATABASE,
    temporalAddress: temporal.address,
  };
}

async function stop(code: number): Promise<void> {
  await stopEverything();
  // The last of Postgres' own processes may still be writing while it ends.
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  process.exit(code);
}
