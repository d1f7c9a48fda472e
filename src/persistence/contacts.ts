import { sql, type Selectable } from 'kysely';

import type { ContactKind } from '../domain/contact.ts';
import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';
import type { Contacts } from './schema-types.ts';

/** Stands for the mail address that the policy gives for a person: always theirs, asked last, and no row. */
export const POLICY_CONTACT = 'policy';

/** A way to reach somebody that they have given themselves. */
export interface Contact {
  readonly id: string;
  readonly username: string;
  readonly kind: ContactKind;
  readonly address: string;
  /** Its place among theirs, from 1. */
  readonly place: number;
  readonly addedAt: number;
  /** Null until its owner has given back the code that was sent there; before that it is not used. */
  readonly verifiedAt: number | null;
  /** Since when the far side refuses it for good, and what it said. It is used again once it is verified anew. */
  readonly failed: { readonly at: number; readonly because: string } | null;
}

export interface NewContact {
  readonly id: string;
  readonly username: string;
  readonly kind: ContactKind;
  readonly address: string;
  readonly at: number;
}

/** In the order of preference. */
export async function contactsOf(db: Db, usernames: readonly string[]): Promise<readonly Contact[]> {
  if (usernames.length === 0) return [];
  const rows = await db
    .selectFrom('contacts')
    .selectAll()
    .where('username', 'in', usernames)
    .where('removed_at', 'is', null)
    .orderBy('username')
    .orderBy('place')
    .execute();
  return rows.map(toContact);
}

/** Adds one behind the others. @returns false when the person has that very contact already. */
export async function addContact(db: Db, contact: NewContact): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO contacts (id, username, kind, address, place, added_at)
    SELECT ${contact.id}, ${contact.username}, ${contact.kind}, ${contact.address},
      1 + coalesce(max(place), 0), ${instant(contact.at)}::timestamptz
    FROM contacts WHERE username = ${contact.username} AND removed_at IS NULL
    ON CONFLICT (username, kind, address) WHERE removed_at IS NULL DO NOTHING
    RETURNING id`.execute(db);
  return rows.length > 0;
}

/** Notes which code was sent there; an earlier one is worth nothing from now on. */
export async function keepCode(
  db: Db,
  id: string,
  { digest, until }: { readonly digest: string; readonly until: number },
): Promise<void> {
  await db
    .updateTable('contacts')
    .set({ code_digest: digest, code_until: new Date(until), code_tries: 0 })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute();
}

/** A code of six digits is guessed by nobody in so many tries. */
const CODE_TRIES_MAX = 5;

/**
 * Holds a code against the one that was sent. The right one makes the contact count, and is used up.
 *
 * @returns `none` when none was sent, or it has run out, or was tried too often.
 */
export async function verifyContact(
  db: Db,
  id: string,
  { digest, at }: { readonly digest: string; readonly at: number },
): Promise<'verified' | 'wrong' | 'none'> {
  const { rows } = await sql<{ is_right: boolean }>`
    UPDATE contacts SET
      code_tries = code_tries + 1,
      verified_at = CASE WHEN code_digest = ${digest} THEN ${instant(at)}::timestamptz ELSE verified_at END,
      failed_at = CASE WHEN code_digest = ${digest} THEN NULL ELSE failed_at END,
      failed_because = CASE WHEN code_digest = ${digest} THEN NULL ELSE failed_because END,
      code_until = CASE WHEN code_digest = ${digest} THEN ${instant(at)}::timestamptz ELSE code_until END
    WHERE id = ${id} AND removed_at IS NULL AND code_until > ${instant(at)} AND code_tries < ${CODE_TRIES_MAX}
    RETURNING code_digest = ${digest} AS is_right`.execute(db);
  const [row] = rows;
  if (row === undefined) return 'none';
  return row.is_right ? 'verified' : 'wrong';
}

/** Gives one another place among those of its owner. */
export async function moveContact(
  db: Db,
  { id, username }: Pick<Contact, 'id' | 'username'>,
  place: number,
): Promise<void> {
  await sql`
    WITH others AS (
      SELECT id, row_number() OVER (ORDER BY place) AS nth FROM contacts
      WHERE username = ${username} AND removed_at IS NULL AND id <> ${id}
    ), placed AS (
      SELECT id, nth + CASE WHEN nth >= ${place} THEN 1 ELSE 0 END AS place FROM others
      UNION ALL
      SELECT ${id}, least(${place}, 1 + (SELECT count(*) FROM others))
    )
    UPDATE contacts SET place = placed.place FROM placed WHERE contacts.id = placed.id AND removed_at IS NULL`.execute(
    db,
  );
}

export async function removeContact(db: Db, id: string, at: number): Promise<void> {
  await db
    .updateTable('contacts')
    .set({ removed_at: new Date(at) })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute();
}

/** The far side has said: never again here. */
export async function failContact(
  db: Db,
  id: string,
  { at, because }: { readonly at: number; readonly because: string },
): Promise<void> {
  await db
    .updateTable('contacts')
    .set({ failed_at: new Date(at), failed_because: because })
    .where('id', '=', id)
    .where('failed_at', 'is', null)
    .execute();
}

/**
 * Whose it is; of an address that several gave, all of them. Only where it is verified. A nick on IRC is the same in large
 * and small letters.
 */
export async function ownersOf(db: Db, kind: ContactKind, address: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('contacts')
    .select('username')
    .where('kind', '=', kind)
    .where(
      kind === 'irc' ? sql`lower(address)` : 'address',
      '=',
      kind === 'irc' ? address.toLowerCase() : address,
    )
    .where('verified_at', 'is not', null)
    .where('removed_at', 'is', null)
    .orderBy('username')
    .execute();
  return rows.map(({ username }) => username);
}

function toContact(row: Selectable<Contacts>): Contact {
  return {
    id: row.id,
    username: row.username,
    kind: row.kind as ContactKind,
    address: row.address,
    place: row.place,
    addedAt: epochMs(row.added_at),
    verifiedAt: epochMs(row.verified_at),
    failed:
      row.failed_at === null || row.failed_because === null
        ? null
        : { at: epochMs(row.failed_at), because: row.failed_because },
  };
}
