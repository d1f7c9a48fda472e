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

/**
 * Climbs a step: one statement looks that the page still rings and that this is its next step, moves the page on, writes
 * an attempt for each contact of each person and tells the incident. The row's lock decides between this and an
 * acknowledgement: whichever commits first is seen by the other.
 *
 * A person's verified contacts come in their own order, and after them the mail address of the policy.
 *
 * @returns `climbed` for whoever climbed it; `known` when it was climbed before, as by this same activity before a crash;
 *   null when the page does not ring in this ring, or this is not its next step and never was.
 */
export async function claimStep(db: Db, step: Step): Promise<'climbed' | 'known' | null> {
  if (await climb(db, step)) return 'climbed';
  const { pageId, ring, round, rung } = step;
  const known = await db
    .selectFrom('pages')
    .select('id')
    .where('id', '=', pageId)
    .where('state', '=', 'ringing')
    .where('ring', '=', ring)
    .where(sql<boolean>`(round, rung) >= (${round}, ${rung})`)
    .executeTakeFirst();
  return known === undefined ? null : 'known';
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

async function climb(db: Db, step: Step): Promise<boolean> {
  const { pageId, ring, round, rung, at, people, next } = step;
  const fact = {
    type: 'page-climbed',
    pageId,
    ring,
    round,
    rung,
    people: people.map(({ person }) => person),
  } as const;
  const skipped = step.whyNobody === undefined ? [] : [{ ring, round, rung, at, why: step.whyNobody }];
  const { rows } = await sql<{ incident_id: string }>`
    WITH climbed AS (
      UPDATE pages
      SET round = next_round, rung = next_rung, due_at = next_step_at, climbed_at = ${instant(at)},
        next_round = ${next?.round ?? null}, next_rung = ${next?.rung ?? null},
        next_step_at = ${instant(next?.nextStepAt ?? null)}, skipped = skipped || ${JSON.stringify(skipped)}::jsonb
      WHERE id = ${pageId} AND state = 'ringing' AND ring = ${ring} AND next_round = ${round} AND next_rung = ${rung}
      RETURNING incident_id, due_at
    ), called AS (
      SELECT * FROM unnest(${people.map(({ person }) => person)}::text[], ${people.map(({ why }) => why)}::text[])
        AS called (person, why)
    ), ways AS (
      SELECT person, why, contact, method, row_number() OVER (PARTITION BY person ORDER BY place) - 1 AS after
      FROM (
        SELECT person, why, contacts.id AS contact, kind AS method, place
        FROM called JOIN contacts ON username = person
        WHERE verified_at IS NOT NULL AND failed_at IS NULL AND removed_at IS NULL
        UNION ALL
        SELECT person, why, ${POLICY_CONTACT}, 'mail', ${LAST_PLACE} FROM called
      ) AS ways
    ), attempted AS (
      INSERT INTO page_attempts (page_id, ring, round, rung, person, contact, method, why, due_at, send_after)
      SELECT ${pageId}, ${ring}, ${round}, ${rung}, person, contact, method, why, due_at,
        CASE after WHEN 0 THEN due_at
          ELSE ${instant(at)}::timestamptz + after * ${step.nextContactAfterMs} * interval '1 millisecond' END
      FROM climbed, ways
      ON CONFLICT DO NOTHING
    ), ${telling('climbed', { factId: step.factId, at, fact })}
    SELECT incident_id FROM climbed`.execute(db);
  const [climbed] = rows;
  if (climbed !== undefined) tellInbox(db, climbed.incident_id);
  return climbed !== undefined;
}

/** Behind every place that a person gives a contact of theirs. */
const LAST_PLACE = 1_000_000;

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
