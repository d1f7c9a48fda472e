import assert from 'node:assert/strict';

import { sql } from 'kysely';

import type { IncidentEvent } from '../domain/events.ts';
import type { Incident } from '../domain/incident.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Db } from './database.ts';
import { BEFORE_THE_FIRST, hashEvent } from './event-hash.ts';
import { EVENT_COLUMNS, eventOf } from './events.ts';
import { incidentColumns } from './incident-row.ts';
import { notify } from './notifications.ts';
import { textIdsOf } from './text-ids.ts';

export interface NewEvents {
  readonly incidentId: string;
  /** Numbered by the incident's process without a gap. May begin with events that are recorded already. */
  readonly events: readonly IncidentEvent[];
  /** The incident after the last of them. */
  readonly state: Incident;
  /** Facts that were taken up and made no event, such as a second acknowledgement: filed all the same. */
  readonly silentFactIds?: readonly string[];
}

/**
 * What is recorded already is not what the caller says. `different`: another event has that number. `gap`: an earlier
 * number is missing. `no-incident`: none has that id. `broken`: the last recorded event itself is missing.
 * Trying the same again cannot help, but for a gap that another call is about to fill.
 */
export class RecordConflict extends Error {
  readonly code = 'record-conflict';
  readonly incidentId: string;
  /** Of the event to blame. */
  readonly seq: number;
  readonly reason: ConflictReason;

  constructor(incidentId: string, seq: number, reason: ConflictReason) {
    super(`Event ${seq} of ${incidentId} cannot be recorded: ${CONFLICTS[reason]}.`);
    this.name = 'RecordConflict';
    this.incidentId = incidentId;
    this.seq = seq;
    this.reason = reason;
  }
}

const CONFLICTS = {
  different: 'another event has that number',
  gap: 'the event before it is not recorded',
  'no-incident': 'there is no such incident',
  broken: 'the event before it has been removed',
} as const;

type ConflictReason = keyof typeof CONFLICTS;

/** Payload: `<incidentId> <version>`. */
export const RECORDED_CHANNEL = 'tocsin_recorded';

/**
 * Records events and the incident as it stands after them, in one transaction. Called again with what is recorded already,
 * it changes nothing; events it has in part are completed. Calls for one incident take turns by the lock of its row.
 *
 * @returns the version that is now recorded, which is higher than the caller's when another call was ahead; and the
 *   texts that an event names and that are not there, which is somebody's mistake but no reason to stop an incident.
 * @throws {RecordConflict} when an event with one of the numbers is there and differs in any part, or one before is missing.
 * @throws {RecordUnavailable}
 */
export async function record(
  db: Db,
  { incidentId, events, state, silentFactIds = [] }: NewEvents,
): Promise<{ readonly version: number; readonly missingTextIds: readonly string[] }> {
  requireNumbered(events, state);
  const { isNews, ...recorded } = await db.transaction().execute(async (transaction) => {
    const version = await lockIncident(transaction, incidentId, events[0]?.seq ?? 0);
    const previousHash = await matchRecorded(transaction, { incidentId, version, events });
    const fresh = events.filter(({ seq }) => seq > version);
    const digests = await keepTexts(transaction, fresh);
    const filed = [
      ...fresh.flatMap(({ commandId, seq }) => (commandId === null ? [] : [{ factId: commandId, seq }])),
      ...silentFactIds.map((factId) => ({ factId, seq: Math.max(version, state.version) })),
    ];
    const rows = eventRows({ incidentId, events: fresh, digests, previousHash });
    await write(transaction, { incidentId, rows, filed, state });
    return {
      isNews: fresh.length > 0,
      version: fresh.at(-1)?.seq ?? version,
      missingTextIds: fresh.flatMap(({ body }) => textIdsOf(body)).filter((id) => !digests.has(id)),
    };
  });
  if (isNews) notify(db, RECORDED_CHANNEL, `${incidentId} ${recorded.version}`);
  return recorded;
}

/** The incident as last recorded. Null when there is none. */
export async function readState(
  db: Db,
  incidentId: string,
): Promise<{ readonly state: Incident; readonly version: number } | null> {
  const row = await db
    .selectFrom('incidents')
    .select(['state', 'version'])
    .where('id', '=', incidentId)
    .executeTakeFirst();
  return row ?? null;
}

/** Our own mistake, not the record's. */
function requireNumbered(events: readonly IncidentEvent[], state: Incident): void {
  const [first] = events;
  if (first === undefined) return;
  for (const [index, { seq }] of events.entries())
    assert.equal(seq, first.seq + index, 'events are numbered densely');
  assert.equal(state.version, events.at(-1)?.seq, 'the state is the one after the last event');
}

async function lockIncident(transaction: Db, incidentId: string, seq: number): Promise<number> {
  const row = await transaction
    .selectFrom('incidents')
    .select('version')
    .where('id', '=', incidentId)
    // Not FOR UPDATE: that would make facts and texts wait, whose foreign keys look at this row.
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new RecordConflict(incidentId, seq, 'no-incident');
  return row.version;
}

/**
 * Holds what is recorded against what the caller brings. Its own statement after the lock: only then does it see what the
 * call before us committed.
 *
 * @returns the hash of the last recorded event.
 */
async function matchRecorded(
  transaction: Db,
  { incidentId, version, events }: Pick<NewEvents, 'incidentId' | 'events'> & { readonly version: number },
): Promise<Buffer> {
  const first = events[0]?.seq ?? version + 1;
  if (first > version + 1) throw new RecordConflict(incidentId, first, 'gap');
  if (version === 0) return BEFORE_THE_FIRST;
  const rows = await transaction
    .selectFrom('events')
    .select([...EVENT_COLUMNS, 'hash'])
    .where('incident_id', '=', incidentId)
    .where((eb) => eb.or([eb('seq', '>=', first), eb('seq', '=', version)]))
    .orderBy('seq')
    .execute();
  const recorded = new Map(rows.map((row) => [row.seq, eventOf(row)]));
  for (const event of events.filter(({ seq }) => seq <= version)) {
    const there = recorded.get(event.seq);
    if (there === undefined) throw new RecordConflict(incidentId, event.seq, 'broken');
    if (canonicalJson(there) !== canonicalJson(event))
      throw new RecordConflict(incidentId, event.seq, 'different');
  }
  const last = rows.find(({ seq }) => seq === version);
  if (last === undefined) throw new RecordConflict(incidentId, version, 'broken');
  return last.hash;
}

/** From now on the texts stay, whoever drops them. Their hex digests by id; what is not there is not in the map. */
async function keepTexts(
  transaction: Db,
  events: readonly IncidentEvent[],
): Promise<ReadonlyMap<string, string>> {
  const ids = events.flatMap(({ body }) => textIdsOf(body));
  if (ids.length === 0) return new Map();
  const rows = await transaction
    .updateTable('texts')
    .set({ kept: true })
    .where('id', 'in', ids)
    .returning(['id', 'digest'])
    .execute();
  return new Map(rows.map(({ id, digest }) => [id, digest.toString('hex')]));
}

function eventRows({
  incidentId,
  events,
  digests,
  previousHash,
}: Pick<NewEvents, 'incidentId' | 'events'> & {
  readonly digests: ReadonlyMap<string, string>;
  readonly previousHash: Buffer;
}) {
  let previous = previousHash;
  return events.map((event) => {
    const textDigests = Object.fromEntries(
      textIdsOf(event.body).flatMap((id) => (digests.has(id) ? [[id, digests.get(id) ?? '']] : [])),
    );
    const hash = hashEvent({ incidentId, event, textDigests, previousHash: previous });
    const row = {
      incident_id: incidentId,
      seq: event.seq,
      at: new Date(event.at),
      recorded_at: new Date(event.recordedAt),
      by: event.by,
      command_id: event.commandId,
      body: JSON.stringify(event.body),
      text_digests: JSON.stringify(textDigests),
      previous_hash: previous,
      hash,
    };
    previous = hash;
    return row;
  });
}

interface Writing {
  readonly incidentId: string;
  /** Empty where all of it is recorded already, or nothing happened: then only facts are filed. */
  readonly rows: ReturnType<typeof eventRows>;
  readonly filed: readonly Filed[];
  readonly state: Incident;
}

/** The events, the facts that they answer and the incident after them, in one statement: people wait for it. */
async function write(transaction: Db, { incidentId, rows, filed, state }: Writing): Promise<void> {
  if (rows.length === 0) {
    if (filed.length > 0) await filing(transaction, incidentId, filed).execute();
    return;
  }
  await transaction
    .with('recorded', (db) => db.insertInto('events').values(rows))
    .with('filed', (db) => filing(db, incidentId, filed))
    .updateTable('incidents')
    .set({ ...incidentColumns(state), updated_at: sql`now()` })
    .where('id', '=', incidentId)
    .execute();
}

interface Filed {
  readonly factId: string;
  readonly seq: number;
}

/** A fact is filed under the first event that answers it. Ids that are commands and no facts find no row. */
function filing(db: Pick<Db, 'updateTable'>, incidentId: string, filed: readonly Filed[]) {
  const firsts = sql<Filed>`(
    SELECT fact_id AS "factId", min(seq) AS seq
    FROM unnest(${filed.map(({ factId }) => factId)}::text[], ${filed.map(({ seq }) => seq)}::int[]) AS f (fact_id, seq)
    GROUP BY fact_id)`.as<'firsts'>('firsts');
  return db
    .updateTable('inbox')
    .from(firsts)
    .set((eb) => ({ filed_seq: eb.ref('firsts.seq') }))
    .whereRef('inbox.id', '=', 'firsts.factId')
    .where('inbox.incident_id', '=', incidentId)
    .where('inbox.filed_seq', 'is', null);
}
