import { type Selectable, sql } from 'kysely';

import type { PageTarget } from '../domain/incident.ts';
import type { Ladder } from '../domain/rules.ts';
import type { PageReason, PageState } from '../domain/vocabulary.ts';
import { pageOf, placeOf } from './cursor.ts';
import type { Db } from './database.ts';
import { tellInbox } from './inbox.ts';
import { epochMs, instant } from './instants.ts';
import { tellSenders, tellTheOthers } from './pager-messages.ts';
import { attemptsOf, type PageAttempt } from './page-attempts.ts';
import type { Pages } from './schema-types.ts';

/** A call to a human. Rounds and rungs are numbered as the caller numbers them. */
export interface Page {
  readonly id: string;
  readonly incidentId: string;
  readonly reason: PageReason;
  readonly target: PageTarget;
  /** As it was when the page began this ring. */
  readonly ladder: Ladder;
  readonly state: PageState;
  readonly ring: number;
  /** The step climbed last in this ring; null before the first. */
  readonly climbed: { readonly round: number; readonly rung: number; readonly at: number } | null;
  /** Null when no step is left, and when the page has ended. */
  readonly next: NextStep | null;
  readonly startsAt: number;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
  /** Who said in this ring that they cannot take it, in that order. */
  readonly declinedBy: readonly string[];
  readonly endedAt: number | null;
  readonly cancelledBecause: string | null;
  readonly noteTextId: string | null;
  /** Rungs of all rings that had nobody, in the order they were climbed. */
  readonly skipped: readonly SkippedRung[];
  /** Of all rings, in the order they were due. */
  readonly attempts: readonly PageAttempt[];
}

export interface SkippedRung {
  readonly ring: number;
  readonly round: number;
  readonly rung: number;
  readonly at: number;
  /** What each target of the rung lacked. */
  readonly why: string;
}

export interface NextStep {
  readonly round: number;
  readonly rung: number;
  readonly nextStepAt: number;
}

export interface NewRing {
  readonly pageId: string;
  readonly incidentId: string;
  readonly reason: PageReason;
  readonly target: PageTarget;
  readonly ladder: Ladder;
  /** 1, and one more each time it begins again. */
  readonly ring: number;
  readonly startsAt: number;
  readonly noteTextId: string | null;
  /** The first step; null for a ladder without rungs. */
  readonly next: NextStep | null;
}

/**
 * Lets a page ring, or ring again from its first rung. Called again for the same ring, or late for an earlier one, it
 * changes nothing. An acknowledgement that the process did not know when it decided on this ring stands: the page is then
 * `acknowledged`, because its author was told so.
 *
 * @returns the page as it is now.
 */
export async function openPage(db: Db, ring: NewRing): Promise<Page> {
  // Nearly always it is new: then this is all, which tells when a thousand begin in one instant.
  const inserted = await db
    .insertInto('pages')
    .values({ ...ringColumns(ring), id: ring.pageId, incident_id: ring.incidentId })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted !== undefined) return toPage(inserted, []);
  return db.transaction().execute(async (transaction) => {
    await ringAgain(transaction, ring);
    return requirePage(transaction, ring.pageId);
  });
}

/** Null when there is none. */
export async function readPage(db: Db, pageId: string): Promise<Page | null> {
  const rows = await db.selectFrom('pages').selectAll().where('id', '=', pageId).execute();
  const [page] = await withAttempts(db, rows);
  return page ?? null;
}

export interface PageQuery {
  readonly incidentId?: string;
  readonly state?: PageState;
  /** Somebody to whom it sent a message. */
  readonly person?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * From the one that started last to the first. `nextCursor` is null at the end of the list.
 *
 * @throws {MalformedCursor}
 */
export async function listPages(
  db: Db,
  { incidentId, state, person, limit, cursor }: PageQuery,
): Promise<{ readonly items: readonly Page[]; readonly nextCursor: string | null }> {
  let query = db
    .selectFrom('pages')
    .selectAll()
    .orderBy('starts_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (incidentId !== undefined) query = query.where('incident_id', '=', incidentId);
  if (state !== undefined) query = query.where('state', '=', state);
  if (person !== undefined) {
    query = query.where(
      'id',
      'in',
      db.selectFrom('page_attempts').select('page_id').where('person', '=', person),
    );
  }
  if (cursor !== undefined) {
    const { at, id } = placeOf(cursor);
    query = query.where(sql<boolean>`(starts_at, id) < (${new Date(at)}, ${id})`);
  }
  const { items, nextCursor } = pageOf(await query.execute(), limit, (row) => ({
    at: epochMs(row.starts_at),
    id: row.id,
  }));
  return { items: await withAttempts(db, items), nextCursor };
}

/** All that ring, in no order: what is to be alive in the workflow engine. */
export async function ringingPages(db: Db): Promise<readonly Page[]> {
  const rows = await db.selectFrom('pages').selectAll().where('state', '=', 'ringing').execute();
  return withAttempts(db, rows);
}

export interface PageAnswer {
  readonly pageId: string;
  readonly by: string;
  readonly at: number;
  readonly factId: string;
}

/**
 * Takes a page that rings or is exhausted, and tells the incident and the others whom it has reached. From its answer on
 * no step of the page is climbed, and none of its messages is begun to be sent.
 *
 * @returns `won` for the first, and for the same fact told again; the page says who has it. The page is null when there
 *   is none.
 */
export async function acknowledgePage(
  db: Db,
  { pageId, by, at, factId }: PageAnswer,
): Promise<{ readonly won: boolean; readonly page: Page | null }> {
  const told = await db.transaction().execute(async (transaction) => {
    const taken = await take(transaction, { pageId, by, at, factId });
    if (taken !== null) await tellTheOthers(transaction, { pageId, by, at });
    return taken;
  });
  if (told !== null) {
    tellInbox(db, told);
    tellSenders(db);
  }
  const rows = await db.selectFrom('pages').selectAll().where('id', '=', pageId).execute();
  const [page] = await withAttempts(db, rows);
  // Told again, it finds itself; told for the first time, the page may have begun another ring meanwhile.
  return { won: told !== null || rows[0]?.acknowledged_fact === factId, page: page ?? null };
}

/** @returns the incident that has heard of it; null when the page was not there to be taken. */
async function take(db: Db, { pageId, by, at, factId }: PageAnswer): Promise<string | null> {
  const fact = { type: 'page-acknowledged', pageId };
  const { rows } = await sql<{ incident_id: string }>`
    WITH taken AS (
      UPDATE pages
      SET state = 'acknowledged', acknowledged_by = ${by}, acknowledged_at = ${instant(at)}, acknowledged_fact = ${factId},
        ended_at = ${instant(at)}, next_round = NULL, next_rung = NULL, next_step_at = NULL
      WHERE id = ${pageId} AND state IN ('ringing', 'exhausted')
      RETURNING incident_id
    )
    INSERT INTO inbox (id, incident_id, by, at, fact)
    SELECT ${factId}, incident_id, ${by}, ${instant(at)}, ${JSON.stringify(fact)}::jsonb FROM taken
    RETURNING incident_id`.execute(db);
  return rows[0]?.incident_id ?? null;
}

/**
 * "Not me": a page that rings climbs now instead of waiting for this person, and the incident is told, in one statement.
 * Its next step is brought forward, and `hurriedPages` has it until its workflow was told. Before its first step it climbs
 * no earlier: that one would call who has just declined. The end of the ladder comes in its time; the page can be taken
 * until then.
 *
 * @returns `won` when it was declined now, and for the same fact told again; not for somebody who has declined this ring
 *   before, nor when it does not ring. The page is null when there is none.
 */
export async function declinePage(
  db: Db,
  { pageId, by, at, factId }: PageAnswer,
): Promise<{ readonly won: boolean; readonly page: Page | null }> {
  const fact = { type: 'page-declined', pageId };
  const isClimbing = sql`(round IS NOT NULL AND next_step_at IS NOT NULL)`;
  const told = await sql<{ incident_id: string }>`
    WITH declined AS (
      UPDATE pages
      SET declined_by = array_append(declined_by, ${by}),
        next_step_at = CASE WHEN ${isClimbing} THEN least(next_step_at, ${instant(at)}) ELSE next_step_at END,
        hurried = hurried OR ${isClimbing}
      WHERE id = ${pageId} AND state = 'ringing' AND NOT ${by} = ANY (declined_by)
        AND NOT EXISTS (SELECT FROM inbox WHERE id = ${factId})
      RETURNING incident_id
    )
    INSERT INTO inbox (id, incident_id, by, at, fact)
    SELECT ${factId}, incident_id, ${by}, ${instant(at)}, ${JSON.stringify(fact)}::jsonb FROM declined
    RETURNING incident_id`.execute(db);
  for (const { incident_id } of told.rows) tellInbox(db, incident_id);
  const page = await readPage(db, pageId);
  return { won: told.rows.length > 0 || (await isTold(db, factId)), page };
}

async function isTold(db: Db, factId: string): Promise<boolean> {
  const fact = await db.selectFrom('inbox').select('id').where('id', '=', factId).executeTakeFirst();
  return fact !== undefined;
}

/** Ends a page that nobody needs any more, acknowledged or not. Cancelling again keeps the first reason. */
export async function cancelPage(
  db: Db,
  { pageId, because, at }: { readonly pageId: string; readonly because: string; readonly at: number },
): Promise<void> {
  await db
    .updateTable('pages')
    .set((eb) => ({
      state: 'cancelled',
      cancelled_because: because,
      ended_at: eb.fn.coalesce('ended_at', eb.val(new Date(at))),
      ...NO_NEXT_STEP,
    }))
    .where('id', '=', pageId)
    .where('state', '<>', 'cancelled')
    .execute();
}

/** Pages that have ended and whose workflow is still to be told so, by `markTold`. */
export async function endedAndRunning(
  db: Db,
): Promise<readonly { readonly pageId: string; readonly ring: number }[]> {
  return db
    .selectFrom('pages')
    .select(['id as pageId', 'ring'])
    .where('is_running', '=', true)
    .where('state', '<>', 'ringing')
    .execute();
}

/** The ring is named because the page may have begun again meanwhile, with a workflow that has been told nothing. */
export async function markTold(
  db: Db,
  { pageId, ring }: { readonly pageId: string; readonly ring: number },
): Promise<void> {
  await db
    .updateTable('pages')
    .set({ is_running: false })
    .where('id', '=', pageId)
    .where('ring', '=', ring)
    .where('state', '<>', 'ringing')
    .execute();
}

/** A page that rings and whose next step was brought forward to that instant (epoch ms; null where none is left since). */
export interface HurriedPage {
  readonly pageId: string;
  readonly ring: number;
  readonly nextStepAt: number | null;
}

/** Pages whose workflow is still to be told that it waits too long, by `markHurryTold`. */
export async function hurriedPages(db: Db): Promise<readonly HurriedPage[]> {
  const rows = await db
    .selectFrom('pages')
    .select(['id', 'ring', 'next_step_at'])
    .where('state', '=', 'ringing')
    .where('hurried', '=', true)
    .execute();
  return rows.map(({ id, ring, next_step_at }) => ({ pageId: id, ring, nextStepAt: epochMs(next_step_at) }));
}

/** The step is named by its instant: meanwhile the page may have climbed, and somebody else declined. */
export async function markHurryTold(db: Db, { pageId, ring, nextStepAt }: HurriedPage): Promise<void> {
  await db
    .updateTable('pages')
    .set({ hurried: false })
    .where('id', '=', pageId)
    .where('ring', '=', ring)
    .where('next_step_at', 'is not distinct from', instant(nextStepAt))
    .execute();
}

const NO_NEXT_STEP = { next_round: null, next_rung: null, next_step_at: null } as const;

function ringColumns({ reason, target, ladder, ring, startsAt, noteTextId, next }: NewRing) {
  return {
    reason,
    target: JSON.stringify(target),
    ladder: JSON.stringify(ladder),
    state: 'ringing',
    ring,
    round: null,
    rung: null,
    due_at: null,
    climbed_at: null,
    next_round: next?.round ?? null,
    next_rung: next?.rung ?? null,
    next_step_at: instant(next?.nextStepAt ?? null),
    starts_at: new Date(startsAt),
    acknowledged_by: null,
    acknowledged_at: null,
    acknowledged_fact: null,
    declined_by: [] as string[],
    hurried: false,
    ended_at: null,
    cancelled_because: null,
    note_text_id: noteTextId,
    is_running: true,
  } as const;
}

async function ringAgain(transaction: Db, newRing: NewRing): Promise<void> {
  const { pageId, ring } = newRing;
  const row = await transaction
    .selectFrom('pages')
    .selectAll()
    .where('id', '=', pageId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (row.ring >= ring) return;
  const isTaken = row.state === 'acknowledged' && (await isTakenSince(transaction, row, ring));
  await transaction
    .updateTable('pages')
    .set(isTaken ? { ring, is_running: true } : ringColumns(newRing))
    .where('id', '=', pageId)
    .execute();
}

/** True when the acknowledgement reached the process only after it had decided that the page begins this ring. */
async function isTakenSince(transaction: Db, row: Selectable<Pages>, ring: number): Promise<boolean> {
  const fact = await transaction
    .selectFrom('inbox')
    .select('filed_seq')
    .where('id', '=', row.acknowledged_fact)
    .executeTakeFirst();
  if (fact === undefined || fact.filed_seq === null) return fact !== undefined;
  const decided = await transaction
    .selectFrom('events')
    .select('seq')
    .where('incident_id', '=', row.incident_id)
    .where(
      sql<boolean>`body ->> 'type' IN ('page-rang-again', 'page-handed-on') AND body ->> 'pageId' = ${row.id}`,
    )
    .orderBy('seq')
    // The first ring has no such event.
    .offset(ring - 2)
    .limit(1)
    .executeTakeFirst();
  return decided !== undefined && fact.filed_seq > decided.seq;
}

async function requirePage(db: Db, pageId: string): Promise<Page> {
  const page = await readPage(db, pageId);
  if (page === null) throw new Error(`Page ${pageId} was just written and is not there`);
  return page;
}

async function withAttempts(db: Db, rows: readonly Selectable<Pages>[]): Promise<readonly Page[]> {
  const attempts = await attemptsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => toPage(row, attempts.get(row.id) ?? []));
}

function toPage(row: Selectable<Pages>, attempts: readonly PageAttempt[]): Page {
  return {
    id: row.id,
    incidentId: row.incident_id,
    reason: row.reason,
    target: row.target,
    ladder: row.ladder,
    state: row.state,
    ring: row.ring,
    climbed:
      row.round === null || row.rung === null || row.climbed_at === null
        ? null
        : { round: row.round, rung: row.rung, at: epochMs(row.climbed_at) },
    next:
      row.next_round === null || row.next_rung === null || row.next_step_at === null
        ? null
        : { round: row.next_round, rung: row.next_rung, nextStepAt: epochMs(row.next_step_at) },
    startsAt: epochMs(row.starts_at),
    acknowledgedBy: row.acknowledged_by,
    acknowledgedAt: epochMs(row.acknowledged_at),
    declinedBy: row.declined_by,
    endedAt: epochMs(row.ended_at),
    cancelledBecause: row.cancelled_because,
    noteTextId: row.note_text_id,
    skipped: row.skipped,
    attempts,
  };
}
