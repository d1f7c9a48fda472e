import {
  actionOf,
  applies,
  DOCUMENTED_ROWS,
  mayDoPart,
  mayWaivePart,
  missingBefore,
  missingParts,
  ROW_THAT_OUTLIVES_HAND_OFF,
  ROWS_WITH_A_STEP_OF_THEIR_OWN,
  ruleOf,
} from '../actions-matrix.ts';
import type { Action, Incident, OutcomeFacts } from '../incident.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import type { ActionRule, ProcessRules } from '../rules.ts';
import type { ActionKey, Part } from '../vocabulary.ts';
import { draft, requireStage, type Outcome, type Situation } from './draft.ts';

/** Steps on the rows of the actions matrix. Source: IC-20. */

export function complete({ incident, by, step, rules }: Situation<'complete'>): Outcome {
  const { key } = step;
  const rule = ruleOf(rules, key);
  const action = actionOf(incident, key);
  const isOwn = (part: Part) => mayDoPart(by, part, action, incident);
  const refusal =
    whoseRow({ incident, by, rules, key, part: step.part }) ??
    requireRowsOpen(incident, key) ??
    ownStepProblem(key) ??
    notDue(incident, key, rules);
  if (refusal !== null) return refusal;
  const missing = missingParts(rule, action, incident.criticality);
  const part = choosePart(step.part, rule, missing, isOwn);
  if (isRefusal(part)) return part;
  if (rule.partsInOrder && missing[0] !== part) {
    return refuse(
      'predecessor-missing',
      `Row ${key}: the ${missing[0]}'s part comes before the ${part}'s.`,
      '/part',
    );
  }
  const undocumented = notDocumented(incident, action, step.facts);
  if (undocumented !== null) return undocumented;
  return [draft({ type: 'part-done', key, part, textId: step.textId, facts: step.facts })];
}

export function correct({ incident, by, step, rules }: Situation<'correct'>): Outcome {
  const { key } = step;
  const rule = ruleOf(rules, key);
  const action = actionOf(incident, key);
  const isOwn = (part: Part) => mayDoPart(by, part, action, incident);
  const refusal =
    whoseRow({ incident, by, rules, key, part: step.part }) ??
    requireRowsOpen(incident, key) ??
    ownStepProblem(key);
  if (refusal !== null) return refusal;
  const said = action.parts.filter((done) => !done.isWaived).map((done) => done.part);
  if (said.length === 0) return refuse('not-now', `Row ${key} has no outcome to correct yet.`);
  const part = choosePart(step.part, rule, said, isOwn);
  if (isRefusal(part)) return part;
  const undocumented = notDocumented(incident, action, step.facts);
  if (undocumented !== null) return undocumented;
  return [draft({ type: 'part-corrected', key, part, textId: step.textId, facts: step.facts })];
}

export function waive({ incident, by, step, rules }: Situation<'waive'>): Outcome {
  const { key } = step;
  const rule = ruleOf(rules, key);
  const refusal = requireRowsOpen(incident, key);
  if (refusal !== null) return refusal;
  if (!rule.isWaivable) return refuse('not-waivable', `Row ${rule.row} (${key}) cannot be waived.`);
  const action = actionOf(incident, key);
  if (!applies(rule, incident.criticality)) return doesNotApply(rule, incident);
  const missing = missingParts(rule, action, incident.criticality);
  if (missing.length === 0) return refuse('already-done', `Row ${key} is ${action.state}.`);
  if (step.part !== null && !rule.parts.includes(step.part)) return unknownPart(rule);
  const asked = step.part === null ? missing : [step.part];
  if (!asked.every((part) => missing.includes(part))) {
    return refuse('already-done', `Row ${key}: this part is said already.`, '/part');
  }
  const own = asked.filter((part) => mayWaivePart(by, part, incident));
  if (own.length === 0) {
    return refuse(
      'not-yours',
      'The lead waives parts of lead and csirt, the Executive Sponsor those of executive and legal.',
    );
  }
  return own.map((part) => draft({ type: 'part-waived', key, part, textId: step.textId }));
}

export function designate({ incident, step, rules }: Situation<'designate'>): Outcome {
  const { key, username } = step;
  const refusal =
    requireStage(incident, ['triage', 'response', 'review'], 'Naming a designee') ?? ownStepProblem(key);
  if (refusal !== null) return refusal;
  const rule = ruleOf(rules, key);
  if (!rule.parts.includes('lead') && !DOCUMENTED_ROWS.includes(key)) {
    return refuse(
      'invalid',
      `Row ${key} is neither done nor documented by the lead; a designee does what is the lead's.`,
    );
  }
  const action = actionOf(incident, key);
  if (action.state === 'done' || action.state === 'waived') {
    return refuse('already-done', `Row ${key} is ${action.state}.`);
  }
  if (action.designee === username)
    return refuse('already-done', `${username} is the designee already.`, '/username');
  return [draft({ type: 'designated', key, username })];
}

/** Rows are worked while the incident is open; one of them goes on after a hand-off. */
function requireRowsOpen(incident: Incident, key: ActionKey): Refusal | null {
  const outlives = key === ROW_THAT_OUTLIVES_HAND_OFF && incident.stage === 'handed-off';
  return outlives ? null : requireStage(incident, ['triage', 'response', 'review'], `Row ${key}`);
}

function ownStepProblem(key: ActionKey): Refusal | null {
  const step = ROWS_WITH_A_STEP_OF_THEIR_OWN[key];
  return step === undefined ? null : refuse('invalid', `Row ${key} is done by the ${step}.`);
}

/**
 * Null when the row, or the part of it that is named, is theirs. Whose it is comes before everything else: a stranger to
 * the row learns neither how it stands nor what it records. The API asks the same before it looks at an outcome.
 */
export function whoseRow({
  incident,
  by,
  rules,
  key,
  part,
}: Pick<Situation, 'incident' | 'by' | 'rules'> & {
  readonly key: ActionKey;
  readonly part: Part | null;
}): Refusal | null {
  const rule = ruleOf(rules, key);
  const action = actionOf(incident, key);
  const isNamed = part !== null && rule.parts.includes(part);
  const asked = isNamed ? [part] : rule.parts;
  if (!asked.some((one) => mayDoPart(by, one, action, incident))) {
    const isNobodys = incident.lead === null && asked.includes('lead');
    return refuse(
      'not-yours',
      `Row ${key} is for ${asked.join(', ')}${isNobodys ? '; nobody leads here yet' : ''}.`,
    );
  }
  return part === null || isNamed ? null : unknownPart(rule);
}

function notDue(incident: Incident, key: ActionKey, rules: ProcessRules): Refusal | null {
  const action: Action = actionOf(incident, key);
  const rule = ruleOf(rules, key);
  switch (action.state) {
    case 'due':
      return null;
    case 'done':
    case 'waived':
      return refuse('already-done', `Row ${key} is ${action.state}; correct its outcome instead.`);
    case 'not-applicable':
      return doesNotApply(rule, incident);
    case 'pending': {
      if (!applies(rule, incident.criticality)) return doesNotApply(rule, incident);
      return refuse(
        'predecessor-missing',
        `Row ${key} waits for ${missingBefore(incident, rule).join(', ')}.`,
      );
    }
  }
}

function doesNotApply(rule: ActionRule, incident: Incident): Refusal {
  return incident.criticality === null
    ? refuse('predecessor-missing', 'No row applies before an assessment has given a criticality.')
    : refuse(
        'not-now',
        `Row ${rule.row} (${rule.key}) does not apply to a ${incident.criticality} incident.`,
      );
}

/**
 * What is decided in conference is written down by the lead or the row's designee. A correction may go on naming whom the
 * row has named already, for the lead may be another one by then. Source: IC-20 rows 12, 16 and 18.
 */
function notDocumented(incident: Incident, action: Action, { documentedBy }: OutcomeFacts): Refusal | null {
  if (documentedBy === undefined) return null;
  const writers = [incident.lead, action.designee].filter((username) => username !== null);
  const named = [...action.parts, ...action.earlierParts].map(({ facts }) => facts.documentedBy);
  if ([...writers, ...named].includes(documentedBy)) return null;
  return refuse(
    'invalid',
    `Row ${action.key} is documented by the lead or a designee of the row: expected ${writers.join(' or ')}, or name ${documentedBy} its designee first.`,
    '/outcome/documentedBy',
  );
}

function choosePart(
  named: Part | null,
  rule: ActionRule,
  open: readonly Part[],
  isOwn: (part: Part) => boolean,
): Part | Refusal {
  const candidates = named === null ? open : open.filter((part) => part === named);
  if (candidates.length === 0)
    return refuse('already-done', `Row ${rule.key}: the ${named}'s part is not open.`, '/part');
  const own = candidates.find(isOwn);
  return own ?? refuse('not-yours', `Row ${rule.key} is for ${candidates.join(', ')}.`);
}

function unknownPart(rule: ActionRule): Refusal {
  return refuse('invalid', `Row ${rule.key} has the parts ${rule.parts.join(', ')}.`, '/part');
}
