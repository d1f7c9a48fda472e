import { owedReplies } from '../clocks.ts';
import type { Incident } from '../incident.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import { draft, OPEN_STAGES, requireStage, type Outcome, type Situation } from './draft.ts';

/** The answer that is owed within 24 hours of receipt. Source: IC-2. */
export function reply({ incident, step, now }: Situation<'reply'>): Outcome {
  // A report can reach an incident (a merge) just as it ends: what is owed can be answered there, too.
  const isOwed = owedReplies(incident).length > 0;
  const refusal = isOwed ? null : requireStage(incident, OPEN_STAGES, 'A reply');
  if (refusal !== null) return refusal;
  const reportIds = answerable(incident, step.reportIds, step.how);
  if (isRefusal(reportIds)) return reportIds;
  const at = step.at ?? now;
  if (at > now) return refuse('invalid', 'A reply cannot have been given in the future.', '/at');
  const earliest = Math.max(
    ...incident.reports.filter((r) => reportIds.includes(r.id)).map((r) => r.receivedAt),
  );
  if (step.how === 'phone' && at < earliest) {
    return refuse('invalid', 'A reply cannot have been given before its report came.', '/at');
  }
  if (step.how === 'mail') {
    const { textId, tlp } = step;
    return [draft({ type: 'reply-sending', n: incident.counters.replies + 1, reportIds, textId, tlp })];
  }
  const how = step.how === 'phone' ? 'sent' : step.how;
  const method = step.how === 'phone' ? 'phone' : null;
  return [draft({ type: 'replied', reportIds, how, method, textId: step.textId }, at)];
}

/**
 * The reports that a reply is for: the named ones, or all still owed one. What a mail server does not take can be
 * answered another way meanwhile; a second mail waits until the first one has failed.
 */
export function answerable(
  incident: Incident,
  named: readonly string[] | null,
  how: Situation<'reply'>['step']['how'],
): readonly string[] | Refusal {
  const running = owedReplies(incident);
  const untold = running.filter((id) => incident.reports.some((r) => r.id === id && r.reply === 'owed'));
  const owed = how === 'mail' || (named === null && untold.length > 0) ? untold : running;
  if (named === null) {
    return owed.length > 0 ? owed : refuse('already-done', 'No report of this incident is owed a reply.');
  }
  const unknown = named.filter((id) => !incident.reports.some((report) => report.id === id));
  if (unknown.length > 0 || named.length === 0) {
    return refuse('invalid', 'reportIds names reports of this incident.', '/reportIds');
  }
  const settled = named.filter((id) => !owed.includes(id));
  return settled.length === 0
    ? [...new Set(named)]
    : refuse('already-done', `No reply is owed any more for ${settled.join(', ')}.`, '/reportIds');
}

/** Asks the reporters without stopping any clock. */
export function question({ incident, step }: Situation<'question'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'A question');
  if (refusal !== null) return refusal;
  const reportIds = incident.reports.map((report) => report.id);
  return [
    draft({
      type: 'question-asked',
      n: incident.counters.questions + 1,
      reportIds,
      textId: step.textId,
      tlp: step.tlp,
    }),
  ];
}
