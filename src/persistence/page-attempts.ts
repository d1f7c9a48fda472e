import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';

/** One message to one person by one method, named by the step it belongs to. */
export interface AttemptKey {
  readonly pageId: string;
  readonly ring: number;
  readonly round: number;
  readonly rung: number;
  readonly person: string;
  readonly method: string;
}

export interface PageAttempt extends AttemptKey {
  /** Why this person: the role or the name on the rung. */
  readonly why: string;
  readonly dueAt: number;
  readonly claimedAt: number;
  readonly sentAt: number | null;
  /** What became of it, in a word of ours or the far side's code; null while that is not known. */
  readonly answer: string | null;
  /** The far side's own name for the message. */
  readonly receipt: string | null;
}

/** Notes what became of an attempt. Once one has been sent it stays so, whatever a later try says. */
export async function finishAttempt(
  db: Db,
  {
    sentAt,
    answer,
    receipt,
    ...key
  }: AttemptKey & {
    readonly sentAt: number | null;
    readonly answer: string;
    readonly receipt: string | null;
  },
): Promise<void> {
  await db
    .updateTable('page_attempts')
    .set({ sent_at: instant(sentAt), answer, receipt })
    .where('page_id', '=', key.pageId)
    .where('ring', '=', key.ring)
    .where('round', '=', key.round)
    .where('rung', '=', key.rung)
    .where('person', '=', key.person)
    .where('method', '=', key.method)
    .where('sent_at', 'is', null)
    .execute();
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
    .selectAll()
    .where('page_id', 'in', pageIds)
    .orderBy('page_id')
    .orderBy('ring')
    .orderBy('round')
    .orderBy('rung')
    .orderBy('person')
    .orderBy('method')
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
      method: row.method,
      why: row.why,
      dueAt: epochMs(row.due_at),
      claimedAt: epochMs(row.claimed_at),
      sentAt: epochMs(row.sent_at),
      answer: row.answer,
      receipt: row.receipt,
    });
  }
  return attempts;
}
