import { afterAll, beforeAll } from 'vitest';

import { type Database, openDb } from '../../../src/persistence/database.ts';
import { createDatabase } from '../../support/servers.ts';

/** A database of its own for the tests of one file, with the tables and nothing in them. There while the tests run. */
export function ownDatabase({ max = 10 }: { readonly max?: number } = {}): Omit<Database, 'close'> & {
  readonly url: string;
} {
  let url = '';
  let opened: Database | undefined;
  beforeAll(async () => {
    url = await createDatabase();
    opened = openDb(url, { max });
  });
  afterAll(() => opened?.close());
  const whileOpen = (): Database => {
    if (opened === undefined) throw new Error('the database is there only while the tests run');
    return opened;
  };
  return {
    get db() {
      return whileOpen().db;
    },
    get pool() {
      return whileOpen().pool;
    },
    get url() {
      return url;
    },
  };
}
