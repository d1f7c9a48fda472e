import { actionOf, isBehind, ROWS_BEFORE_NORMAL_HAND_OFF } from '../actions-matrix.ts';
import { rankOf } from '../classification.ts';
import { owedReplies } from '../clocks.ts';
import type { Incident } from '../incident.ts';
import { refuse, type Refusal } from '../refusal.ts';
import { unfitForAnotherPass } from './assessment.ts';
import { draft, requireStage, type Outcome, type Situation } from './draft.ts';

/** The ways an incident ends, and the way back. */

/** Source: IC-5, IC-11, IC-12, IC-14. */
export function handOff({ incident, by, step }: Situation<'hand-off'>): Outcome {
  const refusal = basisProblem(incident, by, step) ?? replyOwed(incident);
  return refusal ?? [draft({ type: 'handed-off', basis: step.basis, textId: step.textId })];
}

function basisProblem(
  incident: Incident,
  by: Situation['by'],
  step: Situation<'hand-off'>['step'],
): Refusal | null {
  if (step.basis === 'law-enforcement') {
    if (incident.kind !== 'law-enforcement') {
      return refuse('not-now', 'The incident is no inquiry of law enforcement; correct its kind first.');
    }
    if (!by.roles.includes('general-counsel')) {
      return refuse('not-yours', 'An inquiry of law enforcement is handed off by the General Counsel.');
    }
    return requireStage(incident, ['received', 'triage', 'response'], 'This hand-off');
  }
  if (incident.lead !== by.username) return refuse('not-yours', 'The lead hands off.');
  const refusal = requireStage(incident, ['triage', 'response'], 'A hand-off');
  if (refusal !== null) return refusal;
  if (incident.isIncident === null) {
    return refuse('predecessor-missing', 'A hand-off rests on an assessment; there is none yet.');
  }
  switch (step.basis) {
    case 'out-of-scope':
      return incident.inScope === false
        ? null
        : refuse('not-now', 'The assessment says that it is in scope.');
    case 'not-an-incident':
      return incident.isIncident ? refuse('not-now', 'The assessment says that it is an incident.') : null;
    case 'demoted':
      return incident.isDemoted && incident.stage === 'response'
        ? null
        : refuse('not-now', 'No re-assessment in conference has lowered it; that comes first.');
    case 'normal':
      return normalHandOffProblem(incident);
  }
}

function normalHandOffProblem(incident: Incident): Refusal | null {
  const refusal = requireStage(incident, ['triage'], 'A hand-off as Normal');
  if (refusal !== null) return refusal;
  if (incident.criticality !== 'normal') return refuse('not-now', 'The incident is not Normal.');
  const open = ROWS_BEFORE_NORMAL_HAND_OFF.filter((key) => !isBehind(actionOf(incident, key)));
  return open.length === 0 ? null : refuse('predecessor-missing', `First come the rows ${open.join(', ')}.`);
}

/** No valid submission. Source: IC-8. */
export function dismiss({ incident, step }: Situation<'dismiss'>): Outcome {
  const refusal = requireStage(incident, ['received', 'triage'], 'A dismissal');
  return refusal ?? [draft({ type: 'dismissed', textId: step.textId })];
}

/** A second report on the same matter: its reports and their reply clocks go to the other incident. */
export function merge({ incident, by, step }: Situation<'merge'>): Outcome {
  const refusal = requireStage(incident, ['received', 'triage', 'response'], 'A merge');
  if (refusal !== null) return refusal;
  if (step.into === incident.id) return refuse('invalid', 'An incident is merged into another one.', '/into');
  if (step.target === null) return refuse('invalid', `There is no incident ${step.into}.`, '/into');
  if (!step.target.isOpen) return refuse('not-now', `${step.into} has ended; merge into an open one.`);
  const isExecutive = by.roles.includes('executive');
  const isAssessed = incident.isIncident !== null;
  if (isAssessed && incident.lead !== by.username && !isExecutive) {
    return refuse('not-yours', 'After the assessment the lead merges.');
  }
  if (!isAssessed && !by.roles.includes('csirt') && !isExecutive && incident.lead !== by.username) {
    return refuse('not-yours', 'Before the assessment the CSIRT merges.');
  }
  if (rankOf(step.target.criticality) < rankOf(incident.criticality) && !isExecutive) {
    return refuse('not-yours', 'Merging into a less critical incident is the Executive Sponsor’s.');
  }
  const sending = beingSent(incident);
  if (sending !== null) return sending;
  return [draft({ type: 'merged', into: step.into, textId: step.textId })];
}

/** Only the Executive Sponsor, only from review, with every row behind and no reply owed. Source: IC-21. */
export function close({ incident, by, step }: Situation<'close'>): Outcome {
  if (!by.roles.includes('executive'))
    return refuse('not-yours', 'The Executive Sponsor closes an incident.');
  const refusal = requireStage(incident, ['review'], 'Closing');
  if (refusal !== null) return refusal;
  const open = incident.actions.filter((action) => !isBehind(action)).map((action) => action.key);
  if (open.length > 0) return refuse('predecessor-missing', `Rows still open: ${open.join(', ')}.`);
  return replyOwed(incident) ?? [draft({ type: 'closed', textId: step.textId })];
}

/** Back to the stage before the end. Source: IC-8, IC-21 (ours). */
export function reopen({ incident, by, step, rules }: Situation<'reopen'>): Outcome {
  const refusal = requireStage(incident, ['closed', 'handed-off', 'merged', 'dismissed'], 'Reopening');
  if (refusal !== null) return refusal;
  if (incident.stage === 'closed' && !by.roles.includes('executive')) {
    return refuse('not-yours', 'A closed incident is reopened by the Executive Sponsor.');
  }
  const unfit = unfitForAnotherPass(incident, step.again, incident.criticality, rules);
  return (
    unfit ?? [
      draft({ type: 'reopened', again: step.again, wasMergedInto: incident.mergedInto, textId: step.textId }),
    ]
  );
}

function replyOwed(incident: Incident): Refusal | null {
  const owed = owedReplies(incident);
  return owed.length === 0
    ? null
    : refuse('reply-owed', `A reply is owed (or being sent) for ${owed.join(', ')}; answer it first.`);
}

function beingSent(incident: Incident): Refusal | null {
  const sending = incident.reports.filter((report) => report.reply === 'sending').map((report) => report.id);
  return sending.length === 0 ? null : refuse('not-now', `A reply is being sent for ${sending.join(', ')}.`);
}
