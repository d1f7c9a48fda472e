import type { ClockStepName } from './events.ts';
import type { Clock, Incident, PageRef } from './incident.ts';
import { ladderNameOf } from './ladder.ts';
import { noticesOf } from './notices/notice.ts';
import type { ProcessRules } from './rules.ts';
import type { PageReason } from './vocabulary.ts';

/** The clocks of an incident: what each does at which instant. All instants are epoch milliseconds. */

export interface ClockStep {
  readonly step: ClockStepName;
  readonly at: number;
  /** The page that starts at this instant; null for a step that pages nobody. */
  readonly page: PageReason | null;
}

/** The steps of a clock in order of time; those already taken are the first `clock.stepsTaken`. */
export function stepsOf(clock: Clock, rules: ProcessRules): readonly ClockStep[] {
  const { dueAt } = clock;
  if (clock.name === 'reply') {
    return [
      { step: 'warned', at: dueAt - rules.reply.warnBeforeMs, page: 'reply-due' },
      { step: 'breached', at: dueAt, page: 'reply-breached' },
    ];
  }
  if (clock.name === 'lead') return [{ step: 'breached', at: dueAt, page: 'no-lead' }];
  if (clock.name === 'verification') return [{ step: 'breached', at: dueAt, page: 'verification' }];
  return [
    { step: 'breached', at: dueAt, page: null },
    { step: 'paged', at: dueAt + rules.overdue.pageAfterMs, page: 'action-overdue' },
    { step: 'sponsor-told', at: dueAt + rules.overdue.tellSponsorAfterMs, page: null },
  ];
}

/** When the page of a step is handed to the worker that will send it: ahead of its instant, never before the clock began. */
export function armsAt(step: ClockStep, clock: Clock, rules: ProcessRules): number {
  return Math.max(clock.startedAt, step.at - rules.armAheadMs);
}

export function isRunning(clock: Clock): boolean {
  return clock.stoppedAt === null;
}

/** A reply is owed while its clock has not stopped, breached or not. */
export function owedReplies(incident: Incident): readonly string[] {
  return incident.clocks.flatMap((clock) =>
    clock.name === 'reply' && isRunning(clock) && clock.reportId !== null ? [clock.reportId] : [],
  );
}

export function startClock(
  name: string,
  reportId: string | null,
  startedAt: number,
  withinMs: number,
): Clock {
  return {
    name,
    reportId,
    startedAt,
    dueAt: startedAt + withinMs,
    state: 'running',
    stoppedAt: null,
    by: null,
    reason: null,
    stepsTaken: 0,
  };
}

/**
 * Stops what runs among the chosen clocks as met; what came too late stays breached. A call that was made in time and
 * noted down only after the breach met its clock all the same: the instant decides, not when we learnt of it.
 */
export function meet(
  clocks: readonly Clock[],
  chosen: (clock: Clock) => boolean,
  end: { readonly at: number; readonly by: string },
): readonly Clock[] {
  return clocks.map((clock) => {
    if (!isRunning(clock) || !chosen(clock)) return clock;
    return { ...clock, state: isLate(clock, end.at) ? 'breached' : 'met', stoppedAt: end.at, by: end.by };
  });
}

/** True when what a clock waits for came after its time, whether or not the breach was recorded meanwhile. */
export function isLate(clock: Clock, at: number): boolean {
  return at > clock.dueAt || (clock.state === 'breached' && at === clock.dueAt);
}

/** Stops what runs among the chosen clocks without its having been met; the reason is a word, never a sentence. */
export function excuse(
  clocks: readonly Clock[],
  chosen: (clock: Clock) => boolean,
  end: { readonly at: number; readonly by: string; readonly reason: string },
): readonly Clock[] {
  return clocks.map((clock) =>
    isRunning(clock) && chosen(clock)
      ? {
          ...clock,
          state: clock.state === 'breached' ? 'breached' : 'excused',
          stoppedAt: end.at,
          by: end.by,
          reason: end.reason,
        }
      : clock,
  );
}

/** Lets excused clocks run on from where they began: what excused them is taken back. */
export function resume(clocks: readonly Clock[], chosen: (clock: Clock) => boolean): readonly Clock[] {
  return clocks.map((clock) =>
    !isRunning(clock) && chosen(clock)
      ? {
          ...clock,
          state: clock.state === 'breached' ? 'breached' : 'running',
          stoppedAt: null,
          by: null,
          reason: null,
          // Counted anew: whoever was told then was told of a matter that had ended since.
          stepsTaken: 0,
        }
      : clock,
  );
}

export interface Wake {
  readonly at: number;
  /** The clock's name, or the page whose acknowledgement ends. */
  readonly what: string;
}

/** The nearest instant at which the process has something to do by itself; null when only people can move it. */
export function nextWake(incident: Incident, rules: ProcessRules): Wake | null {
  const wakes: readonly Wake[] = [
    ...incident.clocks
      .filter(isRunning)
      .flatMap((clock) => instantsOf(clock, incident, rules).map((at) => ({ at, what: clock.name }))),
    ...incident.pages.flatMap(({ id, state, acknowledgedUntil }) =>
      state === 'acknowledged' && acknowledgedUntil !== null
        ? [{ at: acknowledgedUntil, what: `acknowledgement of ${id}` }]
        : [],
    ),
    ...noticesOf(incident).flatMap(({ n, nextAt }) =>
      nextAt === null ? [] : [{ at: nextAt, what: `notice ${n}` }],
    ),
  ];
  return wakes.reduce<Wake | null>(
    (nearest, wake) => (nearest === null || wake.at < nearest.at ? wake : nearest),
    null,
  );
}

export function nextInstant(incident: Incident, rules: ProcessRules): number | null {
  return nextWake(incident, rules)?.at ?? null;
}

/** Only its next step counts: taking that one brings the instants of the one after it. */
function instantsOf(clock: Clock, incident: Incident, rules: ProcessRules): readonly number[] {
  const step = stepsOf(clock, rules)[clock.stepsTaken];
  if (step === undefined) return [];
  return step.page !== null && !hasPage({ incident, clock, step, rules })
    ? [armsAt(step, clock, rules), step.at]
    : [step.at];
}

/**
 * True when the page of this very step was started already and still stands, or another one calls the same people for the
 * same matter. A page whose matter was over and came back (an acknowledged page that no longer expires) stands no more:
 * somebody has to be called anew.
 */
export function hasPage({
  incident,
  clock,
  step,
  rules,
}: {
  readonly incident: Incident;
  readonly clock: Clock;
  readonly step: ClockStep;
  readonly rules: ProcessRules;
}): boolean {
  return incident.pages
    .filter((page) => page.clock?.name === clock.name && page.clock.reportId === clock.reportId)
    .some((page) => (page.reason === step.page ? stands(page) : callsForLead(page, step, rules)));
}

function stands({ state, acknowledgedUntil }: PageRef): boolean {
  return state !== 'cancelled' && (state !== 'acknowledged' || acknowledgedUntil !== null);
}

/** Who phones gets the ladder at once. While it rings, a missing lead is no second call up the same ladder. */
function callsForLead({ reason, state, target }: PageRef, step: ClockStep, rules: ProcessRules): boolean {
  return (
    rules.phonePageCallsForLead === true &&
    reason === 'phone' &&
    step.page === 'no-lead' &&
    state === 'ringing' &&
    ladderNameOf(target) === rules.ladderOf['no-lead']
  );
}
