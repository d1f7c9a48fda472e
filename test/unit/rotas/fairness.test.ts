import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rota } from '../../../src/domain/rota.ts';
import { fairnessOf } from '../../../src/rotas/fairness.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 1, 2);

const layer = {
  name: 'weekly',
  handOver: 'FREQ=WEEKLY',
  startsAt: '2026-02-02T00:00',
  endsAt: null,
  hours: [],
};
const rota = (members: readonly string[], overrides: Rota['overrides'] = []): Rota => ({
  ...{ key: 'nights', title: 'Nights', timeZone: 'UTC' },
  layers: [{ ...layer, members }],
  overrides,
});

test('a day that somebody took over is theirs; members who had nothing count', () => {
  const until = FROM + 14 * DAY;
  const override = { id: 'o', from: FROM, until: FROM + DAY, username: 'joe', instead: 'ann', by: 'ann' };
  const fairness = fairnessOf(rota(['ann', 'bob', 'eve'], [override]), { from: FROM, until }, [
    { username: 'ann', pages: 3, nightPages: 1 },
  ]);
  expect(fairness.members).toEqual([
    { username: 'ann', hours: 144, share: 144 / 336, pages: 3, nightPages: 1 },
    { username: 'bob', hours: 168, share: 0.5, pages: 0, nightPages: 0 },
    { username: 'eve', hours: 0, share: 0, pages: 0, nightPages: 0 },
    { username: 'joe', hours: 24, share: 24 / 336, pages: 0, nightPages: 0 },
  ]);
  expect(fairness.unevenness).toMatchObject({ pages: 0.75, nightPages: 0.75 });
});

test('a rota that goes round whole is even, and its hours are all there are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), (count, rounds) => {
      const members = Array.from({ length: count }, (_, index) => `member${index}`);
      const until = FROM + rounds * count * 7 * DAY;
      const fairness = fairnessOf(rota(members), { from: FROM, until }, []);
      expect(fairness.unevenness).toEqual({ hours: 0, pages: 0, nightPages: 0 });
      expect(fairness.members.map(({ hours }) => hours)).toEqual(members.map(() => rounds * 168));
    }),
    { numRuns: 20 },
  );
});
