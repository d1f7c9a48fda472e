import { join } from 'node:path';

import type { Policy } from '../src/domain/policy.ts';
import { loadPolicy } from '../src/policy.ts';
import { ROOT } from './stand.ts';

/**
 * The default policy, under which the measured stand runs. Not the drill's: a phone report pages at once under either, and
 * the drill's clocks would page in the middle of the other measurements.
 */
export function benchPolicy(): Promise<Policy> {
  return loadPolicy(join(ROOT, 'policy/incommon.yaml'));
}
