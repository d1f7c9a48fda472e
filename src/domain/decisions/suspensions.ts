import { refuse } from '../refusal.ts';
import { draft, requireStage, type Outcome, type Situation } from './draft.ts';

/** Suspension of federation services. Source: IC-6, IC-7. */

/** The out-of-band verification of a request, by somebody else than who took it. */
export function verifyRequest({ incident, by, step }: Situation<'request-verification'>): Outcome {
  const refusal = requireStage(incident, ['received', 'triage', 'response', 'review'], 'A verification');
  if (refusal !== null) return refusal;
  if (incident.verification?.result === 'confirmed') {
    return refuse('already-done', 'The request is verified already.');
  }
  if (incident.kind !== 'suspension-request') {
    return refuse('not-now', 'The incident is no suspension request.');
  }
  if (incident.reports.some((report) => report.enteredBy === by.username)) {
    return refuse('not-yours', 'Somebody else than who took the request verifies it.');
  }
  return [draft({ type: 'verified', result: step.result, textId: step.textId })];
}

export function decideSuspension({ incident, step }: Situation<'suspensions'>): Outcome {
  if (step.basis === 'verified-request' && incident.verification?.result !== 'confirmed') {
    return refuse(
      'predecessor-missing',
      'A requested suspension waits for a confirmed verification.',
      '/basis',
    );
  }
  if (step.basis === 'unacceptable-risk' && !step.hasImpact) {
    return refuse(
      'invalid',
      'Immediate remediation says its impact, and why it is proportionate.',
      '/impact',
    );
  }
  const { action, basis, textId } = step;
  return [draft({ type: 'suspension-decided', n: incident.suspensions.length + 1, action, basis, textId })];
}

/** `decided` → `done` → `lift-decided` → `lifted`. */
export function moveSuspension({
  incident,
  step,
}: Situation<'suspension-done' | 'suspension-lift' | 'suspension-lifted'>): Outcome {
  const suspension = incident.suspensions.find((candidate) => candidate.n === step.n);
  if (suspension === undefined)
    return refuse('not-found', `There is no suspension ${step.n} on this incident.`);
  const [from, state] = MOVES[step.verb];
  if (suspension.state === state) return refuse('already-done', `Suspension ${step.n} is ${state} already.`);
  if (suspension.state !== from) {
    return refuse('not-now', `Suspension ${step.n} is ${suspension.state}; this step follows ${from}.`);
  }
  return [draft({ type: 'suspension-moved', n: step.n, state, textId: step.textId })];
}

const MOVES = {
  'suspension-done': ['decided', 'done'],
  'suspension-lift': ['done', 'lift-decided'],
  'suspension-lifted': ['lift-decided', 'lifted'],
} as const;
