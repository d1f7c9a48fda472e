import { fileURLToPath } from 'node:url';

import { runner } from 'node-pg-migrate';

import { asUnavailable } from './record-unavailable.ts';

/** From the sources and from the built files alike: both lie two folders below the project. */
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** A migration may rewrite a table, so no statement timeout; but nobody waits for ever behind another one's. */
const LOCK_MS = 60_000;
const CONNECT_MS = 2000;

/**
 * Brings the database to the newest schema. Processes that start together may all call it: an advisory lock lets one
 * work and the others find nothing left to do.
 *
 * @throws {RecordUnavailable} when Postgres is away.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  await run(databaseUrl, { direction: 'up' });
}

/** Takes the last `steps` migrations back, with all that their tables hold. */
export async function rollback(databaseUrl: string, steps: number): Promise<void> {
  await run(databaseUrl, { direction: 'down', count: steps });
}

async function run(
  databaseUrl: string,
  steps: { readonly direction: 'up' | 'down'; readonly count?: number },
): Promise<void> {
  try {
    await runner({
      ...steps,
      databaseUrl: {
        connectionString: databaseUrl,
        connectionTimeoutMillis: CONNECT_MS,
        lock_timeout: LOCK_MS,
      },
      dir: MIGRATIONS,
      // The committed dump lies beside them.
      ignorePattern: 'schema\\.sql',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      log: () => {},
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}
