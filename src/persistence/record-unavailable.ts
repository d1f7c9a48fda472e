import pg from 'pg';

/**
 * Postgres is away, refuses work, or did not answer in time. What a write asked for may have happened nevertheless:
 * the outcome is unknown, and asking again is how to find out. `cause` is the driver's own error.
 */
export class RecordUnavailable extends Error {
  readonly code = 'record-unavailable';

  constructor(cause: unknown) {
    super('The record (Postgres) is away or did not answer in time: ask again.', { cause });
    this.name = 'RecordUnavailable';
  }
}

/**
 * SQLSTATE classes and codes after which the same request may well succeed later.
 * Source: PostgreSQL documentation, appendix A.
 */
const UNAVAILABLE_SQLSTATE = [
  /^08/, // connection exception
  /^53/, // insufficient resources: too many connections, disk full, out of memory
  /^57P0/, // shut down by an administrator, crashed, still starting, database dropped, idle session ended
  /^58/, // system error, such as a failed read or write
  /^57014$/, // statement timeout
  /^55P03$/, // lock timeout
  /^40(001|P01)$/, // serialization failure, deadlock: one of two had to give way
  /^25(006|P03|P04)$/, // read-only stand-by after a fail-over; a transaction left idle or open too long
];

/** The error itself, or a RecordUnavailable around it where Postgres is away rather than the request wrong. */
export function asUnavailable(error: unknown): unknown {
  return isUnavailable(error) ? new RecordUnavailable(error) : error;
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof RecordUnavailable) return false;
  if (error instanceof pg.DatabaseError)
    return UNAVAILABLE_SQLSTATE.some((code) => code.test(error.code ?? ''));
  return isOfTheWire(error);
}

/**
 * True after errors that leave the connection useless. The driver keeps a query whose time is over at the head of its
 * queue: a connection given back in that state would make the next user wait behind it.
 */
export function breaksConnection(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.severity === 'FATAL' || error.severity === 'PANIC';
  return isOfTheWire(error);
}

/**
 * The driver throws bare Errors, without a code, for a lost connection and for its own timeouts, and system errors for
 * sockets. A mistake of ours (a parameter that cannot be written) is a TypeError or another kind of its own.
 */
function isOfTheWire(error: unknown): boolean {
  return error instanceof Error && (error.constructor === Error || error.constructor === AggregateError);
}
