import { createHash } from 'node:crypto';
import { sql } from 'kysely';

import type { AutomaticAnswer, BouncedRecipient, Protection, Verdict } from '../domain/message.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';
import { notify, onNotification } from './notifications.ts';
import type { Database } from './database.ts';

/** A message as it was handed over. */
export interface ArrivedMessage {
  readonly bytes: Buffer;
  /** The mailbox it came to, by key. */
  readonly mailbox: string;
  readonly receivedAt: number;
  /** Of one that is too large and of which only the head is here: how many bytes it had. Null for a whole one. */
  readonly wholeSize: number | null;
  /** What the sending server said; null where nobody said anything to us, as in a mailbox that we look into. */
  readonly envelope: {
    readonly mailFrom: string | null;
    readonly rcptTo: readonly string[];
    readonly remoteAddress: string | null;
    readonly helo: string | null;
  };
}

const CHANNEL = 'tocsin_messages';

/**
 * Makes a message safe, byte for byte. When it returns, its sender's server may be told that we have it. The same bytes
 * again are counted, unless it is known to be no other arrival, and change nothing.
 */
export async function storeMessage(
  db: Db,
  message: ArrivedMessage,
  { isCountedAgain }: { readonly isCountedAgain?: (sha256: string) => Promise<boolean> } = {},
): Promise<string> {
  const sha256 = createHash('sha256').update(message.bytes).digest('hex');
  const at = new Date(message.receivedAt);
  const { mailFrom, rcptTo, remoteAddress, helo } = message.envelope;
  const more = isCountedAgain === undefined || (await isCountedAgain(sha256)) ? 1 : 0;
  await db
    .insertInto('messages')
    .values({
      sha256,
      bytes: message.bytes,
      mailbox: message.mailbox,
      whole_size: message.wholeSize === null ? null : String(message.wholeSize),
      received_at: at,
      last_arrived_at: at,
      try_after: at,
      mail_from: mailFrom,
      rcpt_to: [...rcptTo],
      remote_address: remoteAddress,
      helo,
    })
    .onConflict((conflict) =>
      conflict.column('sha256').doUpdateSet((eb) => ({
        arrivals: eb('messages.arrivals', '+', more),
        last_arrived_at: sql<Date>`greatest(messages.last_arrived_at, excluded.last_arrived_at)`,
      })),
    )
    .execute();
  notify(db, CHANNEL, '');
  return sha256;
}

export function listenToMessages(pool: Database['pool'], wake: () => void): () => void {
  return onNotification(pool, CHANNEL, wake);
}

export interface WaitingMessage {
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * What waits to be filed; without those that somebody here has in hand. Senders take turns, the oldest message of each first:
 * one sender's thousandth waits behind everybody's first. What is in hand has had its turn.
 */
export async function unfiledMessages(
  db: Db,
  { at, limit, except }: { readonly at: number; readonly limit: number; readonly except: readonly string[] },
): Promise<readonly WaitingMessage[]> {
  const { rows } = await sql<WaitingMessage>`
    SELECT sha256, size FROM (
      SELECT sha256, octet_length(bytes) AS size, try_after,
        row_number() OVER (PARTITION BY mailbox, lower(mail_from) ORDER BY try_after, sha256) AS turn
      FROM messages WHERE filed_at IS NULL AND try_after <= ${new Date(at)}
    ) AS waiting
    WHERE NOT sha256 = ANY (${except}::text[])
    ORDER BY turn, try_after, sha256 LIMIT ${limit}`.execute(db);
  return rows;
}

export interface UnfiledMessage extends ArrivedMessage {
  readonly sha256: string;
  /** Failed attempts to file it. */
  readonly attempts: number;
}

/** @returns null when it is filed already, or there is none. */
export async function readUnfiled(db: Db, sha256: string): Promise<UnfiledMessage | null> {
  const row = await db
    .selectFrom('messages')
    .selectAll()
    .where('sha256', '=', sha256)
    .where('filed_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    sha256,
    bytes: row.bytes,
    mailbox: row.mailbox,
    receivedAt: epochMs(row.received_at),
    wholeSize: row.whole_size === null ? null : Number(row.whole_size),
    envelope: {
      mailFrom: row.mail_from,
      rcptTo: row.rcpt_to,
      remoteAddress: row.remote_address,
      helo: row.helo,
    },
    attempts: row.attempts,
  };
}

/**
 * Holds a message until the transaction ends, and with it all messages of the same Message-ID: of a thousand copies that are
 * filed at once, one is the first.
 *
 * @returns false when it has been filed meanwhile.
 */
export async function holdMessage(
  transaction: Db,
  { sha256, messageId }: { readonly sha256: string; readonly messageId: string | null },
): Promise<boolean> {
  if (messageId !== null) {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${messageId}, 0))`.execute(transaction);
  }
  const held = await transaction
    .selectFrom('messages')
    .select('sha256')
    .where('sha256', '=', sha256)
    .where('filed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  return held !== undefined;
}

export interface FirstOfId {
  readonly sha256: string;
  readonly contentDigest: string | null;
  readonly incidentId: string | null;
  readonly reportId: string | null;
}

/** What was filed under a Message-ID before, the first of each content; copies left out. */
export async function firstsOf(db: Db, messageId: string): Promise<readonly FirstOfId[]> {
  const rows = await db
    .selectFrom('messages')
    .select(['sha256', 'content_digest', 'incident_id', 'report_id'])
    .where('message_id', '=', messageId)
    .where('verdict', 'is not', null)
    .where('verdict', '<>', 'duplicate')
    .orderBy('received_at')
    .execute();
  return rows.map((row) => ({
    sha256: row.sha256,
    contentDigest: row.content_digest,
    incidentId: row.incident_id,
    reportId: row.report_id,
  }));
}

/** What became of a message. */
export interface Filing {
  readonly verdict: Verdict;
  readonly incidentId: string | null;
  readonly reportId: string | null;
  readonly messageId: string | null;
  readonly contentDigest: string | null;
  readonly firstSha256: string | null;
  /** As src/mail has it; null where nobody could look. */
  readonly authentication: unknown;
  /** How it came in PGP; null where it did not. */
  readonly protection: Protection | null;
  readonly recipients: readonly BouncedRecipient[] | null;
  readonly unparsedReason: string | null;
  readonly automaticAnswer: AutomaticAnswer | null;
}

export async function fileMessage(
  transaction: Db,
  sha256: string,
  at: number,
  filing: Filing,
): Promise<void> {
  await transaction
    .updateTable('messages')
    .set({
      filed_at: new Date(at),
      verdict: filing.verdict,
      incident_id: filing.incidentId,
      report_id: filing.reportId,
      message_id: filing.messageId,
      content_digest: filing.contentDigest,
      first_sha256: filing.firstSha256,
      authentication: asJson(filing.authentication),
      protection: asJson(filing.protection),
      recipients: asJson(filing.recipients),
      unparsed_reason: filing.unparsedReason,
      automatic_answer: asJson(filing.automaticAnswer),
    })
    .where('sha256', '=', sha256)
    .execute();
}

function asJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** It could not be filed, and is tried again after a while. */
export async function postponeFiling(db: Db, sha256: string, tryAfter: number): Promise<void> {
  await db
    .updateTable('messages')
    .set((eb) => ({ attempts: eb('attempts', '+', 1), try_after: new Date(tryAfter) }))
    .where('sha256', '=', sha256)
    .where('filed_at', 'is', null)
    .execute();
}

/** A message and what became of it, without its bytes. `filedAt` and `verdict` are null while it waits. */
export interface MessageRecord extends Omit<Filing, 'verdict'> {
  readonly sha256: string;
  readonly mailbox: string;
  readonly receivedAt: number;
  readonly size: number;
  readonly wholeSize: number | null;
  /** Of these very bytes. */
  readonly arrivals: number;
  /** Of the message, copies that came by other ways included; of a copy, of what it is a copy of. */
  readonly arrivalsInAll: number;
  readonly filedAt: number | null;
  readonly verdict: Verdict | null;
}

export async function readMessage(db: Db, sha256: string): Promise<MessageRecord | null> {
  const row = await db
    .selectFrom('messages')
    .select([
      'sha256',
      'mailbox',
      'received_at',
      'whole_size',
      'arrivals',
      'filed_at',
      'verdict',
      'incident_id',
      'report_id',
      'message_id',
      'content_digest',
      'first_sha256',
      'authentication',
      'protection',
      'recipients',
      'unparsed_reason',
      'automatic_answer',
    ])
    .select(sql<number>`octet_length(bytes)`.as('size'))
    .select(arrivalsInAll.as('arrivals_in_all'))
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    sha256,
    mailbox: row.mailbox,
    receivedAt: epochMs(row.received_at),
    size: row.size,
    wholeSize: row.whole_size === null ? null : Number(row.whole_size),
    arrivals: row.arrivals,
    arrivalsInAll: row.arrivals_in_all,
    filedAt: epochMs(row.filed_at),
    verdict: row.verdict,
    incidentId: row.incident_id,
    reportId: row.report_id,
    messageId: row.message_id,
    contentDigest: row.content_digest,
    firstSha256: row.first_sha256,
    authentication: row.authentication,
    protection: row.protection,
    recipients: row.recipients,
    unparsedReason: row.unparsed_reason,
    automaticAnswer: row.automatic_answer,
  };
}

/** Copies bear the same Message-ID, by which they are found. */
const arrivalsInAll = sql<number>`(
  SELECT sum(one.arrivals)::int
  FROM (SELECT CASE WHEN messages.verdict = 'duplicate' THEN messages.first_sha256 ELSE messages.sha256 END AS sha256) AS first
  JOIN messages AS one ON one.sha256 = first.sha256 OR
    (one.message_id = messages.message_id AND one.first_sha256 = first.sha256 AND one.verdict = 'duplicate'))`;

export async function readMessageBytes(db: Db, sha256: string): Promise<Buffer | null> {
  const row = await db.selectFrom('messages').select('bytes').where('sha256', '=', sha256).executeTakeFirst();
  return row?.bytes ?? null;
}

/** How a report came by mail. */
export interface MailOfReport {
  readonly sha256: string;
  readonly messageId: string | null;
  readonly authentication: unknown;
  readonly automaticAnswer: AutomaticAnswer | null;
}

/** Of those that came by mail; the others are not in the map. */
export async function mailsOfReports(
  db: Db,
  reportIds: readonly string[],
): Promise<ReadonlyMap<string, MailOfReport>> {
  if (reportIds.length === 0) return new Map();
  const { rows } = await sql<{
    report_id: string;
    sha256: string;
    message_id: string | null;
    authentication: unknown;
    automatic_answer: AutomaticAnswer | null;
  }>`
    SELECT report_id, sha256, message_id, authentication, automatic_answer
    FROM messages
    WHERE report_id = ANY (${reportIds}::text[]) AND verdict IN ('report', 'unparsed')`.execute(db);
  return new Map(
    rows.map((row) => [
      row.report_id,
      {
        sha256: row.sha256,
        messageId: row.message_id,
        authentication: row.authentication,
        automaticAnswer: row.automatic_answer,
      },
    ]),
  );
}
