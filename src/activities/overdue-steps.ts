/** A step later than this was held up by an outage, not by a busy moment. */
export const OVERDUE_MS = 5000;

/** After an outage the steps it held up come in a heap; so long the first of them waits for those that were due before it. */
const GATHERED_WITHIN_MS = 1000;

/** Lets the steps that an outage held up go one after the other, in the order in which they were due. */
export interface OverdueSteps {
  /** Does the work when the step's turn has come; the next one's comes when it is done, well or not. */
  inTurn<Result>(dueAt: number, work: () => Promise<Result>): Promise<Result>;
}

interface Waiting {
  readonly dueAt: number;
  readonly go: () => Promise<unknown>;
}

/** One for each worker: between several workers the order is theirs, each for itself. */
export function createOverdueSteps(): OverdueSteps {
  const waiting: Waiting[] = [];
  let isUnderWay = false;

  return {
    inTurn: (dueAt, work) =>
      new Promise((resolve, reject) => {
        waiting.push({ dueAt, go: () => work().then(resolve, reject) });
        if (!isUnderWay) void letGo();
      }),
  };

  async function letGo(): Promise<void> {
    isUnderWay = true;
    await new Promise((resolve) => setTimeout(resolve, GATHERED_WITHIN_MS));
    for (let next = takeOldest(); next !== undefined; next = takeOldest()) await next.go();
    isUnderWay = false;
  }

  function takeOldest(): Waiting | undefined {
    const oldest = waiting.reduce(
      (one, other, index) => (other.dueAt < (waiting[one]?.dueAt ?? 0) ? index : one),
      0,
    );
    return waiting.splice(oldest, 1)[0];
  }
}
