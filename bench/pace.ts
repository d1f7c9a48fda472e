import { setTimeout as sleep } from 'node:timers/promises';

/** Runs the work for every item, at most so many at once; the results are in the order of the items. */
export async function inParallel<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}

/** Looks again until it is so; whoever waits in vain is told for what. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { withinMs, everyMs = 250 }: { readonly withinMs: number; readonly everyMs?: number },
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(everyMs);
  }
}

export async function sleepUntil(instant: number): Promise<void> {
  await sleep(Math.max(0, instant - Date.now()));
}

/** Fails when it takes longer than that; says for what was waited in vain. */
export async function within<Result>(what: string, withinMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${withinMs / 1000} s: ${what}`)), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** So that there are five a second. */
const EVERY_MS = 200;

/**
 * Arrivals at fixed instants, five a second whatever becomes of those before. Each is told the instant at which it was to be
 * sent, on the clock of `performance.now()`: one that had to wait for another counts the wait (no coordinated omission).
 */
export async function openLoop<Result>(
  count: number,
  send: (index: number, dueTick: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const startTick = performance.now() + EVERY_MS;
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const dueTick = startTick + index * EVERY_MS;
      await sleep(Math.max(0, dueTick - performance.now()));
      return send(index, dueTick);
    }),
  );
}

/** Ours and the floor by turns; every round gives its own figures. */
export async function byTurns<Round>(
  rounds: number,
  sides: { readonly ours: () => Promise<Round>; readonly floor: () => Promise<Round> },
): Promise<{ readonly ours: readonly Round[]; readonly floor: readonly Round[] }> {
  const ours: Round[] = [];
  const floor: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await sides.ours());
    floor.push(await sides.floor());
  }
  return { ours, floor };
}
