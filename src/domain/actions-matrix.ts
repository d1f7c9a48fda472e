import { isOfCsirt } from './access.ts';
import type { Actor } from './actor.ts';
import { isLate } from './clocks.ts';
import type { Action, Clock, Incident, PartDone } from './incident.ts';
import type { ActionRule, ProcessRules } from './rules.ts';
import type { ActionKey, Criticality, Part } from './vocabulary.ts';

/** The actions matrix at work on one incident: which rows apply, fall due, and are done. Source: IC-20. */

/** Rows whose end makes the incident ready for review. Source: IC-20 (ours: rows 9 to 17). */
const FIRST_RESPONSE_ROW = 9;
const LAST_RESPONSE_ROW = 17;

/** Completed by the step that is the row itself, never by `complete`. */
export const ROWS_WITH_A_STEP_OF_THEIR_OWN: Readonly<Partial<Record<ActionKey, string>>> = {
  'initial-assessment': 'assessment',
  reassess: 'reassessment with a conference',
};

/** A row that stays with its owner as a duty after the incident was handed off. Source: IC-14. */
export const ROW_THAT_OUTLIVES_HAND_OFF: ActionKey = 'insurance-notice';

/** Rows that a Normal incident must have behind it before it is handed off. Source: IC-14. */
export const ROWS_BEFORE_NORMAL_HAND_OFF: readonly ActionKey[] = [
  'initial-assessment',
  'engage-legal',
  'protected-information',
  'deliver-assessment',
];

/** Rows whose decisions are written down by the lead or a designee, whoever takes them. Source: IC-20 rows 12, 16 and 18. */
export const DOCUMENTED_ROWS: readonly ActionKey[] = [
  'agree-plan',
  'further-measures',
  'after-action-review',
];

export function ruleOf(rules: ProcessRules, key: ActionKey): ActionRule {
  const rule = rules.actions.find((candidate) => candidate.key === key);
  if (rule === undefined) throw new Error(`The policy has no row ${key}; the loader should have refused it.`);
  return rule;
}

export function actionOf(incident: Incident, key: ActionKey): Action {
  const action = incident.actions.find((candidate) => candidate.key === key);
  if (action === undefined) throw new Error(`The incident has no row ${key}.`);
  return action;
}

export function applies(rule: ActionRule, criticality: Criticality | null): boolean {
  return criticality !== null && rule.applies.includes(criticality);
}

/** True when a row no longer holds up those after it. A row that does not apply holds up nothing. */
export function isBehind(action: Action): boolean {
  return action.state === 'done' || action.state === 'waived' || action.state === 'not-applicable';
}

/** The rows that must come first and have not, by key. */
export function missingBefore(incident: Incident, rule: ActionRule): readonly ActionKey[] {
  return rule.after.filter((key) => !isBehind(actionOf(incident, key)));
}

/** Parts still to be said, in their order. */
export function missingParts(
  rule: ActionRule,
  action: Action,
  criticality: Criticality | null,
): readonly Part[] {
  return neededParts(rule, action.parts).filter(
    (part) => !action.parts.some((done) => done.part === part && isFinal(rule.key, done, criticality)),
  );
}

/** An executive's part of external help falls away when the lead needs none, or waives the question: nobody asked for it. */
function neededParts(rule: ActionRule, said: readonly PartDone[]): readonly Part[] {
  const needsNoHelp = said.some(
    (done) => done.facts.needed === false || (done.part === 'lead' && done.isWaived),
  );
  return rule.key === 'external-help' && needsNoHelp ? ['lead'] : rule.parts;
}

/** `unknown` settles the question of protected information for a Normal incident only. */
function isFinal(key: ActionKey, done: PartDone, criticality: Criticality | null): boolean {
  if (key !== 'protected-information' || done.isWaived || criticality === 'normal') return true;
  return done.facts.identity !== 'unknown' && done.facts.health !== 'unknown';
}

export function mayDoPart(actor: Actor, part: Part, action: Action, incident: Incident): boolean {
  switch (part) {
    case 'lead':
      return incident.lead === actor.username || action.designee === actor.username;
    case 'legal':
      return (
        actor.roles.includes('legal') ||
        incident.team.some((member) => member.username === actor.username && member.role === 'legal')
      );
    case 'executive':
      return actor.roles.includes('executive');
    case 'csirt':
      return isOfCsirt(actor, incident);
  }
}

/** The lead waives their own and the team's parts, the sponsor those of executive and legal. Source: IC-20 (ours). */
export function mayWaivePart(actor: Actor, part: Part, incident: Incident): boolean {
  return part === 'lead' || part === 'csirt'
    ? incident.lead === actor.username
    : actor.roles.includes('executive');
}

/** True when rows 9 to 17 are behind: what follows is the review. */
export function isResponseOver(incident: Incident, rules: ProcessRules): boolean {
  return incident.actions.every((action) => {
    const { row } = ruleOf(rules, action.key);
    return row < FIRST_RESPONSE_ROW || row > LAST_RESPONSE_ROW || isBehind(action);
  });
}

/**
 * Brings every row's state into line with criticality, predecessors and parts, and starts or stops the row's
 * clock. Done and waived rows stay; an ended incident lets nothing new fall due.
 */
export function refreshActions(incident: Incident, rules: ProcessRules, at: number): Incident {
  // Again until nothing changes: a policy may let a row wait for one with a higher number.
  for (let current = incident; ;) {
    const next = refreshOnce(current, rules, at);
    if (next === current) return current;
    current = next;
  }
}

function refreshOnce(incident: Incident, rules: ProcessRules, at: number): Incident {
  const isOpen = incident.endedAt === null;
  let current = incident;
  for (const rule of rules.actions) {
    const action = actionOf(current, rule.key);
    const refreshed = refreshAction(current, rule, action, isOpen, at);
    if (refreshed !== action) current = withAction(current, refreshed, at);
  }
  return current;
}

function refreshAction(
  incident: Incident,
  rule: ActionRule,
  action: Action,
  isOpen: boolean,
  at: number,
): Action {
  if (action.state === 'done' || action.state === 'waived') return action;
  if (!applies(rule, incident.criticality)) {
    const isJudged = incident.isIncident !== null;
    const state = isJudged ? 'not-applicable' : 'pending';
    return action.state === state ? action : { ...action, state, dueAt: null };
  }
  const saidEnough = action.parts.length > 0 && missingParts(rule, action, incident.criticality).length === 0;
  if (saidEnough) {
    return { ...action, state: action.parts.every((done) => done.isWaived) ? 'waived' : 'done' };
  }
  const isDue = missingBefore(incident, rule).length === 0;
  if (isDue && action.state !== 'due' && isOpen)
    return { ...action, state: 'due', dueAt: at + rule.withinMs };
  if (!isDue || action.state === 'not-applicable') {
    return action.state === 'pending' ? action : { ...action, state: 'pending', dueAt: null };
  }
  return action;
}

function withAction(incident: Incident, action: Action, at: number): Incident {
  const actions = incident.actions.map((other) => (other.key === action.key ? action : other));
  return { ...incident, actions, clocks: clocksWith(incident.clocks, action, at) };
}

function clocksWith(clocks: readonly Clock[], action: Action, at: number): readonly Clock[] {
  const name = `action:${action.key}`;
  const stopped = clocks.map((clock) =>
    clock.name === name && clock.stoppedAt === null && action.state !== 'due'
      ? stopActionClock(clock, action, at)
      : clock,
  );
  const runs = stopped.some((clock) => clock.name === name && clock.stoppedAt === null);
  if (action.state !== 'due' || action.dueAt === null || runs) return stopped;
  const started: Clock = {
    name,
    reportId: null,
    startedAt: at,
    dueAt: action.dueAt,
    state: 'running',
    stoppedAt: null,
    by: null,
    reason: null,
    stepsTaken: 0,
  };
  // One clock per row: an earlier pass's clock gives way, its story is in the timeline.
  return [...stopped.filter((clock) => clock.name !== name), started];
}

function stopActionClock(clock: Clock, action: Action, at: number): Clock {
  const by = action.parts.at(-1)?.by ?? null;
  if (action.state === 'done') {
    return { ...clock, state: isLate(clock, at) ? 'breached' : 'met', stoppedAt: at, by };
  }
  return {
    ...clock,
    state: clock.state === 'running' ? 'excused' : clock.state,
    stoppedAt: at,
    by,
    reason: action.state,
  };
}
