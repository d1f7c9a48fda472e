import { sql } from 'kysely';

import type { ChatProvider } from '../domain/incident-channel.ts';
import { storableText } from '../domain/text-layout.ts';
import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';

/** Which channel: of an incident, by its number. */
export interface ChannelKey {
  readonly incidentId: string;
  readonly n: number;
}

export interface KeptChannel extends ChannelKey {
  readonly provider: ChatProvider;
  readonly room: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly mark: string | null;
  /** Null while it is read. */
  readonly closedAt: number | null;
}

export interface ChannelMessage {
  readonly id: string;
  readonly at: number;
  readonly author: string;
  readonly text: string;
}

/** From now on it is read. Kept twice, it is there once. */
export async function keepChannel(
  db: Db,
  channel: Omit<KeptChannel, 'mark' | 'closedAt'> & { readonly at: number },
): Promise<void> {
  const { incidentId, n, provider, room, name, isPrivate, at } = channel;
  await db
    .insertInto('channels')
    .values({
      ...{ incident_id: incidentId, n, provider, room, name, is_private: isPrivate },
      ...{ opened_at: instant(at), read_next_at: instant(at) },
    })
    .onConflict((conflict) => conflict.columns(['incident_id', 'n']).doNothing())
    .execute();
}

export async function channelOf(db: Db, { incidentId, n }: ChannelKey): Promise<KeptChannel | null> {
  const row = await db
    .selectFrom('channels')
    .selectAll()
    .where('incident_id', '=', incidentId)
    .where('n', '=', n)
    .executeTakeFirst();
  return row === undefined ? null : toChannel(row);
}

/** Channels whose turn it is, from now on read by `reader` and by nobody else, for as long as it comes back in time. */
export async function claimChannels(
  db: Db,
  {
    provider,
    reader,
    at,
    untilAt,
    limit,
  }: {
    readonly provider: ChatProvider;
    readonly reader: string;
    readonly at: number;
    /** When another may take over. */
    readonly untilAt: number;
    readonly limit: number;
  },
): Promise<readonly KeptChannel[]> {
  const rows = await db
    .updateTable('channels')
    .set({ reader, reader_until: instant(untilAt) })
    .where((row) =>
      row(
        sql`(incident_id, n)`,
        'in',
        row
          .selectFrom('channels')
          .select(['incident_id', 'n'])
          .where('provider', '=', provider)
          .where('closed_at', 'is', null)
          .where('read_next_at', '<=', instant(at))
          .where((one) =>
            one.or([
              one('reader', '=', reader),
              one('reader_until', 'is', null),
              one('reader_until', '<', instant(at)),
            ]),
          )
          .orderBy('read_next_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      ),
    )
    .returningAll()
    .execute();
  return rows.map(toChannel);
}

/** Keeps what was said and how far that was, together: what is read twice stands in the log once. */
export async function keepMessages(
  db: Db,
  { incidentId, n }: ChannelKey,
  {
    messages,
    mark,
    readNextAt,
  }: {
    readonly messages: readonly ChannelMessage[];
    readonly mark: string | null;
    readonly readNextAt: number;
  },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    if (messages.length > 0) {
      await transaction
        .insertInto('channel_messages')
        .values(
          messages.map(({ id, at, author, text }) => ({
            ...{ incident_id: incidentId, n, id, said_at: instant(at) },
            ...{ author: storableText(author), text: storableText(text) },
          })),
        )
        .onConflict((conflict) => conflict.columns(['incident_id', 'n', 'id']).doNothing())
        .execute();
    }
    await transaction
      .updateTable('channels')
      .set({ mark, read_next_at: instant(readNextAt) })
      .where('incident_id', '=', incidentId)
      .where('n', '=', n)
      .execute();
  });
}

export async function postponeReading(db: Db, { incidentId, n }: ChannelKey, until: number): Promise<void> {
  await db
    .updateTable('channels')
    .set({ read_next_at: instant(until) })
    .where('incident_id', '=', incidentId)
    .where('n', '=', n)
    .execute();
}

export async function endChannel(db: Db, { incidentId, n }: ChannelKey, at: number): Promise<void> {
  await db
    .updateTable('channels')
    .set({ closed_at: instant(at) })
    .where('incident_id', '=', incidentId)
    .where('n', '=', n)
    .where('closed_at', 'is', null)
    .execute();
}

export interface LoggedChannel extends KeptChannel {
  readonly messages: readonly ChannelMessage[];
}

/** Everything that was said in an incident's channels, in the order of time. */
export async function chatLogOf(db: Db, incidentId: string): Promise<readonly LoggedChannel[]> {
  const [channels, messages] = await Promise.all([
    db.selectFrom('channels').selectAll().where('incident_id', '=', incidentId).orderBy('n').execute(),
    db
      .selectFrom('channel_messages')
      .selectAll()
      .where('incident_id', '=', incidentId)
      .orderBy('n')
      .orderBy('said_at')
      .orderBy('place')
      .execute(),
  ]);
  return channels.map((row) => ({
    ...toChannel(row),
    messages: messages
      .filter(({ n }) => n === row.n)
      .map(({ id, said_at, author, text }) => ({ id, at: epochMs(said_at), author, text })),
  }));
}

function toChannel(row: {
  readonly incident_id: string;
  readonly n: number;
  readonly provider: string;
  readonly room: string;
  readonly name: string;
  readonly is_private: boolean;
  readonly mark: string | null;
  readonly closed_at: Date | null;
}): KeptChannel {
  return {
    incidentId: row.incident_id,
    n: row.n,
    provider: row.provider as ChatProvider,
    room: row.room,
    name: row.name,
    isPrivate: row.is_private,
    mark: row.mark,
    closedAt: epochMs(row.closed_at),
  };
}
