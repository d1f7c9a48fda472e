import { sql } from 'kysely';

import type { Db } from './database.ts';
import { instant } from './instants.ts';
import { type ArrivedMessage, storeMessage } from './messages.ts';

/** A message as a mailbox names it. */
export interface MailboxMark {
  readonly mailbox: string;
  readonly uidValidity: number;
  readonly uid: number;
}

/** UIDs that we have of a mailbox under this UIDVALIDITY. */
export async function markedUids(
  db: Db,
  { mailbox, uidValidity }: Omit<MailboxMark, 'uid'>,
): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom('mailbox_marks')
    .select('uid')
    .where('mailbox', '=', mailbox)
    .where('uid_validity', '=', String(uidValidity))
    .execute();
  return new Set(rows.map(({ uid }) => Number(uid)));
}

/**
 * Makes a message of a mailbox safe and notes that we have it: both or neither. It counts as having come once, however often
 * that mailbox shows the same bytes under other UIDs; a message that was marked already changes nothing.
 */
export async function storeMarkedMessage(
  db: Db,
  { mailbox, uidValidity, uid }: MailboxMark,
  message: ArrivedMessage,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // A worker that was taken for dead may still be at it.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`mailbox ${mailbox}`}, 0))`.execute(
      transaction,
    );
    const sha256 = await storeMessage(transaction, message, {
      isCountedAgain: async (of) => !(await isMarked(transaction, mailbox, of)),
    });
    await transaction
      .insertInto('mailbox_marks')
      .values({ mailbox, uid_validity: String(uidValidity), uid: String(uid), sha256 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function isMarked(db: Db, mailbox: string, sha256: string): Promise<boolean> {
  const row = await db
    .selectFrom('mailbox_marks')
    .select('uid')
    .where('mailbox', '=', mailbox)
    .where('sha256', '=', sha256)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Who has not said for so long that a mailbox is to be looked into begins anew. */
const WANTED_WITHIN_MS = 120_000;

/** Says that a mailbox is to be looked into. */
export async function wantMailbox(db: Db, mailbox: string, at: number): Promise<void> {
  await sql`
    INSERT INTO mailbox_watches (mailbox, wanted_since, wanted_at)
    VALUES (${mailbox}, ${instant(at)}::timestamptz, ${instant(at)}::timestamptz)
    ON CONFLICT (mailbox) DO UPDATE SET
      wanted_since = CASE WHEN mailbox_watches.wanted_at < ${instant(at - WANTED_WITHIN_MS)}::timestamptz
        THEN excluded.wanted_since ELSE mailbox_watches.wanted_since END,
      wanted_at = greatest(mailbox_watches.wanted_at, excluded.wanted_at)`.execute(db);
}

/** Notes that a mailbox was looked into to its end, or why it was not. */
export async function noteLook(
  db: Db,
  {
    mailbox,
    at,
    failure,
  }: { readonly mailbox: string; readonly at: number; readonly failure: string | null },
): Promise<void> {
  await db
    .updateTable('mailbox_watches')
    .set({ failure, ...(failure === null && { reached_at: new Date(at) }) })
    .where('mailbox', '=', mailbox)
    .execute();
}
