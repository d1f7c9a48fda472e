import { sql } from 'kysely';
import type { Stage } from '../domain/vocabulary.ts';
import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';

/** What the metrics show of the record, counted when they are asked for. */
export interface RecordCounts {
  readonly incidentsByStage: Readonly<Partial<Record<Stage, number>>>;
  readonly unfiledFacts: number;
  /** When the oldest fact that no workflow has taken up yet was stored; null when there is none. */
  readonly oldestUnfiledAt: number | null;
  readonly pageAttempts: PageAttemptCounts;
  /** Messages to our own people, of pages and others. */
  readonly pagerMessages: readonly PagerMessageCount[];
}

export interface PagerMessageCount {
  readonly method: string;
  /** `waiting` while it is not known. */
  readonly outcome: string;
  readonly count: number;
}

export interface PageAttemptCounts {
  readonly sent: number;
  readonly refused: number;
  /** Those whose own instant has come: a person's further contacts wait for theirs. */
  readonly unsent: number;
  /** How long after their instant the messages left: attempts per upper bound in seconds, cumulative. */
  readonly lateness: {
    readonly buckets: readonly { readonly leSeconds: number; readonly count: number }[];
    readonly sumSeconds: number;
  };
}

/** From a quick machine at rest to an outage that people would notice. */
const LATENESS_BOUNDS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300] as const;

export async function readCounts(db: Db, at: number): Promise<RecordCounts> {
  const [stages, inbox, attempts, lateness, messages] = await Promise.all([
    sql<{
      stage: Stage;
      count: number;
    }>`SELECT stage, count(*)::int AS count FROM incidents WHERE NOT is_test GROUP BY stage`.execute(db),
    sql<{ count: number; oldest: Date | null }>`
      SELECT count(*)::int AS count, min(created_at) AS oldest FROM inbox WHERE filed_seq IS NULL`.execute(
      db,
    ),
    sql<{ sent: number; refused: number; unsent: number }>`
      SELECT count(*) FILTER (WHERE sent_at IS NOT NULL)::int AS sent,
        count(*) FILTER (WHERE outcome IN ('refused', 'unavailable', 'withheld'))::int AS refused,
        count(*) FILTER (
          WHERE outcome IS NULL AND p.state = 'ringing' AND p.ring = a.ring AND send_after <= ${instant(at)}
            AND NOT a.person = ANY (declined_by)
        )::int AS unsent
      FROM page_attempts a JOIN pages p ON p.id = a.page_id JOIN incidents i ON i.id = p.incident_id AND NOT is_test
      LEFT JOIN pager_messages m ON m.id = a.message`.execute(db),
    readLateness(db),
    sql<PagerMessageCount>`
      SELECT method, coalesce(outcome, 'waiting') AS outcome, count(*)::int AS count
      FROM pager_messages GROUP BY 1, 2`.execute(db),
  ]);
  return {
    incidentsByStage: Object.fromEntries(stages.rows.map(({ stage, count }) => [stage, count])),
    unfiledFacts: inbox.rows[0]?.count ?? 0,
    oldestUnfiledAt: epochMs(inbox.rows[0]?.oldest ?? null),
    pageAttempts: { ...(attempts.rows[0] ?? { sent: 0, refused: 0, unsent: 0 }), lateness },
    pagerMessages: messages.rows,
  };
}

async function readLateness(db: Db): Promise<PageAttemptCounts['lateness']> {
  const bounds = LATENESS_BOUNDS_SECONDS.map(String);
  const { rows } = await sql<{ le: string; count: number; sum: number }>`
    WITH late AS (
      SELECT extract(epoch FROM sent_at - send_after)::float8 AS seconds
      FROM page_attempts JOIN pager_messages m ON m.id = message JOIN pages p ON p.id = page_id
      JOIN incidents i ON i.id = p.incident_id AND NOT is_test
      WHERE sent_at IS NOT NULL
    )
    SELECT bound AS le, (SELECT count(*)::int FROM late WHERE seconds <= bound::float8) AS count,
      (SELECT coalesce(sum(seconds), 0) FROM late) AS sum
    FROM unnest(${bounds}::text[]) AS bound`.execute(db);
  return {
    buckets: rows.map(({ le, count }) => ({ leSeconds: Number(le), count })),
    sumSeconds: rows[0]?.sum ?? 0,
  };
}
