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
  /**
   * What became of it: `accepted 250`, `refused 550`, `unavailable timeout`; `not-needed` when nothing was sent because
   * the page rang no more for that person; null while it is not known.
   */
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
    .innerJoin('pages', 'pages.id', 'page_attempts.page_id')
    .leftJoin('pager_messages', 'pager_messages.id', 'page_attempts.message')
    .selectAll('page_attempts')
    .select(['sent_at', 'tries', 'outcome', 'code', 'far_id', 'receipt_at'])
    .select(
      sql<boolean>`pages.state = 'ringing' AND pages.ring = page_attempts.ring
        AND NOT page_attempts.person = ANY (declined_by)`.as('still_rings'),
    )
    .where('page_id', 'in', pageIds)
    .orderBy('page_id')
    .orderBy('page_attempts.ring')
    .orderBy('page_attempts.round')
    .orderBy('page_attempts.rung')
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
      answer: answerOf(row),
      receipt: row.far_id,
      receiptAt: epochMs(row.receipt_at),
    });
  }
  return attempts;
}

/** Once a page rings no more for somebody, nothing of it is begun to be sent to them: what was not yet never will be. */
function answerOf(message: {
  readonly outcome: string | null;
  readonly code: string | null;
  readonly tries: number | null;
  readonly still_rings: boolean;
}): string | null {
  const { outcome, code, tries, still_rings } = message;
  if (outcome === 'dropped') return 'not-needed';
  if (outcome !== null) return [outcome, code].filter(Boolean).join(' ');
  return still_rings || (tries ?? 0) > 0 ? null : 'not-needed';
}
