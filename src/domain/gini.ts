/**
 * How unevenly something is spread: 0 when everybody has the same, towards 1 when one has all. Where there is nothing to
 * spread it is even. The values are not negative.
 */
export function gini(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const count = ascending.length;
  const sum = ascending.reduce((total, value) => total + value, 0);
  if (sum === 0) return 0;
  const weighted = ascending.reduce(
    (total, value, index) => total + (2 * (index + 1) - count - 1) * value,
    0,
  );
  return weighted / (count * sum);
}
