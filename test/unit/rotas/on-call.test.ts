import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import type { LayerHours, Rota, RotaLayer, RotaOverride } from '../../../src/domain/rota.ts';
import { onCallAt, shiftsBetween } from '../../../src/rotas/on-call.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MEMBERS = ['ann', 'ben', 'cyd'];

/** Zones that change their clocks in the north and the south, by half an hour, and at midnight. */
const ZONES = [
  'America/New_York',
  'Europe/Amsterdam',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'America/Havana',
] as const;

function layer(over: Partial<RotaLayer> = {}): RotaLayer {
  return {
    name: 'first',
    members: MEMBERS,
    handOver: 'FREQ=WEEKLY',
    startsAt: '2026-01-05T09:00',
    endsAt: null,
    hours: [],
    ...over,
  };
}

function rota(over: Partial<Rota> = {}): Rota {
  return {
    key: 'triage',
    title: 'Triage',
    timeZone: 'Europe/Amsterdam',
    layers: [layer()],
    overrides: [],
    ...over,
  };
}

function override(over: Partial<RotaOverride> & Pick<RotaOverride, 'from' | 'until'>): RotaOverride {
  return { id: 'o1', username: 'zoe', instead: null, by: 'lead1', ...over };
}

const at = (instant: string): number => Date.parse(instant);
const whoAt = (of: Rota, instant: number): string | null => onCallAt(of, instant)?.username ?? null;

/** What the clock on the wall shows, by another library than the one under test. */
function wallClock(instant: number, timeZone: string): { readonly day: number; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(instant);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return {
    day: Date.UTC(part('year'), part('month') - 1, part('day')) / DAY,
    minute: part('hour') * 60 + part('minute'),
  };
}

describe('a weekly rota', () => {
  test('hands over at the same time on the wall, before and after the clocks change', () => {
    const changes = shiftsBetween(rota(), at('2026-10-12T00:00Z'), at('2026-11-05T00:00Z'));
    expect(changes.slice(1).map(({ from }) => new Date(from).toISOString().slice(0, 16))).toEqual([
      '2026-10-12T07:00',
      '2026-10-19T07:00',
      '2026-10-26T08:00',
      '2026-11-02T08:00',
    ]);
    expect(changes.map(({ username }) => username)).toEqual(['ann', 'ben', 'cyd', 'ann', 'ben']);
  });

  test('begins with its first member, also when the rule first comes in the middle of that week', () => {
    const of = rota({ layers: [layer({ startsAt: '2026-01-07T09:00', handOver: 'FREQ=WEEKLY;BYDAY=MO' })] });
    expect(whoAt(of, at('2026-01-07T07:59Z'))).toBeNull();
    expect(whoAt(of, at('2026-01-07T08:00Z'))).toBe('ann');
    expect(whoAt(of, at('2026-01-12T07:59Z'))).toBe('ann');
    expect(whoAt(of, at('2026-01-12T08:00Z'))).toBe('ben');
  });

  test('takes its own turns: every second week, twice a day, on the first of a month', () => {
    const fortnight = rota({ layers: [layer({ handOver: 'FREQ=WEEKLY;INTERVAL=2' })] });
    expect(whoAt(fortnight, at('2026-01-18T00:00Z'))).toBe('ann');
    expect(whoAt(fortnight, at('2026-01-20T00:00Z'))).toBe('ben');
    const halves = rota({ layers: [layer({ handOver: 'FREQ=DAILY;BYHOUR=9,21' })] });
    expect(whoAt(halves, at('2026-01-05T19:00Z'))).toBe('ann');
    expect(whoAt(halves, at('2026-01-05T20:00Z'))).toBe('ben');
    expect(whoAt(halves, at('2026-01-06T08:00Z'))).toBe('cyd');
    const months = rota({ layers: [layer({ handOver: 'FREQ=MONTHLY;BYMONTHDAY=1' })] });
    expect(whoAt(months, at('2026-01-31T23:00Z'))).toBe('ann');
    expect(whoAt(months, at('2026-02-01T08:00Z'))).toBe('ben');
  });
});

describe('the nights on which the clocks change', () => {
  const nights: readonly (readonly [zone: (typeof ZONES)[number], spring: string, autumn: string])[] = [
    ['America/New_York', '2026-03-08', '2026-11-01'],
    ['Europe/Amsterdam', '2026-03-29', '2026-10-25'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-04-05'],
    ['Pacific/Auckland', '2026-09-27', '2026-04-05'],
    ['America/Havana', '2026-03-08', '2026-11-01'],
  ];
  const times = ['00:00', '00:30', '01:30', '02:00', '02:30', '03:00', '09:00'];
  const cases = nights.flatMap(([zone, ...dates]) =>
    dates.flatMap((date) => times.map((time) => [zone, date, time] as const)),
  );

  test.each(cases)('%s, %s, hand-over at %s: everybody has one turn, in order', (timeZone, date, time) => {
    const start = at(`${date}T00:00Z`) - 4 * DAY;
    const startsAt = `${new Date(start).toISOString().slice(0, 10)}T${time}`;
    const of = rota({ timeZone, layers: [layer({ startsAt, handOver: 'FREQ=DAILY' })] });
    const shifts = shiftsBetween(of, start + 2 * DAY, start + 7 * DAY).slice(1, -1);
    expect(shifts.length).toBeGreaterThanOrEqual(3);
    for (const [index, { from, until, username }] of shifts.entries()) {
      expect(username).toBe(
        MEMBERS[(MEMBERS.indexOf(shifts[0]?.username ?? '') + index) % MEMBERS.length] ?? 'nobody',
      );
      expect(Math.abs(until - from - DAY)).toBeLessThanOrEqual(HOUR);
    }
  });

  test.each(nights)('%s: minute by minute as the clock on the wall has it', (timeZone, ...dates) => {
    // Four in the morning is on every wall, every day.
    const handOver = 4 * 60;
    for (const date of dates) {
      const noon = at(`${date}T12:00Z`);
      const first = wallClock(noon - 10 * DAY, timeZone).day;
      const startsAt = `${new Date(first * DAY).toISOString().slice(0, 10)}T04:00`;
      const of = rota({ timeZone, layers: [layer({ startsAt, handOver: 'FREQ=DAILY' })] });
      for (let instant = noon - 36 * HOUR; instant < noon + 36 * HOUR; instant += 7 * MINUTE) {
        const { day, minute } = wallClock(instant, timeZone);
        const turn = day - first - (minute < handOver ? 1 : 0);
        expect(whoAt(of, instant)).toBe(MEMBERS[turn % MEMBERS.length]);
      }
    }
  });

  test('a time that is leapt over comes as much later as the clocks leap, and the next is on time again', () => {
    const of = rota({ layers: [layer({ startsAt: '2026-03-27T02:30', handOver: 'FREQ=DAILY' })] });
    const changes = shiftsBetween(of, at('2026-03-28T00:00Z'), at('2026-03-31T00:00Z')).slice(1);
    expect(changes.map(({ from }) => new Date(from).toISOString().slice(0, 16))).toEqual([
      '2026-03-28T01:30',
      // 03:30 on the wall.
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ]);
  });

  test('a time that comes twice hands over the first time only', () => {
    const of = rota({ layers: [layer({ startsAt: '2026-10-23T02:30', handOver: 'FREQ=DAILY' })] });
    const changes = shiftsBetween(of, at('2026-10-24T12:00Z'), at('2026-10-26T12:00Z')).slice(1);
    expect(changes.map(({ from }) => new Date(from).toISOString().slice(0, 16))).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });
});

describe('a leap day', () => {
  test('is a day like every other', () => {
    const of = rota({ layers: [layer({ startsAt: '2028-02-27T09:00', handOver: 'FREQ=DAILY' })] });
    const days = ['2028-02-27', '2028-02-28', '2028-02-29', '2028-03-01'];
    expect(days.map((day) => whoAt(of, at(`${day}T12:00Z`)))).toEqual(['ann', 'ben', 'cyd', 'ann']);
  });
});

describe('layers', () => {
  const hours = (fromMinute: number, toMinute: number): readonly LayerHours[] =>
    ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, fromMinute, toMinute }));
  const office = layer({ name: 'office', members: ['olu'], hours: hours(540, 1020) });
  const round = layer({ name: 'round the clock', members: ['ann'] });

  test('the first that has somebody is on call; the next stands in where it rests', () => {
    const of = rota({ layers: [office, round] });
    // Monday 9 March 2026, in winter time: an hour ahead of UTC.
    expect(onCallAt(of, at('2026-03-09T07:59Z'))).toEqual({
      username: 'ann',
      because: { layer: 'round the clock' },
    });
    expect(onCallAt(of, at('2026-03-09T08:00Z'))).toEqual({ username: 'olu', because: { layer: 'office' } });
    expect(whoAt(of, at('2026-03-09T15:59Z'))).toBe('olu');
    expect(whoAt(of, at('2026-03-09T16:00Z'))).toBe('ann');
    expect(whoAt(of, at('2026-03-14T12:00Z'))).toBe('ann');
  });

  test('a gap is there where the data has one, and is shown as one', () => {
    const of = rota({ layers: [office] });
    const shifts = shiftsBetween(of, at('2026-03-09T00:00Z'), at('2026-03-10T00:00Z'));
    expect(
      shifts.map(({ username, until }) => [username, new Date(until).toISOString().slice(11, 16)]),
    ).toEqual([
      [null, '08:00'],
      ['olu', '16:00'],
      [null, '00:00'],
    ]);
  });

  test('hours up to midnight go on through it', () => {
    const of = rota({ layers: [layer({ members: ['ann'], hours: hours(0, 1440) })] });
    const shifts = shiftsBetween(of, at('2026-03-09T12:00Z'), at('2026-03-11T12:00Z'));
    expect(shifts).toHaveLength(1);
  });

  test('one without members is no layer; one that has ended is none any more', () => {
    const ended = layer({ name: 'ended', members: ['eve'], endsAt: '2026-02-01T09:00' });
    const of = rota({ layers: [layer({ members: [] }), ended, round] });
    expect(whoAt(of, at('2026-02-01T07:59Z'))).toBe('eve');
    expect(whoAt(of, at('2026-02-01T08:00Z'))).toBe('ann');
    expect(whoAt(rota({ layers: [] }), at('2026-02-01T08:00Z'))).toBeNull();
  });
});

describe('overrides', () => {
  const from = at('2026-01-06T00:00Z');
  const until = at('2026-01-07T00:00Z');

  test('put somebody else on call, from the first instant to the last but not with it', () => {
    const of = rota({ overrides: [override({ from, until })] });
    expect(whoAt(of, from - 1)).toBe('ann');
    expect(onCallAt(of, from)).toEqual({
      username: 'zoe',
      because: { override: 'o1', by: 'lead1', instead: null },
    });
    expect(whoAt(of, until - 1)).toBe('zoe');
    expect(whoAt(of, until)).toBe('ann');
  });

  test('of two the later made counts', () => {
    const later = override({ id: 'o2', username: 'yan', from: from + HOUR, until: from + 2 * HOUR });
    const of = rota({ overrides: [override({ from, until }), later] });
    expect(whoAt(of, from + HOUR)).toBe('yan');
    expect(whoAt(of, from + 2 * HOUR)).toBe('zoe');
  });

  test('instead of somebody, they count only where it was their turn: two make a swap', () => {
    const week = 7 * DAY;
    const monday = at('2026-01-05T08:00Z');
    const swap = [
      override({ from: monday, until: monday + 2 * week, username: 'ben', instead: 'ann' }),
      override({ id: 'o2', from: monday, until: monday + 2 * week, username: 'ann', instead: 'ben' }),
    ];
    const of = rota({ overrides: swap });
    expect([0, 1, 2].map((n) => whoAt(of, monday + n * week))).toEqual(['ben', 'ann', 'cyd']);
  });

  test('fill a gap', () => {
    const of = rota({ layers: [], overrides: [override({ from, until })] });
    expect(whoAt(of, from)).toBe('zoe');
    expect(
      whoAt(rota({ layers: [], overrides: [override({ from, until, instead: 'ann' })] }), from),
    ).toBeNull();
  });
});

describe('whatever the data', () => {
  const start = at('2026-01-05T00:00Z');
  const instants = fc.integer({ min: 0, max: 400 * 24 * 60 }).map((minutes) => start + minutes * MINUTE);
  const hoursOfWeek: fc.Arbitrary<LayerHours> = fc
    .record({
      weekday: fc.constantFrom(1, 2, 3, 4, 5, 6, 7),
      fromMinute: fc.integer({ min: 0, max: 1439 }),
      length: fc.integer({ min: 1, max: 1440 }),
    })
    .map(({ weekday, fromMinute, length }) => ({
      weekday: weekday as LayerHours['weekday'],
      fromMinute,
      toMinute: Math.min(1440, fromMinute + length),
    }));
  const layers: fc.Arbitrary<RotaLayer> = fc.record({
    name: fc.constantFrom('a', 'b'),
    members: fc.array(fc.constantFrom(...MEMBERS, 'dee'), { maxLength: 4 }),
    handOver: fc.constantFrom(
      'FREQ=DAILY',
      'FREQ=WEEKLY',
      'FREQ=WEEKLY;BYDAY=MO,TH',
      'FREQ=DAILY;BYHOUR=2,3,14',
    ),
    startsAt: fc.constantFrom('2026-01-05T09:00', '2026-02-01T02:30', '2026-03-01T00:00'),
    endsAt: fc.constantFrom(null, null, '2026-08-01T12:00'),
    hours: fc.array(hoursOfWeek, { maxLength: 3 }),
  });
  const overrides: fc.Arbitrary<RotaOverride> = fc
    .record({
      from: instants,
      minutes: fc.integer({ min: 1, max: 20_000 }),
      username: fc.constantFrom(...MEMBERS),
      instead: fc.constantFrom(null, ...MEMBERS),
    })
    .map(({ from, minutes, ...rest }) => override({ ...rest, from, until: from + minutes * MINUTE }));
  const rotas: fc.Arbitrary<Rota> = fc
    .record({
      timeZone: fc.constantFrom(...ZONES),
      layers: fc.array(layers, { maxLength: 3 }),
      overrides: fc.array(overrides, { maxLength: 3 }),
    })
    .map(rota);

  test('shifts lie one after the other without a hole, and say at each instant who is on call', () => {
    fc.assert(
      fc.property(
        rotas,
        instants,
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(), { minLength: 5 }),
        (of, from, days, picks) => {
          const until = from + days * DAY;
          const shifts = shiftsBetween(of, from, until);
          expect(shifts[0]?.from).toBe(from);
          expect(shifts.at(-1)?.until).toBe(until);
          for (const [index, shift] of shifts.entries()) {
            expect(shift.from).toBeLessThan(shift.until);
            if (index > 0) expect(shifts[index - 1]?.until).toBe(shift.from);
          }
          for (const pick of picks) {
            const instant = from + (pick % (until - from));
            const shift = shifts.find((one) => one.from <= instant && instant < one.until);
            expect(shift?.username ?? null).toBe(whoAt(of, instant));
            expect(shift?.because ?? null).toEqual(onCallAt(of, instant)?.because ?? null);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('nobody is on call only where no layer with members is active and nobody stands in', () => {
    fc.assert(
      fc.property(rotas, instants, (of, instant) => {
        const always = layer({
          name: 'always',
          members: ['eve'],
          handOver: 'FREQ=DAILY',
          startsAt: '2026-01-01T00:00',
        });
        expect(whoAt({ ...of, layers: [...of.layers, always] }, instant)).not.toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  const { TZ } = process.env;
  afterEach(() => {
    process.env['TZ'] = TZ;
  });

  test('the time zone of the process says nothing', () => {
    fc.assert(
      fc.property(rotas, instants, (of, from) => {
        const seen = ['UTC', 'America/New_York', 'Pacific/Auckland'].map((zone) => {
          process.env['TZ'] = zone;
          // A copy: what was read for one is not there for the other.
          return shiftsBetween(structuredClone(of), from, from + 10 * DAY);
        });
        expect(seen[1]).toEqual(seen[0]);
        expect(seen[2]).toEqual(seen[0]);
      }),
      { numRuns: 40 },
    );
  });
});
