import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';

import { stopListening } from './notifications.ts';
import { asUnavailable, breaksConnection } from './record-unavailable.ts';
import type { DB } from './schema-types.ts';

/** Also what a transaction is, so that every function here can be a part of a larger one. */
export type Db = Kysely<DB>;

export interface Database {
  readonly db: Db;
  /** For LISTEN alone (`waitForVersion`, `listenToInbox`). Everything else goes through `db`. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * Nobody waits longer than this for a connection, nor for the answer to a statement. Shorter, and a burst of pages due in
 * the same instant would take its own queue for an outage; longer, and people stare at a button.
 */
const WAIT_MS = 2000;

/** Below `WAIT_MS`, so that a slow server says so itself and the connection stays usable. */
const STATEMENT_MS = 1500;

/** A process that stops in mid-transaction would hold its locks, the year's counter among them, for ever. */
const IDLE_IN_TRANSACTION_MS = 5000;

/** How long `close` waits for a server that does not say good-bye, as a frozen one does not. */
const CLOSE_MS = 2000;

export interface PoolSize {
  readonly max?: number;
  /** So many stay open once they were, however long nothing is asked of them. */
  readonly min?: number;
}

/**
 * One pool of connections; none is opened before the first query. Every query throws RecordUnavailable
 * (code `record-unavailable`) when Postgres is away.
 */
export function openDb(url: string, { max = 10, min = 0 }: PoolSize = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    min,
    application_name: 'tocsin',
    connectionTimeoutMillis: WAIT_MS,
    query_timeout: WAIT_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  });
  // A connection that dies while idle has nobody to tell; without a listener it would end the process.
  pool.on('error', ignore);
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: tellingUnavailability(pool) }) });
  let closing: Promise<void> | undefined;
  return { db, pool, close: () => (closing ??= closeWithin(pool)) };
}

/** Throws RecordUnavailable when Postgres does not answer. */
export async function ping(db: Db): Promise<void> {
  await sql`SELECT 1`.execute(db);
}

async function closeWithin(pool: pg.Pool): Promise<void> {
  await stopListening(pool);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
  await Promise.race([pool.end(), tooLong]);
  clearTimeout(timer);
}

/** The one place where errors of the driver become ours: every query of the room passes here. */
function tellingUnavailability(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => guardClient(await pool.connect().catch(rethrow)),
    end: () => pool.end(),
  };
}

function guardClient(client: pg.PoolClient): PostgresPoolClient {
  let broken: Error | undefined;
  const breakOn = (error: unknown): unknown => {
    const told = asUnavailable(error);
    if (breaksConnection(error) && told instanceof Error) broken ??= told;
    return told;
  };
  // The pool listens only while the client is idle. A connection that dies between two statements of a transaction
  // would end the process here.
  client.on('error', breakOn);
  async function query<R>(text: string, parameters: readonly unknown[]): Promise<Answer<R>> {
    // The ROLLBACK after a statement whose time was over would wait as long again.
    if (broken !== undefined) throw broken;
    try {
      return (await client.query(text, parameters.map(withoutNul))) as unknown as Answer<R>;
    } catch (error) {
      throw breakOn(error);
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release: () => {
      client.off('error', breakOn);
      client.release(broken);
    },
  };
}

/** Postgres knows no NUL in a text: where one is asked for, or was let in at the door, it is what storable makes of it. */
function withoutNul(parameter: unknown): unknown {
  return typeof parameter === 'string' ? parameter.replaceAll('\0', '\uFFFD') : parameter;
}

type Answer<R> = { readonly command: 'SELECT'; readonly rowCount: number; readonly rows: R[] };

function rethrow(error: unknown): never {
  throw asUnavailable(error);
}

function ignore(): void {}
