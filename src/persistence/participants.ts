import { sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

export const PARTICIPANT_SOURCES = ['saml', 'csv'] as const;
export type ParticipantSource = (typeof PARTICIPANT_SOURCES)[number];

export const PARTICIPANT_CONTACT_KINDS = [
  'security',
  'technical',
  'administrative',
  'support',
  'other',
] as const;
export type ParticipantContactKind = (typeof PARTICIPANT_CONTACT_KINDS)[number];

/** An organization of the federation, as a list of them has it. */
export interface ImportedParticipant {
  readonly id: string;
  readonly name: string;
  readonly contacts: readonly {
    readonly kind: ParticipantContactKind;
    readonly name: string | null;
    readonly address: string;
  }[];
}

export interface KnownParticipant extends ImportedParticipant {
  readonly source: ParticipantSource;
  readonly importedAt: number;
  readonly contacts: readonly (ImportedParticipant['contacts'][number] & {
    readonly failedAt: number | null;
    readonly failedBecause: string | null;
  })[];
}

/** How many participants an import adds, changes, takes away and leaves as they are. */
export interface ImportChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Of the import, and known from another source: left as they are there. */
  readonly elsewhere: readonly string[];
  readonly unchanged: number;
}

export interface Import {
  readonly source: ParticipantSource;
  readonly participants: readonly ImportedParticipant[];
  readonly at: number;
  /** Only says what would change. */
  readonly isDryRun: boolean;
}

/** Statements of many rows at once, each well within the time that one has. */
const ROWS_AT_ONCE = 500;

/**
 * Makes the directory of one source what the import says, in one transaction: who is not in it any more is taken away. A
 * contact that is there already keeps the mark of a mail that came back. One that another source brought stays with that one.
 */
export async function importParticipants(
  db: Db,
  { source, participants, at, isDryRun }: Import,
): Promise<ImportChanges> {
  return db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('participants', 17))`.execute(transaction);
    const known = new Map((await readParticipants(transaction)).map((one) => [one.id, one]));
    const own = participants.filter(({ id }) => (known.get(id)?.source ?? source) === source);
    const ids = new Set(own.map(({ id }) => id));
    const added = own.filter(({ id }) => !known.has(id));
    const changed = own.filter((one) => {
      const before = known.get(one.id);
      return before !== undefined && shapeOf(before) !== shapeOf(one);
    });
    const removed = [...known.values()].filter((one) => one.source === source && !ids.has(one.id));
    if (!isDryRun) {
      await remove(
        transaction,
        removed.map(({ id }) => id),
      );
      for (const chunk of chunksOf([...added, ...changed])) await write(transaction, chunk, source, at);
    }
    return {
      added: added.map(({ id }) => id),
      changed: changed.map(({ id }) => id),
      removed: removed.map(({ id }) => id),
      elsewhere: participants.flatMap(({ id }) => (ids.has(id) ? [] : [id])),
      unchanged: own.length - added.length - changed.length,
    };
  });
}

/** Every participant, by name. */
export async function readParticipants(db: Db): Promise<readonly KnownParticipant[]> {
  const [participants, contacts] = [
    await db.selectFrom('participants').selectAll().orderBy('name').orderBy('id').execute(),
    await db.selectFrom('participant_contacts').selectAll().orderBy('address').execute(),
  ];
  const byParticipant = new Map<string, (typeof contacts)[number][]>();
  for (const contact of contacts) {
    const own = byParticipant.get(contact.participant_id);
    if (own === undefined) byParticipant.set(contact.participant_id, [contact]);
    else own.push(contact);
  }
  return participants.map(({ id, name, source, imported_at }) => ({
    id,
    name,
    source,
    importedAt: epochMs(imported_at),
    contacts: (byParticipant.get(id) ?? [])
      .toSorted(
        (a, b) => PARTICIPANT_CONTACT_KINDS.indexOf(a.kind) - PARTICIPANT_CONTACT_KINDS.indexOf(b.kind),
      )
      .map((contact) => ({
        kind: contact.kind,
        name: contact.name,
        address: contact.address,
        failedAt: contact.failed_at === null ? null : epochMs(contact.failed_at),
        failedBecause: contact.failed_because,
      })),
  }));
}

function shapeOf({ name, contacts }: ImportedParticipant): string {
  const lines = contacts.map((one) => JSON.stringify([one.kind, one.address, one.name]));
  return JSON.stringify([name, ...lines.toSorted()]);
}

async function remove(transaction: Db, ids: readonly string[]): Promise<void> {
  for (const chunk of chunksOf(ids)) {
    await transaction.deleteFrom('participants').where('id', 'in', chunk).execute();
  }
}

async function write(
  transaction: Db,
  participants: readonly ImportedParticipant[],
  source: ParticipantSource,
  at: number,
): Promise<void> {
  const ids = participants.map(({ id }) => id);
  const contacts = participants.flatMap(({ id, contacts: own }) =>
    own.map(({ kind, name, address }) => ({ participant_id: id, kind, address, name })),
  );
  await transaction
    .insertInto('participants')
    .values(participants.map(({ id, name }) => ({ id, name, source, imported_at: new Date(at) })))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ ref }) => ({
        name: ref('excluded.name'),
        imported_at: ref('excluded.imported_at'),
      })),
    )
    .execute();
  await sql`
    DELETE FROM participant_contacts
    WHERE participant_id = ANY (${ids}::text[]) AND (participant_id, kind, address) NOT IN (
      SELECT * FROM unnest(${contacts.map((one) => one.participant_id)}::text[], ${contacts.map((one) => one.kind)}::text[],
        ${contacts.map((one) => one.address)}::text[]))`.execute(transaction);
  if (contacts.length === 0) return;
  await transaction
    .insertInto('participant_contacts')
    .values(contacts)
    .onConflict((conflict) =>
      conflict
        .columns(['participant_id', 'kind', 'address'])
        .doUpdateSet(({ ref }) => ({ name: ref('excluded.name') })),
    )
    .execute();
}

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / ROWS_AT_ONCE) }, (_, index) =>
    items.slice(index * ROWS_AT_ONCE, (index + 1) * ROWS_AT_ONCE),
  );
}

/** Those of these ids that the directory has. */
export async function knownParticipants(db: Db, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM participants WHERE id = ANY (${ids}::text[])`.execute(db);
  return rows.map(({ id }) => id);
}
