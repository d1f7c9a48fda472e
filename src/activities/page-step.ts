import { type LadderPosition, nextDueAt } from '../domain/ladder.ts';
import type { PageRun } from '../domain/page-run.ts';
import type { Db } from '../persistence/database.ts';
import { type Page, readPage } from '../persistence/pages.ts';

/** The next thing a page does: climb a rung, or (`position` null) end as exhausted. */
export interface PageStep {
  readonly position: LadderPosition | null;
  readonly dueAt: number;
}

/** Null when the page does not ring in this ring any more. */
export async function stepOfRow(db: Db, { pageId, ring }: PageRun): Promise<PageStep | null> {
  const page = await readPage(db, pageId);
  return page?.state === 'ringing' && page.ring === ring ? stepAfter(page) : null;
}

/** Where a page goes on from its row: the next rung, or the end of the last one's time. */
export function stepAfter(page: Page): PageStep {
  const { next, climbed, ladder, ring, skipped } = page;
  if (next !== null) return { position: { round: next.round, rung: next.rung }, dueAt: next.nextStepAt };
  if (climbed === null) return { position: null, dueAt: page.startsAt };
  const { round, rung, at } = climbed;
  const isEmpty = skipped.some((one) => one.ring === ring && one.round === round && one.rung === rung);
  return { position: null, dueAt: nextDueAt(ladder, { rung, dueAt: at, climbedAt: at, isEmpty }) };
}
