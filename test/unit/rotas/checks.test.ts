import { describe, expect, test } from 'vitest';

import type { RotaLayer } from '../../../src/domain/rota.ts';
import { mistakesOfRota } from '../../../src/rotas/checks.ts';

const good: RotaLayer = {
  name: 'first',
  members: ['ann', 'ben'],
  handOver: 'FREQ=WEEKLY;BYDAY=MO',
  startsAt: '2026-01-05T09:00',
  endsAt: null,
  hours: [{ weekday: 1, fromMinute: 540, toMinute: 1440 }],
};

function mistakes(over: Partial<RotaLayer>, timeZone = 'Europe/Amsterdam'): readonly string[] {
  const found = mistakesOfRota(
    { timeZone, layers: [{ ...good, ...over }] },
    (username) => username !== 'eve',
  );
  return found.map(({ path }) => path.join('.'));
}

describe('a rota', () => {
  test('that can be read has no mistakes', () => {
    expect(mistakes({})).toEqual([]);
    expect(mistakes({ handOver: 'FREQ=MONTHLY;BYDAY=1MO', endsAt: '2027-01-01T00:00', hours: [] })).toEqual(
      [],
    );
    expect(mistakes({ members: [] })).toEqual([]);
  });

  test.each(['Europe/Atlantis', '', 'next door'])('is not in %o', (timeZone) => {
    expect(mistakes({}, timeZone)).toEqual(['timeZone']);
  });

  test.each([
    'weekly',
    '',
    'FREQ=FORTNIGHTLY',
    'FREQ=HOURLY',
    'FREQ=WEEKLY;COUNT=3',
    'FREQ=WEEKLY;UNTIL=20270101T000000Z',
    'FREQ=WEEKLY;INTERVAL=0',
    'FREQ=DAILY;BYDAY=XX',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31',
  ])('does not hand over by %o', (handOver) => {
    expect(mistakes({ handOver })).toEqual(['layers.0.handOver']);
  });

  test.each(['2026-02-30T09:00', '2026-01-05', '9 o’clock', '2026-01-05T09:00Z', '2026-01-05T25:00'])(
    'does not start at %o',
    (startsAt) => {
      expect(mistakes({ startsAt })).toEqual(['layers.0.startsAt']);
    },
  );

  test('ends after it starts, and so do its hours', () => {
    expect(mistakes({ endsAt: '2026-01-05T09:00' })).toEqual(['layers.0.endsAt']);
    expect(mistakes({ endsAt: 'never' })).toEqual(['layers.0.endsAt']);
    expect(mistakes({ hours: [{ weekday: 1, fromMinute: 60, toMinute: 60 }] })).toEqual([
      'layers.0.hours.0.to',
    ]);
  });

  test('calls people only', () => {
    expect(mistakes({ members: ['ann', 'eve'] })).toEqual(['layers.0.members.1']);
  });
});
