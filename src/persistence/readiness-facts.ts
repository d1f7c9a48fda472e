import { sql } from 'kysely';

import { READINESS_DAYS, READINESS_LOOK_BACK_MS, VAIN_MESSAGES_MAX } from '../domain/readiness.ts';
import type { Rota } from '../domain/rota.ts';
import { type Contact, contactsOf, POLICY_CONTACT } from './contacts.ts';
import type { Db } from './database.ts';
import { instant } from './instants.ts';
import { listRotas } from './rotas.ts';

/** What the record knows of those who will be called. */
export interface RecordedReadiness {
  readonly contacts: readonly Contact[];
  readonly outcomes: readonly LastOutcomes[];
  /** With the overrides of the time that is looked at. */
  readonly rotas: readonly Rota[];
}

/** What became of the last messages to somebody. */
export interface LastOutcomes {
  readonly username: string;
  /** Whether the far side took them, the last one first; at most as many as count. */
  readonly wereTaken: readonly boolean[];
  /** The mail address of the policy refused the last one that went there. */
  readonly isMailRefused: boolean;
}

/** Older messages say nothing of today. */
const OUTCOMES_COUNT_FOR_DAYS = 90;

const DAY_MS = 86_400_000;

/** Of the people of the policy, and of every rota. */
export async function readRecordedReadiness(
  db: Db,
  usernames: readonly string[],
  now: number,
): Promise<RecordedReadiness> {
  const period = { from: now - READINESS_LOOK_BACK_MS, until: now + READINESS_DAYS * DAY_MS };
  const [contacts, outcomes, rotas] = await Promise.all([
    contactsOf(db, usernames),
    lastOutcomes(db, usernames, now),
    listRotas(db, period),
  ]);
  return { contacts, outcomes, rotas: rotas.map(({ rota }) => rota) };
}

async function lastOutcomes(
  db: Db,
  usernames: readonly string[],
  now: number,
): Promise<readonly LastOutcomes[]> {
  const { rows } = await sql<{ person: string; taken: boolean[]; refused: boolean | null }>`
    WITH ended AS (
      SELECT person, contact, outcome,
        row_number() OVER (PARTITION BY person ORDER BY made_at DESC, id) AS nth,
        row_number() OVER (PARTITION BY person, contact ORDER BY made_at DESC, id) AS nth_there
      FROM pager_messages
      WHERE person = ANY (${usernames}::text[]) AND made_at > ${instant(now - OUTCOMES_COUNT_FOR_DAYS * DAY_MS)}
        AND outcome IN ('accepted', 'delivered', 'refused', 'unavailable')
    )
    SELECT person,
      array_agg(outcome IN ('accepted', 'delivered') ORDER BY nth) FILTER (WHERE nth <= ${VAIN_MESSAGES_MAX}) AS taken,
      bool_or(outcome = 'refused') FILTER (WHERE contact = ${POLICY_CONTACT} AND nth_there = 1) AS refused
    FROM ended GROUP BY person ORDER BY person`.execute(db);
  return rows.map(({ person, taken, refused }) => ({
    username: person,
    wereTaken: taken,
    isMailRefused: refused === true,
  }));
}
