import type { Db } from './database.ts';

/** The public half of a key that records are signed with. */
export interface KeptRecordKey {
  /** The thumbprint by which a signature names it. */
  readonly kid: string;
  /** Of Ed25519, in base64url. */
  readonly x: string;
}

/** Keeps a key for as long as there are records that it signed. One that is there already stays as it is. */
export async function keepRecordKey(db: Db, { kid, x }: KeptRecordKey, at: number): Promise<void> {
  await db
    .insertInto('record_keys')
    .values({ kid, x, since: new Date(at) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The latest first. */
export async function recordKeys(db: Db): Promise<readonly KeptRecordKey[]> {
  return db.selectFrom('record_keys').select(['kid', 'x']).orderBy('since', 'desc').orderBy('kid').execute();
}
