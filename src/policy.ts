import { createHash } from 'node:crypto';
import type { Policy } from './domain/policy.ts';
import { CHECKS } from './policy/checks.ts';
import { readLayers, refusalOf } from './policy/layers.ts';
import { expectedOf, mistakesOf, policyFile } from './policy/schema.ts';
import { policyOf } from './policy/translation.ts';
import { isMap, merge } from './policy/yaml-map.ts';

export { PolicyError, type PolicyProblem } from './policy/problem.ts';

/**
 * Reads a policy file and those it extends (`extends:` is relative to the file that says it), checks the whole and names
 * it by its hash. Values of a wrong shape are reported together; once all shapes are right, so are all contradictions.
 *
 * @throws {PolicyError} naming every mistake and the file in which it stands.
 */
export async function loadPolicy(path: string): Promise<Policy> {
  const layers = await readLayers(path);
  const whole = layers.map(({ data }) => data).reduceRight((base, over) => merge(base, over));
  const result = policyFile.safeParse(whole, { error: expectedOf });
  if (!result.success) throw refusalOf(layers, whole, result.error.issues.flatMap(mistakesOf));
  const contradictions = CHECKS.flatMap((check) => check(result.data));
  if (contradictions.length > 0) throw refusalOf(layers, whole, contradictions);
  const policy = policyOf(result.data);
  return { ...policy, rules: { ...policy.rules, hash: hashPolicy(policy) } };
}

/** SHA-256, hex, of everything in a policy but the hash itself, whatever the order of its keys: a stored one can be checked. */
export function hashPolicy(policy: Policy): string {
  const { hash: _, ...rules } = policy.rules;
  return createHash('sha256')
    .update(canonicalJson({ ...policy, rules }))
    .digest('hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inside: unknown) =>
    isMap(inside)
      ? Object.fromEntries(Object.entries(inside).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inside,
  );
}
