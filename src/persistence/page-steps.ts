import { sql } from 'kysely';

import { PROCESS } from '../domain/actor.ts';
import type { FactBody } from '../domain/commands.ts';
import { POLICY_CONTACT } from './contacts.ts';
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
  readonly people: readonly CalledPerson[];
  /** Said in the page where the rung has nobody; absent where somebody is called. */
  readonly whyNobody?: string;
  /** A person's second contact is due this much after the first, the third after twice as much. */
  readonly nextContactAfterMs: number;
  /** The step after this one; null when none is left. */
  readonly next: NextStep | null;
  /** Names the fact of this step; the same one whenever this step is tried again. */
  readonly factId: string;
}

export interface CalledPerson {
  readonly person: string;
  readonly why: string;
}

/** `climbed` for whoever climbed it; `known` when it was climbed before, as by this same activity before a crash. */
export type Climb = 'climbed' | 'known';

/**
 * Climbs steps, all that is due in one instant together: one statement looks that each page still rings and that this is
 * its next step, moves the page on, writes an attempt for each contact of each person and tells the incident. The row's
 * lock decides between this and an acknowledgement: whichever commits first is seen by the other.
 *
 * A person's verified contacts come in their own order, and after them the mail address of the policy.
 *
 * @returns for each step in its place what became of it; null when the page does not ring in this ring, or this is not its
 *   next step and never was.
 */
export async function claimSteps(db: Db, steps: readonly Step[]): Promise<readonly (Climb | null)[]> {
  const climbed = await climb(db, steps);
  return Promise.all(
    steps.map(async (step, place) => {
      if (climbed.has(place)) return 'climbed';
      return (await isKnown(db, step)) ? 'known' : null;
    }),
  );
}

async function isKnown(db: Db, { pageId, ring, round, rung }: Step): Promise<boolean> {
  const known = await db
    .selectFrom('pages')
    .select('id')
    .where('id', '=', pageId)
    .where('state', '=', 'ringing')
    .where('ring', '=', ring)
    .where(sql<boolean>`(round, rung) >= (${round}, ${rung})`)
    .executeTakeFirst();
  return known !== undefined;
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
  const fact: FactBody = { type: 'page-exhausted', pageId, ring, rounds };
  const { rows } = await sql<{ told: string | null }>`
    WITH exhausted AS (
      UPDATE pages
      SET state = 'exhausted', ended_at = ${instant(at)}, is_running = false,
        next_round = NULL, next_rung = NULL, next_step_at = NULL
      WHERE id = ${pageId} AND ring = ${ring} AND state = 'ringing'
      RETURNING incident_id
    ), told AS (
      INSERT INTO inbox (id, incident_id, by, at, fact)
      SELECT ${factId}, incident_id, ${PROCESS}, ${instant(at)}, ${JSON.stringify(fact)}::jsonb FROM exhausted
      ON CONFLICT (id) DO NOTHING
    )
    SELECT incident_id AS told FROM exhausted
    UNION ALL
    SELECT NULL FROM pages WHERE id = ${pageId} AND ring = ${ring} AND state = 'exhausted'`.execute(db);
  for (const { told } of rows) if (told !== null) tellInbox(db, told);
  return rows.length > 0;
}

/** @returns the places of those that were climbed now. */
async function climb(db: Db, steps: readonly Step[]): Promise<ReadonlySet<number>> {
  const called = steps.flatMap(({ people }, place) => people.map((one) => ({ place, ...one })));
  const { rows } = await sql<{ place: number; incident_id: string }>`
    WITH steps AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(steps.map(stepRow))}::jsonb) AS steps (
        place integer, page_id text, ring integer, round integer, rung integer, at timestamptz, next_round integer,
        next_rung integer, next_step_at timestamptz, skipped jsonb, next_contact_after_ms integer, fact_id text, fact jsonb
      )
    ), held AS (
      -- In one order, so that two who hold several never wait for each other.
      SELECT pages.id, steps.place FROM pages JOIN steps ON steps.page_id = pages.id
      WHERE state = 'ringing' AND pages.ring = steps.ring AND pages.next_round = steps.round AND pages.next_rung = steps.rung
      ORDER BY pages.id FOR NO KEY UPDATE OF pages
    ), climbed AS (
      UPDATE pages
      SET round = steps.round, rung = steps.rung, due_at = pages.next_step_at, climbed_at = steps.at,
        next_round = steps.next_round, next_rung = steps.next_rung, next_step_at = steps.next_step_at,
        skipped = pages.skipped || steps.skipped
      FROM held JOIN steps USING (place)
      WHERE pages.id = held.id
      RETURNING steps.*, pages.incident_id, pages.due_at
    ), called AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(called)}::jsonb) AS called (place integer, person text, why text)
    ), ways AS (
      SELECT place, person, why, contact, method,
        row_number() OVER (PARTITION BY place, person ORDER BY preference) - 1 AS after
      FROM (
        SELECT called.place, person, why, contacts.id AS contact, kind AS method, contacts.place AS preference
        FROM called JOIN contacts ON username = person
        WHERE verified_at IS NOT NULL AND failed_at IS NULL AND removed_at IS NULL
        UNION ALL
        SELECT place, person, why, ${POLICY_CONTACT}, 'mail', ${LAST_PLACE} FROM called
      ) AS ways
    ), attempted AS (
      INSERT INTO page_attempts (page_id, ring, round, rung, person, contact, method, why, due_at, send_after)
      SELECT page_id, ring, round, rung, person, contact, method, why, due_at,
        CASE after WHEN 0 THEN due_at ELSE at + after * next_contact_after_ms * interval '1 millisecond' END
      FROM climbed JOIN ways USING (place)
      ON CONFLICT DO NOTHING
    ), told AS (
      INSERT INTO inbox (id, incident_id, by, at, fact)
      SELECT fact_id, incident_id, ${PROCESS}, at, fact FROM climbed
      -- One that is there already does not stop the page from climbing.
      ON CONFLICT (id) DO NOTHING
    )
    SELECT place, incident_id FROM climbed`.execute(db);
  for (const { incident_id } of rows) tellInbox(db, incident_id);
  return new Set(rows.map(({ place }) => place));
}

function stepRow(step: Step, place: number) {
  const { pageId, ring, round, rung, next, whyNobody } = step;
  const at = instant(step.at);
  const people = step.people.map(({ person }) => person);
  const fact: FactBody = { type: 'page-climbed', pageId, ring, round, rung, people };
  return {
    ...{ place, page_id: pageId, ring, round, rung, at },
    ...{ next_round: next?.round ?? null, next_rung: next?.rung ?? null },
    next_step_at: instant(next?.nextStepAt ?? null),
    skipped: whyNobody === undefined ? [] : [{ ring, round, rung, at: step.at, why: whyNobody }],
    next_contact_after_ms: step.nextContactAfterMs,
    ...{ fact_id: step.factId, fact },
  };
}

/** Behind every place that a person gives a contact of theirs. */
const LAST_PLACE = 1_000_000;
