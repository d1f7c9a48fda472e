import { actionOf, applies, isBehind, ruleOf, missingBefore } from '../actions-matrix.ts';
import { classify, isInScope, rankOf } from '../classification.ts';
import type { Incident } from '../incident.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import type { ProcessRules } from '../rules.ts';
import type { ActionKey, Criticality } from '../vocabulary.ts';
import { draft, requireStage, type Outcome, type Situation } from './draft.ts';

/** The initial assessment, which is row 1. Source: IC-10, IC-16. */
export function assess({ incident, by, step, rules }: Situation<'assessment'>): Outcome {
  const refusal = requireStage(incident, ['triage'], 'The initial assessment') ?? counselMatter(incident);
  if (refusal !== null) return refusal;
  if (incident.isIncident !== null) {
    return refuse('already-done', 'The incident is assessed; a reassessment changes it.');
  }
  const assessment = classify(step, by, rules);
  return isRefusal(assessment) ? assessment : [draft({ type: 'assessed', ...assessment })];
}

/** Raising is free; lowering is done in conference. With a conference it is row 8. Source: IC-20 row 8. */
export function reassess({ incident, by, step, rules }: Situation<'reassessment'>): Outcome {
  const refusal =
    requireStage(incident, ['triage', 'response', 'review'], 'A re-assessment') ?? counselMatter(incident);
  if (refusal !== null) return refusal;
  if (incident.isIncident === null) {
    return refuse('predecessor-missing', 'There is no assessment yet; the initial assessment comes first.');
  }
  const assessment = classify(step, by, rules);
  if (isRefusal(assessment)) return assessment;
  const isLowering =
    rankOf(assessment.criticality) < rankOf(incident.criticality) ||
    (incident.isIncident && !assessment.isIncident) ||
    (incident.inScope === true && !isInScope(assessment));
  if (isLowering && !step.hasConference) {
    return refuse(
      'conference-required',
      'Lowering a criticality, or finding it no incident or out of scope, is done in conference.',
      '/conference',
    );
  }
  const unfit = unfitForAnotherPass(incident, step.again, assessment.criticality, rules);
  if (unfit !== null) return unfit;
  const { hasConference, again } = step;
  const { criticality: criticalityBefore } = incident;
  return [draft({ type: 'reassessed', ...assessment, hasConference, again, criticalityBefore })];
}

/** Rows can be done a second time when they apply and were done or waived. */
export function unfitForAnotherPass(
  incident: Incident,
  again: readonly ActionKey[],
  criticality: Criticality | null,
  rules: ProcessRules,
): Refusal | null {
  for (const key of again) {
    const { state } = actionOf(incident, key);
    if (key === 'initial-assessment') {
      return refuse('invalid', 'The initial assessment is made once; re-assess instead.', '/again');
    }
    if (!applies(ruleOf(rules, key), criticality) || (state !== 'done' && state !== 'waived')) {
      return refuse(
        'invalid',
        `Row ${key} is ${state} here; only rows done or waived are done again.`,
        '/again',
      );
    }
  }
  return null;
}

/** True when a re-assessment in conference may stand as row 8. */
export function completesRow8(incident: Incident, rules: ProcessRules): boolean {
  const rule = ruleOf(rules, 'reassess');
  return !isBehind(actionOf(incident, 'reassess')) && missingBefore(incident, rule).length === 0;
}

/** Nobody triages an inquiry of law enforcement as an ordinary report. Source: IC-5. */
function counselMatter(incident: Incident): Refusal | null {
  return incident.kind === 'law-enforcement'
    ? refuse(
        'not-now',
        'An inquiry of law enforcement is the General Counsel’s; correct its kind if it is none.',
      )
    : null;
}
