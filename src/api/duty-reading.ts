import type { Actor } from '../domain/actor.ts';
import type { Role, Stage } from '../domain/vocabulary.ts';
import type { Db } from '../persistence/database.ts';
import type { IncidentFilter } from '../persistence/incidents.ts';
import { readIncidents } from './incident-reading.ts';
import type { IncidentMaterial } from './incident-view.ts';
import type { Policies } from './policies.ts';
import { LIMIT_MAX } from './schemas/values.ts';

const OPEN: readonly Stage[] = ['received', 'triage', 'response', 'review'];
const ENDED: readonly Stage[] = ['closed', 'handed-off', 'merged', 'dismissed'];

/** Whose duties outlive an incident: row 4, and suspensions. Source: IC-6, IC-14. */
const OUTLIVING: readonly Role[] = ['legal', 'operations'];

/** Of ended incidents only the newest are looked through: what outlives an end is done within days. */
const ENDED_PAGES_MAX = 3;

/** The incidents in which something may wait for this person. */
export async function dutyBearing(
  db: Db,
  policies: Policies,
  actor: Actor,
  now: number,
): Promise<readonly IncidentMaterial[]> {
  const isOutliving = actor.roles.some((role) => OUTLIVING.includes(role));
  const filters: readonly (readonly [IncidentFilter, number])[] = [
    ...OPEN.map((stage) => [{ stage }, Number.POSITIVE_INFINITY] as const),
    ...ENDED.map(
      (stage) => [isOutliving ? { stage } : { stage, mine: actor.username }, ENDED_PAGES_MAX] as const,
    ),
  ];
  const found: IncidentMaterial[] = [];
  for (const [filter, pagesMax] of filters) {
    found.push(...(await readPages(db, policies, { ...filter, now, limit: LIMIT_MAX }, pagesMax)));
  }
  return found;
}

async function readPages(
  db: Db,
  policies: Policies,
  query: Parameters<typeof readIncidents>[2],
  pagesMax: number,
): Promise<readonly IncidentMaterial[]> {
  const { items, nextCursor } = await readIncidents(db, policies, query);
  if (nextCursor === null || pagesMax <= 1) return items;
  return [...items, ...(await readPages(db, policies, { ...query, cursor: nextCursor }, pagesMax - 1))];
}
