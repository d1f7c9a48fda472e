import type { Actor } from '../actor.ts';
import type { Incident } from '../incident.ts';
import { refuse } from '../refusal.ts';
import { isStricter } from '../tlp.ts';
import { draft, type Outcome, type Situation } from './draft.ts';

/**
 * Another label, for the incident or a line of its timeline. Whoever holds the words may see to it that they travel less
 * far; that they travel further is for those who are responsible for labels. Source: IC-30.
 */
export function relabel({ incident, by, step }: Situation<'label'>): Outcome {
  const { tlp, entry, textId } = step;
  const from = entry?.tlp ?? incident.tlp;
  const what = entry === null ? 'the incident' : `line ${entry.seq} of the timeline`;
  if (from === tlp) return refuse('already-done', `The label of ${what} is ${tlp} already.`, '/tlp');
  if (isStricter(from, tlp) && !mayLower(by, incident)) {
    return refuse(
      'not-yours',
      `From ${from} to ${tlp} the words travel further: that is for the lead, the Executive Sponsor and the communications representative of the incident. Raising a label is for everybody who holds the words.`,
      '/tlp',
    );
  }
  return [draft({ type: 'relabelled', tlp, from, seq: entry?.seq ?? null, textId })];
}

function mayLower({ username, roles }: Actor, { lead, team }: Incident): boolean {
  return (
    lead === username ||
    roles.includes('executive') ||
    team.some((member) => member.username === username && member.role === 'communications')
  );
}
