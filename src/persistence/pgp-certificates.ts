import { type Selectable, sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';
import type { PgpCertificates } from './schema-types.ts';

/** A certificate that one of us gave for somebody's address, and vouches for. */
export interface GivenCertificate {
  readonly id: string;
  /** In lower case. */
  readonly address: string;
  /** Capital letters and digits, without blanks. */
  readonly fingerprint: string;
  readonly armored: string;
  readonly addedBy: string;
  readonly addedAt: number;
  /** Since when it is used for nothing any more; null while it is in use. */
  readonly removed: { readonly by: string; readonly at: number } | null;
}

export type NewCertificate = Omit<GivenCertificate, 'removed'>;

/** @returns false when that very certificate is in use for the address already. */
export async function giveCertificate(db: Db, given: NewCertificate): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO pgp_certificates (id, address, fingerprint, armored, added_by, added_at)
    VALUES (${given.id}, ${given.address}, ${given.fingerprint}, ${given.armored}, ${given.addedBy},
      ${instant(given.addedAt)}::timestamptz)
    ON CONFLICT (address, fingerprint) WHERE removed_at IS NULL DO NOTHING
    RETURNING id`.execute(db);
  return rows.length > 0;
}

/** Those in use for any of these addresses, the newest of each first. */
export async function certificatesFor(
  db: Db,
  addresses: readonly string[],
): Promise<readonly GivenCertificate[]> {
  if (addresses.length === 0) return [];
  const rows = await inUse(db)
    .where(
      'address',
      'in',
      addresses.map((address) => address.toLowerCase()),
    )
    .execute();
  return rows.map(toCertificate);
}

/** Every one in use, by address. */
export async function certificatesInUse(db: Db): Promise<readonly GivenCertificate[]> {
  const rows = await inUse(db).execute();
  return rows.map(toCertificate);
}

/** Also one that was removed: what was signed with it is asked about later. */
export async function certificateOfId(db: Db, id: string): Promise<GivenCertificate | null> {
  const row = await db.selectFrom('pgp_certificates').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toCertificate(row);
}

/** Removed already, it stays as it was removed first. */
export async function removeCertificate(
  db: Db,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: number },
): Promise<void> {
  await db
    .updateTable('pgp_certificates')
    .set({ removed_by: by, removed_at: new Date(at) })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute();
}

function inUse(db: Db) {
  return db
    .selectFrom('pgp_certificates')
    .selectAll()
    .where('removed_at', 'is', null)
    .orderBy('address')
    .orderBy('added_at', 'desc')
    .orderBy('id');
}

function toCertificate(row: Selectable<PgpCertificates>): GivenCertificate {
  return {
    id: row.id,
    address: row.address,
    fingerprint: row.fingerprint,
    armored: row.armored,
    addedBy: row.added_by,
    addedAt: epochMs(row.added_at),
    removed:
      row.removed_by === null || row.removed_at === null
        ? null
        : { by: row.removed_by, at: epochMs(row.removed_at) },
  };
}
