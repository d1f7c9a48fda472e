import { sql } from 'kysely';

import type { NoticeCounts } from '../domain/notices/notice.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

/** `held`: not yet its turn. `returned`: taken by a server, and came back. */
export const RECIPIENT_STATES = [
  'held',
  'sending',
  'sent',
  'refused',
  'withheld',
  'stopped',
  'returned',
] as const;
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** One time that a notice goes out. */
export interface GoingOut {
  readonly incidentId: string;
  readonly n: number;
  readonly instance: number;
}

export interface NoticeRecipient {
  /** A username, the id of a participant, or which list. */
  readonly recipient: string;
  readonly address: string;
}

export interface ToldRecipient {
  readonly instance: number;
  readonly recipient: string;
  readonly state: RecipientState;
  readonly detail: string | null;
  readonly at: number;
}

/** Writes down whom it goes to. Who stands there already stays as they are. */
export async function addRecipients(
  db: Db,
  { incidentId, n, instance }: GoingOut,
  recipients: readonly NoticeRecipient[],
  at: number,
): Promise<void> {
  await sql`
    INSERT INTO notice_recipients (incident_id, notice, instance, recipient, address, state, at)
    SELECT ${incidentId}, ${n}, ${instance}, recipient, address, 'held', ${new Date(at)}
    FROM unnest(${recipients.map((one) => one.recipient)}::text[], ${recipients.map((one) => one.address)}::text[])
      AS r (recipient, address)
    ON CONFLICT DO NOTHING`.execute(db);
}

/**
 * Takes the next ones, in the same statement that looks whether the notice is still going out: none is begun after a raised
 * label, a withdrawal or a stop was recorded. Those that an earlier try left in the middle are taken again.
 */
export async function claimRecipients(
  db: Db,
  { incidentId, n, instance }: GoingOut,
  { limit, except, at }: { readonly limit: number; readonly except: readonly string[]; readonly at: number },
): Promise<readonly NoticeRecipient[]> {
  const { rows } = await sql<NoticeRecipient>`
    UPDATE notice_recipients AS told SET state = 'sending', at = ${new Date(at)}
    FROM (
      SELECT recipient FROM notice_recipients
      WHERE incident_id = ${incidentId} AND notice = ${n} AND instance = ${instance}
        AND state IN ('held', 'sending', 'stopped') AND recipient <> ALL (${except}::text[])
      ORDER BY at, recipient LIMIT ${limit}
    ) AS next
    WHERE told.incident_id = ${incidentId} AND told.notice = ${n} AND told.instance = ${instance}
      AND told.recipient = next.recipient AND ${isGoingOut({ incidentId, n, instance })}
    RETURNING told.recipient, told.address`.execute(db);
  return rows;
}

/** What became of one who was claimed. */
export interface RecipientEnd {
  readonly recipient: string;
  readonly state: 'sent' | 'refused' | 'withheld';
  readonly detail: string | null;
  readonly messageId: string;
  readonly at: number;
}

export async function endRecipients(
  db: Db,
  { incidentId, n, instance }: GoingOut,
  ends: readonly RecipientEnd[],
): Promise<void> {
  if (ends.length === 0) return;
  await sql`
    UPDATE notice_recipients AS told
    SET state = ended.state, detail = ended.detail, message_id = ended.message_id, at = ended.at
    FROM unnest(${ends.map((end) => end.recipient)}::text[], ${ends.map((end) => end.state)}::text[],
      ${ends.map((end) => end.detail)}::text[], ${ends.map((end) => end.messageId)}::text[],
      ${ends.map((end) => new Date(end.at))}::timestamptz[]) AS ended (recipient, state, detail, message_id, at)
    WHERE told.incident_id = ${incidentId} AND told.notice = ${n} AND told.instance = ${instance}
      AND told.recipient = ended.recipient`.execute(db);
}

/** Those whose turn does not come any more. Nothing while the notice still goes out. */
export async function stopRest(db: Db, goingOut: GoingOut, at: number): Promise<void> {
  const { incidentId, n, instance } = goingOut;
  await sql`
    UPDATE notice_recipients SET state = 'stopped', at = ${new Date(at)}
    WHERE incident_id = ${incidentId} AND notice = ${n} AND instance = ${instance}
      AND state IN ('held', 'sending') AND NOT ${isGoingOut(goingOut)}`.execute(db);
}

/** Null while somebody’s turn is still to come. */
export async function countRecipients(
  db: Db,
  { incidentId, n, instance }: GoingOut,
): Promise<NoticeCounts | null> {
  const rows = await db
    .selectFrom('notice_recipients')
    .select(({ fn }) => ['state', fn.countAll<string>().as('many')])
    .where('incident_id', '=', incidentId)
    .where('notice', '=', n)
    .where('instance', '=', instance)
    .groupBy('state')
    .execute();
  const many = (...states: readonly RecipientState[]) =>
    rows.filter(({ state }) => states.includes(state)).reduce((sum, row) => sum + Number(row.many), 0);
  if (many('held', 'sending') > 0) return null;
  return {
    sent: many('sent', 'returned'),
    refused: many('refused'),
    withheld: many('withheld'),
    stopped: many('stopped'),
  };
}

/** Who has a notice, whichever time they got it. `isSettled` false while somebody is just getting it. */
export async function reachedBy(
  db: Db,
  incidentId: string,
  n: number,
): Promise<{ readonly isSettled: boolean; readonly recipients: readonly NoticeRecipient[] }> {
  const rows = await db
    .selectFrom('notice_recipients')
    .select(['recipient', 'address', 'state'])
    .distinctOn('recipient')
    .where('incident_id', '=', incidentId)
    .where('notice', '=', n)
    .where('state', 'in', ['sending', 'sent', 'returned'])
    .orderBy('recipient')
    .orderBy(sql`state = 'sending' DESC`)
    .execute();
  return {
    isSettled: rows.every(({ state }) => state !== 'sending'),
    recipients: rows.map(({ recipient, address }) => ({ recipient, address })),
  };
}

/** The list of those who have it, and of those who have not, by recipient. */
export async function readRecipients(
  db: Db,
  incidentId: string,
  n: number,
): Promise<readonly ToldRecipient[]> {
  const rows = await db
    .selectFrom('notice_recipients')
    .select(['instance', 'recipient', 'state', 'detail', 'at'])
    .where('incident_id', '=', incidentId)
    .where('notice', '=', n)
    .orderBy('instance')
    .orderBy('recipient')
    .execute();
  return rows.map(({ at, ...row }) => ({ ...row, at: epochMs(at) }));
}

/** A mail of a notice came back. Its address is marked wherever a participant has it. Nothing for what is no notice. */
export async function noteNoticeReturned(
  db: Db,
  { messageId, code, at }: { readonly messageId: string; readonly code: string; readonly at: number },
): Promise<void> {
  await sql`
    WITH returned AS (
      UPDATE notice_recipients SET state = 'returned', detail = ${code}
      WHERE message_id = ${messageId} RETURNING address
    )
    UPDATE participant_contacts SET failed_at = ${new Date(at)}, failed_because = ${code}
    FROM returned WHERE participant_contacts.address = returned.address`.execute(db);
}

/** What the record says of it at this moment: the fence of every mail of a notice. */
function isGoingOut({ incidentId, n, instance }: GoingOut) {
  const vars = JSON.stringify({ n, instance });
  return sql`EXISTS (
    SELECT FROM incidents WHERE incidents.id = ${incidentId} AND jsonb_path_exists(incidents.state,
      '$.notices[*] ? (@.n == $n && @.instance == $instance && @.state == "sending")', ${vars}::jsonb))`;
}
