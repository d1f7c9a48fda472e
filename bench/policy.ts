import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Policy } from '../src/domain/policy.ts';
import { loadPolicy } from '../src/policy.ts';

const DEFAULT_POLICY = fileURLToPath(new URL('../policy/incommon.yaml', import.meta.url));

/** So many people can each be called by a page of their own. */
export const PEOPLE_COUNT = 1000;

/** Somebody whom only the bench calls. */
export const personOf = (index: number): string => `load${index % PEOPLE_COUNT}`;

/**
 * The default policy, under which the measured stand runs, with people to call. Not the drill's: a phone report pages at
 * once under either, and the drill's clocks would page in the middle of the other measurements.
 *
 * @returns the file.
 */
export function writeBenchPolicy(directory: string): string {
  const people = Array.from({ length: PEOPLE_COUNT }, (_, index) => {
    const username = personOf(index);
    return { username, name: `Load ${index}`, mail: `${username}@bench.example`, roles: [] };
  });
  const file = join(directory, 'bench-policy.yaml');
  const overlay = { extends: DEFAULT_POLICY, name: 'bench', people };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(overlay));
  return file;
}

/** For the floor, which calls one person. */
export function floorPolicy(): Promise<Policy> {
  return loadPolicy(DEFAULT_POLICY);
}
