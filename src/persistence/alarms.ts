import { type Selectable, sql } from 'kysely';

import type { AlarmState } from '../domain/alarm.ts';
import type { LadderPosition } from '../domain/ladder.ts';
import type { Ladder } from '../domain/rules.ts';
import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';
import type { OperatorsAlarms } from './schema-types.ts';

/** A call to those who run the system. Rounds and rungs are counted from 1. */
export interface Alarm {
  /** `ALARM-1` */
  readonly id: string;
  readonly beganAt: number;
  readonly state: AlarmState;
  /** 1, and one more each time it rings again. */
  readonly ring: number;
  /** As it was when this ring began. */
  readonly ladder: Ladder;
  /** The step climbed last in this ring; null before the first. */
  readonly climbed: LadderPosition | null;
  /** Null when no step is left. */
  readonly next: LadderPosition | null;
  /** When the next rung is climbed, or the alarm exhausted; null unless it rings. */
  readonly nextStepAt: number | null;
  /** In all rings, each once. */
  readonly called: readonly string[];
  /** In this ring. */
  readonly acknowledgedBy: string | null;
  readonly settledAt: number | null;
  readonly knownKinds: readonly string[];
  readonly endedAt: number | null;
}

/** The one that has not ended. */
export async function openAlarm(db: Db): Promise<Alarm | null> {
  const row = await db
    .selectFrom('operators_alarms')
    .selectAll()
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : toAlarm(row);
}

export async function readAlarm(db: Db, id: string): Promise<Alarm | null> {
  const row = await db.selectFrom('operators_alarms').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toAlarm(row);
}

/** Lets it ring at once. Where one is open already, that one goes on. */
export async function beginAlarm(
  db: Db,
  { ladder, at }: { readonly ladder: Ladder; readonly at: number },
): Promise<void> {
  await sql`
    INSERT INTO operators_alarms (began_at, state, ladder, next_round, next_rung, next_step_at)
    VALUES (${instant(at)}, 'ringing', ${JSON.stringify(ladder)}, 1, 1, ${instant(at)})
    ON CONFLICT DO NOTHING`.execute(db);
}

/** Begins another ring after this one, which was acknowledged or exhausted. */
export async function ringAlarmAgain(
  db: Db,
  { id, ring, ladder, at }: Pick<Alarm, 'id' | 'ring' | 'ladder'> & { readonly at: number },
): Promise<void> {
  await sql`
    UPDATE operators_alarms
    SET state = 'ringing', ring = ring + 1, ladder = ${JSON.stringify(ladder)}, round = NULL, rung = NULL,
      next_round = 1, next_rung = 1, next_step_at = ${instant(at)}, acknowledged_by = NULL, settled_at = NULL
    WHERE id = ${id} AND ring = ${ring} AND state IN ('acknowledged', 'exhausted')`.execute(db);
}

export interface AlarmStep extends Pick<Alarm, 'id' | 'ring'> {
  readonly step: LadderPosition;
  /** The step after this one; null when none is left. */
  readonly next: LadderPosition | null;
  /** When that one, or the end of the ladder, is due. */
  readonly nextStepAt: number;
  readonly people: readonly string[];
}

/** @returns false when it is not the next step of an alarm that rings: it was acknowledged, or somebody else climbed it. */
export async function climbAlarmStep(
  db: Db,
  { id, ring, step, next, nextStepAt, people }: AlarmStep,
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE operators_alarms
    SET round = next_round, rung = next_rung, next_round = ${next?.round ?? null}, next_rung = ${next?.rung ?? null},
      next_step_at = ${instant(nextStepAt)},
      called = called || ARRAY(SELECT unnest(${people}::text[]) EXCEPT SELECT unnest(called))
    WHERE id = ${id} AND ring = ${ring} AND state = 'ringing' AND (next_round, next_rung) = (${step.round}, ${step.rung})
    RETURNING id`.execute(db);
  return rows.length > 0;
}

/** What had been told of, of what is so now. */
const TOLD_KINDS = sql`ARRAY(SELECT DISTINCT kind FROM audit_findings WHERE ended_at IS NULL AND told_at IS NOT NULL)`;

/** The end of the ladder without an acknowledgement. @returns false when it does not ring in this ring, or has steps left. */
export async function exhaustAlarm(
  db: Db,
  { id, ring, at }: Pick<Alarm, 'id' | 'ring'> & { readonly at: number },
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE operators_alarms
    SET state = 'exhausted', settled_at = ${instant(at)}, next_step_at = NULL, known_kinds = ${TOLD_KINDS}
    WHERE id = ${id} AND ring = ${ring} AND state = 'ringing' AND next_rung IS NULL
    RETURNING id`.execute(db);
  return rows.length > 0;
}

/**
 * "I have it." The first one wins, and an exhausted alarm can still be taken. What of its messages was not yet begun to be
 * sent is dropped.
 *
 * @returns whether this was the first.
 */
export async function acknowledgeAlarm(
  db: Db,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: number },
): Promise<boolean> {
  const { rows } = await sql`
    WITH taken AS (
      UPDATE operators_alarms
      SET state = 'acknowledged', acknowledged_by = ${by}, settled_at = ${instant(at)}, known_kinds = ${TOLD_KINDS},
        next_round = NULL, next_rung = NULL, next_step_at = NULL
      WHERE id = ${id} AND state IN ('ringing', 'exhausted')
      RETURNING id
    ), ${droppingMessagesOf('taken')}
    SELECT id FROM taken`.execute(db);
  return rows.length > 0;
}

/** What it was about is mended. @returns false when it had ended before. */
export async function endAlarm(
  db: Db,
  { id, at }: { readonly id: string; readonly at: number },
): Promise<boolean> {
  const { rows } = await sql`
    WITH ended AS (
      UPDATE operators_alarms
      SET state = 'mended', ended_at = ${instant(at)}, next_round = NULL, next_rung = NULL, next_step_at = NULL
      WHERE id = ${id} AND ended_at IS NULL
      RETURNING id
    ), ${droppingMessagesOf('ended')}
    SELECT id FROM ended`.execute(db);
  return rows.length > 0;
}

/** The ids of an alarm's calls begin with its own. */
export function alarmCallPrefix(id: string): string {
  return `operators:${id}:call:`;
}

function droppingMessagesOf(settled: string) {
  return sql`dropped AS (
      UPDATE pager_messages m SET outcome = 'dropped' FROM ${sql.table(settled)} AS settled
      WHERE starts_with(m.id, 'operators:' || settled.id || ':call:') AND outcome IS NULL AND claimed_at IS NULL
    )`;
}

function toAlarm(row: Selectable<OperatorsAlarms>): Alarm {
  return {
    id: row.id,
    beganAt: epochMs(row.began_at),
    state: row.state as AlarmState,
    ring: row.ring,
    ladder: row.ladder as unknown as Ladder,
    climbed: positionOf(row.round, row.rung),
    next: positionOf(row.next_round, row.next_rung),
    nextStepAt: epochMs(row.next_step_at),
    called: row.called,
    acknowledgedBy: row.acknowledged_by,
    settledAt: epochMs(row.settled_at),
    knownKinds: row.known_kinds,
    endedAt: epochMs(row.ended_at),
  };
}

function positionOf(round: number | null, rung: number | null): LadderPosition | null {
  return round === null || rung === null ? null : { round, rung };
}
