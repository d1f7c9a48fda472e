import type { Selectable } from 'kysely';

import type { Incident } from '../domain/incident.ts';
import type { Db } from './database.ts';
import { BEFORE_THE_FIRST, hashEvent } from './event-hash.ts';
import { eventOf } from './events.ts';
import type { Events, Texts } from './schema-types.ts';
import { textIdsOf } from './text-ids.ts';
import { digestOf } from './texts.ts';

export interface ChainReport {
  readonly incidentId: string;
  /** How many are there. */
  readonly events: number;
  /**
   * Hex hash of the last one; null when there is none. Noted somewhere else, it later shows that nobody has written the
   * whole chain anew.
   */
  readonly head: string | null;
  /** The first number that does not hold; null when all do. */
  readonly firstBad: { readonly seq: number; readonly why: ChainFault } | null;
}

/**
 * `missing`: no event has that number, and a later one is there or the incident says it had it. `unlinked`: it does not
 * follow the event before it. `altered`: it is not what its hash was made from. `text-altered`: its words are not those
 * it was recorded with. `beyond-state`: the incident has never got that far. `state-altered`: the incident's own row
 * contradicts itself or is gone.
 */
export type ChainFault =
  'missing' | 'unlinked' | 'altered' | 'text-altered' | 'beyond-state' | 'state-altered';

/**
 * Holds an incident's events against each other, against the texts that are still there, and against the incident's row,
 * all as of one instant.
 *
 * What a log alone cannot show: that its last events were taken away, which is seen here only because the row of the
 * incident says how many there were; and that everything, hashes and row included, was written anew by somebody who
 * owns the database, against which `head` is to be kept elsewhere. A text that was destroyed is no fault.
 *
 * @returns null when there is neither such an incident nor an event of it.
 */
export async function verifyChain(db: Db, incidentId: string): Promise<ChainReport | null> {
  const found = await readChain(db, incidentId);
  if (found.state === null && found.events.length === 0) return null;
  return {
    incidentId,
    events: found.events.length,
    head: found.events.at(-1)?.hash.toString('hex') ?? null,
    firstBad: faultOfEvents(incidentId, found) ?? faultOfState(found),
  };
}

/** Every incident in turn, and every id that has events without an incident. */
export async function* verifyAll(db: Db): AsyncGenerator<ChainReport> {
  for (let after = ''; ;) {
    const ids = await idsAfter(db, after);
    for (const id of ids) {
      const report = await verifyChain(db, id);
      if (report !== null) yield report;
    }
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

const IDS_AT_ONCE = 500;

interface Chain {
  readonly events: readonly Selectable<Events>[];
  readonly texts: ReadonlyMap<string, Pick<Selectable<Texts>, 'body' | 'salt' | 'digest'>>;
  readonly state: { readonly state: Incident; readonly version: number } | null;
}

/** In one snapshot: a step recorded meanwhile would look like a fault. */
async function readChain(db: Db, incidentId: string): Promise<Chain> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return snapshot.execute(async (transaction) => {
    const events = await transaction
      .selectFrom('events')
      .selectAll()
      .where('incident_id', '=', incidentId)
      .orderBy('seq')
      .execute();
    const state = await transaction
      .selectFrom('incidents')
      .select(['state', 'version'])
      .where('id', '=', incidentId)
      .executeTakeFirst();
    return { events, state: state ?? null, texts: await readNamedTexts(transaction, events) };
  });
}

async function readNamedTexts(transaction: Db, events: Chain['events']): Promise<Chain['texts']> {
  const ids = events.flatMap(({ body }) => textIdsOf(body));
  if (ids.length === 0) return new Map();
  const rows = await transaction
    .selectFrom('texts')
    .select(['id', 'body', 'salt', 'digest'])
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

function faultOfEvents(incidentId: string, { events, texts }: Chain): ChainReport['firstBad'] {
  let previousHash: Buffer = BEFORE_THE_FIRST;
  for (const [index, row] of events.entries()) {
    const seq = index + 1;
    if (row.seq !== seq) return { seq, why: 'missing' };
    const why = faultOfEvent(incidentId, { row, previousHash, texts });
    if (why !== null) return { seq, why };
    previousHash = row.hash;
  }
  return null;
}

function faultOfEvent(
  incidentId: string,
  {
    row,
    previousHash,
    texts,
  }: { readonly row: Selectable<Events>; readonly previousHash: Buffer } & Pick<Chain, 'texts'>,
): ChainFault | null {
  const event = eventOf(row);
  const textDigests = row.text_digests;
  if (!hashEvent({ incidentId, event, textDigests, previousHash: row.previous_hash }).equals(row.hash))
    return 'altered';
  if (!row.previous_hash.equals(previousHash)) return 'unlinked';
  return textIdsOf(event.body).some((id) => isAltered(texts.get(id), textDigests[id]))
    ? 'text-altered'
    : null;
}

/** Also words that turned up after an event was recorded without them. */
function isAltered(
  text: { readonly body: unknown; readonly salt: Buffer } | undefined,
  recordedDigest: string | undefined,
): boolean {
  return text !== undefined && digestOf(text.salt, text.body).toString('hex') !== recordedDigest;
}

/** The events are sound in themselves: are they all that the incident had? */
function faultOfState({ events, state }: Chain): ChainReport['firstBad'] {
  const last = events.length;
  if (state === null || state.state.version !== state.version) return { seq: last, why: 'state-altered' };
  if (state.version > last) return { seq: last + 1, why: 'missing' };
  if (state.version < last) return { seq: state.version + 1, why: 'beyond-state' };
  return null;
}

async function idsAfter(db: Db, after: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('incidents')
    .select('id')
    .where('id', '>', after)
    .union(db.selectFrom('events').select('incident_id as id').where('incident_id', '>', after))
    .orderBy('id')
    .limit(IDS_AT_ONCE)
    .execute();
  return rows.map(({ id }) => id);
}
