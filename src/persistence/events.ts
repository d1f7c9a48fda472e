import type { Selectable } from 'kysely';

import type { IncidentEvent } from '../domain/events.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';
import type { Events } from './schema-types.ts';

/** All events of the incident, the first one first. Empty when nothing has been recorded. */
export async function readEvents(db: Db, incidentId: string): Promise<readonly IncidentEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(EVENT_COLUMNS)
    .where('incident_id', '=', incidentId)
    .orderBy('seq')
    .execute();
  return rows.map(eventOf);
}

export const EVENT_COLUMNS = ['seq', 'at', 'recorded_at', 'by', 'command_id', 'body'] as const;

export function eventOf(row: Pick<Selectable<Events>, (typeof EVENT_COLUMNS)[number]>): IncidentEvent {
  return {
    seq: row.seq,
    at: epochMs(row.at),
    recordedAt: epochMs(row.recorded_at),
    by: row.by,
    commandId: row.command_id,
    body: row.body,
  };
}
