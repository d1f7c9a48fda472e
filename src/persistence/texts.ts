import { createHash, randomBytes } from 'node:crypto';

import { sql } from 'kysely';

import { canonicalJson } from './canonical-json.ts';
import type { Db } from './database.ts';
import { storable } from './storable.ts';

/** Words, under an id that was made before them. `body` is any JSON value. */
export interface NewText {
  readonly id: string;
  readonly body: unknown;
}

const SALT_BYTES = 16;

/**
 * Stores the words of a step that may still be refused. Text that is there already under the same id stays as it is.
 */
export async function storeTexts(db: Db, incidentId: string, texts: readonly NewText[]): Promise<void> {
  await insertTexts(db, { incidentId, texts, kept: false });
}

/** Drops the words of a refused step. What an event or a fact has named is kept all the same. */
export async function dropTexts(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.deleteFrom('texts').where('id', 'in', ids).where('kept', '=', false).execute();
}

/**
 * Drops the words of steps that were never taken and that nobody dropped, such as those of a server that died, at most
 * `limit` of them. A step may have been taken and wait long for its recording; so words stay until their incident has
 * recorded something an hour younger, for it records in order. What an event or a fact names stays in any case.
 *
 * @returns how many.
 */
export async function dropOrphanedTexts(
  db: Db,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM texts
    WHERE NOT kept AND id IN (
      SELECT texts.id FROM texts JOIN incidents ON incidents.id = texts.incident_id
      WHERE NOT texts.kept AND texts.created_at <= clock_timestamp() - make_interval(secs => ${olderThanMs / 1000})
        AND incidents.version > 0 AND incidents.updated_at > texts.created_at + interval '1 hour'
        AND NOT EXISTS (
          SELECT FROM events WHERE events.incident_id = texts.incident_id
            AND jsonb_path_exists(events.body, '$.* ? (@ == $id)', jsonb_build_object('id', texts.id)))
        AND NOT EXISTS (
          SELECT FROM inbox WHERE inbox.incident_id = texts.incident_id
            AND jsonb_path_exists(inbox.fact, '$.* ? (@ == $id)', jsonb_build_object('id', texts.id)))
      ORDER BY texts.created_at
      LIMIT ${limit}
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** By id. An id whose text was never stored, or was destroyed, is missing from the map. */
export async function readTexts(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('texts').select(['id', 'body']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, body }) => [id, body]));
}

/** `kept: true` for the words of a fact, which nobody can refuse. */
export async function insertTexts(
  db: Db,
  {
    incidentId,
    texts,
    kept,
  }: { readonly incidentId: string; readonly texts: readonly NewText[]; readonly kept: boolean },
): Promise<void> {
  if (texts.length === 0) return;
  await db
    .insertInto('texts')
    .values(texts.map((text) => textRow(incidentId, text, kept)))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** The row of a text, with a salt of its own. */
export function textRow(incidentId: string, { id, body }: NewText, kept: boolean) {
  const words = storable(body);
  const salt = randomBytes(SALT_BYTES);
  return {
    id,
    incident_id: incidentId,
    body: JSON.stringify(words),
    salt,
    digest: digestOf(salt, words),
    kept,
  };
}

/**
 * What the chain of events knows of a text. The salt goes with the text when that is destroyed, so that nobody can find
 * a short text again by trying.
 */
export function digestOf(salt: Uint8Array, body: unknown): Buffer {
  return createHash('sha256').update(salt).update(canonicalJson(body)).digest();
}
