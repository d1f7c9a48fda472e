import { sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';

/** Something that is not as it must be, by what the record itself says. */
export interface Trouble {
  readonly kind: TroubleKind;
  /** The identifier of what it is about. */
  readonly subject: string;
  /** In a few words of ours. */
  readonly detail: string;
}

export type TroubleKind =
  | 'page-overdue'
  | 'page-reached-nobody'
  | 'message-overdue'
  | 'clock-untold'
  | 'fact-unfiled'
  | 'clocks-differ'
  | 'workflow-failing'
  | 'process-was-missing'
  | 'mailbox-unreached'
  | 'temporal-away'
  | 'audit-silent';

/** What only Temporal knows. */
const KNOWN_BY_TEMPORAL: readonly TroubleKind[] = ['workflow-failing', 'process-was-missing'];

export interface Finding extends Trouble {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly toldAt: number | null;
}

/** Nothing that goes as it should is ever so late. */
const LATE_MS = 30_000;

/** Within it some way to some person has taken the message, or has been given up. */
const REACHED_WITHIN_MS = 120_000;

/** Longer than a mail server takes to start again, and short beside any clock of a report. */
const MAILBOX_REACHED_WITHIN_MS = 5 * 60_000;

/** Between this machine and that of Postgres; what is due is judged by ours. */
const CLOCKS_APART_MAX_MS = 5000;

/** It looks each minute, and takes a while. */
export const AUDIT_LATE_MS = 150_000;

/** More of one kind tell nobody anything new. */
const EACH_MAX = 50;

/** Holds the deadlines in the record against what has been done. It changes nothing. */
export async function findTroubles(
  db: Db,
  at: number,
  clocksApartMaxMs: number = CLOCKS_APART_MAX_MS,
): Promise<readonly Trouble[]> {
  const late = instant(at - LATE_MS);
  const { rows } = await sql<Trouble>`
    (SELECT 'page-overdue' AS kind, id AS subject, 'its next step was due at ' || due AS detail FROM (
      SELECT id, coalesce(next_step_at,
        climbed_at + (ladder -> 'rungs' -> (rung - 1) ->> 'waitMs')::float8 * interval '1 millisecond',
        starts_at) AS due
      FROM pages WHERE state = 'ringing'
    ) AS ringing WHERE due < ${late} ORDER BY due LIMIT ${EACH_MAX})
    UNION ALL
    (SELECT 'page-reached-nobody', id, 'no far side has taken a message of it since ' || starts_at
      FROM pages p
      WHERE (state = 'exhausted' OR state = 'ringing' AND climbed_at IS NOT NULL)
        AND starts_at < ${instant(at - REACHED_WITHIN_MS)}
        AND NOT EXISTS (
          SELECT FROM page_attempts a JOIN pager_messages m ON m.id = a.message
          WHERE a.page_id = p.id AND a.ring = p.ring AND m.sent_at IS NOT NULL
        )
      ORDER BY starts_at LIMIT ${EACH_MAX})
    UNION ALL
    (SELECT 'message-overdue', id, 'it was to be tried at ' || greatest(due_at, held_until)
      FROM pager_messages
      WHERE outcome IS NULL AND greatest(due_at, held_until, claimed_at) < ${instant(at - REACHED_WITHIN_MS)}
      ORDER BY due_at LIMIT ${EACH_MAX})
    UNION ALL
    (SELECT 'clock-untold', incident, name || ' was due at ' || due FROM (
      SELECT id AS incident, clock ->> 'name' AS name,
        to_timestamp((clock ->> 'dueAt')::float8 / 1000) AS due
      FROM incidents, jsonb_array_elements(state -> 'clocks') AS clock
      WHERE bears_duties AND clock ->> 'state' = 'running'
    ) AS running WHERE due < ${late} ORDER BY due LIMIT ${EACH_MAX})
    UNION ALL
    (SELECT 'fact-unfiled', incident_id, count(*) || ' since ' || min(created_at)
      FROM inbox WHERE filed_seq IS NULL AND created_at < ${late}
      GROUP BY incident_id ORDER BY min(created_at) LIMIT ${EACH_MAX})
    UNION ALL
    (SELECT 'mailbox-unreached', mailbox,
        'it has not been looked into since ' || coalesce(reached_at, wanted_since) || coalesce(': ' || failure, '')
      FROM mailbox_watches
      WHERE wanted_at > ${instant(at - MAILBOX_REACHED_WITHIN_MS)}
        AND greatest(wanted_since, reached_at) < ${instant(at - MAILBOX_REACHED_WITHIN_MS)})
    UNION ALL
    (SELECT 'clocks-differ', 'postgres', 'by ' || round(extract(epoch FROM clock_timestamp() - ${instant(at)}::timestamptz)::numeric, 1) || ' s'
      WHERE abs(extract(epoch FROM clock_timestamp() - ${instant(at)}::timestamptz)) * 1000 > ${clocksApartMaxMs})`.execute(
    db,
  );
  return rows;
}

export interface Look {
  readonly found: readonly Trouble[];
  readonly at: number;
  /** The audit sees everything. Who stands in for it asks the record alone, and leaves open what only Temporal knows. */
  readonly by: 'audit' | 'stand-in';
}

/** Keeps what was found now, and ends what is not so any more. @returns all that is so now. */
export async function keepFindings(db: Db, { found, at, by }: Look): Promise<readonly Finding[]> {
  return db.transaction().execute(async (transaction) => {
    // Two looks at once would end what the other has just found.
    await sql`SELECT pg_advisory_xact_lock(hashtext('tocsin audit'))`.execute(transaction);
    for (const { kind, subject, detail } of found) {
      await sql`
        INSERT INTO audit_findings (kind, subject, detail, first_at, last_at)
        VALUES (${kind}, ${subject}, ${detail}, ${instant(at)}, ${instant(at)})
        ON CONFLICT (kind, subject) WHERE ended_at IS NULL
          DO UPDATE SET detail = excluded.detail, last_at = excluded.last_at`.execute(transaction);
    }
    const notSeen = by === 'audit' ? [] : KNOWN_BY_TEMPORAL;
    await sql`
      UPDATE audit_findings SET ended_at = ${instant(at)}
      WHERE ended_at IS NULL AND last_at < ${instant(at)} AND NOT kind = ANY (${notSeen}::text[])`.execute(
      transaction,
    );
    if (by === 'audit') {
      await sql`
        INSERT INTO audit_state (at, well_at) VALUES (${instant(at)}, ${found.length === 0 ? instant(at) : null})
        ON CONFLICT (is_only) DO UPDATE
          SET at = excluded.at, well_at = coalesce(excluded.well_at, audit_state.well_at)`.execute(
        transaction,
      );
    }
    return openFindings(transaction);
  });
}

/** When the audit looked last; null before the first time. */
export async function lastLookOf(db: Db): Promise<number | null> {
  const state = await db.selectFrom('audit_state').select('at').executeTakeFirst();
  return epochMs(state?.at ?? null);
}

/** Notes that the operators know of these. */
export async function markTold(db: Db, findings: readonly Finding[], at: number): Promise<void> {
  for (const { kind, subject } of findings) {
    await sql`
      UPDATE audit_findings SET told_at = ${instant(at)}
      WHERE kind = ${kind} AND subject = ${subject} AND ended_at IS NULL`.execute(db);
  }
}

export interface AuditState {
  /** When somebody last looked; null before the first time. */
  readonly at: number | null;
  /** When all was well last. */
  readonly wellAt: number | null;
  readonly findings: readonly Finding[];
}

export async function readAudit(db: Db): Promise<AuditState> {
  const state = await db.selectFrom('audit_state').selectAll().executeTakeFirst();
  return {
    at: epochMs(state?.at ?? null),
    wellAt: epochMs(state?.well_at ?? null),
    findings: await openFindings(db),
  };
}

/** All that is so now, the oldest first. */
export async function openFindings(db: Db): Promise<readonly Finding[]> {
  const rows = await db
    .selectFrom('audit_findings')
    .selectAll()
    .where('ended_at', 'is', null)
    .orderBy('first_at')
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    kind: row.kind as TroubleKind,
    subject: row.subject,
    detail: row.detail,
    firstAt: epochMs(row.first_at),
    lastAt: epochMs(row.last_at),
    toldAt: epochMs(row.told_at),
  }));
}
