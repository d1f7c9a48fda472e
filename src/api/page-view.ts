import type { PageRef } from '../domain/incident.ts';
import type { Page } from '../persistence/pages.ts';
import type { PageView } from './schemas/pages.ts';
import { instantText } from './schemas/values.ts';
import { type Texts, wordOf } from './words.ts';

/**
 * A page as its row has it. Where the process has decided that it rings anew and the row does not show it yet, it is
 * shown as decided: whoever restarted it sees it ring in the very next answer. `page` is null before its first ring.
 */
export function pageView(incidentId: string, ref: PageRef | null, page: Page | null, texts: Texts): PageView {
  if (ref !== null && (page === null || isBehind(page, ref)))
    return decidedView(incidentId, ref, page, texts);
  if (page === null) throw new TypeError('A page has a row, or its incident knows it.');
  return {
    id: page.id,
    incidentId,
    reason: page.reason,
    state: page.state,
    startedAt: instantText(page.startsAt),
    endedAt: instantText(page.endedAt),
    round: page.climbed?.round ?? null,
    rung: page.climbed?.rung ?? null,
    nextStepAt: instantText(page.next?.nextStepAt ?? null),
    acknowledgedBy: page.acknowledgedBy,
    acknowledgedAt: instantText(page.acknowledgedAt),
    acknowledgedUntil: page.state === 'acknowledged' ? instantText(ref?.acknowledgedUntil ?? null) : null,
    declinedBy: [...page.declinedBy],
    cancelledBecause: page.cancelledBecause,
    note: wordOf(texts, page.noteTextId, 'note'),
    ring: page.ring,
    skipped: skippedOf(page),
    attempts: attemptsOf(page),
  };
}

/** True while the row still shows an earlier ring; an acknowledgement of the new one counts from its first moment. */
export function isBehind(page: Page, ref: PageRef): boolean {
  const isTaken = page.acknowledgedAt !== null && page.acknowledgedAt >= ref.startsAt;
  return page.ring < ref.ring && !isTaken;
}

function decidedView(incidentId: string, ref: PageRef, page: Page | null, texts: Texts): PageView {
  const isOver = ref.state === 'cancelled' || ref.state === 'exhausted';
  return {
    id: ref.id,
    incidentId,
    reason: ref.reason,
    state: ref.state,
    startedAt: instantText(ref.startsAt),
    endedAt: isOver ? instantText(ref.startsAt) : null,
    round: null,
    rung: null,
    nextStepAt: isOver ? null : instantText(ref.startsAt),
    acknowledgedBy: ref.acknowledgedBy,
    acknowledgedAt: null,
    acknowledgedUntil: instantText(ref.acknowledgedUntil),
    declinedBy: [],
    cancelledBecause: ref.cancelledBecause,
    note: wordOf(texts, page?.noteTextId ?? null, 'note'),
    ring: ref.ring,
    skipped: page === null ? [] : skippedOf(page),
    attempts: page === null ? [] : attemptsOf(page),
  };
}

function skippedOf(page: Page): PageView['skipped'] {
  return page.skipped.map(({ at, ...skipped }) => ({ ...skipped, at: instantText(at) }));
}

function attemptsOf(page: Page): PageView['attempts'] {
  return page.attempts.map((attempt) => ({
    ring: attempt.ring,
    round: attempt.round,
    rung: attempt.rung,
    person: attempt.person,
    method: attempt.method,
    why: attempt.why,
    dueAt: instantText(attempt.dueAt),
    sendAfter: instantText(attempt.sendAfter),
    sentAt: instantText(attempt.sentAt),
    lateMs: attempt.sentAt === null ? null : attempt.sentAt - attempt.sendAfter,
    tries: attempt.tries,
    answer: attempt.answer,
    receipt: attempt.receipt,
    receiptAt: instantText(attempt.receiptAt),
  }));
}
