import { mayRead } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import type { Role } from '../domain/vocabulary.ts';
import type { Db } from '../persistence/database.ts';
import { type Changed, changedSince, dutyBearingIds } from '../persistence/incidents.ts';
import { readStanding, type Standing } from './incident-reading.ts';
import type { Policies } from './policies.ts';

/** Whose duties outlive an incident: row 4, and suspensions. Source: IC-6, IC-14. */
const OUTLIVING: readonly Role[] = ['legal', 'operations'];

/** Held in memory at once. */
const READ_AT_ONCE = 200;

/** The incidents in which something may wait for this person, some at a time. */
export async function* dutyBearing(
  db: Db,
  policies: Policies,
  actor: Actor,
): AsyncGenerator<readonly Standing[]> {
  const ids = await dutyBearingIds(db, endedOf(actor));
  for (let from = 0; from < ids.length; from += READ_AT_ONCE)
    yield readStanding(db, policies, ids.slice(from, from + READ_AT_ONCE));
}

/** What was recorded after this instant (epoch ms) of incidents that this person may read whole. */
export async function changesFor(db: Db, actor: Actor, since: number): Promise<readonly Changed[]> {
  const changed = await changedSince(db, { since, endedOf: endedOf(actor) });
  return changed.filter(({ incident }) => mayRead(actor, incident) === 'whole');
}

/** Whose ended incidents may still wait for this person: null for everybody's. */
function endedOf(actor: Actor): string | null {
  return actor.roles.some((role) => OUTLIVING.includes(role)) ? null : actor.username;
}
