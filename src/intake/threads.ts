import type { Incident } from '../domain/incident.ts';
import type { Db } from '../persistence/database.ts';
import { holdersOf } from '../persistence/merges.ts';
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

/** By what it follows first, then by the identifiers that it bears. What was merged is found where it went. */
export async function threadOf(db: Db, { follows, incidentIds }: Reading): Promise<Thread | null> {
  const followed = await incidentOfMessageIds(db, follows);
  const [named] = followed === null ? await knownIncidents(db, incidentIds) : [];
  const first = followed ?? named;
  const incident = first === undefined ? undefined : (await holdersOf(db, first)).at(-1);
  if (incident === undefined) return null;
  return {
    incidentId: incident.id,
    incident,
    hasEnded: incident.endedAt !== null,
    isFollowed: followed !== null,
  };
}
