import type { Policy } from '../domain/policy.ts';
import type { Db } from './database.ts';

/** Keeps the policy for good, by its hash. Keeping it again changes nothing. */
export async function keepPolicy(db: Db, policy: Policy): Promise<void> {
  await db
    .insertInto('policies')
    .values({ hash: policy.rules.hash, name: policy.rules.name, body: JSON.stringify(policy) })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

/** The policy as it was kept, to the order of its members. Null when no incident was ever opened under that hash. */
export async function readPolicy(db: Db, hash: string): Promise<Policy | null> {
  const row = await db.selectFrom('policies').select('body').where('hash', '=', hash).executeTakeFirst();
  return row?.body ?? null;
}
