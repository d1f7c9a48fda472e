import { sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

/** What ties a message to what we have: by the Message-IDs that it follows. */

/**
 * The incident of the nearest of these Message-IDs that we sent or took in; null for none of ours. Whoever follows one has
 * seen that mail, which an identifier in a subject does not show.
 */
export async function incidentOfMessageIds(db: Db, messageIds: readonly string[]): Promise<string | null> {
  if (messageIds.length === 0) return null;
  const { rows } = await sql<{ incident_id: string }>`
    SELECT incident_id FROM (
      SELECT message_id, incident_id FROM outgoing
      UNION ALL
      SELECT message_id, incident_id FROM messages WHERE incident_id IS NOT NULL AND verdict <> 'bounce'
    ) AS known
    WHERE message_id = ANY (${messageIds}::text[])
    ORDER BY array_position(${messageIds}::text[], message_id) LIMIT 1`.execute(db);
  return rows[0]?.incident_id ?? null;
}

/** Those of these identifiers that an incident has, in their order. */
export async function knownIncidents(db: Db, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('incidents').select('id').where('id', 'in', ids).execute();
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => known.has(id));
}

/**
 * Whether a mail of ours bears this Message-ID. Our mark and our address anybody can copy: what bears them and is none of
 * ours is read like everything else.
 */
export async function isSentByUs(db: Db, messageId: string): Promise<boolean> {
  const { rows } = await sql<{ is_ours: boolean }>`
    SELECT EXISTS (SELECT FROM outgoing WHERE message_id = ${messageId})
      OR EXISTS (SELECT FROM pager_messages WHERE far_id = ${messageId}) AS is_ours`.execute(db);
  return rows[0]?.is_ours ?? false;
}

export interface SentMail {
  readonly key: string;
  readonly incidentId: string;
  readonly purpose: string;
  /** A report's id or a username. */
  readonly recipient: string;
  /** When a mail server accepted it, or would not; null while that is not known. */
  readonly endedAt: number | null;
}

/** What we sent under a Message-ID; null for nothing of ours. Pages have a ledger of their own. */
export async function sentMail(db: Db, messageId: string): Promise<SentMail | null> {
  const row = await db
    .selectFrom('outgoing')
    .select(['key', 'incident_id', 'purpose', 'recipient', 'ended_at'])
    .where('message_id', '=', messageId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    key: row.key,
    incidentId: row.incident_id,
    purpose: row.purpose,
    recipient: row.recipient,
    endedAt: epochMs(row.ended_at),
  };
}
