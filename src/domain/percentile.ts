/**
 * The least of the values that is not exceeded by so many in a hundred of them: one that was measured, by the nearest rank.
 * `percent` is above 0 and at most 100. Null where there are none.
 */
export function percentile(values: readonly number[], percent: number): number | null {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.ceil((percent / 100) * ascending.length) - 1] ?? null;
}
