import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/domain/durations.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

describe('a duration', () => {
  test.each([
    ['PT24H', DAY],
    ['P1D', DAY],
    ['P2D', 2 * DAY],
    ['P2W', 14 * DAY],
    ['PT1H30M', 1.5 * HOUR],
    ['P1DT12H', 1.5 * DAY],
    ['PT90M', 1.5 * HOUR],
    ['PT20S', 20 * SECOND],
    ['PT0.5S', 500],
    ['PT1.025S', 1025],
    ['PT0S', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    'P',
    'PT',
    'P1DT',
    '24H',
    'pt24h',
    ' PT24H',
    'PT24H\n',
    'PT',
    '-PT1H',
    'PT-1H',
    'PT1.5H',
    'PT1.0005S',
    'PT1M1H',
    'P1H',
    'PT1D',
    'P1W1D',
    'soon',
    '86400',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test.each(['P1Y', 'P1M', 'P7Y', 'P1Y2D'])('%s is none: years and months have no fixed length', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test('longer than a number can count is none', () => {
    expect(parseDuration(`P${'9'.repeat(12)}D`)).toBeNull();
    expect(parseDuration(`PT${'9'.repeat(400)}S`)).toBeNull();
  });

  test.each([
    [0, 'PT0S'],
    [1, 'PT0.001S'],
    [20 * SECOND, 'PT20S'],
    [1.5 * HOUR, 'PT1H30M'],
    [DAY, 'P1D'],
    [DAY + 4 * HOUR, 'P1DT4H'],
    [Number.MAX_SAFE_INTEGER, 'P104249991DT8H59M0.991S'],
  ])('of %d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  test('is written alike however it was said', () => {
    const parts = fc.record({
      days: fc.nat({ max: 999 }),
      hours: fc.nat({ max: 999 }),
      minutes: fc.nat({ max: 999 }),
      seconds: fc.nat({ max: 999 }),
    });
    fc.assert(
      fc.property(parts, ({ days, hours, minutes, seconds }) => {
        const said = parseDuration(`P${days}DT${hours}H${minutes}M${seconds}S`);
        const inSeconds = parseDuration(`PT${((days * 24 + hours) * 60 + minutes) * 60 + seconds}S`);
        expect(said).toBe(inSeconds);
      }),
    );
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('of %d ms cannot be written', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError);
  });
});
