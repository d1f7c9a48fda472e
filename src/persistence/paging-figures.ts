import { sql } from 'kysely';

import type { PageReason } from '../domain/vocabulary.ts';
import type { Db } from './database.ts';
import { instant } from './instants.ts';
import type { Period } from './rotas.ts';

/** Every figure is drawn from these pages; those of incidents that do not count are left out here, and only here. */
const COUNTED_PAGES = sql`SELECT pages.* FROM pages JOIN incidents ON incidents.id = pages.incident_id
  WHERE NOT incidents.is_test`;

/** A page that began to ring in the period. One that rang again counts from its last ring. */
export interface RungPage {
  readonly reason: PageReason;
  /** From when it began to ring until somebody took it; null when nobody did. */
  readonly answeredAfterMs: number | null;
  /** Nobody but those of the first rung had been called by then. */
  readonly isAnsweredOnFirstRung: boolean;
}

export async function rungPages(db: Db, { from, until }: Period): Promise<readonly RungPage[]> {
  const { rows } = await sql<RungPage>`
    WITH counted AS (${COUNTED_PAGES})
    SELECT reason,
      CASE WHEN acknowledged_at IS NOT NULL
        -- Armed ahead, it can be taken before its instant.
        THEN round(extract(epoch FROM greatest(acknowledged_at - starts_at, interval '0')) * 1000)::float8
      END AS "answeredAfterMs",
      acknowledged_at IS NOT NULL AND (round IS NULL OR (round, rung) = (1, 1)) AS "isAnsweredOnFirstRung"
    FROM counted
    WHERE starts_at >= ${instant(from)} AND starts_at < ${instant(until)}
    ORDER BY starts_at, id`.execute(db);
  return rows;
}

/** What was sent to somebody in the period, and reached the far side. */
export interface PersonPages {
  readonly username: string;
  /** Messages that carried pages. */
  readonly messages: number;
  readonly pages: number;
  /** Those of which some message left between 22:00 and 07:00 on the wall. */
  readonly nightPages: number;
  /** Pages that they took in the period, called or not. */
  readonly acknowledged: number;
}

/** By username. */
export async function pagesByPerson(
  db: Db,
  period: Period,
  timeZone: string,
): Promise<readonly PersonPages[]> {
  const { rows } = await sql<PersonPages>`
    WITH counted AS (${COUNTED_PAGES}), sent AS (${sentIn(period, timeZone)}), called AS (
      SELECT person, count(DISTINCT message)::int AS messages, count(DISTINCT page_id)::int AS pages,
        count(DISTINCT page_id) FILTER (WHERE is_night)::int AS night_pages
      FROM sent GROUP BY person
    ), took AS (
      SELECT acknowledged_by AS person, count(*)::int AS acknowledged FROM counted
      WHERE acknowledged_at >= ${instant(period.from)} AND acknowledged_at < ${instant(period.until)}
      GROUP BY acknowledged_by
    )
    SELECT person AS username, coalesce(messages, 0) AS messages, coalesce(pages, 0) AS pages,
      coalesce(night_pages, 0) AS "nightPages", coalesce(acknowledged, 0) AS acknowledged
    FROM called FULL JOIN took USING (person) ORDER BY person`.execute(db);
  return rows;
}

/** Pages that reached somebody because they were on call. */
export interface RotaPages {
  readonly rota: string;
  readonly username: string;
  readonly pages: number;
  readonly nightPages: number;
}

/** By rota and username. An attempt says which rota it was called by: later changes of the rota do not move it. */
export async function pagesByRota(db: Db, period: Period, timeZone: string): Promise<readonly RotaPages[]> {
  const { rows } = await sql<RotaPages>`
    WITH counted AS (${COUNTED_PAGES}), sent AS (${sentIn(period, timeZone)})
    SELECT substring(why FROM ${ON_CALL_FOR}) AS rota, person AS username, count(DISTINCT page_id)::int AS pages,
      count(DISTINCT page_id) FILTER (WHERE is_night)::int AS "nightPages"
    FROM sent WHERE why ~ ${ON_CALL_FOR}
    GROUP BY 1, 2 ORDER BY 1, 2`.execute(db);
  return rows;
}

/** How an attempt to somebody on call says why. */
const ON_CALL_FOR = '^on call for ([^,]+),';

/** Attempts on counted pages whose message left in the period. */
function sentIn({ from, until }: Period, timeZone: string) {
  return sql`
    SELECT a.person, a.page_id, a.message, a.why, left_at >= '22:00' OR left_at < '07:00' AS is_night
    FROM page_attempts a JOIN counted ON counted.id = a.page_id JOIN pager_messages m ON m.id = a.message,
      LATERAL (SELECT (m.sent_at AT TIME ZONE ${timeZone})::time AS left_at) AS wall
    WHERE m.sent_at >= ${instant(from)} AND m.sent_at < ${instant(until)}`;
}
