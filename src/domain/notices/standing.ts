import { draft, type Draft } from '../decisions/draft.ts';
import type { IncidentEvent } from '../events.ts';
import type { Incident } from '../incident.ts';
import type { ProcessRules } from '../rules.ts';
import { isStricter } from '../tlp.ts';
import { draftTextId, isUnderWay, type Notice, noticesOf, RECURRING_TRIGGERS } from './notice.ts';
import { triggersReached } from './triggers.ts';

/** What follows for notices from what has just happened: drafts that stand ready, and what must not go out any more. */
export function noticesSettled(
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  rules: ProcessRules,
): readonly Draft[] {
  return [...stops(before, after), ...relabelled(before, after), ...drafts(before, after, events, rules)];
}

/** What goes out at this instant. */
export function nextNotice(incident: Incident, now: number): readonly Draft[] {
  const due = noticesOf(incident).find(({ nextAt }) => nextAt !== null && nextAt <= now);
  if (due === undefined || due.nextAt === null) return [];
  return [draft({ type: 'notice-sending', n: due.n, instance: due.instance + 1 }, due.nextAt)];
}

function stops(before: Incident, after: Incident): readonly Draft[] {
  const isRaised = isStricter(after.tlp, before.tlp);
  return noticesOf(after)
    .filter(isUnderWay)
    .flatMap((notice) => {
      const because = isRaised ? 'label-raised' : endOf(notice, after);
      return because === null ? [] : [draft({ type: 'notice-stopped', n: notice.n, because, textId: null })];
    });
}

/** What nobody has edited says what the incident said, and is labelled as that is. Source: IC-30. */
function relabelled(before: Incident, { id, tlp, ...after }: Incident): readonly Draft[] {
  if (!isStricter(tlp, before.tlp)) return [];
  return noticesOf(after)
    .filter(({ n, state, textId }) => state === 'drafted' && textId === draftTextId(id, n))
    .filter((notice) => isStricter(tlp, notice.tlp))
    .map(({ n, textId }) => draft({ type: 'notice-edited', n, tlp, textId }));
}

/** An update is for as long as the incident is open, and what turned out to be none, or another's, is not told of. */
function endOf(notice: Notice, { endedAt, stage }: Incident): string | null {
  if (endedAt === null || notice.state !== 'scheduled') return null;
  const isNone = stage === 'merged' || stage === 'dismissed';
  return isNone || (notice.release?.everyMs ?? null) !== null ? stage : null;
}

function drafts(
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  rules: ProcessRules,
): readonly Draft[] {
  const { notices: matrix = [] } = rules;
  if (matrix.length === 0) return [];
  const reached = triggersReached(before, after, events);
  const wanted = matrix.filter(
    (rule) => reached.includes(rule.trigger) && !noticesOf(after).some((notice) => stands(notice, rule)),
  );
  return wanted.map(({ audience, trigger }, index) => {
    const n = noticesOf(after).length + 1 + index;
    const textId = draftTextId(after.id, n);
    return draft({ type: 'notice-drafted', n, audience, trigger, follows: null, tlp: after.tlp, textId });
  });
}

/** One that waits for its release can be edited to say the new thing too. */
function stands(notice: Notice, rule: { readonly audience: string; readonly trigger: string }): boolean {
  const isOfRule = notice.audience === rule.audience && notice.trigger === rule.trigger;
  return isOfRule && (notice.state === 'drafted' || !RECURRING_TRIGGERS.some((one) => one === rule.trigger));
}
