import {
  actionOf,
  isBehind,
  mayDoPart,
  missingParts,
  ROWS_BEFORE_NORMAL_HAND_OFF,
  ruleOf,
} from './actions-matrix.ts';
import { rankOf } from './classification.ts';
import { isOfCsirt } from './access.ts';
import { type Actor, PROCESS } from './actor.ts';
import { isRunning, owedReplies } from './clocks.ts';
import type { Action, Clock, Incident, PageRef } from './incident.ts';
import type { ProcessRules } from './rules.ts';
import type { Part, Role } from './vocabulary.ts';

/** Who has to do it: one person, or whoever has a role. */
export type Who = { readonly person: string } | { readonly role: Role };

/**
 * One thing that an incident waits for. `what` is `lead`, `read-report`, `reply`, `assessment`, `communications`, `hand-off`, `close`, `verification`,
 * `action:<key>`, `page:<id>`, `suspension:<n>` or `consultation:<n>`. Instants are epoch milliseconds.
 */
export interface Waiting {
  readonly what: string;
  readonly who: Who;
  readonly since: number;
  /** Null where no clock says until when. */
  readonly dueAt: number | null;
  readonly reportId?: string;
  /** The part of a row. */
  readonly part?: Part;
  /** Of the reply, page or suspension that is meant; `returned` for a reply that came back and is owed again. */
  readonly state?: string;
}

/** What an incident waits for, in the order of the process. An ended one waits for what outlives its end. */
export function waitingFor(incident: Incident, rules: ProcessRules, now: number): readonly Waiting[] {
  const always = [...dueParts(incident, rules), ...openPages(incident, now), ...openSuspensions(incident)];
  // A reply that came back is owed after the end as well.
  if (incident.endedAt !== null) return [...owed(incident), ...always];
  return [
    ...missingLead(incident),
    ...unread(incident),
    ...owed(incident),
    ...missingVerification(incident),
    ...missingAssessment(incident),
    ...missingRepresentative(incident, rules),
    ...always,
    ...unansweredConsultations(incident),
    ...wayOut(incident),
  ];
}

/** True when it is this person who can do it. */
export function concerns(actor: Actor, waiting: Waiting, incident: Incident): boolean {
  const action = incident.actions.find(({ key }) => waiting.what === `action:${key}`);
  if (action !== undefined && waiting.part !== undefined) {
    return mayDoPart(actor, waiting.part, action, incident);
  }
  if ('person' in waiting.who) return waiting.who.person === actor.username;
  return waiting.who.role === 'csirt' ? isOfCsirt(actor, incident) : actor.roles.includes(waiting.who.role);
}

const CSIRT: Who = { role: 'csirt' };

/** An inquiry of law enforcement has no lead: it waits for the General Counsel alone. Source: IC-5. */
function missingLead(incident: Incident): readonly Waiting[] {
  if (incident.kind === 'law-enforcement') {
    return [{ what: 'hand-off', who: { role: 'general-counsel' }, since: incident.receivedAt, dueAt: null }];
  }
  if (incident.lead !== null) return [];
  const clock = clockNamed(incident, 'lead');
  return [{ what: 'lead', who: CSIRT, since: incident.receivedAt, dueAt: clock?.dueAt ?? null }];
}

/** What no machine could read. */
function unread(incident: Incident): readonly Waiting[] {
  return incident.reports
    .filter(({ isUnread }) => isUnread === true)
    .map(({ id, receivedAt }) => ({
      what: 'read-report',
      who: CSIRT,
      since: receivedAt,
      dueAt: null,
      reportId: id,
    }));
}

/** A reply that is being sent waits for the mail server, and its clock runs on. Source: IC-2. */
function owed(incident: Incident): readonly Waiting[] {
  return incident.clocks
    .filter((clock) => clock.name === 'reply' && isRunning(clock))
    .flatMap((clock) => {
      const report = incident.reports.find(({ id }) => id === clock.reportId);
      if (report === undefined) return [];
      const who = report.reply === 'sending' ? { person: PROCESS } : CSIRT;
      return [
        {
          what: 'reply',
          who,
          since: clock.startedAt,
          dueAt: clock.dueAt,
          reportId: report.id,
          state: report.reply === 'owed' && report.returned !== undefined ? 'returned' : report.reply,
        },
      ];
    });
}

function missingVerification(incident: Incident): readonly Waiting[] {
  const isMissing = incident.kind === 'suspension-request' && incident.verification?.result !== 'confirmed';
  const clock = clockNamed(incident, 'verification');
  return isMissing && clock !== null
    ? [{ what: 'verification', who: CSIRT, since: clock.startedAt, dueAt: clock.dueAt }]
    : [];
}

function missingAssessment(incident: Incident): readonly Waiting[] {
  const isMissing =
    incident.stage === 'triage' && incident.isIncident === null && incident.kind !== 'law-enforcement';
  if (!isMissing || incident.lead === null) return [];
  const since = clockNamed(incident, 'lead')?.stoppedAt ?? incident.receivedAt;
  return [{ what: 'assessment', who: { person: incident.lead }, since, dueAt: null }];
}

/** Named for each Escalation and Emergency; of incidents from before there were audiences none is asked. Source: IC-31. */
function missingRepresentative(incident: Incident, rules: ProcessRules): readonly Waiting[] {
  const isAsked =
    rules.audiences !== undefined &&
    (incident.stage === 'response' || incident.stage === 'review') &&
    rankOf(incident.criticality) >= rankOf('escalation');
  if (!isAsked || incident.team.some(({ role }) => role === 'communications')) return [];
  const assessed = actionOf(incident, 'initial-assessment').parts.find(({ part }) => part === 'lead');
  return [
    {
      what: 'communications',
      who: incident.lead === null ? CSIRT : { person: incident.lead },
      since: assessed?.at ?? incident.receivedAt,
      dueAt: null,
    },
  ];
}

function dueParts(incident: Incident, rules: ProcessRules): readonly Waiting[] {
  return incident.actions
    .filter((action) => action.state === 'due')
    .flatMap((action) => {
      const rule = ruleOf(rules, action.key);
      const missing = missingParts(rule, action, incident.criticality);
      const clock = clockNamed(incident, `action:${action.key}`);
      return (rule.partsInOrder ? missing.slice(0, 1) : missing).map((part) => ({
        what: `action:${action.key}`,
        who: whoDoes(part, action, incident),
        since: clock?.startedAt ?? incident.receivedAt,
        dueAt: action.dueAt,
        part,
      }));
    });
}

function whoDoes(part: Part, action: Action, incident: Incident): Who {
  if (part !== 'lead') return { role: part };
  const person = action.designee ?? incident.lead;
  return person === null ? CSIRT : { person };
}

/** A page whose first message is still ahead is armed and rings nobody. */
function openPages(incident: Incident, now: number): readonly Waiting[] {
  return incident.pages
    .filter((page) => page.state === 'exhausted' || (page.state === 'ringing' && page.startsAt <= now))
    .map((page) => ({
      what: `page:${page.id}`,
      // Nobody is called any more: any of the CSIRT can restart it or take it.
      who: page.state === 'exhausted' ? CSIRT : whoIsCalled(page),
      since: page.startsAt,
      dueAt: null,
      state: page.state,
    }));
}

function whoIsCalled({ target, reason }: PageRef): Who {
  if ('person' in target) return { person: target.person };
  if ('role' in target && target.role !== 'lead') return { role: target.role };
  return reason === 'law-enforcement' ? { role: 'general-counsel' } : CSIRT;
}

/** Decided and not yet carried out. Source: IC-6, IC-7. */
function openSuspensions(incident: Incident): readonly Waiting[] {
  return incident.suspensions
    .filter(({ state }) => state === 'decided' || state === 'lift-decided')
    .map(({ n, since, state }) => ({
      what: `suspension:${n}`,
      who: { role: 'operations' },
      since,
      dueAt: null,
      state,
    }));
}

function unansweredConsultations(incident: Incident): readonly Waiting[] {
  return incident.consultations
    .filter((consultation) => consultation.answeredAt === null)
    .map(({ n, asked, askedAt }) => ({
      what: `consultation:${n}`,
      who: { person: asked },
      since: askedAt,
      dueAt: null,
    }));
}

/** When nothing else is left to do, somebody ends it: the lead hands it off, the Executive Sponsor closes it. */
function wayOut(incident: Incident): readonly Waiting[] {
  if (incident.isIncident === null || owedReplies(incident).length > 0) return [];
  const since = lastOutcomeAt(incident);
  if (incident.stage === 'review') {
    return incident.actions.every(isBehind)
      ? [{ what: 'close', who: { role: 'executive' }, since, dueAt: null }]
      : [];
  }
  return incident.lead !== null && isReadyForHandOff(incident)
    ? [{ what: 'hand-off', who: { person: incident.lead }, since, dueAt: null }]
    : [];
}

/** Source: IC-11, IC-12, IC-14, IC-20 row 8. */
function isReadyForHandOff(incident: Incident): boolean {
  if (incident.kind === 'law-enforcement') return false;
  if (incident.isIncident === false || incident.inScope === false) return true;
  if (incident.criticality !== 'normal') return false;
  if (incident.stage === 'response') return incident.isDemoted;
  return ROWS_BEFORE_NORMAL_HAND_OFF.every((key) => isBehind(actionOf(incident, key)));
}

function lastOutcomeAt(incident: Incident): number {
  return Math.max(
    incident.receivedAt,
    ...incident.actions.flatMap((action) => action.parts.map((done) => done.at)),
  );
}

function clockNamed(incident: Incident, name: string): Clock | null {
  return incident.clocks.find((clock) => clock.name === name) ?? null;
}
