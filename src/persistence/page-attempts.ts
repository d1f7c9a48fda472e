import { sql } from 'kysely';

import type { ContactKind } from '../domain/contact.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

/** One call to one person by one contact, named by the step it belongs to. */
export interface AttemptKey {
  readonly pageId: string;
  readonly ring: number;
  readonly round: number;
  readonly rung: number;
  readonly person: string;
  /** A contact of theirs, or `policy` for the mail address that the policy gives. */
  readonly contact: string;
}

export interface PageAttempt extends AttemptKey {
  readonly method: ContactKind;
  /** Why this person: the role or the name on the rung, or the rota with its shift. */
  readonly why: string;
  /** When its step was due. */
  readonly dueAt: number;
  /** Its own instant: a person's contacts are tried one after the other. */
  readonly sendAfter: number;
  /** Names the message that carried it, perhaps with others; null before. */
  readonly message: string | null;
  /** When the far side had taken that message. */
  readonly sentAt: number | null;
  /** How often it was tried: from 2 on it may have arrived more than once. */
  readonly tries: number;
  /** What became of it: `accepted 250`, `refused 550`, `unavailable timeout`; null while that is not known. */
  readonly answer: string | null;
  /** The far side's own name for the message. */
  readonly receipt: string | null;
  /** When the far side said that it had reached the person's device, or had not. */
  readonly receiptAt: number | null;
}

/** By page, each in the order they were due. */
export async function attemptsOf(
  db: Db,
  pageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly PageAttempt[]>> {
  const attempts = new Map<string, PageAttempt[]>();
  if (pageIds.length === 0) return attempts;
  const rows = await db
    .selectFrom('page_attempts')
    .leftJoin('pager_messages', 'pager_messages.id', 'page_attempts.message')
    .selectAll('page_attempts')
    .select(['sent_at', 'tries', 'outcome', 'code', 'far_id', 'receipt_at'])
    .where('page_id', 'in', pageIds)
    .orderBy('page_id')
    .orderBy('ring')
    .orderBy('round')
    .orderBy('rung')
    .orderBy('page_attempts.person')
    .orderBy('send_after')
    .orderBy(sql`page_attempts.contact = 'policy'`)
    .orderBy('page_attempts.contact')
    .execute();
  for (const row of rows) {
    const ofPage = attempts.get(row.page_id) ?? [];
    attempts.set(row.page_id, ofPage);
    ofPage.push({
      pageId: row.page_id,
      ring: row.ring,
      round: row.round,
      rung: row.rung,
      person: row.person,
      contact: row.contact,
      method: row.method as ContactKind,
      why: row.why,
      dueAt: epochMs(row.due_at),
      sendAfter: epochMs(row.send_after),
      message: row.message,
      sentAt: epochMs(row.sent_at),
      tries: row.tries ?? 0,
      answer: row.outcome === null ? null : [row.outcome, row.code].filter(Boolean).join(' '),
      receipt: row.far_id,
      receiptAt: epochMs(row.receipt_at),
    });
  }
  return attempts;
}
