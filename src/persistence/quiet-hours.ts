import { sql } from 'kysely';

import type { QuietHours } from '../domain/quiet-hours.ts';
import type { Db } from './database.ts';
import { tellSenders } from './pager-messages.ts';

export interface QuietHoursOf extends QuietHours {
  readonly username: string;
}

export async function allQuietHours(db: Db): Promise<readonly QuietHoursOf[]> {
  const rows = await db.selectFrom('quiet_hours').selectAll().execute();
  return rows.map(({ username, from_minute, until_minute, time_zone }) => ({
    username,
    fromMinute: from_minute,
    untilMinute: until_minute,
    timeZone: time_zone,
  }));
}

/** Null where the person has none. */
export async function quietHoursOf(db: Db, username: string): Promise<QuietHours | null> {
  const row = await db
    .selectFrom('quiet_hours')
    .selectAll()
    .where('username', '=', username)
    .executeTakeFirst();
  return row === undefined
    ? null
    : { fromMinute: row.from_minute, untilMinute: row.until_minute, timeZone: row.time_zone };
}

/** Null takes them back. What waits for the end of those before is looked at anew. */
export async function setQuietHours(db: Db, username: string, hours: QuietHours | null): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    if (hours === null) {
      await transaction.deleteFrom('quiet_hours').where('username', '=', username).execute();
    } else {
      const { fromMinute: from_minute, untilMinute: until_minute, timeZone: time_zone } = hours;
      const row = { from_minute, until_minute, time_zone };
      await transaction
        .insertInto('quiet_hours')
        .values({ username, ...row })
        .onConflict((conflict) => conflict.column('username').doUpdateSet(row))
        .execute();
    }
    await sql`
      UPDATE pager_messages SET held_until = NULL
      WHERE person = ${username} AND outcome IS NULL AND held_until IS NOT NULL`.execute(transaction);
  });
  tellSenders(db);
}
