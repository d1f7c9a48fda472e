import type { Incident } from '../incident.ts';
import { refuse } from '../refusal.ts';
import type { ProcessRules } from '../rules.ts';
import { draft, OPEN_STAGES, requireStage, type Draft, type Outcome, type Situation } from './draft.ts';

/** Calls to people: pages by hand, consultations, and what an inquiry of law enforcement calls for. */

/** A call-in, or any page by hand; called-in people are obliged to help. Source: IC-24. */
export function callIn({ incident, step, now }: Situation<'pages'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'A page by hand');
  if (refusal !== null) return refusal;
  return [
    draft({
      type: 'page-started',
      pageId: nextPageId(incident),
      reason: 'call-in',
      clock: null,
      target: step.target,
      startsAt: now,
      textId: step.textId,
    }),
  ];
}

export function restartPage({ incident, step, now }: Situation<'page-restart'>): Outcome {
  const page = incident.pages.find((candidate) => candidate.id === step.pageId);
  if (page === undefined) return refuse('not-found', `There is no page ${step.pageId} on this incident.`);
  if (page.state !== 'exhausted') {
    return refuse('not-now', `Page ${step.pageId} is ${page.state}; only an exhausted one is restarted.`);
  }
  return [draft({ type: 'page-rang-again', pageId: page.id, because: 'restarted', startsAt: now })];
}

/** Source: NM-11. */
export function consult({ incident, step }: Situation<'consultations'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'A consultation');
  if (refusal !== null) return refusal;
  const n = incident.consultations.length + 1;
  return [draft({ type: 'consultation-asked', n, asked: step.asked, textId: step.textId })];
}

/** What a report really is; an inquiry of law enforcement goes to the General Counsel at once. Source: IC-5. */
export function correctKind({ incident, step, rules, now }: Situation<'kind'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'Correcting the kind');
  if (refusal !== null) return refusal;
  if (incident.kind === step.kind)
    return refuse('already-done', `Its kind is ${step.kind} already.`, '/kind');
  const corrected = draft({ type: 'kind-corrected', kind: step.kind, textId: step.textId });
  return step.kind === 'law-enforcement' ? [corrected, callCounsel(incident, rules, now)] : [corrected];
}

export function callCounsel(incident: Incident, rules: ProcessRules, now: number): Draft {
  return draft({
    type: 'page-started',
    pageId: nextPageId(incident),
    reason: 'law-enforcement',
    clock: null,
    target: { ladder: rules.ladderOf['law-enforcement'] },
    startsAt: now,
    textId: null,
  });
}

/** `INC-2026-0001-P1`: its number is never used twice. */
export function nextPageId(incident: Incident, ahead = 1): string {
  return `${incident.id}-P${incident.counters.pages + ahead}`;
}
