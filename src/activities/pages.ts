import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { FIRST_RUNG } from '../domain/ladder.ts';
import type { PageRun } from '../domain/page-run.ts';
import { type SendingDependencies, sendMessage } from '../paging/sending.ts';
import { exhaustPage } from '../persistence/page-steps.ts';
import { cancelPage, openPage } from '../persistence/pages.ts';
import { readState } from '../persistence/record.ts';
import type { Climbed, DueStep } from './climbing.ts';
import { type PageStep, stepAfter, stepOfRow } from './page-step.ts';
import type { StepTurns } from './step-turns.ts';

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
  dependencies: SendingDependencies,
  turns: StepTurns<DueStep, Climbed>,
): PageActivities {
  const { db, clock } = dependencies;
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

async function climb(
  dependencies: SendingDependencies,
  turns: StepTurns<DueStep, Climbed>,
  { input, step }: Climbing,
): Promise<PageStep | null> {
  const { position, dueAt } = step;
  const { clock } = dependencies;
  if (position === null) return null;
  await waitUntil(dueAt, () => clock.now());
  const due: DueStep = { input, position, dueAt, isTriedAgain: activityInfo().attempt > 1 };
  const { messages, next } = await turns.inTurn({ dueAt, now: clock.now() }, due);
  await Promise.all(messages.map((message) => sendMessage(dependencies, message)));
  // The process goes on from here, at some cost, and nobody waits for it.
  await turns.giveWay();
  return next;
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
