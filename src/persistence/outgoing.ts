import { sql } from 'kysely';

import type { Tlp } from '../domain/tlp.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

export interface Outgoing {
  /** The business key: the same message has the same one, however often it is tried. */
  readonly key: string;
  readonly incidentId: string;
  readonly purpose: string;
  readonly recipient: string;
  readonly label: Tlp;
  /** What the TLP gate said of it, and why, in words of ours. */
  readonly isAllowed: boolean;
  readonly reason: string;
  readonly messageId: string;
  readonly at: number;
}

export type OutgoingEnd = 'accepted' | 'refused' | 'withheld';

/** How a message ended, and when: a clock that it stops stops then, whenever that is heard of. */
export interface EndedOutgoing {
  readonly state: OutgoingEnd;
  readonly answer: string | null;
  readonly endedAt: number;
}

/**
 * Asks before sending whether a message has come to its end already. The number of the attempt is answered again until `endOutgoing`, since a
 * try that nobody heard of may have reached nobody: the far side knows a repetition by its message id. What the gate said is
 * noted with every attempt, in the same statement: a message tried twice was decided on twice.
 */
export async function claimOutgoing(
  db: Db,
  message: Outgoing,
): Promise<{ readonly attempt: number } | EndedOutgoing> {
  const { rows } = await sql<{
    state: 'sending' | OutgoingEnd;
    answer: string | null;
    attempts: number;
    ended_at: Date | null;
  }>`
    WITH claimed AS (
      INSERT INTO outgoing (key, incident_id, purpose, recipient, label, state, message_id, attempts, first_at)
      VALUES (${message.key}, ${message.incidentId}, ${message.purpose}, ${message.recipient}, ${message.label}, 'sending',
        ${message.messageId}, 1, ${new Date(message.at)})
      ON CONFLICT (key) DO UPDATE
        SET attempts = outgoing.attempts + CASE outgoing.state WHEN 'sending' THEN 1 ELSE 0 END
      RETURNING state, answer, attempts, ended_at
    ), noted AS (
      INSERT INTO clearances (incident_id, at, purpose, recipient, label, is_allowed, reason)
      SELECT ${message.incidentId}, ${new Date(message.at)}, ${message.purpose}, ${message.recipient}, ${message.label},
        ${message.isAllowed}, ${message.reason}
      FROM claimed WHERE state = 'sending'
    )
    SELECT * FROM claimed`.execute(db);
  const [row] = rows;
  return row === undefined || row.state === 'sending' || row.ended_at === null
    ? { attempt: row?.attempts ?? 1 }
    : { state: row.state, answer: row.answer, endedAt: epochMs(row.ended_at) };
}

/** Notes how it ended. The first end stays. */
export async function endOutgoing(
  db: Db,
  key: string,
  { state, answer, at }: { readonly state: OutgoingEnd; readonly answer: string | null; readonly at: number },
): Promise<void> {
  await db
    .updateTable('outgoing')
    .set({ state, answer, ended_at: new Date(at) })
    .where('key', '=', key)
    .where('state', '=', 'sending')
    .execute();
}
