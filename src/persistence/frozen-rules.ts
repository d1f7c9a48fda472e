import type { ProcessRules } from '../domain/rules.ts';
import type { Db } from './database.ts';
import { readPolicy } from './policies.ts';

const known = new WeakMap<Db, Map<string, ProcessRules>>();

/**
 * The rules of the policy with that hash: those an incident was opened under. A kept policy never changes, so each
 * is read once per process.
 */
export async function readRules(db: Db, policyHash: string): Promise<ProcessRules> {
  const ofDb = known.get(db) ?? new Map<string, ProcessRules>();
  known.set(db, ofDb);
  const cached = ofDb.get(policyHash);
  if (cached !== undefined) return cached;
  const policy = await readPolicy(db, policyHash);
  if (policy === null) throw new Error(`The policy ${policyHash} is not in the record.`);
  ofDb.set(policyHash, policy.rules);
  return policy.rules;
}
