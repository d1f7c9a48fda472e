import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { FIRST_RUNG, nextDueAt, nextPosition, type LadderPosition } from '../domain/ladder.ts';
import type { PageRun } from '../domain/page-run.ts';
import { peopleOnRung } from '../paging/rung.ts';
import { type SendingDependencies, sendMessage } from '../paging/sending.ts';
import type { Db } from '../persistence/database.ts';
import { claimStep, exhaustPage } from '../persistence/page-steps.ts';
import { cancelPage, openPage, readPage, type Page } from '../persistence/pages.ts';
import { passOver, takeMessages, type TakenMessage, unfinishedOf } from '../persistence/pager-messages.ts';
import { readState } from '../persistence/record.ts';
import type { StepTurns } from './step-turns.ts';

/** The next thing a page does: climb a rung, or (`position` null) end as exhausted. */
export interface PageStep {
  readonly position: LadderPosition | null;
  readonly dueAt: number;
}

export interface PageActivities {
  /** Writes the page's row, or finds it; says where to go on. Null when the page has ended. */
  openPage(input: PageRun): Promise<PageStep | null>;
  /** Where a page goes on whose next step was moved. Null when it does not ring in this ring any more. */
  resumePage(input: PageRun): Promise<PageStep | null>;
  /** Waits for the step's instant, claims it and sends. Null when the page rings no longer. */
  climb(args: { readonly input: PageRun; readonly step: PageStep }): Promise<PageStep | null>;
  /** Waits for the end of the last rung's time and ends the page as exhausted. */
  exhaustPage(args: { readonly input: PageRun; readonly step: PageStep }): Promise<null>;
}

/**
 * Well under the heartbeat timeout of an armed step. Not more often: each costs Temporal about 2 ms, and a thousand steps
 * that wait for the same instant would have it do nothing else.
 */
export const HEARTBEAT_EVERY_MS = 2000;

export function createPageActivities(
  dependencies: SendingDependencies & { readonly turns: StepTurns },
): PageActivities {
  const { db, clock, turns } = dependencies;
  return {
    async openPage(input) {
      const { pageId, incidentId, reason, target, ladder, ring, startsAt } = input;
      const first = { ...FIRST_RUNG, nextStepAt: startsAt };
      const opened = await openPage(db, {
        pageId,
        incidentId,
        reason,
        target,
        ladder,
        ring,
        startsAt,
        noteTextId: input.noteTextId,
        next: ladder.rungs.length === 0 ? null : first,
      });
      if (opened.state !== 'ringing' || opened.ring !== ring) return null;
      // Called off before its row was there, the calling off found nothing to end. It is recorded before it is
      // performed, so that one of the two sees the other.
      const incident = await readState(db, incidentId);
      const ref = incident?.state.pages.find(({ id }) => id === pageId);
      if (ref?.state !== 'cancelled') return stepAfter(opened);
      await cancelPage(db, { pageId, because: ref.cancelledBecause ?? 'ended', at: clock.now() });
      return null;
    },

    resumePage: (input) => stepOfRow(db, input),

    climb: ({ input, step }) => whileBeating(() => climb(dependencies, turns, { input, step })),

    exhaustPage: ({ input, step }) =>
      whileBeating(async () => {
        await waitUntil(step.dueAt, () => clock.now());
        await exhaustPage(db, {
          pageId: input.pageId,
          ring: input.ring,
          at: clock.now(),
          rounds: input.ladder.rounds,
          factId: `${input.pageId}:exhausted:${input.ring}`,
        });
        return null;
      }),
  };
}

interface Climbing {
  readonly input: PageRun;
  readonly step: PageStep;
}

/** The messages that a step took up, and the step after it. */
interface Climbed {
  readonly messages: readonly TakenMessage[];
  readonly next: PageStep | null;
}

async function climb(
  dependencies: SendingDependencies,
  turns: StepTurns,
  { input, step }: Climbing,
): Promise<PageStep | null> {
  const { position, dueAt } = step;
  const { clock } = dependencies;
  if (position === null) return null;
  await waitUntil(dueAt, () => clock.now());
  const due = { dueAt, now: clock.now() };
  const { messages, next } = await turns.inTurn(due, () => claim(dependencies, input, { position, dueAt }));
  await Promise.all(messages.map((message) => sendMessage(dependencies, message)));
  // The process goes on from here, at some cost, and nobody waits for it.
  await turns.giveWay();
  return next;
}

async function claim(
  dependencies: SendingDependencies,
  input: PageRun,
  { position, dueAt }: { readonly position: LadderPosition; readonly dueAt: number },
): Promise<Climbed> {
  const { db, clock, policy } = dependencies;
  const { pageId, ring, ladder } = input;
  const incident = await readState(db, input.incidentId);
  const climbedAt = clock.now();
  const { called, whyNobody } = await peopleOnRung(db, ladder.rungs[position.rung - 1]?.targets ?? [], {
    policy,
    incident: incident?.state ?? null,
    at: climbedAt,
  });
  const next: PageStep = {
    position: nextPosition(ladder, position),
    dueAt: nextDueAt(ladder, { rung: position.rung, dueAt, climbedAt, isEmpty: called.length === 0 }),
  };
  const claimed = await claimStep(db, {
    pageId,
    ring,
    ...position,
    at: climbedAt,
    people: called.map(({ person, why }) => ({ person: person.username, why })),
    ...(whyNobody !== null && { whyNobody }),
    nextContactAfterMs: policy.paging.nextContactAfterMs,
    next: next.position === null ? null : { ...next.position, nextStepAt: next.dueAt },
    factId: `${pageId}:climbed:${ring}:${position.round}:${position.rung}`,
  });
  if (claimed === null) return { messages: [], next: null };
  const isKnown = claimed === 'known';
  // An earlier try of this activity may have died with messages in its hands.
  const left = isKnown && activityInfo().attempt > 1 ? unfinishedOf(db, { pageId, ring, ...position }) : [];
  const messages = [...(await left), ...(await takeFor(dependencies, pageId, called.length))];
  // Climbed before, it was climbed then: an answer that Temporal was not there to hear gives nobody their time twice.
  return { messages, next: isKnown ? await stepOfRow(db, input) : next };
}

/** What is to be sent for a page now. Whose contact has had its message for now is called by their next one. */
async function takeFor(
  { db, clock, policy }: SendingDependencies,
  pageId: string,
  people: number,
): Promise<readonly TakenMessage[]> {
  const { oneMessagePerMs } = policy.paging;
  const take = () => takeMessages(db, { pageId, at: clock.now(), oneMessagePerMs });
  const messages = [...(await take())];
  while (messages.length < people && (await passOver(db, { pageId, at: clock.now() }))) {
    messages.push(...(await take()));
  }
  return messages;
}

/** Null when the page does not ring in this ring any more. */
async function stepOfRow(db: Db, { pageId, ring }: PageRun): Promise<PageStep | null> {
  const page = await readPage(db, pageId);
  return page?.state === 'ringing' && page.ring === ring ? stepAfter(page) : null;
}

/** Where a page goes on from its row: the next rung, or the end of the last one's time. */
function stepAfter(page: Page): PageStep {
  const { next, climbed, ladder, ring, skipped } = page;
  if (next !== null) return { position: { round: next.round, rung: next.rung }, dueAt: next.nextStepAt };
  if (climbed === null) return { position: null, dueAt: page.startsAt };
  const { round, rung, at } = climbed;
  const isEmpty = skipped.some((one) => one.ring === ring && one.round === round && one.rung === rung);
  return { position: null, dueAt: nextDueAt(ladder, { rung, dueAt: at, climbedAt: at, isEmpty }) };
}

/** Heartbeats as long as the work goes on, so that a dead worker is noticed and a cancellation heard. */
async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  heartbeat();
  const beat = setInterval(() => heartbeat(), HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

/** Rejects when the activity is cancelled meanwhile. */
function waitUntil(instant: number, now: () => number): Promise<void> {
  const signal = cancellationSignal();
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.max(0, instant - now()));
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(
          signal.reason instanceof Error
            ? signal.reason
            : new Error(`cancelled: ${activityInfo().activityId}`),
        );
      },
      { once: true },
    );
  });
}
