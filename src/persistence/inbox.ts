import { sql } from 'kysely';
import type pg from 'pg';

import type { Fact, FactBody } from '../domain/commands.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';
import { notify, onNotification } from './notifications.ts';
import { insertTexts, type NewText } from './texts.ts';

/** A fact as its teller brings it. `factId` names it for good: told again under the same id, it is the same fact. */
export interface ToldFact {
  readonly factId: string;
  readonly incidentId: string;
  readonly by: string;
  readonly at: number;
  readonly fact: FactBody;
}

const CHANNEL = 'tocsin_inbox';

/**
 * Writes a fact and its words, and tells whoever listens to the inbox.
 *
 * @returns false when that fact had been written before; nothing changes then.
 */
export async function writeFact(
  db: Db,
  { texts = [], ...told }: ToldFact & { readonly texts?: readonly NewText[] },
): Promise<boolean> {
  const isNew = await db
    .transaction()
    .execute((transaction) => writeFactWithin(transaction, { texts, ...told }));
  if (isNew) tellInbox(db, told.incidentId);
  return isNew;
}

/** The same within the caller's transaction: once that is committed, the caller calls `tellInbox`. */
export async function writeFactWithin(
  transaction: Db,
  { texts, ...told }: ToldFact & { readonly texts: readonly NewText[] },
): Promise<boolean> {
  await insertTexts(transaction, { incidentId: told.incidentId, texts, kept: true });
  const written = await transaction
    .insertInto('inbox')
    .values(factRow(told))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute();
  return written.length > 0;
}

/** To be called once the fact is committed. */
export function tellInbox(db: Db, incidentId: string): void {
  notify(db, CHANNEL, incidentId);
}

/** The row of a fact. Whoever commits it calls `tellInbox`. */
export function factRow({ factId, incidentId, by, at, fact }: ToldFact) {
  return { id: factId, incident_id: incidentId, by, at: new Date(at), fact: JSON.stringify(fact) };
}

/** A fact that no event has taken up yet. */
export interface UnfiledFact {
  readonly incidentId: string;
  readonly fact: Fact;
  /** False while the incident has no event at all: its process may still have to be started. */
  readonly isBegun: boolean;
}

/** To put all of a backlog of an outage in its order each time would take longer than a statement may. */
const LOOKED_AT = 5000;

/**
 * Facts that no event has taken up yet. Each incident's own come in the order they were told, and every incident gets its
 * first before any gets its second: one that is stuck does not starve the others. Incidents that are under way come
 * before those that are to begin. Of these, reporters take turns, so that one who sends a thousand holds up nobody else, and
 * mail comes after what was phoned in; what was left out by `except` has had its turn.
 *
 * @param except ids of facts that are left out, and take no place from others.
 * @param olderThanMs leaves out what was told so recently that its notification is still being worked on.
 */
export async function unfiled(
  db: Db,
  {
    limit,
    except = [],
    olderThanMs = 0,
  }: { readonly limit: number; readonly except?: readonly string[]; readonly olderThanMs?: number },
): Promise<readonly UnfiledFact[]> {
  const { rows } = await sql<UnfiledOfAllRow>`
    WITH looked_at AS MATERIALIZED (
      SELECT inbox.*, version = 0 AS is_to_begin
      FROM inbox JOIN incidents ON incidents.id = incident_id
      WHERE filed_seq IS NULL AND created_at <= clock_timestamp() - make_interval(secs => ${olderThanMs / 1000})
        AND (version = 0 OR inbox.id <> ALL (${except}::text[]))
      ORDER BY version = 0, created_at LIMIT ${LOOKED_AT}
    )
    SELECT id, incident_id, by, at, fact, NOT is_to_begin AS is_begun
    FROM (
      SELECT looked_at.*,
        count(*) FILTER (WHERE looked_at.id <> ALL (${except}::text[]))
          OVER (PARTITION BY looked_at.incident_id ORDER BY created_at, looked_at.id) AS place,
        CASE WHEN is_to_begin THEN row_number() OVER (
          PARTITION BY is_to_begin, coalesce(lower(body #>> '{reporter,email}'), looked_at.incident_id)
          ORDER BY created_at, looked_at.id) END AS turn
      FROM looked_at LEFT JOIN reports ON is_to_begin AND reports.id = fact ->> 'reportId'
    ) AS waiting
    WHERE id <> ALL (${except}::text[])
    ORDER BY is_to_begin, place, turn, fact ->> 'channel' = 'mail', created_at, id
    LIMIT ${limit}`.execute(db);
  return rows.map(unfiledFactOf);
}

/** Those of these facts that no event has taken up yet, in the order they were told. */
export async function unfiledAmong(db: Db, factIds: readonly string[]): Promise<readonly UnfiledFact[]> {
  if (factIds.length === 0) return [];
  const { rows } = await sql<UnfiledOfAllRow>`
    SELECT inbox.id, incident_id, by, at, fact, version > 0 AS is_begun
    FROM inbox JOIN incidents ON incidents.id = incident_id
    WHERE inbox.id = ANY (${factIds}::text[]) AND filed_seq IS NULL
    ORDER BY created_at, inbox.id`.execute(db);
  return rows.map(unfiledFactOf);
}

/** The same for one incident: all of them, in the order they were told. */
export async function unfiledOf(db: Db, incidentId: string): Promise<readonly Fact[]> {
  const rows = await db
    .selectFrom('inbox')
    .select(['id', 'incident_id', 'by', 'at', 'fact'])
    .where('incident_id', '=', incidentId)
    .where('filed_seq', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(factOf);
}

/** The same for several incidents, by their ids. One of which nothing waits is not in the map. */
export async function unfiledOfEach(
  db: Db,
  incidentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Fact[]>> {
  const facts = new Map<string, Fact[]>();
  if (incidentIds.length === 0) return facts;
  const rows = await db
    .selectFrom('inbox')
    .select(['id', 'incident_id', 'by', 'at', 'fact'])
    .where('incident_id', 'in', incidentIds)
    .where('filed_seq', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  for (const row of rows) facts.set(row.incident_id, [...(facts.get(row.incident_id) ?? []), factOf(row)]);
  return facts;
}

/**
 * Calls `handler` with the incident's id whenever a fact is told, until the returned function is called. It is a
 * promptness only: what is told while Postgres is away from us is found by `unfiled`.
 */
export function listenToInbox(pool: pg.Pool, handler: (incidentId: string) => void): () => void {
  return onNotification(pool, CHANNEL, handler);
}

interface UnfiledRow {
  readonly id: string;
  readonly incident_id: string;
  readonly by: string;
  readonly at: Date;
  readonly fact: FactBody;
}

interface UnfiledOfAllRow extends UnfiledRow {
  readonly is_begun: boolean;
}

function unfiledFactOf(row: UnfiledOfAllRow): UnfiledFact {
  return { incidentId: row.incident_id, fact: factOf(row), isBegun: row.is_begun };
}

function factOf({ id, by, at, fact }: UnfiledRow): Fact {
  return { factId: id, by, at: epochMs(at), fact };
}
