import type { JoinedReport } from '../domain/events.ts';
import type { Db } from '../persistence/database.ts';
import { readState } from '../persistence/record.ts';

/** What another incident needs to know of the reports that come to it. Their words stay where they are. */
export async function joinedReports(
  db: Db,
  incidentId: string,
  reportIds: readonly string[],
): Promise<readonly JoinedReport[]> {
  const row = await readState(db, incidentId);
  return (row?.state.reports ?? [])
    .filter((report) => reportIds.includes(report.id))
    .map(({ id, channel, kind, receivedAt, enteredBy, reply, repliedAt, isUnread }) => ({
      id,
      channel,
      kind,
      receivedAt,
      enteredBy,
      reply,
      repliedAt,
      ...(isUnread === true && { isUnread }),
    }));
}
