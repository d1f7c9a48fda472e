import { afterEach, describe, expect, test, vi } from 'vitest';

import { createStepTurns } from '../../../src/activities/step-turns.ts';

/** Long enough ago to have been held up by an outage. */
const late = (dueAt: number) => ({ dueAt, now: dueAt + 60_000 });

/** In this very instant. */
const now = { dueAt: 0, now: 0 };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('steps that an outage held up', () => {
  test('go oldest first and one at a time, whatever the order in which they come', async () => {
    const gone: string[] = [];
    const { inTurn } = createStepTurns(async (steps: readonly number[]) => {
      gone.push(`${steps.join()} begins`);
      await pause(5);
      gone.push(`${steps.join()} ends`);
      return steps;
    });
    const first = [inTurn(late(30), 30), inTurn(late(10), 10)];
    await pause(20);
    expect(await Promise.all([...first, inTurn(late(20), 20), inTurn(late(10), 10)])).toEqual([
      30, 10, 20, 10,
    ]);
    expect(gone).toEqual([10, 10, 20, 30].flatMap((dueAt) => [`${dueAt} begins`, `${dueAt} ends`]));
  });

  test('that come while others go take their place among those that still wait', async () => {
    const gone: number[] = [];
    let straggler: Promise<number> | undefined;
    const turns = createStepTurns((steps: readonly number[]) => {
      gone.push(...steps);
      if (steps.includes(1)) straggler = turns.inTurn(late(2), 2);
      return Promise.resolve(steps);
    });
    await Promise.all([turns.inTurn(late(3), 3), turns.inTurn(late(1), 1)]);
    await straggler;
    expect(gone).toEqual([1, 2, 3]);
  });

  test('do not stop those behind them when they fail, nor those that come once all have gone', async () => {
    const { inTurn } = createStepTurns(failingOn('broken'));
    const failing = inTurn(late(1), 'broken');
    const other = inTurn(late(2), 'well');
    await expect(failing).rejects.toThrow('Postgres is away');
    expect(await other).toBe('well');
    expect(await inTurn(late(3), 'later')).toBe('later');
  });
});

describe('steps of the same instant', () => {
  test('go at once when alone, and else together with those that wait beside them, in their order', async () => {
    const went: (readonly number[])[] = [];
    const { inTurn } = createStepTurns(async (steps: readonly number[]) => {
      went.push(steps);
      await pause(1);
      return steps.map((step) => -step);
    });
    const climbed = await Promise.all(Array.from({ length: 130 }, (_, n) => inTurn(now, n)));
    expect(climbed).toEqual(Array.from({ length: 130 }, (_, n) => -n));
    expect(went.map(({ length }) => length)).toEqual([1, 1, 50, 50, 28]);
    expect(went.flat()).toEqual(Array.from({ length: 130 }, (_, n) => n));
  });

  test('that cannot be climbed hold up none of those that went with them', async () => {
    const { inTurn } = createStepTurns(failingOn('broken'));
    const steps = ['first', 'second', 'well', 'broken', 'well too'].map((step) => inTurn(now, step));
    expect(await Promise.allSettled(steps)).toMatchObject([
      { value: 'first' },
      { value: 'second' },
      { value: 'well' },
      { reason: new Error('Postgres is away') },
      { value: 'well too' },
    ]);
  });
});

describe('what gives way to steps', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('goes on at once while there are none, and else when the last of them had its turn', async () => {
    const gone: string[] = [];
    const { inTurn, giveWay } = createStepTurns(async (steps: readonly string[]) => {
      await pause(1);
      gone.push(...steps);
      return failingOn('broken')(steps);
    });
    await giveWay();
    const steps = Array.from({ length: 20 }, () => inTurn(now, 'step'));
    const failing = inTurn(now, 'broken');
    const other = giveWay().then(() => gone.push('other'));
    await expect(failing).rejects.toThrow('Postgres is away');
    await Promise.all([...steps, other]);
    expect(gone.at(-1)).toBe('other');
    expect(gone.filter((one) => one === 'step').length).toBeGreaterThanOrEqual(20);
  });

  test('waits no longer than two seconds', async () => {
    vi.useFakeTimers();
    const { inTurn, giveWay } = createStepTurns(() => new Promise<never>(() => {}));
    void inTurn(now, 'step');
    let hasGone = false;
    void giveWay().then(() => (hasGone = true));
    await vi.advanceTimersByTimeAsync(1999);
    expect(hasGone).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(hasGone).toBe(true);
  });
});

function failingOn(broken: string) {
  return (steps: readonly string[]) =>
    steps.includes(broken) ? Promise.reject(new Error('Postgres is away')) : Promise.resolve(steps);
}
