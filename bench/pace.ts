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

/** Ours and the floor by turns; every round gives its own figures. */
export async function byTurns(
  rounds: number,
  sides: {
    readonly ours: () => Promise<readonly number[]>;
    readonly floor: () => Promise<readonly number[]>;
  },
): Promise<{
  readonly ours: readonly (readonly number[])[];
  readonly floor: readonly (readonly number[])[];
}> {
  const ours: (readonly number[])[] = [];
  const floor: (readonly number[])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await sides.ours());
    floor.push(await sides.floor());
  }
  return { ours, floor };
}
