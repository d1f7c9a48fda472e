import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QuietHours } from '../../../src/domain/quiet-hours.ts';
import { quietUntil } from '../../../src/rotas/quiet-hours.ts';

const MINUTE = 60_000;

const hours = (from: string, until: string, timeZone: string): QuietHours => ({
  fromMinute: minuteOf(from),
  untilMinute: minuteOf(until),
  timeZone,
});

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** By another clock than the one that is tested. */
function wallMinute(at: number, timeZone: string): number {
  const options = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return minuteOf(new Intl.DateTimeFormat('en-GB', options).format(at));
}

function offset(at: number, timeZone: string): string {
  const options = { timeZone, timeZoneName: 'longOffset' } as const;
  return (
    new Intl.DateTimeFormat('en-GB', options).formatToParts(at).find(({ type }) => type === 'timeZoneName')
      ?.value ?? ''
  );
}

function isWallQuiet({ fromMinute, untilMinute, timeZone }: QuietHours, at: number): boolean {
  const minute = wallMinute(at, timeZone);
  return fromMinute < untilMinute
    ? fromMinute <= minute && minute < untilMinute
    : fromMinute <= minute || minute < untilMinute;
}

const at = (text: string) => Date.parse(text);

describe('quiet hours', () => {
  test.each([
    ['in an ordinary night', '22:00', '07:00', '2026-02-03T04:00Z', '2026-02-03T12:00Z'],
    ['at the moment they begin', '22:00', '07:00', '2026-02-03T03:00Z', '2026-02-03T12:00Z'],
    ['just before', '22:00', '07:00', '2026-02-03T02:59:59Z', null],
    ['at the moment they end', '22:00', '07:00', '2026-02-03T12:00Z', null],
    ['within one day', '12:00', '13:30', '2026-02-03T17:30Z', '2026-02-03T18:30Z'],
    ['in the night that is an hour shorter', '22:00', '07:00', '2026-03-08T04:00Z', '2026-03-08T11:00Z'],
    ['that end in the hour that is leapt over', '22:00', '02:30', '2026-03-08T06:59Z', '2026-03-08T07:00Z'],
    ['that end there, an hour later by the wall', '22:00', '02:30', '2026-03-08T07:00Z', null],
    ['that begin in the hour that is leapt over', '02:30', '07:00', '2026-03-08T07:00Z', '2026-03-08T11:00Z'],
    ['in the night that is an hour longer', '22:00', '07:00', '2026-11-01T04:00Z', '2026-11-01T12:00Z'],
    ['that end at a time that comes twice', '22:00', '01:30', '2026-11-01T05:45Z', '2026-11-01T06:30Z'],
    ['that begin at a time that comes twice', '01:30', '07:00', '2026-11-01T05:30Z', '2026-11-01T12:00Z'],
  ])('%s', (_, from, until, now, end) => {
    const quiet = quietUntil(hours(from, until, 'America/Detroit'), at(now));
    expect(quiet).toBe(end === null ? null : at(end));
  });

  test('are at every instant at which the wall says so, in every zone, whatever the clocks do', () => {
    const zones = ['America/Detroit', 'Europe/Vienna', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
    fc.assert(
      fc.property(
        fc.record({
          fromMinute: fc.integer({ min: 0, max: 1439 }),
          untilMinute: fc.integer({ min: 0, max: 1439 }),
          timeZone: fc.constantFrom(...zones),
          now: fc.oneof(
            fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-12-31T00:00Z') }),
            // The nights in which clocks are changed.
            ...['2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25', '2026-04-04', '2026-10-03'].map(
              (day) => fc.integer({ min: at(`${day}T00:00Z`), max: at(`${day}T23:59Z`) }),
            ),
          ),
        }),
        ({ now, ...quiet }) => {
          fc.pre(quiet.fromMinute !== quiet.untilMinute);
          const end = quietUntil(quiet, now);
          if (end === null) {
            expect(isWallQuiet(quiet, now)).toBe(false);
            return;
          }
          expect(end).toBeGreaterThan(now);
          expect(end - now).toBeLessThanOrEqual(49 * 60 * MINUTE);
          const isChanged =
            offset(now - 1440 * MINUTE, quiet.timeZone) !== offset(end + 1440 * MINUTE, quiet.timeZone);
          // Only the second of two equal hours is quiet without the wall saying so.
          if (isChanged) return;
          expect(isWallQuiet(quiet, now)).toBe(true);
          expect(wallMinute(end, quiet.timeZone)).toBe(quiet.untilMinute);
          expect(quietUntil(quiet, end)).toBeNull();
        },
      ),
      { numRuns: 1000 },
    );
  });
});
