import { sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

/** A mail of ours did not arrive there. */
export interface Bounced {
  readonly at: number;
  /** The far server's code, or a word of ours. */
  readonly code: string;
}

export async function markBounced(
  db: Db,
  { address, sha256, at, code }: Bounced & { readonly address: string; readonly sha256: string },
): Promise<void> {
  await sql`
    INSERT INTO bounced_addresses (address, at, code, message_sha256)
    VALUES (${address.toLowerCase()}, ${new Date(at)}, ${code}, ${sha256})
    ON CONFLICT (address) DO UPDATE
      SET at = excluded.at, code = excluded.code, message_sha256 = excluded.message_sha256`.execute(db);
}

/** Somebody writes from there again. */
export async function unmarkBounced(db: Db, address: string): Promise<void> {
  await db.deleteFrom('bounced_addresses').where('address', '=', address.toLowerCase()).execute();
}

/** By address in lower case, those of them that bounced. */
export async function bouncedAmong(
  db: Db,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, Bounced>> {
  if (addresses.length === 0) return new Map();
  const rows = await db
    .selectFrom('bounced_addresses')
    .select(['address', 'at', 'code'])
    .where(
      'address',
      'in',
      addresses.map((address) => address.toLowerCase()),
    )
    .execute();
  return new Map(rows.map(({ address, at, code }) => [address, { at: epochMs(at), code }]));
}
