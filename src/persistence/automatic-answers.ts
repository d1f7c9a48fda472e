import { sql } from 'kysely';

import type { Db } from './database.ts';

const DAY_MS = 86_400_000;

export interface AutomaticAnswerToGive {
  /** The business key of the mail: claimed again, it is the same answer. */
  readonly key: string;
  readonly address: string;
  readonly at: number;
  readonly mostPerDay: number;
}

/**
 * Claims one of the automatic answers that an address may get in 24 hours. Claims that come at once take turns.
 *
 * @returns false when it has had them.
 */
export async function claimAutomaticAnswer(
  db: Db,
  { key, address, at, mostPerDay }: AutomaticAnswerToGive,
): Promise<boolean> {
  const mailbox = address.toLowerCase();
  return db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${mailbox}, 1))`.execute(transaction);
    const { rows } = await sql<{ is_claimed: boolean }>`
      WITH claimed AS (
        INSERT INTO automatic_answers (key, address, at)
        SELECT ${key}, ${mailbox}, ${new Date(at)}
        WHERE (SELECT count(*) FROM automatic_answers
          WHERE address = ${mailbox} AND at > ${new Date(at - DAY_MS)}) < ${mostPerDay}
        ON CONFLICT (key) DO NOTHING
        RETURNING key
      )
      SELECT EXISTS (SELECT FROM claimed) OR EXISTS (SELECT FROM automatic_answers WHERE key = ${key}) AS is_claimed
    `.execute(transaction);
    return rows[0]?.is_claimed ?? false;
  });
}
