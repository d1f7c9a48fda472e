import { afterEach, describe, expect, test, vi } from 'vitest';
import { isBusinessHour, leadWithinMs } from '../../src/domain/calendar.ts';
import type { BusinessCalendar, LeadTime } from '../../src/domain/policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const detroit: BusinessCalendar = {
  timeZone: 'America/Detroit',
  days: ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, fromMinute: 9 * 60, toMinute: 17 * 60 })),
  holidays: ['2026-07-03', '2026-12-25'],
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(['UTC', 'America/Detroit', 'Asia/Kolkata', 'Pacific/Kiritimati'])(
  'business hours in Detroit, seen from a process in %s',
  (zone) => {
    test.each([
      ['2026-06-15T12:59:59.999Z', false, 'the last moment before nine on a Monday in summer'],
      ['2026-06-15T13:00:00.000Z', true, 'nine'],
      ['2026-06-15T20:59:59.999Z', true, 'the last moment before five'],
      ['2026-06-15T21:00:00.000Z', false, 'five'],
      ['2026-01-12T13:59:00Z', false, 'a minute before nine on a Monday in winter'],
      ['2026-01-12T14:00:00Z', true, 'nine in winter'],
      ['2026-06-13T15:00:00Z', false, 'eleven on a Saturday'],
      ['2026-06-14T15:00:00Z', false, 'eleven on a Sunday'],
      ['2026-06-15T03:30:00Z', false, 'Monday in UTC and still Sunday night there'],
      ['2026-06-20T00:30:00Z', false, 'Saturday in UTC and Friday evening there'],
      ['2026-07-03T15:00:00Z', false, 'a holiday'],
      ['2026-07-02T20:30:00Z', true, 'half past four on the eve of a holiday'],
      ['2026-12-25T15:00:00Z', false, 'Christmas Day'],
      ['2028-12-25T15:00:00Z', true, 'Christmas Day of a year that the calendar does not list'],
    ])('%s is %j: %s', (at, isBusiness) => {
      vi.stubEnv('TZ', zone);
      expect(isBusinessHour(detroit, Date.parse(at))).toBe(isBusiness);
    });
  },
);

test('the zone of the process really changes in these tests', () => {
  vi.stubEnv('TZ', 'Asia/Kolkata');
  expect(new Date(0).getTimezoneOffset()).toBe(-330);
  vi.stubEnv('TZ', 'America/Detroit');
  expect(new Date('2026-01-12T12:00:00Z').getTimezoneOffset()).toBe(300);
});

describe('a change of the clocks', () => {
  test.each([
    // Spring forward at 02:00 on Sunday 2026-03-08: Friday before it in winter time, Monday after it in summer time.
    ['2026-03-06', '14:00', '22:00'],
    ['2026-03-09', '13:00', '21:00'],
    // Fall back at 02:00 on Sunday 2026-11-01.
    ['2026-10-30', '13:00', '21:00'],
    ['2026-11-02', '14:00', '22:00'],
  ])('on %s business hours are %s to %s UTC', (day, from, to) => {
    expect(businessMinutes(detroit, `${day}T05:00:00Z`, 24)).toEqual({
      first: `${day}T${from}:00.000Z`,
      last: new Date(Date.parse(`${day}T${to}:00Z`) - MINUTE).toISOString(),
      count: 480,
    });
  });

  const aroundTheClock: BusinessCalendar = {
    ...detroit,
    days: [{ weekday: 7, fromMinute: 0, toMinute: 24 * 60 }],
  };

  test('makes a Sunday of 23 hours in spring and of 25 hours in autumn', () => {
    expect(businessMinutes(aroundTheClock, '2026-03-08T00:00:00Z', 48)).toEqual({
      first: '2026-03-08T05:00:00.000Z',
      last: '2026-03-09T03:59:00.000Z',
      count: 23 * 60,
    });
    expect(businessMinutes(aroundTheClock, '2026-11-01T00:00:00Z', 48)).toEqual({
      first: '2026-11-01T04:00:00.000Z',
      last: '2026-11-02T04:59:00.000Z',
      count: 25 * 60,
    });
  });

  const smallHours: BusinessCalendar = {
    ...detroit,
    days: [{ weekday: 7, fromMinute: 60, toMinute: 180 }],
  };

  test('drops the hour that does not exist and counts twice the one that is lived twice', () => {
    expect(businessMinutes(smallHours, '2026-03-08T05:00:00Z', 24).count).toBe(60);
    expect(businessMinutes(smallHours, '2026-11-01T04:00:00Z', 25).count).toBe(180);
  });

  test('concerns no zone that keeps its clocks', () => {
    const phoenix = { ...detroit, timeZone: 'America/Phoenix' };
    expect(businessMinutes(phoenix, '2026-03-09T00:00:00Z', 24).first).toBe('2026-03-09T16:00:00.000Z');
    expect(businessMinutes(phoenix, '2026-11-02T00:00:00Z', 24).first).toBe('2026-11-02T16:00:00.000Z');
  });
});

test('a day may be open in two stretches, with its lunch outside', () => {
  const split: BusinessCalendar = {
    ...detroit,
    days: [
      { weekday: 1, fromMinute: 8 * 60, toMinute: 12 * 60 },
      { weekday: 1, fromMinute: 13 * 60, toMinute: 17 * 60 },
    ],
  };
  expect(isBusinessHour(split, Date.parse('2026-06-15T16:30:00Z'))).toBe(false);
  expect(isBusinessHour(split, Date.parse('2026-06-15T17:30:00Z'))).toBe(true);
});

describe('the time until somebody must be lead', () => {
  const leadTimes: readonly LeadTime[] = [
    { channel: 'phone', hours: 'any', withinMs: 15 * MINUTE },
    { channel: 'any', hours: 'business', withinMs: HOUR },
    { channel: 'any', hours: 'other', withinMs: 12 * HOUR },
  ];
  const instants = {
    'at noon': Date.parse('2026-06-15T16:00:00Z'),
    'at night': Date.parse('2026-06-15T07:00:00Z'),
  };

  test.each([
    ['phone', 'at noon', 15 * MINUTE],
    ['phone', 'at night', 15 * MINUTE],
    ['form', 'at noon', HOUR],
    ['mail', 'at noon', HOUR],
    ['form', 'at night', 12 * HOUR],
    ['mail', 'at night', 12 * HOUR],
  ] as const)('by %s %s is %d ms', (channel, when, ms) => {
    expect(leadWithinMs(leadTimes, detroit, channel, instants[when])).toBe(ms);
  });

  test('is that of the first entry that fits', () => {
    const [phone, ...others] = leadTimes;
    expect(leadWithinMs([...others, phone!], detroit, 'phone', instants['at night'])).toBe(12 * HOUR);
  });

  test('cannot be left open: the policy was checked to cover every report', () => {
    expect(() => leadWithinMs(leadTimes.slice(0, 2), detroit, 'mail', instants['at night'])).toThrow(
      RangeError,
    );
  });
});

/** Walks every minute from there on. */
function businessMinutes(calendar: BusinessCalendar, from: string, hours: number) {
  const minutes = Array.from({ length: hours * 60 }, (_, n) => Date.parse(from) + n * MINUTE);
  const business = minutes.filter((at) => isBusinessHour(calendar, at));
  const stamp = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
  return { first: stamp(business[0]), last: stamp(business.at(-1)), count: business.length };
}
