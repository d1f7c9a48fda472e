import { sql } from 'kysely';

import type { Fact } from '../domain/commands.ts';
import type { IncidentEvent } from '../domain/events.ts';
import { decodeCursor, encodeCursor, MalformedCursor } from './cursor.ts';
import type { Db } from './database.ts';
import { EVENT_COLUMNS, eventOf } from './events.ts';
import { epochMs } from './instants.ts';
import { textIdsOf } from './text-ids.ts';
import { readTexts } from './texts.ts';

/** A line of the timeline: an event with its number and hash, or a fact that is received and being filed. */
export type TimelineItem = (
  | { readonly seq: number; readonly hash: string; readonly event: IncidentEvent; readonly fact: null }
  | { readonly seq: null; readonly hash: null; readonly event: null; readonly fact: Fact }
) & {
  /** The texts it names, by id; one that was destroyed is missing. */
  readonly texts: ReadonlyMap<string, unknown>;
};

/**
 * The events in their order, then the facts that have no number yet, in the order they were told. A fact that was shown
 * in one page and is filed before the next is asked for comes again there as an event: `event.commandId` is its factId.
 *
 * @throws {MalformedCursor}
 */
export async function readTimeline(
  db: Db,
  incidentId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<{ readonly items: readonly TimelineItem[]; readonly nextCursor: string | null }> {
  const place = cursor === undefined ? START : placeOf(cursor);
  // One snapshot, or a fact filed between two statements would be in both lists or in neither.
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return snapshot.execute(async (transaction) => {
    const lines = await readLines(transaction, { incidentId, place, limit: limit + 1 });
    const shown = lines.slice(0, limit);
    const texts = await readTexts(transaction, shown.flatMap(textIdsOfLine));
    const last = shown.at(-1);
    return {
      items: shown.map(({ item }) => ({ ...item, texts: only(texts, textIdsOfLine({ item })) })),
      nextCursor: lines.length > limit && last !== undefined ? encodeCursor(last.place) : null,
    };
  });
}

/** One line by its number; null when there is none. */
export async function readTimelineLine(
  db: Db,
  incidentId: string,
  seq: number,
): Promise<TimelineItem | null> {
  const before: Place = [seq - 1, 0, ''];
  const { items } = await readTimeline(db, incidentId, { limit: 1, cursor: encodeCursor(before) });
  return items.find((item) => item.seq === seq) ?? null;
}

/** The last event shown, and the last fact shown: when it was written, in microseconds, and its id. */
type Place = readonly [seq: number, toldAtMicros: number, factId: string];

const START: Place = [0, 0, ''];

type Untold<Item> = Item extends unknown ? Omit<Item, 'texts'> : never;

interface Line {
  readonly item: Untold<TimelineItem>;
  readonly place: Place;
}

async function readLines(
  transaction: Db,
  {
    incidentId,
    place,
    limit,
  }: { readonly incidentId: string; readonly place: Place; readonly limit: number },
): Promise<readonly Line[]> {
  const events = await eventLines(transaction, incidentId, place, limit);
  const afterEvents: Place = events.at(-1)?.place ?? place;
  return [...events, ...(await factLines(transaction, incidentId, afterEvents, limit - events.length))];
}

async function eventLines(
  transaction: Db,
  incidentId: string,
  [seq, toldAt, factId]: Place,
  limit: number,
): Promise<readonly Line[]> {
  const rows = await transaction
    .selectFrom('events')
    .select([...EVENT_COLUMNS, 'hash'])
    .where('incident_id', '=', incidentId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    item: { seq: row.seq, hash: row.hash.toString('hex'), event: eventOf(row), fact: null },
    place: [row.seq, toldAt, factId],
  }));
}

async function factLines(
  transaction: Db,
  incidentId: string,
  [seq, toldAt, factId]: Place,
  limit: number,
): Promise<readonly Line[]> {
  const rows = await transaction
    .selectFrom('inbox')
    .select(['id', 'by', 'at', 'fact', TOLD_AT.as('told_at')])
    .where('incident_id', '=', incidentId)
    .where('filed_seq', 'is', null)
    .where(sql<boolean>`(${TOLD_AT}, id) > (${toldAt}::bigint, ${factId})`)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    item: {
      seq: null,
      hash: null,
      event: null,
      fact: { factId: row.id, by: row.by, at: epochMs(row.at), fact: row.fact },
    },
    place: [seq, Number(row.told_at), row.id],
  }));
}

function textIdsOfLine({ item }: Pick<Line, 'item'>): readonly string[] {
  return textIdsOf(item.event === null ? item.fact.fact : item.event.body);
}

function only(texts: ReadonlyMap<string, unknown>, ids: readonly string[]): ReadonlyMap<string, unknown> {
  return new Map(ids.filter((id) => texts.has(id)).map((id) => [id, texts.get(id)]));
}

/** A bigint, which the driver gives as text; below what a number holds exactly until the year 2255. */
const TOLD_AT = sql<string>`(extract(epoch FROM created_at) * 1000000)::bigint`;

function placeOf(cursor: string): Place {
  const [seq, toldAt, factId, ...rest] = decodeCursor(cursor);
  const isPlace =
    isCount(seq, MAX_SEQ) && isCount(toldAt, Number.MAX_SAFE_INTEGER) && typeof factId === 'string';
  if (!isPlace || rest.length > 0) throw new MalformedCursor();
  return [seq, toldAt, factId];
}

/** Of a Postgres integer: a greater one would be refused there as a mistake of ours. */
const MAX_SEQ = 2 ** 31 - 1;

function isCount(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
