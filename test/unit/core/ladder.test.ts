import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FIRST_RUNG,
  ladderOf,
  nextDueAt,
  nextPosition,
  type LadderPosition,
} from '../../../src/domain/ladder.ts';
import type { Ladder } from '../../../src/domain/rules.ts';
import { MINUTE, rules, SECOND } from '../../support/incidents.ts';

/** A page by chance: its rungs, what happens while it climbs, and when somebody takes it, if anybody does. */
interface Page {
  readonly waitsMs: readonly number[];
  readonly rounds: number;
  readonly startsAt: number;
  /** For the n-th climb: how much later than its instant it is made, and whether the rung has nobody. */
  readonly climbs: readonly { readonly lateMs: number; readonly isEmpty: boolean }[];
  readonly acknowledgedAt: number | null;
}

interface Climb extends LadderPosition {
  readonly at: number;
}

interface Story {
  readonly climbs: readonly Climb[];
  readonly end: 'acknowledged' | 'exhausted';
  readonly endedAt: number;
}

const RUNS = 100_000;
const ON_TIME_MS = 1000;

/**
 * The model: a list of all rungs of all rounds, walked once with a watch in hand. A rung's people have its whole wait from
 * the instant they were due, or from the call when that came late; nobody on a rung, nobody to wait for; who takes the
 * page before the next call ends it; after the last wait it is exhausted.
 */
function model({ waitsMs, rounds, startsAt, climbs, acknowledgedAt }: Page): Story {
  const rungs = Array.from({ length: rounds * waitsMs.length }, (_, n) => ({
    round: Math.floor(n / waitsMs.length) + 1,
    rung: (n % waitsMs.length) + 1,
    waitMs: waitsMs[n % waitsMs.length] ?? 0,
  }));
  const made: Climb[] = [];
  let watch = startsAt;
  for (const { round, rung, waitMs } of rungs) {
    const { lateMs, isEmpty } = whatHappens(climbs, made.length);
    const at = watch + lateMs;
    if (acknowledgedAt !== null && acknowledgedAt <= at) return taken(made, startsAt, acknowledgedAt);
    made.push({ round, rung, at });
    if (isEmpty) watch = at;
    else if (lateMs <= ON_TIME_MS) watch += waitMs;
    else watch = at + waitMs;
  }
  if (acknowledgedAt !== null && acknowledgedAt <= watch) return taken(made, startsAt, acknowledgedAt);
  return { climbs: made, end: 'exhausted', endedAt: watch };
}

/** The domain's ladder, used as a page uses it: position by position, each due after the one before. */
function climbed({ waitsMs, rounds, startsAt, climbs, acknowledgedAt }: Page): Story {
  const ladder: Ladder = {
    rounds,
    rungs: waitsMs.map((waitMs) => ({ targets: [{ role: 'csirt' }], waitMs })),
  };
  const made: Climb[] = [];
  let position: LadderPosition | null = FIRST_RUNG;
  let dueAt = startsAt;
  while (position !== null) {
    const { lateMs, isEmpty } = whatHappens(climbs, made.length);
    const climbedAt = dueAt + lateMs;
    if (acknowledgedAt !== null && acknowledgedAt <= climbedAt) return taken(made, startsAt, acknowledgedAt);
    made.push({ ...position, at: climbedAt });
    dueAt = nextDueAt(ladder, { rung: position.rung, dueAt, climbedAt, isEmpty });
    position = nextPosition(ladder, position);
  }
  if (acknowledgedAt !== null && acknowledgedAt <= dueAt) return taken(made, startsAt, acknowledgedAt);
  return { climbs: made, end: 'exhausted', endedAt: dueAt };
}

function whatHappens(climbs: Page['climbs'], n: number): Page['climbs'][number] {
  return climbs[n % Math.max(1, climbs.length)] ?? { lateMs: 0, isEmpty: false };
}

function taken(climbs: readonly Climb[], startsAt: number, at: number): Story {
  return { climbs, end: 'acknowledged', endedAt: Math.max(startsAt, at) };
}

const pages: fc.Arbitrary<Page> = fc.record({
  waitsMs: fc.array(fc.integer({ min: 1, max: 20 * MINUTE }), { minLength: 1, maxLength: 5 }),
  rounds: fc.integer({ min: 1, max: 4 }),
  startsAt: fc.constant(0),
  climbs: fc.array(
    fc.record({
      lateMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 2 * SECOND }),
        fc.integer({ min: 0, max: 60 * MINUTE }),
      ),
      isEmpty: fc.boolean(),
    }),
    { maxLength: 8 },
  ),
  acknowledgedAt: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 200 * MINUTE })),
});

describe('the ladder', () => {
  test('is climbed as a page with a watch in hand would climb it', () => {
    fc.assert(
      fc.property(pages, (page) => {
        const story = climbed(page);
        const expected = model(page);
        return JSON.stringify(story) === JSON.stringify(expected);
      }),
      { numRuns: RUNS },
    );
  }, 60_000);

  test('gives everybody their time, however late they were called, less the second that counts as on time', () => {
    fc.assert(
      fc.property(pages, (page) => {
        const { climbs, end, endedAt } = climbed(page);
        climbs.forEach(({ rung, at }, n) => {
          const until = climbs[n + 1]?.at ?? (end === 'exhausted' ? endedAt : Infinity);
          const wait = whatHappens(page.climbs, n).isEmpty ? 0 : (page.waitsMs[rung - 1] ?? 0);
          expect(until - at).toBeGreaterThanOrEqual(Math.min(wait, wait - ON_TIME_MS));
        });
      }),
    );
  });

  test('does not drift: calls that are each a little late do not add up', () => {
    const waitsMs = [5 * MINUTE, 5 * MINUTE, 5 * MINUTE, 15 * MINUTE];
    const climbs = [{ lateMs: 900, isEmpty: false }];
    const story = climbed({ waitsMs, rounds: 3, startsAt: 0, climbs, acknowledgedAt: null });
    expect(story.endedAt).toBe(90 * MINUTE);
    expect(story.climbs.at(-1)).toEqual({ round: 3, rung: 4, at: 75 * MINUTE + 900 });
  });

  test('of an empty rota is over at once, every rung said', () => {
    const climbs = [{ lateMs: 0, isEmpty: true }];
    const story = climbed({
      waitsMs: [MINUTE, MINUTE],
      rounds: 2,
      startsAt: 0,
      climbs,
      acknowledgedAt: null,
    });
    expect(story).toEqual({
      end: 'exhausted',
      endedAt: 0,
      climbs: [
        { round: 1, rung: 1, at: 0 },
        { round: 1, rung: 2, at: 0 },
        { round: 2, rung: 1, at: 0 },
        { round: 2, rung: 2, at: 0 },
      ],
    });
  });

  test('that was out of reach for an hour does not catch up: its people get their full time', () => {
    const climbs = [
      { lateMs: 60 * MINUTE, isEmpty: false },
      { lateMs: 0, isEmpty: false },
      { lateMs: 0, isEmpty: false },
      { lateMs: 0, isEmpty: false },
    ];
    const story = climbed({
      waitsMs: [5 * MINUTE, 5 * MINUTE],
      rounds: 1,
      startsAt: 0,
      climbs,
      acknowledgedAt: null,
    });
    expect(story.climbs.map(({ at }) => at)).toEqual([60 * MINUTE, 65 * MINUTE]);
    expect(story.endedAt).toBe(70 * MINUTE);
  });

  test('ends every round with the Executive Sponsor, in each ladder of the policy', () => {
    for (const { rungs } of Object.values(rules().ladders)) {
      expect(rungs.at(-1)?.targets).toContainEqual({ role: 'executive' });
    }
  });

  test('puts whom a page calls before the ladder behind it, in every round', () => {
    const ladder = ladderOf({ role: 'legal', then: 'handling' }, rules());
    expect(ladder.rungs[0]?.targets).toEqual([{ role: 'legal' }]);
    expect(ladder.rungs).toHaveLength((rules().ladders['handling']?.rungs.length ?? 0) + 1);
    expect(nextPosition(ladder, { round: 1, rung: ladder.rungs.length })).toEqual({ round: 2, rung: 1 });
    expect(nextPosition(ladder, { round: ladder.rounds, rung: ladder.rungs.length })).toBeNull();
  });

  test('that the policy does not have is our own mistake', () => {
    expect(() => ladderOf({ ladder: 'nowhere' }, rules())).toThrow('no ladder nowhere');
  });
});
