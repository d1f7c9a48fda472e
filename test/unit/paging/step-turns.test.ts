import { afterEach, describe, expect, test, vi } from 'vitest';

import { createStepTurns } from '../../../src/activities/step-turns.ts';

/** Long enough ago to have been held up by an outage. */
const late = (dueAt: number) => ({ dueAt, now: dueAt + 60_000 });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('steps that an outage held up', () => {
  test('go oldest first and one at a time, whatever the order in which they come', async () => {
    const { inTurn } = createStepTurns();
    const gone: string[] = [];
    const step = (dueAt: number) =>
      inTurn(late(dueAt), async () => {
        gone.push(`${dueAt} begins`);
        await pause(5);
        gone.push(`${dueAt} ends`);
        return dueAt;
      });
    const first = [step(30), step(10)];
    await pause(20);
    expect(await Promise.all([...first, step(20), step(10)])).toEqual([30, 10, 20, 10]);
    expect(gone).toEqual([10, 10, 20, 30].flatMap((dueAt) => [`${dueAt} begins`, `${dueAt} ends`]));
  });

  test('that come while others go take their place among those that still wait', async () => {
    const { inTurn } = createStepTurns();
    const gone: number[] = [];
    let straggler: Promise<void> | undefined;
    const step = (dueAt: number) =>
      inTurn(late(dueAt), async () => {
        gone.push(dueAt);
        if (dueAt === 1) straggler = step(2);
      });
    await Promise.all([step(3), step(1)]);
    await straggler;
    expect(gone).toEqual([1, 2, 3]);
  });

  test('do not stop those behind them when they fail, nor those that come once all have gone', async () => {
    const { inTurn } = createStepTurns();
    const failing = inTurn(late(1), () => Promise.reject(new Error('Postgres is away')));
    const other = inTurn(late(2), () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('Postgres is away');
    expect(await other).toBe('done');
    expect(await inTurn(late(3), () => Promise.resolve('done later'))).toBe('done later');
  });
});

describe('steps of the same instant', () => {
  test('go a few at a time, the first of them to their end before the last have begun', async () => {
    const { inTurn } = createStepTurns();
    let atOnce = 0;
    let most = 0;
    const gone: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        inTurn({ dueAt: 1000, now: 1000 }, async () => {
          most = Math.max(most, (atOnce += 1));
          await pause(1);
          atOnce -= 1;
          gone.push(n);
        }),
      ),
    );
    expect(most).toBe(8);
    expect(gone.slice(0, 8).every((n) => n < 16)).toBe(true);
    expect(gone).toHaveLength(100);
  });
});

describe('what gives way to steps', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('goes on at once while there are none, and else when the last of them had its turn', async () => {
    const { inTurn, giveWay } = createStepTurns();
    await giveWay();
    const gone: string[] = [];
    const steps = Array.from({ length: 20 }, () =>
      inTurn({ dueAt: 0, now: 0 }, async () => {
        await pause(1);
        gone.push('step');
      }),
    );
    const failing = inTurn({ dueAt: 0, now: 0 }, () => Promise.reject(new Error('Postgres is away')));
    const other = giveWay().then(() => gone.push('other'));
    await expect(failing).rejects.toThrow('Postgres is away');
    await Promise.all([...steps, other]);
    expect(gone).toEqual([...Array<string>(20).fill('step'), 'other']);
  });

  test('waits no longer than two seconds', async () => {
    vi.useFakeTimers();
    const { inTurn, giveWay } = createStepTurns();
    void inTurn({ dueAt: 0, now: 0 }, () => new Promise(() => {}));
    let hasGone = false;
    void giveWay().then(() => (hasGone = true));
    await vi.advanceTimersByTimeAsync(1999);
    expect(hasGone).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(hasGone).toBe(true);
  });
});
