import type { Policy } from '../domain/policy.ts';
import type { Db } from '../persistence/database.ts';
import { keepPolicy, readPolicy } from '../persistence/policies.ts';

/** The policies that incidents began with. A policy never changes under its hash, so each is read once. */
export interface Policies {
  /** Throws when it is missing, which is our mistake: none is ever deleted. */
  of(hash: string): Promise<Policy>;
  /** The policy in force, kept in the record before the first incident begins with it. */
  inForce(): Promise<Policy>;
}

export function createPolicies(db: Db, inForce: Policy): Policies {
  const known = new Map<string, Policy>([[inForce.rules.hash, inForce]]);
  let kept: Promise<void> | null = null;

  return {
    async of(hash) {
      const policy = known.get(hash) ?? (await readPolicy(db, hash));
      if (policy === null) throw new Error(`The record has no policy ${hash}.`);
      known.set(hash, policy);
      return policy;
    },
    async inForce() {
      kept ??= keepPolicy(db, inForce);
      await kept.catch((error: unknown) => {
        kept = null;
        throw error;
      });
      return inForce;
    },
  };
}
