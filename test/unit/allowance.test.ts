import { expect, test } from 'vitest';
import { createAllowance } from '../../src/adapters/pager-irc/allowance.ts';

test('a few are allowed at once, then one in each time, and a rest gives no more than the few', () => {
  const isAllowed = createAllowance({ atOnce: 3, everyMs: 1000 });
  const at = (now: number) => [isAllowed(now), isAllowed(now), isAllowed(now), isAllowed(now)];
  expect(at(0)).toEqual([true, true, true, false]);
  expect(at(999)).toEqual([false, false, false, false]);
  expect(at(1000)).toEqual([true, false, false, false]);
  expect(at(60_000)).toEqual([true, true, true, false]);
});
