import type { Incident } from '../domain/incident.ts';
import type { Db } from './database.ts';
import { readState } from './record.ts';

/** Merges do not go in circles; a record that was tampered with must not hang us all the same. */
const MOST_MERGES = 20;

/** An incident, what it was merged into, and so on: the last one holds its reports now. Empty where there is none. */
export async function holdersOf(db: Db, incidentId: string): Promise<readonly Incident[]> {
  const holders: Incident[] = [];
  for (let id: string | null = incidentId; id !== null && holders.length < MOST_MERGES;) {
    const row: { readonly state: Incident } | null = await readState(db, id);
    if (row === null) break;
    holders.push(row.state);
    id = row.state.mergedInto;
  }
  return holders;
}
