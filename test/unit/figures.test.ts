import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTimes } from '../../src/domain/answer-times.ts';
import { gini } from '../../src/domain/gini.ts';
import { percentile } from '../../src/domain/percentile.ts';

const amounts = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 30 });

describe('the Gini coefficient', () => {
  it.each([
    [[], 0],
    [[0, 0], 0],
    [[3, 3, 3], 0],
    [[0, 0, 0, 4], 0.75],
    [[24, 144, 168], 288 / 1008],
  ])('of %j is %f', (values, expected) => {
    expect(gini(values)).toBeCloseTo(expected, 12);
  });

  it('is half of the mean difference between two, by their mean', () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const sum = values.reduce((total, value) => total + value, 0);
        const differences = values.flatMap((a) => values.map((b) => Math.abs(a - b)));
        const total = differences.reduce((all, difference) => all + difference, 0);
        expect(gini(values)).toBeCloseTo(sum === 0 ? 0 : total / (2 * values.length * sum), 9);
      }),
    );
  });

  it('does not depend on the order or the unit, and lies between even and all to one', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 50 }), (values, unit) => {
        const found = gini(values);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1 - 1 / values.length + 1e-12);
        expect(gini(values.toReversed())).toBeCloseTo(found, 12);
        expect(gini(values.map((value) => value * unit))).toBeCloseTo(found, 9);
      }),
    );
  });
});

describe('a percentile', () => {
  it.each([
    [[], 50, null],
    [[7], 1, 7],
    [[1, 2, 3, 4], 50, 2],
    [[4, 3, 2, 1], 90, 4],
    [[10, 30, 40, 60, 400], 50, 40],
  ])('of %j at %i is %j', (values, percent, expected) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it('is the least value that so many do not exceed', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 100 }), (values, percent) => {
        const found = percentile(values, percent) ?? NaN;
        const upTo = (limit: number) => values.filter((value) => value <= limit).length;
        expect(values).toContain(found);
        expect(upTo(found) * 100).toBeGreaterThanOrEqual(percent * values.length);
        const below = values.filter((value) => value < found).length;
        expect(below * 100).toBeLessThan(percent * values.length);
      }),
    );
  });

  it('grows with the percentage', () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const all = Array.from({ length: 100 }, (_, index) => percentile(values, index + 1) ?? NaN);
        expect(all).toEqual(all.toSorted((a, b) => a - b));
      }),
    );
  });
});

it('the times of answers leave out what nobody answered, but count it', () => {
  const page = (answeredAfterMs: number | null, isAnsweredOnFirstRung = false) => ({
    answeredAfterMs,
    isAnsweredOnFirstRung,
  });
  expect(answerTimes([page(null), page(1000, true), page(9000)])).toEqual({
    ...{ pages: 3, acknowledged: 2, withinFirstRung: 0.5, p50Ms: 1000, p90Ms: 9000, p99Ms: 9000 },
  });
  expect(answerTimes([page(null)])).toEqual({
    ...{ pages: 1, acknowledged: 0, withinFirstRung: null, p50Ms: null, p90Ms: null, p99Ms: null },
  });
});
