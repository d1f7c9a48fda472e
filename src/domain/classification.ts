import type { Actor } from './actor.ts';
import type { AssessmentStep } from './commands.ts';
import type { Assessment } from './events.ts';
import type { Incident } from './incident.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import type { ProcessRules } from './rules.ts';
import { severityOf } from './severity.ts';
import { CRITICALITIES, type Criterion } from './vocabulary.ts';

/** The initial assessment and its repetition: scope, nature, criticality and severity. Source: IC-11 to IC-16, NM-10. */

const ESCALATION_CRITERIA: readonly Criterion[] = ['production-systems', 'change-control-needed'];
const EMERGENCY_CRITERIA: readonly Criterion[] = [
  'health-and-safety',
  'critical-trust-controls',
  'ability-to-provide-services',
  'deemed-by-policy',
  'deemed-by-sponsor',
];

/** In scope: mitigation depends on the federation's change management, and a criterion of scope is met. Source: IC-11. */
export function isInScope(
  assessment: Pick<Assessment, 'dependsOnChangeManagement' | 'scopeCriteria'>,
): boolean {
  return assessment.dependsOnChangeManagement && assessment.scopeCriteria.length > 0;
}

/** An assessment as it is recorded, or why it cannot stand. */
export function classify(step: AssessmentStep, by: Actor, rules: ProcessRules): Assessment | Refusal {
  const contradiction = natureProblem(step) ?? criticalityProblem(step, by);
  if (contradiction !== null) return contradiction;
  const { severityFactors } = step;
  const severity = severityFactors === null ? null : severityOf(rules.severity, severityFactors);
  if (isRefusal(severity)) return severity;
  return {
    isIncident: step.isIncident,
    nature: step.nature,
    dependsOnChangeManagement: step.dependsOnChangeManagement,
    scopeCriteria: step.scopeCriteria,
    criticality: step.criticality,
    criteria: step.criteria,
    tlp: step.tlp,
    severity,
    textId: step.textId,
  };
}

function natureProblem(step: AssessmentStep): Refusal | null {
  // Scope comes first: what is handed off as out of scope need not be judged further.
  if (step.isIncident && isInScope(step) && step.nature === null) {
    return refuse('invalid', 'An incident in scope has one of the four natures; say which.', '/nature');
  }
  if (!step.isIncident && step.nature !== null) {
    return refuse('invalid', 'What is no incident has no nature; leave it out.', '/nature');
  }
  return null;
}

function criticalityProblem(step: AssessmentStep, by: Actor): Refusal | null {
  const isClassified = step.isIncident && isInScope(step);
  if (!isClassified) {
    return step.criticality === null && step.criteria.length === 0
      ? null
      : refuse(
          'invalid',
          'Only an incident that is in scope has a criticality and criteria.',
          '/criticality',
        );
  }
  if (step.criticality === null) {
    return refuse(
      'invalid',
      'An incident in scope has a criticality: normal, escalation or emergency.',
      '/criticality',
    );
  }
  const meetsEscalation = step.criteria.some((criterion) => ESCALATION_CRITERIA.includes(criterion));
  const meetsEmergency = step.criteria.some((criterion) => EMERGENCY_CRITERIA.includes(criterion));
  switch (step.criticality) {
    case 'normal':
      return step.criteria.length === 0
        ? null
        : refuse('invalid', 'A Normal incident meets no criterion of Escalation or Emergency.', '/criteria');
    case 'escalation':
      if (!meetsEscalation) return missing('Escalation', ESCALATION_CRITERIA);
      return meetsEmergency
        ? refuse('invalid', 'A criterion of Emergency is met; an Escalation has none of those.', '/criteria')
        : null;
    case 'emergency':
      if (step.criteria.includes('deemed-by-sponsor') && !by.roles.includes('executive')) {
        return refuse(
          'not-yours',
          'Only the Executive Sponsor deems an incident an Emergency (deemed-by-sponsor).',
          '/criteria',
        );
      }
      return meetsEmergency ? null : missing('Emergency', EMERGENCY_CRITERIA);
  }
}

function missing(criticality: string, criteria: readonly Criterion[]): Refusal {
  return refuse(
    'criteria-missing',
    `${criticality} needs one of its criteria: ${criteria.join(', ')}.`,
    '/criteria',
  );
}

/** 0 for what has no criticality (no incident, or out of scope), then Normal, Escalation, Emergency. */
export function rankOf(criticality: Incident['criticality']): number {
  return criticality === null ? 0 : CRITICALITIES.indexOf(criticality) + 1;
}
