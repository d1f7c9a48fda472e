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
    .map(({ id, channel, kind, receivedAt, enteredBy, reply, repliedAt }) => ({
      id,
      channel,
      kind,
      receivedAt,
      enteredBy,
      reply,
      repliedAt,
    }));
}

/** Merges do not go in circles; a record that was tampered with must not hang us all the same. */
const MOST_MERGES = 20;

/** The incident that reports were merged into, and those they went on to with it: the last one holds them now. */
export async function holdersOf(db: Db, incidentId: string): Promise<readonly string[]> {
  const holders = [incidentId];
  while (holders.length < MOST_MERGES) {
    const row = await readState(db, holders.at(-1) ?? incidentId);
    if (row?.state.mergedInto == null) break;
    holders.push(row.state.mergedInto);
  }
  return holders;
}
