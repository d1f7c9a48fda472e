import { PROCESS } from './actor.ts';
import { armsAt, hasPage, isRunning, stepsOf, type ClockStep } from './clocks.ts';
import type { Command, EffectResult, Fact } from './commands.ts';
import { decide } from './decide.ts';
import { callCounsel, nextPageId } from './decisions/calls.ts';
import { draft, type Draft } from './decisions/draft.ts';
import type { Effect } from './effects.ts';
import type { EventBody, IncidentEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { channelResult, nextOfChannel } from './incident-channel.ts';
import type { Clock, Incident } from './incident.ts';
import { isUnderWay, NOBODY_TOLD, noticesOf } from './notices/notice.ts';
import { nextNotice, noticesSettled } from './notices/standing.ts';
import { targetOfPage } from './owners.ts';
import { isSettled } from './pages-of-incident.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { draftsOfReturn } from './returned-replies.ts';
import type { ProcessRules } from './rules.ts';

/**
 * The whole process as one pure machine: commands, facts, results and time go in, numbered events come out.
 * The workflow is the loop around it that waits, records and performs.
 */
export interface Advance {
  readonly incident: Incident;
  readonly events: readonly IncidentEvent[];
}

/** Takes a command, or refuses it. A command that was answered before is not taken again. */
export function takeCommand(
  incident: Incident,
  command: Command,
  rules: ProcessRules,
  now: number,
): Advance | Refusal {
  if (answeredVersion(incident, command.commandId) !== null) return { incident, events: [] };
  const outcome = decide(incident, command, rules, now);
  if (isRefusal(outcome)) return outcome;
  return advance(incident, outcome, { by: command.by.username, commandId: command.commandId, now }, rules);
}

/** Takes up a fact. It cannot be refused; the same one is taken up once. */
export function takeFact(incident: Incident, fact: Fact, rules: ProcessRules, now: number): Advance {
  if (answeredVersion(incident, fact.factId) !== null) return { incident, events: [] };
  const drafts = draftsOfFact(incident, fact, rules, now);
  return advance(incident, drafts, { by: fact.by, commandId: fact.factId, now }, rules);
}

/** Takes in what became of outward work. */
export function takeResult(
  incident: Incident,
  result: EffectResult,
  rules: ProcessRules,
  now: number,
): Advance {
  const effect = incident.effects.find((candidate) => candidate.key === result.key);
  if (effect === undefined) return { incident, events: [] };
  const { body, by } = bodyOfResult(effect, result);
  return advance(incident, [draft(body, result.at)], { by, commandId: null, now }, rules);
}

/** What time alone makes happen until `now`. */
export function elapse(incident: Incident, rules: ProcessRules, now: number): Advance {
  const meta = { by: PROCESS, commandId: null, now };
  let current: Advance = { incident, events: [] };
  for (;;) {
    const drafts = nextElapsed(current.incident, rules, now);
    if (drafts.length === 0) return current;
    const next = advance(current.incident, drafts, meta, rules);
    current = { incident: next.incident, events: [...current.events, ...next.events] };
  }
}

/** The version that answered a command or took up a fact; null when it is new. */
export function answeredVersion(incident: Incident, commandId: string): number | null {
  return incident.answered.find((answered) => answered.commandId === commandId)?.version ?? null;
}

/** True when nothing waits here any more: ended, nothing to send, no clock and no call that still runs. */
export function isFinished(incident: Incident): boolean {
  return (
    incident.endedAt !== null &&
    incident.effects.length === 0 &&
    !incident.clocks.some(isRunning) &&
    !noticesOf(incident).some(isUnderWay) &&
    !incident.pages.some((page) => page.state === 'ringing' || page.acknowledgedUntil !== null)
  );
}

interface Meta {
  readonly by: string;
  readonly commandId: string | null;
  readonly now: number;
}

function advance(incident: Incident, drafts: readonly Draft[], meta: Meta, rules: ProcessRules): Advance {
  const taken = drafts.reduce((current, next) => append(current, next, meta, rules), {
    incident,
    events: [],
  } as Advance);
  const told = withNoticesSettled(incident, taken, meta, rules);
  return settleChannel(settle(told, meta, rules), meta, rules);
}

function withNoticesSettled(before: Incident, taken: Advance, meta: Meta, rules: ProcessRules): Advance {
  return noticesSettled(before, taken.incident, taken.events, rules).reduce(
    (current, next) => append(current, next, { ...meta, by: PROCESS }, rules),
    taken,
  );
}

function append(current: Advance, { body, at }: Draft, meta: Meta, rules: ProcessRules): Advance {
  const event: IncidentEvent = {
    seq: current.incident.version + 1,
    at: at ?? meta.now,
    recordedAt: meta.now,
    by: meta.by,
    commandId: meta.commandId,
    body,
  };
  return { incident: evolve(current.incident, event, rules), events: [...current.events, event] };
}

/** A page whose matter is over rings no longer: every step that ends the matter ends the page with it. */
function settle(current: Advance, meta: Meta, rules: ProcessRules): Advance {
  const { incident } = current;
  const over = incident.pages.filter(
    (page) => (page.state === 'ringing' || page.state === 'exhausted') && isSettled(page, incident),
  );
  return over.reduce((next, page) => {
    const because = incident.endedAt === null ? (page.clock?.name ?? 'kind') : incident.stage;
    const body: EventBody = { type: 'page-cancelled', pageId: page.id, because };
    return append(next, { body }, { ...meta, by: PROCESS }, rules);
  }, current);
}

/** Closes the channel of an incident that has ended, or whose label forbids it, and opens one where the rules want one. */
function settleChannel(current: Advance, meta: Meta, rules: ProcessRules): Advance {
  const body = nextOfChannel(current.incident, rules);
  return body === null ? current : append(current, { body }, { ...meta, by: PROCESS }, rules);
}

function draftsOfFact(incident: Incident, fact: Fact, rules: ProcessRules, now: number): readonly Draft[] {
  const body = fact.fact;
  switch (body.type) {
    case 'report':
      return draftsOfReport(incident, fact, body, rules, now);
    case 'note': {
      const { kind, textId, tlp, corrects } = body;
      return [draft({ type: 'noted', kind, textId, tlp, corrects }, fact.at)];
    }
    case 'contact-attempt':
      return [draft({ type: 'contact-attempted', textId: body.textId }, fact.at)];
    case 'consultation-answer':
      return [draft({ type: 'consultation-answered', n: body.n, textId: body.textId }, fact.at)];
    case 'reporter-answer':
      return [draft({ type: 'question-answered', reportId: body.reportId, textId: body.textId }, fact.at)];
    case 'page-acknowledged':
      return [draft({ type: 'page-acknowledged', pageId: body.pageId }, fact.at)];
    case 'page-declined':
      return [draft({ type: 'page-declined', pageId: body.pageId }, fact.at)];
    case 'page-undelivered': {
      const { pageId, person, method, code } = body;
      return [draft({ type: 'page-undelivered', pageId, person, method, code }, fact.at)];
    }
    case 'page-climbed': {
      const { pageId, ring, round, rung, people } = body;
      return [draft({ type: 'page-climbed', pageId, round, rung, people, ring }, fact.at)];
    }
    case 'page-exhausted': {
      const { pageId, ring, rounds } = body;
      return [draft({ type: 'page-exhausted', pageId, rounds, ring }, fact.at)];
    }
    case 'reply-returned':
      return draftsOfReturn(incident, fact, body);
    case 'reports-joined':
      return [draft({ type: 'reports-joined', from: body.from, reports: body.reports }, fact.at)];
    case 'reports-left':
      return [draft({ type: 'reports-left', to: body.to, reportIds: body.reportIds }, fact.at)];
    case 'upload-opened':
    case 'upload-received':
      return [draft(body, fact.at)];
  }
}

function draftsOfReport(
  incident: Incident,
  fact: Fact,
  body: Extract<Fact['fact'], { readonly type: 'report' }>,
  rules: ProcessRules,
  now: number,
): readonly Draft[] {
  const received = draft(
    { ...body, type: 'received', policyName: rules.name, policyHash: rules.hash },
    body.receivedAt,
  );
  if (incident.reports.some((report) => report.id === body.reportId)) return [];
  if (incident.reports.length > 0) return [received];
  if (body.kind === 'law-enforcement') return [received, callCounsel(incident, rules, now)];
  return rules.pageOnReceipt.includes(body.channel) || body.pagesAtOnce === true
    ? [received, callOnReceipt(incident, rules, now)]
    : [received];
}

/** Who phones gets somebody at once: the ladder starts with the report. Source: IC-1. */
function callOnReceipt(incident: Incident, rules: ProcessRules, now: number): Draft {
  return draft({
    type: 'page-started',
    pageId: nextPageId(incident),
    reason: 'phone',
    clock: { name: 'lead', reportId: null },
    target: { ladder: rules.ladderOf.phone },
    startsAt: now,
    textId: null,
  });
}

function bodyOfResult(
  effect: Effect,
  result: EffectResult,
): { readonly body: EventBody; readonly by: string } {
  if (effect.do === 'reply' && result.outcome === 'accepted') {
    const { reportIds, textId } = effect;
    return { body: { type: 'replied', reportIds, how: 'sent', method: 'mail', textId }, by: effect.by };
  }
  if (effect.do === 'send-notice') {
    const { key, n, instance } = effect;
    const told = result.told ?? NOBODY_TOLD;
    return { body: { type: 'notice-sent', n, instance, key, told }, by: PROCESS };
  }
  if (effect.do === 'open-channel' || effect.do === 'close-channel') {
    return { body: channelResult(effect, result), by: PROCESS };
  }
  const { key, outcome, detail } = result;
  return { body: { type: 'effect-ended', key, outcome, detail }, by: PROCESS };
}

/**
 * The next thing that is due by itself: a clock's step, a page to be armed, or an expired acknowledgement. Clocks come
 * first: after an outage a breach then ends its warning's page, instead of letting it ring again for a moment.
 */
function nextElapsed(incident: Incident, rules: ProcessRules, now: number): readonly Draft[] {
  for (const clock of incident.clocks.filter(isRunning)) {
    const drafts = nextOfClock(incident, clock, rules, now);
    if (drafts.length > 0) return drafts;
  }
  const expired = incident.pages.find(
    (page) =>
      page.state === 'acknowledged' && page.acknowledgedUntil !== null && page.acknowledgedUntil <= now,
  );
  if (expired === undefined) return nextNotice(incident, now);
  return [
    draft({
      type: 'page-rang-again',
      pageId: expired.id,
      because: 'acknowledgement-expired',
      startsAt: now,
    }),
  ];
}

function nextOfClock(incident: Incident, clock: Clock, rules: ProcessRules, now: number): readonly Draft[] {
  const [step, following] = stepsOf(clock, rules).slice(clock.stepsTaken);
  if (step === undefined) return [];
  // After an outage several steps may lie behind: each is recorded, only the last one still pages.
  const isOvertaken = following !== undefined && following.at <= now && following.page !== null;
  const page =
    step.page !== null &&
    !isOvertaken &&
    armsAt(step, clock, rules) <= now &&
    !hasPage({ incident, clock, step, rules })
      ? [startOfPage(incident, clock, step, rules)]
      : [];
  if (step.at > now) return page;
  const taken: EventBody = {
    type: 'clock-stepped',
    clock: clock.name,
    reportId: clock.reportId,
    step: step.step,
    dueAt: step.at,
  };
  return [...warningPagesOf(incident, clock, step), draft(taken, step.at), ...page];
}

function startOfPage(incident: Incident, clock: Clock, step: ClockStep, rules: ProcessRules): Draft {
  const reason = step.page ?? 'action-overdue';
  return draft({
    type: 'page-started',
    pageId: nextPageId(incident),
    reason,
    clock: { name: clock.name, reportId: clock.reportId },
    target: targetOfPage(incident, reason, clock.name, rules),
    startsAt: step.at,
    textId: null,
  });
}

/** A breach has its own page and silences the warning's. Source: SLA-1. */
function warningPagesOf(incident: Incident, clock: Clock, step: ClockStep): readonly Draft[] {
  if (clock.name !== 'reply' || step.step !== 'breached') return [];
  return incident.pages
    .filter((page) => page.reason === 'reply-due' && page.clock?.reportId === clock.reportId)
    .filter(
      (page) =>
        page.state !== 'cancelled' && (page.state !== 'acknowledged' || page.acknowledgedUntil !== null),
    )
    .map((page) => draft({ type: 'page-cancelled', pageId: page.id, because: 'breached' }));
}
