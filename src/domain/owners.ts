import { actionOf, missingParts, ruleOf } from './actions-matrix.ts';
import type { NoticeTarget } from './effects.ts';
import type { Incident, PageTarget } from './incident.ts';
import type { ProcessRules } from './rules.ts';
import { ACTION_KEYS, type ActionKey, type PageReason } from './vocabulary.ts';

/** Whose silence it is when a clock runs out: who is reminded, and whom a page rings first. */

export function ownerOfClock(incident: Incident, clock: string, rules: ProcessRules): NoticeTarget {
  const key = keyOfClock(clock);
  const part =
    key === null
      ? undefined
      : missingParts(ruleOf(rules, key), actionOf(incident, key), incident.criticality)[0];
  switch (part) {
    case 'legal':
      return { role: 'legal' };
    case 'executive':
      return { role: 'executive' };
    case 'lead':
      return personOr(key === null ? incident.lead : (actionOf(incident, key).designee ?? incident.lead));
    case 'csirt':
    case undefined:
      return personOr(incident.lead);
  }
}

/** The ladder of the reason; for an overdue row its owner is put before it. */
export function targetOfPage(
  incident: Incident,
  reason: PageReason,
  clock: string,
  rules: ProcessRules,
): PageTarget {
  const ladder = rules.ladderOf[reason];
  if (reason !== 'action-overdue') return { ladder };
  const owner = ownerOfClock(incident, clock, rules);
  return 'person' in owner ? { person: owner.person, then: ladder } : { role: owner.role, then: ladder };
}

function personOr(username: string | null): NoticeTarget {
  return username === null ? { role: 'csirt' } : { person: username };
}

function keyOfClock(clock: string): ActionKey | null {
  const key = clock.startsWith('action:') ? clock.slice('action:'.length) : '';
  return ACTION_KEYS.find((candidate) => candidate === key) ?? null;
}
