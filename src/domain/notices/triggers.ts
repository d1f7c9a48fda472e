import { actionOf } from '../actions-matrix.ts';
import { rankOf } from '../classification.ts';
import type { IncidentEvent } from '../events.ts';
import type { Incident } from '../incident.ts';
import type { ActionKey, NoteKind } from '../vocabulary.ts';
import type { NoticeTrigger } from './notice.ts';

/**
 * What was reached on the way from one incident to the other. Notices are for what is Escalation or Emergency: a Normal
 * incident is handed off. Source: IC-32, NM-34.
 */
export function triggersReached(
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
): readonly NoticeTrigger[] {
  if (!isGrave(after)) return [];
  const isNow = (is: (incident: Incident) => boolean) => is(after) && !is(before);
  const isNoted = (kind: NoteKind) =>
    events.some(({ body }) => body.type === 'noted' && body.kind === kind && body.corrects === null);
  const reached: readonly (readonly [NoticeTrigger, boolean])[] = [
    ['discovery', isNow(isGrave)],
    ['scope-known', isNow(hasDone('reassess'))],
    ['finding', isNoted('finding')],
    ['component-resolved', isNoted('component-resolved')],
    ['action-items', isNow(hasDone('agree-plan'))],
    ['data-exposed', isNow(isDataExposed)],
    ['public-developments', isNoted('disclosed')],
    ['resolved', isNoted('resolved') || isNow(({ stage }) => stage === 'review')],
    ['review-scheduled', isNoted('review-scheduled')],
    ['review-findings', isNow(hasDone('after-action-review'))],
  ];
  return reached.flatMap(([trigger, is]) => (is ? [trigger] : []));
}

function isGrave({ criticality }: Incident): boolean {
  return rankOf(criticality) >= rankOf('escalation');
}

function hasDone(key: ActionKey): (incident: Incident) => boolean {
  return (incident) => actionOf(incident, key).state === 'done';
}

function isDataExposed(incident: Incident): boolean {
  return actionOf(incident, 'protected-information').parts.some(
    ({ facts }) => facts.identity === 'yes' || facts.health === 'yes',
  );
}
