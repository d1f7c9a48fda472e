import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { TestProject } from 'vitest/node';

import { StandProblem } from './problem.ts';
import { TSX_LOADER } from './tsx-loader.ts';

/** What the tests of a run share. */
export interface TestServers {
  /** Of the maintenance database, as superuser. */
  readonly postgresUrl: string;
  /** The database that holds all tables and no rows; copied for each test file, never connected to. */
  readonly templateDatabase: string;
  /** `host:port`, namespace `default`. */
  readonly temporalAddress: string;
}

declare module 'vitest' {
  interface ProvidedContext extends TestServers {}
}

/** Every layer loads this file anew in the same process; the servers are nevertheless one. */
const shared = globalThis as typeof globalThis & {
  tocsinTestServers?: {
    users: number;
    readonly process: ChildProcess;
    readonly servers: Promise<TestServers>;
  };
};

/** Vitest calls it once for each layer that has a file to run, and the returned function at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.tocsinTestServers ??= { users: 0, ...startServers() };
  const use = shared.tocsinTestServers;
  use.users += 1;
  const { postgresUrl, templateDatabase, temporalAddress } = await use.servers;
  project.provide('postgresUrl', postgresUrl);
  project.provide('templateDatabase', templateDatabase);
  project.provide('temporalAddress', temporalAddress);
  return async () => {
    use.users -= 1;
    if (use.users > 0) return;
    delete shared.tocsinTestServers;
    use.process.disconnect();
    await once(use.process, 'exit');
  };
}

function startServers() {
  const script = fileURLToPath(new URL('./test-servers-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', TSX_LOADER, script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const servers = new Promise<TestServers>((resolve, reject) => {
    child.once('message', (message) => resolve(message as TestServers));
    child.once('exit', () =>
      reject(new StandProblem('PostgreSQL and Temporal for the tests did not start; see above.')),
    );
  });
  return { process: child, servers };
}
