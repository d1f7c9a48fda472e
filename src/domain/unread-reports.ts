import { PROCESS } from './actor.ts';
import type { IncidentEvent } from './events.ts';
import type { Incident } from './incident.ts';

/**
 * A report that no machine could read waits for a person. Whoever notes something here, answers its reporter, asks them, or
 * assesses the incident has read it: what it says is then in the record in their words.
 */
export function afterReading(incident: Incident, event: IncidentEvent): Incident {
  const isRead = (id: string): boolean => isReadBy(event, id);
  if (!incident.reports.some(({ id, isUnread }) => isUnread === true && isRead(id))) return incident;
  const reports = incident.reports.map(({ isUnread = false, ...report }) =>
    isUnread && !isRead(report.id) ? { ...report, isUnread } : report,
  );
  return { ...incident, reports };
}

function isReadBy({ body, by }: IncidentEvent, reportId: string): boolean {
  switch (body.type) {
    case 'noted':
      return by !== PROCESS;
    case 'assessed':
    case 'reassessed':
      return true;
    case 'reply-sending':
    case 'replied':
    case 'question-asked':
      return body.reportIds.includes(reportId);
    default:
      return false;
  }
}
