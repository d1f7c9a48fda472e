import { ProblemError } from './problem.ts';

/** SQLSTATE class of values that a column cannot hold. Source: PostgreSQL documentation, appendix A. */
const DATA_EXCEPTION = /^22/;

/**
 * Reads a page of a list. A cursor is opaque and comes from outside: one that names a place no row can be at is refused
 * like one that cannot be read.
 */
export async function readPageAt<T>(cursor: string | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw cursor !== undefined && isOfTheCursor(error) ? unknownCursor(error) : error;
  }
}

export function unknownCursor(cause: unknown): ProblemError {
  return new ProblemError(
    'invalid',
    'The cursor is none of this list; take `nextCursor` of its last answer.',
    {
      places: [{ parameter: 'cursor', detail: 'No cursor of this list' }],
      cause,
    },
  );
}

function isOfTheCursor(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && DATA_EXCEPTION.test(error.code);
}
