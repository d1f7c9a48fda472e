import { randomBytes } from 'node:crypto';

import { inject } from 'vitest';

import { ensureDatabase } from '../../dev/postgres-database.ts';

/** The Temporal that all tests of a run share, `host:port`; its namespace is `default`. Tests keep apart by task queue. */
export function temporalAddress(): string {
  return inject('temporalAddress');
}

/**
 * A database of the caller's own on the Postgres that all tests share, with all tables and no rows. It goes with that
 * Postgres at the end of the run.
 *
 * @returns its URL.
 */
export async function createDatabase(): Promise<string> {
  return create(inject('templateDatabase'));
}

/** The same without tables, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<string> {
  return create('template0');
}

async function create(template: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  return ensureDatabase(inject('postgresUrl'), { name, template });
}
