import { resume, startClock } from './clocks.ts';
import type { Fact, FactBody } from './commands.ts';
import { draft, type Draft } from './decisions/draft.ts';
import type { EventBody } from './events.ts';
import type { Clock, Incident, Report } from './incident.ts';
import type { ProcessRules } from './rules.ts';

/**
 * A reply by mail that came back. Nobody has been replied to: the reply clock runs on from where it began, as if the mail had
 * never been accepted (docs/decisions/0012). Source: IC-2, SLA-1.
 */

type Returned = Extract<FactBody, { readonly type: 'reply-returned' }>;

/** Where the reply stands on another mail or call by now, or the reports have gone elsewhere, it is a line and no more. */
export function draftsOfReturn(incident: Incident, fact: Fact, body: Returned): readonly Draft[] {
  if (incident.mergedInto === null && restsOn(incident, body)) return [draft(body, fact.at)];
  const { textId } = body;
  return [draft({ type: 'noted', kind: 'note', textId, tlp: 'AMBER+STRICT', corrects: null }, fact.at)];
}

function restsOn(incident: Incident, body: Returned): boolean {
  return incident.reports.some((report) => isOf(report, incident, body));
}

/** By the instant at which its mail was accepted; while that is not known here, by the mail that is still being sent. */
function isOf(report: Report, incident: Incident, { reportId, key, sentAt }: Returned): boolean {
  if (report.id !== reportId) return false;
  if (report.reply === 'sending') return incident.effects.some((effect) => effect.key === key);
  return report.reply === 'sent' && report.repliedAt === sentAt;
}

export function replyReturned(
  incident: Incident,
  { reportId, code }: Extract<EventBody, { readonly type: 'reply-returned' }>,
  at: number,
  rules: ProcessRules,
): Incident {
  const report = incident.reports.find(({ id }) => id === reportId);
  if (report === undefined) return incident;
  const isTheirs = (clock: Clock) => clock.name === 'reply' && clock.reportId === reportId;
  const clocks = incident.clocks.some(isTheirs)
    ? resume(incident.clocks, isTheirs)
    : [...incident.clocks, startClock('reply', reportId, report.receivedAt, rules.reply.withinMs)];
  const owed: Report = { ...report, reply: 'owed', repliedAt: null, returned: { at, code } };
  return {
    ...incident,
    clocks,
    reports: incident.reports.map((other) => (other.id === reportId ? owed : other)),
  };
}
