import { PROCESS } from './actor.ts';
import { actionOf, refreshActions, isResponseOver, ROW_THAT_OUTLIVES_HAND_OFF } from './actions-matrix.ts';
import { isInScope, rankOf } from './classification.ts';
import { excuse, isRunning, meet, owedReplies, resume, startClock } from './clocks.ts';
import { withAnswer } from './consultation.ts';
import { completesRow8 } from './decisions/assessment.ts';
import { effectsAfter } from './effects-of-events.ts';
import type { Assessment, EventBody, IncidentEvent, JoinedReport, ReportFacts } from './events.ts';
import type { Action, Answered, Clock, Incident, PartDone, Report } from './incident.ts';
import { noticesAfter } from './notices/evolving.ts';
import { channelAfter, type ChannelEventBody, channelWork } from './incident-channel.ts';
import { pagesAfter } from './pages-of-incident.ts';
import { replyReturned } from './returned-replies.ts';
import type { ProcessRules } from './rules.ts';
import { strictest } from './tlp.ts';
import type { ActionKey, EndStage, ReplyState, ReportKind } from './vocabulary.ts';
import { afterReading } from './unread-reports.ts';

type Of<Type extends EventBody['type']> = Extract<EventBody, { readonly type: Type }>;

/** How many answered commands are remembered: more than can be in flight at once, few enough to carry along. */
const ANSWERED_MAX = 200;

/**
 * The incident after an event. Pure and total: an event that was recorded once is always understood. Events in
 * their order, from an empty incident, give it back (the fold); there is no other way to make one.
 */
export function evolve(incident: Incident, event: IncidentEvent, rules: ProcessRules): Incident {
  const changed = afterReading(change(incident, event, rules), event);
  const refreshed = withStage(refreshActions(changed, rules, event.recordedAt), rules);
  return {
    ...refreshed,
    version: event.seq,
    pages: pagesAfter(refreshed, event, rules),
    effects: [...effectsAfter(refreshed, event, rules), ...channelWork(incident, refreshed, event)],
    answered: answeredAfter(incident.answered, event),
    ...noticesAfter(refreshed, event),
  };
}

/** All of an incident's events, in order. */
export function fold(id: string, events: readonly IncidentEvent[], rules: ProcessRules): Incident {
  return events.reduce((incident, event) => evolve(incident, event, rules), emptyIncident(id, rules));
}

/** An incident of which nothing is known yet but its number. */
export function emptyIncident(id: string, rules: ProcessRules): Incident {
  return {
    id,
    policy: { name: rules.name, hash: rules.hash },
    version: 0,
    stage: 'received',
    stageBeforeEnd: null,
    kind: 'incident',
    isIncident: null,
    nature: null,
    scopeCriteria: [],
    dependsOnChangeManagement: null,
    inScope: null,
    criticality: null,
    criteria: [],
    severity: null,
    tlp: 'AMBER+STRICT',
    summaryTextId: null,
    isDemoted: false,
    lead: null,
    team: [],
    receivedAt: 0,
    endedAt: null,
    reports: [],
    clocks: [],
    actions: rules.actions.map((rule) => emptyAction(rule.key)),
    verification: null,
    suspensions: [],
    contactAttempts: 0,
    consultations: [],
    pages: [],
    mergedInto: null,
    mergedFrom: [],
    effects: [],
    answered: [],
    counters: { replies: 0, questions: 0, pages: 0 },
  };
}

function emptyAction(key: ActionKey): Action {
  return {
    key,
    state: 'pending',
    parts: [],
    designee: null,
    dueAt: null,
    reasonTextId: null,
    earlierParts: [],
  };
}

function change(incident: Incident, event: IncidentEvent, rules: ProcessRules): Incident {
  const { body, at, by } = event;
  switch (body.type) {
    case 'received':
      return received(incident, body, rules);
    case 'lead-named':
      return {
        ...incident,
        lead: body.lead,
        clocks: meet(incident.clocks, (clock) => clock.name === 'lead', { at, by }),
      };
    case 'kind-corrected':
      return withKind(incident, body.kind, event, rules);
    case 'reply-sending':
      return withReplies(
        { ...incident, counters: { ...incident.counters, replies: body.n } },
        body.reportIds,
        'sending',
        null,
      );
    case 'replied':
      return replied(incident, body, event);
    case 'question-asked':
      return { ...incident, counters: { ...incident.counters, questions: body.n } };
    case 'assessed':
      return withPart(assessed(incident, body), 'initial-assessment', {
        part: 'lead',
        by,
        at,
        textId: body.textId,
        isWaived: false,
        facts: {},
      });
    case 'reassessed':
      return reassessed(incident, body, event, rules);
    case 'part-done':
      return withPart(incident, body.key, {
        part: body.part,
        by,
        at,
        textId: body.textId,
        isWaived: false,
        facts: body.facts,
      });
    case 'part-corrected':
      return reconsidered(
        withPart(incident, body.key, {
          part: body.part,
          by,
          at,
          textId: body.textId,
          isWaived: false,
          facts: body.facts,
        }),
        body.key,
      );
    case 'part-waived':
      return withReason(
        withPart(incident, body.key, {
          part: body.part,
          by,
          at,
          textId: body.textId,
          isWaived: true,
          facts: {},
        }),
        body,
      );
    case 'designated':
      return withAction(incident, { ...actionOf(incident, body.key), designee: body.username });
    case 'verified':
      return verified(incident, body, event);
    case 'suspension-decided':
      return {
        ...incident,
        suspensions: [
          ...incident.suspensions,
          {
            n: body.n,
            action: body.action,
            basis: body.basis,
            state: 'decided',
            decidedBy: by,
            decidedAt: at,
            since: at,
            textId: body.textId,
          },
        ],
      };
    case 'suspension-moved':
      return {
        ...incident,
        suspensions: incident.suspensions.map((suspension) =>
          suspension.n === body.n ? { ...suspension, state: body.state, since: at } : suspension,
        ),
      };
    case 'contact-attempted':
      return { ...incident, contactAttempts: incident.contactAttempts + 1 };
    case 'consultation-asked':
      return {
        ...incident,
        consultations: [
          ...incident.consultations,
          {
            n: body.n,
            asked: body.asked,
            askedBy: by,
            askedAt: at,
            textId: body.textId,
            answerTextId: null,
            answeredAt: null,
          },
        ],
      };
    case 'consultation-answered':
      return {
        ...incident,
        consultations: incident.consultations.map((consultation) =>
          consultation.n === body.n ? withAnswer(consultation, { textId: body.textId, at }) : consultation,
        ),
      };
    case 'team-joined':
      return { ...incident, team: [...incident.team, { username: body.username, role: body.role }] };
    case 'team-left':
      return { ...incident, team: incident.team.filter((member) => member.username !== body.username) };
    case 'handed-off':
      return ended(incident, 'handed-off', event);
    case 'dismissed':
      return ended(excusedReplies(incident, 'dismissed', event), 'dismissed', event);
    case 'merged': {
      const clocks = excuse(incident.clocks, isReplyClock, { at, by, reason: 'merged' });
      return ended({ ...incident, clocks, mergedInto: body.into }, 'merged', event);
    }
    case 'closed':
      return ended(incident, 'closed', event);
    case 'reports-joined':
      return joined(incident, body, rules);
    case 'reports-left':
      return left(incident, body);
    case 'reopened':
      return reopened(incident, body.again);
    case 'clock-stepped':
      return stepped(incident, body);
    case 'page-started':
      return { ...incident, counters: { ...incident.counters, pages: incident.counters.pages + 1 } };
    case 'effect-ended':
      return effectEnded(incident, body);
    case 'relabelled':
      return relabelled(incident, body);
    case 'reply-returned':
      return replyReturned(incident, body, at, rules);
    case 'noted':
    case 'question-answered':
    case 'page-rang-again':
    case 'page-climbed':
    case 'page-undelivered':
    case 'page-acknowledged':
    case 'page-declined':
    case 'page-handed-on':
    case 'page-snoozed':
    case 'page-exhausted':
    case 'page-cancelled':
    case 'notice-drafted':
    case 'notice-edited':
    case 'notice-released':
    case 'notice-sending':
    case 'notice-sent':
    case 'notice-stopped':
    case 'notice-discarded':
    case 'notice-withdrawn':
    case 'notice-labelled':
      return incident;
    case 'channel-asked':
    case 'channel-opened':
    case 'channel-withheld':
    case 'channel-closing':
    case 'channel-closed':
      return withChannel(incident, body);
    case 'upload-opened':
    case 'upload-received':
      return incident;
  }
}

function relabelled(incident: Incident, { seq, tlp }: Of<'relabelled'>): Incident {
  return seq === null
    ? { ...incident, tlp }
    : { ...incident, entryLabels: { ...incident.entryLabels, [seq]: tlp } };
}

function received(incident: Incident, body: Of<'received'>, rules: ProcessRules): Incident {
  const isFirst = incident.reports.length === 0;
  const report = reportOf(body, null);
  const opened: Incident = isFirst
    ? {
        ...incident,
        kind: body.kind,
        tlp: body.tlp,
        receivedAt: body.receivedAt,
        summaryTextId: body.reportId,
        clocks: [startClock('lead', null, body.receivedAt, body.leadWithinMs)],
      }
    : { ...incident, tlp: strictest([incident.tlp, body.tlp]) };
  const reported = withReport(opened, report, body, rules);
  if (!isFirst) return reported;
  return body.kind === 'law-enforcement'
    ? referredToCounsel(reported, { at: body.receivedAt, by: 'tocsin' })
    : withVerificationClock(reported, body.receivedAt, rules);
}

function withReport(
  incident: Incident,
  report: Report,
  { owesReply = true }: Of<'received'>,
  rules: ProcessRules,
): Incident {
  const clock = startClock('reply', report.id, report.receivedAt, rules.reply.withinMs);
  if (owesReply) {
    return { ...incident, reports: [...incident.reports, report], clocks: [...incident.clocks, clock] };
  }
  const end = { at: report.receivedAt, by: PROCESS, reason: NO_REPLY_OWED };
  return {
    ...incident,
    reports: [...incident.reports, { ...report, reply: 'unnecessary' }],
    clocks: [...incident.clocks, ...excuse([clock], () => true, end)],
  };
}

/** Why the reply clock of a report never runs. Source: NM-1. */
const NO_REPLY_OWED = 'channel-owes-none';

function reportOf(
  facts: Pick<ReportFacts, 'channel' | 'kind' | 'receivedAt' | 'enteredBy' | 'reportId' | 'isUnread'>,
  from: string | null,
): Report {
  return {
    id: facts.reportId,
    channel: facts.channel,
    kind: facts.kind,
    receivedAt: facts.receivedAt,
    enteredBy: facts.enteredBy,
    reply: 'owed',
    repliedAt: null,
    mergedFrom: from,
    ...(facts.isUnread === true && { isUnread: true }),
  };
}

/** Being referred to the General Counsel excuses reply and lead; `kind` brings them back. Source: IC-5. */
function referredToCounsel(incident: Incident, end: { readonly at: number; readonly by: string }): Incident {
  const reason = 'law-enforcement';
  const clocks = excuse(incident.clocks, (clock) => isReplyClock(clock) || clock.name === 'lead', {
    ...end,
    reason,
  });
  return withRepliesOfClocks({ ...incident, clocks }, reason, 'owed', 'unnecessary');
}

function withVerificationClock(incident: Incident, at: number, rules: ProcessRules): Incident {
  const isNeeded =
    incident.kind === 'suspension-request' &&
    incident.verification?.result !== 'confirmed' &&
    !incident.clocks.some((clock) => clock.name === 'verification' && isRunning(clock));
  if (!isNeeded) return incident;
  const others = incident.clocks.filter((clock) => clock.name !== 'verification');
  return {
    ...incident,
    clocks: [...others, startClock('verification', null, at, rules.verificationWithinMs)],
  };
}

function withKind(incident: Incident, kind: ReportKind, event: IncidentEvent, rules: ProcessRules): Incident {
  const { at, by } = event;
  const isOfAnotherKind = (clock: Clock) => clock.name === 'verification' && kind !== 'suspension-request';
  const clocks = excuse(incident.clocks, isOfAnotherKind, { at, by, reason: 'kind' });
  const corrected = { ...incident, kind, clocks };
  if (kind === 'law-enforcement') return referredToCounsel(corrected, { at, by });
  const back = incident.kind === 'law-enforcement' ? takenBackFromCounsel(corrected) : corrected;
  return withVerificationClock(back, at, rules);
}

/** Whoever was named lead meanwhile is lead: then nobody is missing. */
function takenBackFromCounsel(incident: Incident): Incident {
  const runsAgain = (clock: Clock) =>
    clock.reason === 'law-enforcement' && (clock.name !== 'lead' || incident.lead === null);
  const clocks = resume(incident.clocks, runsAgain);
  return withRepliesOfClocks({ ...incident, clocks }, null, 'unnecessary', 'owed');
}

/** Gives the reports whose clock carries the reason (null: whose clock runs) another reply state. */
function withRepliesOfClocks(
  incident: Incident,
  reason: string | null,
  from: ReplyState,
  to: ReplyState,
): Incident {
  const ids = incident.clocks
    .filter(
      (clock) => isReplyClock(clock) && clock.reason === reason && (reason !== null || isRunning(clock)),
    )
    .map((clock) => clock.reportId);
  return {
    ...incident,
    reports: incident.reports.map((report) =>
      ids.includes(report.id) && report.reply === from ? { ...report, reply: to } : report,
    ),
  };
}

function withReplies(
  incident: Incident,
  reportIds: readonly string[],
  reply: ReplyState,
  repliedAt: number | null,
): Incident {
  return {
    ...incident,
    reports: incident.reports.map(({ returned, ...report }) => {
      if (reportIds.includes(report.id)) return { ...report, reply, repliedAt };
      return returned === undefined ? report : { ...report, returned };
    }),
  };
}

/**
 * A mail that was under way can be accepted after its clock was excused (a dismissal, a referral). It was answered then:
 * what brings that clock back later must not ask for a second answer.
 */
function replied(incident: Incident, body: Of<'replied'>, { at, by }: IncidentEvent): Incident {
  const isTheirs = (clock: Clock) =>
    isReplyClock(clock) && clock.reportId !== null && body.reportIds.includes(clock.reportId);
  const clocks =
    body.how === 'sent'
      ? meet(resume(incident.clocks, isTheirs), isTheirs, { at, by })
      : excuse(incident.clocks, isTheirs, { at, by, reason: body.how });
  return withReplies({ ...incident, clocks }, body.reportIds, body.how, at);
}

function assessed(incident: Incident, body: Assessment): Incident {
  return {
    ...incident,
    isIncident: body.isIncident,
    nature: body.nature,
    dependsOnChangeManagement: body.dependsOnChangeManagement,
    scopeCriteria: body.scopeCriteria,
    inScope: isInScope(body),
    criticality: body.criticality,
    criteria: body.criteria,
    severity: body.severity ?? incident.severity,
    tlp: body.tlp,
    summaryTextId: body.textId,
  };
}

function reassessed(
  incident: Incident,
  body: Of<'reassessed'>,
  event: IncidentEvent,
  rules: ProcessRules,
): Incident {
  const isRow8 = body.hasConference && completesRow8(incident, rules);
  const withRow8 = isRow8 ? withConferenceHeld(incident, body.textId, event, rules) : incident;
  const isLowered = rankOf(body.criticality) < rankOf(incident.criticality);
  const isLow = rankOf(body.criticality) <= rankOf('normal');
  const isDemoted = isLow && (incident.isDemoted || isLowered);
  return anotherPass({ ...assessed(withRow8, body), isDemoted }, body.again);
}

/**
 * Row 8 is done before the new criticality counts: a demotion does not undo the conference that decided it. Which rows
 * fall due after it is for the new criticality to say.
 */
function withConferenceHeld(
  incident: Incident,
  textId: string,
  { by, at, recordedAt }: IncidentEvent,
  rules: ProcessRules,
): Incident {
  const said: PartDone = { part: 'lead', by, at, textId, isWaived: false, facts: {} };
  const held = refreshActions(withPart(incident, 'reassess', said), rules, recordedAt);
  const isOfRow8 = (clock: Clock) => clock.name === 'action:reassess';
  return {
    ...withAction(incident, actionOf(held, 'reassess')),
    clocks: [
      ...incident.clocks.filter((clock) => !isOfRow8(clock)),
      ...held.clocks.filter((clock) => isOfRow8(clock)),
    ],
  };
}

/** The rows are to be done a second time; what was said before is kept as an earlier pass. */
function anotherPass(incident: Incident, again: readonly ActionKey[]): Incident {
  return again.reduce((current, key) => {
    const action = actionOf(current, key);
    return withAction(current, {
      ...action,
      state: 'pending',
      parts: [],
      dueAt: null,
      reasonTextId: null,
      earlierParts: [...action.earlierParts, ...action.parts],
    });
  }, incident);
}

function withAction(incident: Incident, action: Action): Incident {
  return {
    ...incident,
    actions: incident.actions.map((other) => (other.key === action.key ? action : other)),
  };
}

function withPart(incident: Incident, key: ActionKey, done: PartDone): Incident {
  const action = actionOf(incident, key);
  const replaced = action.parts.filter((other) => other.part === done.part);
  return withAction(incident, {
    ...action,
    parts: [...action.parts.filter((other) => other.part !== done.part), done],
    earlierParts: [...action.earlierParts, ...replaced],
  });
}

function withReason(incident: Incident, body: Of<'part-waived'>): Incident {
  return withAction(incident, { ...actionOf(incident, body.key), reasonTextId: body.textId });
}

/** A corrected outcome may be one that no longer completes its row. */
function reconsidered(incident: Incident, key: ActionKey): Incident {
  const action = actionOf(incident, key);
  return action.state === 'done'
    ? withAction(incident, { ...action, state: 'pending', dueAt: null })
    : incident;
}

/** A refuted request is itself an incident: somebody impersonated a participant. Source: IC-6 (ours). */
function verified(incident: Incident, body: Of<'verified'>, { at, by }: IncidentEvent): Incident {
  return {
    ...incident,
    kind: body.result === 'refuted' ? 'incident' : incident.kind,
    verification: { result: body.result, by, at, textId: body.textId },
    clocks: meet(incident.clocks, (clock) => clock.name === 'verification', { at, by }),
  };
}

function excusedReplies(incident: Incident, reason: string, { at, by }: IncidentEvent): Incident {
  const clocks = excuse(incident.clocks, isReplyClock, { at, by, reason });
  return withRepliesOfClocks({ ...incident, clocks }, reason, 'owed', 'unnecessary');
}

function ended(incident: Incident, stage: EndStage, { at, by }: IncidentEvent): Incident {
  const goesOn = (clock: Clock) =>
    stage === 'handed-off' && clock.name === `action:${ROW_THAT_OUTLIVES_HAND_OFF}`;
  return {
    ...incident,
    stage,
    stageBeforeEnd: incident.stage,
    endedAt: at,
    clocks: excuse(incident.clocks, (clock) => !isReplyClock(clock) && !goesOn(clock), {
      at,
      by,
      reason: stage,
    }),
  };
}

function reopened(incident: Incident, again: readonly ActionKey[]): Incident {
  const end = incident.stage;
  const open: Incident = {
    ...incident,
    stage: incident.stageBeforeEnd ?? 'triage',
    stageBeforeEnd: null,
    endedAt: null,
    mergedInto: null,
    clocks: resume(incident.clocks, (clock) => clock.reason === end),
  };
  const answeredAnew = end === 'dismissed' ? withRepliesOfClocks(open, null, 'unnecessary', 'owed') : open;
  return anotherPass(answeredAnew, again);
}

/** Reports of a merged incident come; or an incident's own come back, answered as far as the other has got. */
function joined(incident: Incident, body: Of<'reports-joined'>, rules: ProcessRules): Incident {
  const isKnown = (id: string) => incident.reports.some((known) => known.id === id);
  const isTold = (id: string) => body.reports.some((told) => told.id === id);
  const fresh = body.reports.filter(({ id }) => !isKnown(id));
  const back = body.reports.filter(({ id }) => isKnown(id));
  const welcomed = withReports(incident, [
    // Whoever gave another's report last is whom it goes back to.
    ...incident.reports.map((known) =>
      known.mergedFrom !== null && isTold(known.id) ? { ...known, mergedFrom: body.from } : known,
    ),
    ...fresh.map((report) => reportOf({ ...report, reportId: report.id }, body.from)),
  ]);
  const clocks = [
    ...incident.clocks,
    ...fresh.map((report) => startClock('reply', report.id, report.receivedAt, rules.reply.withinMs)),
  ];
  return [...fresh, ...back].reduce(answeredElsewhere, { ...welcomed, clocks });
}

/** Only what came from that incident itself goes back to it: what came by way of a third one stays with its reply clock. */
function left(incident: Incident, body: Of<'reports-left'>): Incident {
  const isLeaving = (report: Report) => report.mergedFrom === body.to && body.reportIds.includes(report.id);
  const leaving = incident.reports.filter(isLeaving).map(({ id }) => id);
  return {
    ...withReports(
      incident,
      incident.reports.filter((report) => !isLeaving(report)),
    ),
    clocks: incident.clocks.filter((clock) => clock.reportId === null || !leaving.includes(clock.reportId)),
  };
}

function withReports(incident: Incident, reports: readonly Report[]): Incident {
  const givers = reports.flatMap(({ mergedFrom }) => (mergedFrom === null ? [] : [mergedFrom]));
  return { ...incident, reports, mergedFrom: [...new Set(givers)] };
}

/** A reply that another incident gave counts from when it was given. */
function answeredElsewhere(incident: Incident, report: JoinedReport): Incident {
  const { id, reply, repliedAt } = report;
  const isSettled = reply !== 'owed' && reply !== 'sending' && repliedAt !== null;
  if (!isSettled || !incident.reports.some((own) => own.id === id && own.reply === 'owed')) return incident;
  const isTheirs = (clock: Clock) => isReplyClock(clock) && clock.reportId === id;
  const end = { at: repliedAt, by: PROCESS };
  // Also where its clock was excused (merged again meanwhile): what brings it back must not ask for a second answer.
  const theirs = resume(incident.clocks, isTheirs);
  const clocks =
    reply === 'sent' ? meet(theirs, isTheirs, end) : excuse(theirs, isTheirs, { ...end, reason: reply });
  return withReplies({ ...incident, clocks }, [id], reply, repliedAt);
}

function stepped(incident: Incident, body: Of<'clock-stepped'>): Incident {
  return {
    ...incident,
    clocks: incident.clocks.map((clock) =>
      clock.name === body.clock && clock.reportId === body.reportId && isRunning(clock)
        ? {
            ...clock,
            stepsTaken: clock.stepsTaken + 1,
            state: body.step === 'breached' ? 'breached' : clock.state,
          }
        : clock,
    ),
  };
}

/** A reply that the mail server refused for good is owed again, unless its clock was excused meanwhile. */
function effectEnded(incident: Incident, body: Of<'effect-ended'>): Incident {
  const effect = incident.effects.find((candidate) => candidate.key === body.key);
  if (effect?.do !== 'reply' || body.outcome === 'accepted') return incident;
  const isStillSending = (report: Report) =>
    effect.reportIds.includes(report.id) && report.reply === 'sending';
  const owed = owedReplies(incident);
  return {
    ...incident,
    reports: incident.reports.map((report) =>
      isStillSending(report)
        ? { ...report, reply: owed.includes(report.id) ? 'owed' : 'unnecessary' }
        : report,
    ),
  };
}

function withChannel(incident: Incident, body: ChannelEventBody): Incident {
  const channel = channelAfter(incident.channel, body);
  return channel === undefined ? incident : { ...incident, channel };
}

function withStage(incident: Incident, rules: ProcessRules): Incident {
  if (incident.endedAt !== null) return incident;
  if (rankOf(incident.criticality) >= rankOf('escalation')) {
    return { ...incident, stage: isResponseOver(incident, rules) ? 'review' : 'response' };
  }
  // Lowered in the middle of the response: it stays there until the lead hands it off.
  if (incident.stage === 'response' || incident.stage === 'review') return { ...incident, stage: 'response' };
  return { ...incident, stage: incident.lead === null ? 'received' : 'triage' };
}

function isReplyClock(clock: Clock): boolean {
  return clock.name === 'reply';
}

function answeredAfter(answered: readonly Answered[], event: IncidentEvent): readonly Answered[] {
  if (event.commandId === null) return answered;
  const others = answered.filter((other) => other.commandId !== event.commandId);
  return [...others, { commandId: event.commandId, version: event.seq }].slice(-ANSWERED_MAX);
}
