import { sql } from 'kysely';

import { PROCESS } from '../domain/actor.ts';
import type { FactBody } from '../domain/commands.ts';
import type { Db } from './database.ts';
import { tellInbox } from './inbox.ts';
import { instant } from './instants.ts';
import type { NextStep } from './pages.ts';

export interface Step {
  readonly pageId: string;
  readonly ring: number;
  readonly round: number;
  readonly rung: number;
  readonly at: number;
  /** Empty where the rung has nobody: the step is climbed and said all the same. */
  readonly people: readonly { readonly person: string; readonly why: string }[];
  readonly method: string;
  /** The step after this one; null when none is left. */
  readonly next: NextStep | null;
  /** Names the fact of this step; the same one whenever this step is tried again. */
  readonly factId: string;
}

/** What is to be sent now. */
export interface ClaimedAttempt {
  readonly person: string;
  readonly method: string;
  readonly why: string;
  readonly dueAt: number;
}

/**
 * Climbs a step: one statement looks that the page still rings and that this is its next step, moves the page on, writes
 * the attempts and tells the incident. The row's lock decides between this and an acknowledgement: whichever commits
 * first is seen by the other.
 *
 * Tried again after a crash, it gives the attempts of which it is not known that they were sent, as long as the page rings.
 *
 * @returns null when the page does not ring in this ring, or this is not its next step and never was. Otherwise what is
 *   to be sent, which may be nothing.
 */
export async function claimStep(db: Db, step: Step): Promise<readonly ClaimedAttempt[] | null> {
  return (await climb(db, step)) ?? (await unsentOf(db, step));
}

/**
 * The end of the ladder without an acknowledgement: the page can still be taken. Tells the incident. Its workflow ends by
 * itself, so nobody has to tell that one.
 *
 * @returns false when the page does not ring in this ring any more, unless this was what ended it.
 */
export async function exhaustPage(
  db: Db,
  {
    pageId,
    ring,
    at,
    rounds,
    factId,
  }: {
    readonly pageId: string;
    readonly ring: number;
    readonly at: number;
    readonly rounds: number;
    readonly factId: string;
  },
): Promise<boolean> {
  const { rows } = await sql<{ told: string | null }>`
    WITH exhausted AS (
      UPDATE pages
      SET state = 'exhausted', ended_at = ${instant(at)}, is_running = false,
        next_round = NULL, next_rung = NULL, next_step_at = NULL
      WHERE id = ${pageId} AND ring = ${ring} AND state = 'ringing'
      RETURNING incident_id
    ), ${telling('exhausted', { factId, at, fact: { type: 'page-exhausted', pageId, ring, rounds } })}
    SELECT incident_id AS told FROM exhausted
    UNION ALL
    SELECT NULL FROM pages WHERE id = ${pageId} AND ring = ${ring} AND state = 'exhausted'`.execute(db);
  for (const { told } of rows) if (told !== null) tellInbox(db, told);
  return rows.length > 0;
}

async function climb(db: Db, step: Step): Promise<readonly ClaimedAttempt[] | null> {
  const { pageId, ring, round, rung, at, people, next } = step;
  const fact = {
    type: 'page-climbed',
    pageId,
    ring,
    round,
    rung,
    people: people.map(({ person }) => person),
  } as const;
  const { rows } = await sql<{ incident_id: string; attempts: readonly ClaimedAttempt[] }>`
    WITH climbed AS (
      UPDATE pages
      SET round = next_round, rung = next_rung, due_at = next_step_at, climbed_at = ${instant(at)},
        next_round = ${next?.round ?? null}, next_rung = ${next?.rung ?? null},
        next_step_at = ${instant(next?.nextStepAt ?? null)}
      WHERE id = ${pageId} AND state = 'ringing' AND ring = ${ring} AND next_round = ${round} AND next_rung = ${rung}
      RETURNING incident_id, due_at
    ), attempted AS (
      INSERT INTO page_attempts (page_id, ring, round, rung, person, method, why, due_at, claimed_at)
      SELECT ${pageId}, ${ring}, ${round}, ${rung}, called.person, ${step.method}, called.why, due_at, ${instant(at)}
      FROM climbed, unnest(${people.map(({ person }) => person)}::text[], ${people.map(({ why }) => why)}::text[])
        AS called (person, why)
      ON CONFLICT DO NOTHING
      RETURNING person, method, why, due_at
    ), ${telling('climbed', { factId: step.factId, at, fact })}
    SELECT incident_id, (SELECT ${ATTEMPTS_AS_JSON} FROM attempted) AS attempts
    FROM climbed`.execute(db);
  const [climbed] = rows;
  if (climbed === undefined) return null;
  tellInbox(db, climbed.incident_id);
  return climbed.attempts;
}

/** For an attempt tried again. The lock makes it wait for an acknowledgement that is just being written. */
async function unsentOf(
  db: Db,
  { pageId, ring, round, rung }: Step,
): Promise<readonly ClaimedAttempt[] | null> {
  const { rows } = await sql<{ attempts: readonly ClaimedAttempt[] }>`
    WITH ringing AS (
      SELECT id FROM pages
      WHERE id = ${pageId} AND state = 'ringing' AND ring = ${ring} AND (round, rung) >= (${round}, ${rung})
      FOR UPDATE
    )
    SELECT (
      SELECT ${ATTEMPTS_AS_JSON} FROM page_attempts
      WHERE page_id = ringing.id AND ring = ${ring} AND round = ${round} AND rung = ${rung} AND answer IS NULL
    ) AS attempts
    FROM ringing`.execute(db);
  return rows[0]?.attempts ?? null;
}

/**
 * The fact of a step, for those rows that the named part of the statement moved. One that is there already does not stop
 * the page from climbing.
 */
function telling(
  moved: string,
  { factId, at, fact }: { readonly factId: string; readonly at: number; readonly fact: FactBody },
) {
  return sql`told AS (
      INSERT INTO inbox (id, incident_id, by, at, fact)
      SELECT ${factId}, incident_id, ${PROCESS}, ${instant(at)}, ${JSON.stringify(fact)}::jsonb FROM ${sql.table(moved)}
      ON CONFLICT (id) DO NOTHING
    )`;
}

/** A list of `ClaimedAttempt`. */
const ATTEMPTS_AS_JSON = sql`coalesce(json_agg(
  json_build_object('person', person, 'method', method, 'why', why, 'dueAt', round(extract(epoch FROM due_at) * 1000))
  ORDER BY person, method
), '[]')`;
