import type { Incident } from '../domain/incident.ts';
import type { Db } from '../persistence/database.ts';
import { readState } from '../persistence/record.ts';
import { incidentOfMessageIds, knownIncidents } from '../persistence/threads.ts';
import type { Reading } from './reading.ts';

/** The incident that a message is about. */
export interface Thread {
  readonly incidentId: string;
  readonly incident: Incident;
  readonly hasEnded: boolean;
  /** True when it follows a mail of that incident; an identifier anybody can write. */
  readonly isFollowed: boolean;
}

/** Merges do not go in circles; a record that was tampered with must not hang us all the same. */
const MOST_MERGES = 20;

/** By what it follows first, then by the identifiers that it bears. What was merged is found where it went. */
export async function threadOf(db: Db, { follows, incidentIds }: Reading): Promise<Thread | null> {
  const followed = await incidentOfMessageIds(db, follows);
  const [named] = followed === null ? await knownIncidents(db, incidentIds) : [];
  const first = followed ?? named;
  if (first === undefined) return null;
  let incidentId = first;
  for (let merges = 0; merges < MOST_MERGES; merges += 1) {
    const row = await readState(db, incidentId);
    if (row === null) return null;
    const { state } = row;
    if (state.mergedInto === null) {
      return { incidentId, incident: state, hasEnded: state.endedAt !== null, isFollowed: followed !== null };
    }
    incidentId = state.mergedInto;
  }
  return null;
}
