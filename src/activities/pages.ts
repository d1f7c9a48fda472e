import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { clear } from '../domain/clearance.ts';
import { isInvolved } from '../domain/access.ts';
import type { Incident } from '../domain/incident.ts';
import { FIRST_RUNG, nextDueAt, nextPosition, type LadderPosition } from '../domain/ladder.ts';
import { page as pageMail } from '../domain/mail-wording.ts';
import type { PageRun } from '../domain/page-run.ts';
import type { Policy } from '../domain/policy.ts';
import { recordClearance } from '../persistence/clearances.ts';
import { finishAttempt } from '../persistence/page-attempts.ts';
import { claimStep, exhaustPage, type ClaimedAttempt } from '../persistence/page-steps.ts';
import { cancelPage, openPage, type Page } from '../persistence/pages.ts';
import { readState } from '../persistence/record.ts';
import { MailerUnavailable } from '../ports.ts';
import type { DeliveryDependencies } from './delivery.ts';
import { peopleOnRung } from './rung.ts';

/** The next thing a page does: climb a rung, or (`position` null) end as exhausted. */
export interface PageStep {
  readonly position: LadderPosition | null;
  readonly dueAt: number;
}

export interface PageActivities {
  /** Writes the page's row, or finds it; says where to go on. Null when the page has ended. */
  openPage(input: PageRun): Promise<PageStep | null>;
  /** Waits for the step's instant, claims it and sends. Null when the page rings no longer. */
  climb(args: { readonly input: PageRun; readonly step: PageStep }): Promise<PageStep | null>;
  /** Waits for the end of the last rung's time and ends the page as exhausted. */
  exhaustPage(args: { readonly input: PageRun; readonly step: PageStep }): Promise<null>;
}

export interface PageDependencies extends DeliveryDependencies {
  /** The policy in force: a rung is resolved to people when it is climbed. */
  readonly policy: Policy;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

const METHOD = 'mail';

/**
 * Well under the heartbeat timeout of an armed step. Not more often: each costs Temporal about 2 ms, and a thousand steps
 * that wait for the same instant would have it do nothing else.
 */
export const HEARTBEAT_EVERY_MS = 2000;

/** A message that the server asks to try later is tried again within the rung's own time, this often. */
const SEND_AGAIN_MS = 1000;

export function createPageActivities(dependencies: PageDependencies): PageActivities {
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

    climb: ({ input, step }) => whileBeating(() => climb(dependencies, input, step)),

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

async function climb(
  dependencies: PageDependencies,
  input: PageRun,
  { position, dueAt }: PageStep,
): Promise<PageStep | null> {
  const { db, clock, policy } = dependencies;
  const { pageId, ring, ladder } = input;
  if (position === null) return null;
  await waitUntil(dueAt, () => clock.now());
  const incident = await readState(db, input.incidentId);
  const climbedAt = clock.now();
  const people = await peopleOnRung(db, ladder.rungs[position.rung - 1]?.targets ?? [], {
    policy,
    incident: incident?.state ?? null,
    at: climbedAt,
  });
  const next: PageStep = {
    position: nextPosition(ladder, position),
    dueAt: nextDueAt(ladder, { rung: position.rung, dueAt, climbedAt, isEmpty: people.length === 0 }),
  };
  const attempts = await claimStep(db, {
    pageId,
    ring,
    ...position,
    at: climbedAt,
    people: people.map(({ person, why }) => ({ person: person.username, why })),
    method: METHOD,
    next: next.position === null ? null : { ...next.position, nextStepAt: next.dueAt },
    factId: `${pageId}:climbed:${ring}:${position.round}:${position.rung}`,
  });
  if (attempts === null) return null;
  await Promise.all(
    attempts.map((attempt) =>
      call(dependencies, { input, position, next, attempt, incident: incident?.state ?? null }),
    ),
  );
  return next;
}

interface Call {
  readonly input: PageRun;
  readonly position: LadderPosition;
  readonly next: PageStep;
  readonly attempt: ClaimedAttempt;
  readonly incident: Incident | null;
}

/** Sends one message, again and again while the server asks to try later and the rung still has time. */
async function call(
  dependencies: PageDependencies,
  { input, position, next, attempt, incident }: Call,
): Promise<void> {
  const { db, mailer, clock, policy, publicUrl } = dependencies;
  const { pageId, ring, incidentId } = input;
  const key = { pageId, ring, ...position, person: attempt.person, method: attempt.method };
  const person = policy.people.find(({ username }) => username === attempt.person);
  if (person === undefined) {
    await finishAttempt(db, { ...key, sentAt: null, answer: 'unknown person', receipt: null });
    return;
  }
  const mail = pageMail({
    letterhead: policy,
    envelope: {
      key: `${pageId}:${ring}:${position.round}:${position.rung}`,
      to: person.mail,
      addressee: person.username,
    },
    incidentId,
    pageId,
    reason: input.reason,
    criticality: incident?.criticality ?? null,
    calledAs: attempt.why,
    ...position,
    nextStepAt: next.position === null ? null : next.dueAt,
    link: `${publicUrl}/v1/pages/${pageId}`,
  });
  const cleared = clear(mail, {
    kind: 'own-people',
    username: person.username,
    address: person.mail,
    roles: person.roles,
    isAppointed: incident !== null && isInvolved(person.username, incident),
  });
  await recordClearance(db, { incidentId, at: clock.now(), purpose: 'page', ...cleared.clearance });
  if (!cleared.isCleared) {
    await finishAttempt(db, {
      ...key,
      sentAt: null,
      answer: `withheld: ${cleared.clearance.reason}`,
      receipt: null,
    });
    return;
  }
  for (;;) {
    try {
      const answer = await mailer.send(cleared);
      const isSent = answer.outcome === 'accepted';
      await finishAttempt(db, {
        ...key,
        sentAt: isSent ? clock.now() : null,
        answer: `${answer.outcome} ${answer.code}`,
        receipt: isSent ? answer.messageId : null,
      });
      return;
    } catch (error) {
      if (!(error instanceof MailerUnavailable)) throw error;
      if (clock.now() + SEND_AGAIN_MS >= next.dueAt) {
        await finishAttempt(db, { ...key, sentAt: null, answer: 'unavailable', receipt: null });
        return;
      }
      await waitUntil(clock.now() + SEND_AGAIN_MS, () => clock.now());
    }
  }
}

/** Where a page goes on from its row: the next rung, or the end of the last one's time. */
function stepAfter(page: Page): PageStep {
  const { next, climbed, ladder } = page;
  if (next !== null) return { position: { round: next.round, rung: next.rung }, dueAt: next.nextStepAt };
  if (climbed === null) return { position: null, dueAt: page.startsAt };
  const { rung, at } = climbed;
  return { position: null, dueAt: nextDueAt(ladder, { rung, dueAt: at, climbedAt: at, isEmpty: false }) };
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
