import { type SelectQueryBuilder, sql } from 'kysely';

import type { Incident } from '../domain/incident.ts';
import type { Tlp } from '../domain/tlp.ts';
import { STAGES, type Criticality, type Stage } from '../domain/vocabulary.ts';
import { pageOf, placeOf } from './cursor.ts';
import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';
import type { DB } from './schema-types.ts';

/** All that are given must hold. */
export interface IncidentFilter {
  readonly stage?: Stage;
  readonly criticality?: Criticality;
  readonly tlp?: Tlp;
  readonly lead?: string;
  /** Not ended, and a clock that nothing has stopped is past its time. */
  readonly overdue?: boolean;
  /** The username of somebody who leads it or was appointed to it. */
  readonly mine?: string;
  /** Part of the identifier or of the summary of a report it began with; upper and lower case are one. */
  readonly q?: string;
}

export interface IncidentQuery extends IncidentFilter {
  readonly limit: number;
  readonly cursor?: string;
  readonly now: number;
}

/**
 * Incidents from the newest receipt to the oldest, as last recorded. `nextCursor` is null at the end of the list.
 *
 * @throws {MalformedCursor}
 */
export async function listIncidents(
  db: Db,
  { limit, cursor, now, ...filter }: IncidentQuery,
): Promise<{ readonly items: readonly Incident[]; readonly nextCursor: string | null }> {
  let query = matching(db.selectFrom('incidents').select(['id', 'received_at', 'state']), filter, now)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined) {
    const { at, id } = placeOf(cursor);
    query = query.where(sql<boolean>`(received_at, id) < (${new Date(at)}, ${id})`);
  }
  const { items, nextCursor } = pageOf(await query.execute(), limit, (row) => ({
    at: epochMs(row.received_at),
    id: row.id,
  }));
  return { items: items.map(({ state }) => state), nextCursor };
}

/**
 * Incidents in which somebody may have something to do: by stage, in the order of the process, and from the newest receipt
 * to the oldest.
 *
 * @param endedOf of those that have ended, only what this person leads or was appointed to; null for all.
 */
export async function dutyBearingIds(db: Db, endedOf: string | null): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('incidents')
    .select('id')
    .where('bears_duties', '=', true)
    .$if(endedOf !== null, (query) => query.where(isOpenOrOf(endedOf ?? '')))
    .orderBy(IN_ORDER_OF_STAGES)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(({ id }) => id);
}

/** What an incident's timeline has got: how many lines, and when the last of them was recorded (epoch ms). */
export interface Changed {
  readonly incident: Incident;
  readonly lines: number;
  readonly lastAt: number;
}

/** Incidents of which something was recorded after `since` (epoch ms), in the order of `dutyBearingIds`. */
export async function changedSince(
  db: Db,
  { since, endedOf }: { readonly since: number; readonly endedOf: string | null },
): Promise<readonly Changed[]> {
  const rows = await db
    .with('changed', (query) =>
      query
        .selectFrom('events')
        .where('recorded_at', '>', new Date(since))
        .groupBy('incident_id')
        .select((eb) => [
          'incident_id',
          eb.fn.countAll<string>().as('lines'),
          eb.fn.max('recorded_at').as('last_at'),
        ]),
    )
    .selectFrom('incidents')
    .innerJoin('changed', 'changed.incident_id', 'incidents.id')
    .select(['state', 'lines', 'last_at'])
    .$if(endedOf !== null, (query) => query.where(isOpenOrOf(endedOf ?? '')))
    .orderBy(IN_ORDER_OF_STAGES)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(({ state, lines, last_at }) => ({
    incident: state,
    lines: Number(lines),
    lastAt: epochMs(last_at),
  }));
}

/** As last recorded, in the order in which they are asked for. */
export async function readStates(db: Db, ids: readonly string[]): Promise<readonly Incident[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('incidents').select(['id', 'state']).where('id', 'in', ids).execute();
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  return ids.flatMap((id) => states.get(id) ?? []);
}

/**
 * Incidents whose process must be alive: open ones, and ended ones of which a clock or something outward is left.
 *
 * @param quietSince leaves out what was recorded later (epoch ms), because its process has just shown itself; null
 *   leaves out nothing.
 * @param unbegunSince leaves out what came in later (epoch ms) and of which nothing is recorded yet, because its process
 *   is about to be started for the first time; null leaves out nothing.
 */
export async function unfinishedIncidentIds(
  db: Db,
  { quietSince, unbegunSince }: { readonly quietSince: number | null; readonly unbegunSince: number | null },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('incidents')
    .select('id')
    .where('is_unfinished', '=', true)
    .$if(quietSince !== null, (query) => query.where('updated_at', '<=', instant(quietSince)))
    .$if(unbegunSince !== null, (query) =>
      query.where((eb) => eb.or([eb('version', '>', 0), eb('updated_at', '<=', instant(unbegunSince))])),
    )
    .execute();
  return rows.map(({ id }) => id);
}

function matching(all: Query, filter: IncidentFilter, now: number): Query {
  let query = all;
  if (filter.stage !== undefined) query = query.where('stage', '=', filter.stage);
  if (filter.criticality !== undefined) query = query.where('criticality', '=', filter.criticality);
  if (filter.tlp !== undefined) query = query.where('tlp', '=', filter.tlp);
  if (filter.lead !== undefined) query = query.where('lead', '=', filter.lead);
  if (filter.mine !== undefined) query = query.where(isOf(filter.mine));
  if (filter.q !== undefined) query = query.where(mentions(filter.q));
  if (filter.overdue !== true) return query;
  return query.where('ended_at', 'is', null).where('next_due_at', '<', new Date(now));
}

type Query = SelectQueryBuilder<DB, 'incidents', { id: string; received_at: Date; state: Incident }>;

function isOf(username: string) {
  return sql<boolean>`(lead = ${username} OR team @> ARRAY[${username}])`;
}

function isOpenOrOf(username: string) {
  return sql<boolean>`(ended_at IS NULL OR ${isOf(username)})`;
}

const IN_ORDER_OF_STAGES = sql`array_position(${[...STAGES]}::text[], stage)`;

/** Two look-ups joined, because an OR over two tables would use neither index. */
function mentions(words: string) {
  const pattern = `%${words.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`id IN (
    SELECT id FROM incidents WHERE id ILIKE ${pattern}
    UNION
    SELECT incident_id FROM reports WHERE body ->> 'summary' ILIKE ${pattern}
  )`;
}
