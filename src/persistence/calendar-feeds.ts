import { type Selectable, sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';
import type { CalendarFeeds } from './schema-types.ts';

/** What a person may have a feed of, once. */
export interface FeedOf {
  readonly username: string;
  /** The rota whose shifts are in it; null for the person's own shifts, in every rota. */
  readonly rota: string | null;
}

export interface CalendarFeed extends FeedOf {
  /** Of this feed until it is renewed. */
  readonly id: string;
  readonly madeAt: number;
}

/** The feed as it is; made where there was none. */
export async function openFeed(db: Db, feed: CalendarFeed): Promise<CalendarFeed> {
  return keep(db, feed, sql`id = calendar_feeds.id`);
}

/** Makes it anew: its address of before is worth nothing. */
export async function renewFeed(db: Db, feed: CalendarFeed): Promise<CalendarFeed> {
  return keep(db, feed, sql`id = excluded.id, made_at = excluded.made_at`);
}

async function keep(
  db: Db,
  { id, username, rota, madeAt }: CalendarFeed,
  otherwise: ReturnType<typeof sql>,
): Promise<CalendarFeed> {
  const { rows } = await sql<Selectable<CalendarFeeds>>`
    INSERT INTO calendar_feeds (id, username, rota, made_at)
    VALUES (${id}, ${username}, ${rota}, ${instant(madeAt)}::timestamptz)
    ON CONFLICT (username, rota) DO UPDATE SET ${otherwise}
    RETURNING *`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('an upsert gave no row');
  return toFeed(row);
}

export async function endFeed(db: Db, { username, rota }: FeedOf): Promise<void> {
  await db
    .deleteFrom('calendar_feeds')
    .where('username', '=', username)
    .where('rota', 'is not distinct from', rota)
    .execute();
}

export async function feedsOf(db: Db, username: string): Promise<readonly CalendarFeed[]> {
  const rows = await db
    .selectFrom('calendar_feeds')
    .selectAll()
    .where('username', '=', username)
    .orderBy(sql`rota NULLS FIRST`)
    .execute();
  return rows.map(toFeed);
}

export async function feedOfId(db: Db, id: string): Promise<CalendarFeed | null> {
  const row = await db.selectFrom('calendar_feeds').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toFeed(row);
}

function toFeed({ id, username, rota, made_at }: Selectable<CalendarFeeds>): CalendarFeed {
  return { id, username, rota, madeAt: epochMs(made_at) };
}
