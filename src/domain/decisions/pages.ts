import type { Actor } from '../actor.ts';
import { formatDuration } from '../durations.ts';
import type { Incident, PageRef } from '../incident.ts';
import { isSettled } from '../pages-of-incident.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import { draft, type Outcome, type Situation } from './draft.ts';

/** What becomes of a page that somebody has, or was rung by. Source: SLA-2 (ours). */

/** Rings the named person at once, and from there on the ladder that the page had. */
export function handOnPage({ incident, by, step, now }: Situation<'page-hand-on'>): Outcome {
  const page = openPage(incident, step.pageId);
  if (isRefusal(page)) return page;
  const refusal = notTheirs(page, by) ?? notToThem(page, by, step.to);
  if (refusal !== null) return refusal;
  const { pageId, to, textId } = step;
  // One that is only armed begins no earlier for being handed on.
  return [draft({ type: 'page-handed-on', pageId, to, startsAt: Math.max(now, page.startsAt), textId })];
}

/** The owner keeps it, and is rung again at a time of their choosing, within the policy's limit. */
export function snoozePage({ incident, by, step, rules, now }: Situation<'page-snooze'>): Outcome {
  const page = openPage(incident, step.pageId);
  if (isRefusal(page)) return page;
  if (page.state !== 'acknowledged') {
    return refuse(
      'not-now',
      `Page ${page.id} is ${page.state}; it is snoozed by who has acknowledged it: take it first.`,
    );
  }
  if (page.acknowledgedBy !== by.username) {
    return refuse('not-yours', `Page ${page.id} is ${page.acknowledgedBy}’s; nobody else snoozes it.`);
  }
  const limitMs = rules.snoozeAtMostMs;
  if (limitMs === undefined) {
    return refuse('not-now', 'The policy that this incident began with lets no page be snoozed.');
  }
  if (step.forMs <= 0 || step.forMs > limitMs) {
    const asked = `more than nothing and at most ${formatDuration(limitMs)}`;
    return refuse('invalid', `A page is snoozed for ${asked}.`, '/for');
  }
  return [draft({ type: 'page-snoozed', pageId: page.id, until: now + step.forMs })];
}

/** A page of which something is left to be done. */
function openPage(incident: Incident, pageId: string): PageRef | Refusal {
  const page = incident.pages.find(({ id }) => id === pageId);
  if (page === undefined) return refuse('not-found', `There is no page ${pageId} on this incident.`);
  if (page.state === 'cancelled') return refuse('not-now', `Page ${pageId} is cancelled.`);
  return isSettled(page, incident) || wasSettled(page)
    ? refuse('not-now', `What page ${pageId} was about is over; nobody is called for it any more.`)
    : page;
}

/** Its clock stopped while it was acknowledged. Where that clock runs again, another page has called for it anew. */
function wasSettled({ clock, state, acknowledgedUntil }: PageRef): boolean {
  return clock !== null && state === 'acknowledged' && acknowledgedUntil === null;
}

/** The CSIRT may always, its owner while they have it, and whom it rang while it rings. */
function notTheirs({ id, state, acknowledgedBy }: PageRef, by: Actor): Refusal | null {
  if (by.roles.includes('csirt') || acknowledgedBy === by.username || state === 'ringing') return null;
  const whose = acknowledgedBy === null ? 'It is the CSIRT’s' : `It is ${acknowledgedBy}’s`;
  return refuse('not-yours', `Page ${id} is ${state}. ${whose} to hand on.`);
}

function notToThem({ id, acknowledgedBy }: PageRef, by: Actor, to: string): Refusal | null {
  if (to === by.username) {
    return refuse('invalid', `Page ${id} is handed on to somebody else; to have it, acknowledge it.`, '/to');
  }
  return to === acknowledgedBy ? refuse('already-done', `${to} has page ${id} already.`, '/to') : null;
}
