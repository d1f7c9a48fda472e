import { isRunning } from './clocks.ts';
import type { EventBody, EventType, IncidentEvent } from './events.ts';
import { PROCESS } from './actor.ts';
import type { Incident, PageRef } from './incident.ts';
import { handedTo } from './ladder.ts';
import type { ProcessRules } from './rules.ts';

/** The pages of an incident after an event: what rings, who took it, and until when that lasts. Source: SLA-2. */
export function pagesAfter(
  incident: Incident,
  event: IncidentEvent,
  rules: ProcessRules,
): readonly PageRef[] {
  return withEvent(incident.pages, event, rules)
    .map((page) => keptAlive(page, event, rules))
    .map((page) => (page.state === 'acknowledged' && isSettled(page, incident) ? settled(page) : page));
}

function withEvent(pages: readonly PageRef[], event: IncidentEvent, rules: ProcessRules): readonly PageRef[] {
  const { body } = event;
  switch (body.type) {
    case 'page-started':
      return [...pages, started(body)];
    case 'page-rang-again':
      return pages.map((page) => (page.id === body.pageId ? ringingAnew(page, body.startsAt) : page));
    case 'page-handed-on':
      return pages.map((page) =>
        page.id === body.pageId
          ? { ...ringingAnew(page, body.startsAt), target: handedTo(body.to, page.target) }
          : page,
      );
    case 'page-snoozed':
      return pages.map((page) =>
        page.id === body.pageId ? { ...page, acknowledgedUntil: body.until } : page,
      );
    case 'page-acknowledged':
      // The first one has it; and one that comes when the matter is over wakes nothing up again.
      return pages.map((page) =>
        page.id === body.pageId && (page.state === 'ringing' || page.state === 'exhausted')
          ? {
              ...page,
              state: 'acknowledged',
              acknowledgedBy: event.by,
              acknowledgedUntil: event.at + rules.acknowledgementLastsMs,
            }
          : page,
      );
    case 'page-climbed':
      return pages.map((page) =>
        isOfRing(page, body) ? { ...page, rung: Math.max(page.rung, body.rung) } : page,
      );
    case 'page-exhausted':
      return pages.map((page) =>
        isOfRing(page, body) && page.state === 'ringing' ? { ...page, state: 'exhausted' } : page,
      );
    case 'page-cancelled':
      return pages.map((page) =>
        page.id === body.pageId
          ? { ...page, state: 'cancelled', acknowledgedUntil: null, cancelledBecause: body.because }
          : page,
      );
    default:
      return pages;
  }
}

function ringingAnew(page: PageRef, startsAt: number): PageRef {
  return {
    ...page,
    state: 'ringing',
    ring: page.ring + 1,
    rung: 0,
    startsAt,
    acknowledgedBy: null,
    acknowledgedUntil: null,
  };
}

/** What an earlier ring did says nothing of the present one. */
function isOfRing(page: PageRef, body: { readonly pageId: string; readonly ring?: number }): boolean {
  return page.id === body.pageId && (body.ring ?? page.ring) === page.ring;
}

function started(body: Extract<EventBody, { readonly type: 'page-started' }>): PageRef {
  return {
    id: body.pageId,
    reason: body.reason,
    clock: body.clock,
    target: body.target,
    state: 'ringing',
    startsAt: body.startsAt,
    ring: 1,
    rung: 0,
    acknowledgedBy: null,
    acknowledgedUntil: null,
    noteTextId: body.textId,
    cancelledBecause: null,
  };
}

/**
 * An acknowledgement lasts while its owner does something on the incident. Where a clock still runs, each step
 * lengthens it and none shortens a snooze; a call without a clock is settled by the first step.
 */
function keptAlive(page: PageRef, event: IncidentEvent, rules: ProcessRules): PageRef {
  const isOwnersStep =
    event.by !== PROCESS && event.by === page.acknowledgedBy && !ANSWERS.includes(event.body.type);
  if (page.state !== 'acknowledged' || page.acknowledgedUntil === null || !isOwnersStep) return page;
  if (page.clock === null) return settled(page);
  const until = event.recordedAt + rules.acknowledgementLastsMs;
  return { ...page, acknowledgedUntil: Math.max(page.acknowledgedUntil, until) };
}

/** What is said to a page is nothing done about its matter. */
const ANSWERS: readonly EventType[] = [
  'page-acknowledged',
  'page-declined',
  'page-handed-on',
  'page-snoozed',
];

/** True when nothing is left of what the page was about. */
export function isSettled(page: PageRef, incident: Incident): boolean {
  const { clock } = page;
  if (clock === null) {
    const isNoMoreCounsels = page.reason === 'law-enforcement' && incident.kind !== 'law-enforcement';
    return incident.endedAt !== null || isNoMoreCounsels;
  }
  return !incident.clocks.some(
    (other) => other.name === clock.name && other.reportId === clock.reportId && isRunning(other),
  );
}

function settled(page: PageRef): PageRef {
  return { ...page, acknowledgedUntil: null };
}
