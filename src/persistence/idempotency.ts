import { sql } from 'kysely';

import type { Db } from './database.ts';

/** The person and the key are the name of a request; path and body are what it asked. */
export interface KeyClaim {
  readonly person: string;
  readonly key: string;
  readonly methodAndPath: string;
  /** Digest of the body, made by the caller. */
  readonly fingerprint: Uint8Array;
}

export interface KeyAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * `new`: the caller is to do it, and then calls `answerKey` or `releaseKey`. `answered`: the first answer, to be given
 * again. `pending`: the first asking is under way. `reused`: the key belongs to another request.
 */
export type KeyState =
  | { readonly state: 'new' }
  | ({ readonly state: 'answered' } & KeyAnswer)
  | { readonly state: 'pending' }
  | { readonly state: 'reused' };

/**
 * After so long an unanswered claim counts as left behind by a process that died, and is given to the next equal request.
 * Several times what a step may take; a first asking that is slower than this is done twice, which is safe because
 * steps are idempotent by the same person and key.
 */
const LEFT_BEHIND_AFTER_SECONDS = 10;

/** Of any number of equal requests at once, one is told `new`. */
export async function claimKey(db: Db, claim: KeyClaim): Promise<KeyState> {
  for (;;) {
    if (await insertOrTakeOver(db, claim, LEFT_BEHIND_AFTER_SECONDS)) return { state: 'new' };
    const state = await readKey(db, claim);
    // Forgotten between the two statements: then it is free again.
    if (state !== null) return state;
  }
}

/**
 * The same inside the transaction that also does the work and keeps the answer: the row's lock makes equal requests wait,
 * so none is told `pending`, and a claim that was made before for the same request is taken over at once.
 */
export async function claimKeyWithWork(
  transaction: Db,
  claim: KeyClaim,
): Promise<Exclude<KeyState, { readonly state: 'pending' }>> {
  for (;;) {
    if (await insertOrTakeOver(transaction, claim, 0)) return { state: 'new' };
    const state = await readKey(transaction, claim);
    if (state?.state === 'answered' || state?.state === 'reused') return state;
  }
}

/** Keeps the first answer. A later one for the same key is not kept. */
export async function answerKey(
  db: Db,
  { person, key, status, body }: Pick<KeyClaim, 'person' | 'key'> & KeyAnswer,
): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({ status, body: JSON.stringify(body ?? null) })
    .where('person', '=', person)
    .where('key', '=', key)
    .where('status', 'is', null)
    .execute();
}

/**
 * Frees an unanswered key for the same request alone: the outcome is unknown, and asking again is how to find out. It stays
 * bound to its body, since the step may have been taken under it.
 */
export async function releaseKey(db: Db, { person, key }: Pick<KeyClaim, 'person' | 'key'>): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({ claimed_at: sql`'-infinity'` })
    .where('person', '=', person)
    .where('key', '=', key)
    .where('status', 'is', null)
    .execute();
}

/**
 * Forgets answers that are older than they are promised to be kept, at most `limit` of them: the same key is then a new
 * request. Claims without an answer stay, bound to their body.
 *
 * @returns how many.
 */
export async function forgetAnswers(
  db: Db,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM idempotency
    WHERE (person, key) IN (
      SELECT person, key FROM idempotency
      WHERE status IS NOT NULL AND claimed_at <= clock_timestamp() - make_interval(secs => ${olderThanMs / 1000})
        AND claimed_at > '-infinity'
      ORDER BY claimed_at
      LIMIT ${limit}
      FOR UPDATE SKIP LOCKED
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}

async function insertOrTakeOver(db: Db, claim: KeyClaim, afterSeconds: number): Promise<boolean> {
  // Ages are measured by the clock of Postgres alone: those of two processes may differ by more than the limit.
  const { rows } = await sql`
    INSERT INTO idempotency (person, key, method_and_path, fingerprint, claimed_at)
    VALUES (${claim.person}, ${claim.key}, ${claim.methodAndPath}, ${Buffer.from(claim.fingerprint)}, clock_timestamp())
    ON CONFLICT (person, key) DO UPDATE SET claimed_at = clock_timestamp()
      WHERE idempotency.status IS NULL
        AND idempotency.method_and_path = excluded.method_and_path
        AND idempotency.fingerprint = excluded.fingerprint
        AND idempotency.claimed_at <= clock_timestamp() - make_interval(secs => ${afterSeconds})
    RETURNING 1`.execute(db);
  return rows.length > 0;
}

async function readKey(db: Db, claim: KeyClaim): Promise<KeyState | null> {
  const row = await db
    .selectFrom('idempotency')
    .select(['method_and_path', 'fingerprint', 'status', 'body'])
    .where('person', '=', claim.person)
    .where('key', '=', claim.key)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.method_and_path !== claim.methodAndPath || !row.fingerprint.equals(claim.fingerprint)) {
    return { state: 'reused' };
  }
  return row.status === null
    ? { state: 'pending' }
    : { state: 'answered', status: row.status, body: row.body };
}
