import { describe, expect, test } from 'vitest';

import { createOverdueSteps } from '../../../src/activities/overdue-steps.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('steps that an outage held up', () => {
  test('go oldest first and one at a time, whatever the order in which they come', async () => {
    const { inTurn } = createOverdueSteps();
    const gone: string[] = [];
    const step = (dueAt: number) =>
      inTurn(dueAt, async () => {
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
    const { inTurn } = createOverdueSteps();
    const gone: number[] = [];
    let late: Promise<void> | undefined;
    const step = (dueAt: number) =>
      inTurn(dueAt, async () => {
        gone.push(dueAt);
        if (dueAt === 1) late = step(2);
      });
    await Promise.all([step(3), step(1)]);
    await late;
    expect(gone).toEqual([1, 2, 3]);
  });

  test('do not stop those behind them when they fail, nor those that come once all have gone', async () => {
    const { inTurn } = createOverdueSteps();
    const failing = inTurn(1, () => Promise.reject(new Error('Postgres is away')));
    const other = inTurn(2, () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('Postgres is away');
    expect(await other).toBe('done');
    expect(await inTurn(3, () => Promise.resolve('done later'))).toBe('done later');
  });
});
