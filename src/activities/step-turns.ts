import pLimit from 'p-limit';

/** A step later than this was held up by an outage, not by a busy moment. */
const OVERDUE_MS = 5000;

/** After an outage the steps it held up come in a heap; so long the first of them waits for those that were due before it. */
const GATHERED_WITHIN_MS = 1000;

/**
 * Steps that are climbed at once: fewer than there are connections. A thousand of one instant that all asked first and all
 * sent last would send nothing until all had asked; so the first are sent while the others wait.
 */
const AT_ONCE = 8;

/** What can wait for steps whose instant has come waits no longer than this: a storm may last, and nothing stands still for it. */
const GIVES_WAY_MS = 2000;

/** When a step whose instant has come is climbed. One for each worker: between several the order is theirs, each for itself. */
export interface StepTurns {
  /**
   * Does the work when its turn has come: among few others, in the order in which they come; but those that an outage held
   * up go one after the other, in the order in which they were due.
   */
  inTurn<Result>(due: StepDue, work: () => Promise<Result>): Promise<Result>;
  /** The right of way of steps: resolves when none waits for its turn, and at the latest after two seconds. */
  giveWay(): Promise<void>;
}

export interface StepDue {
  readonly dueAt: number;
  readonly now: number;
}

interface Waiting {
  readonly dueAt: number;
  readonly go: () => Promise<unknown>;
}

export function createStepTurns(): StepTurns {
  const few = pLimit(AT_ONCE);
  const overdue: Waiting[] = [];
  const givingWay = new Set<() => void>();
  let isUnderWay = false;
  let stepsUnderWay = 0;

  return {
    async inTurn({ dueAt, now }, work) {
      stepsUnderWay += 1;
      try {
        return await (now - dueAt > OVERDUE_MS ? oldestFirst(dueAt, work) : few(work));
      } finally {
        stepsUnderWay -= 1;
        if (stepsUnderWay === 0) for (const goOn of givingWay) goOn();
      }
    },

    giveWay() {
      if (stepsUnderWay === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const goOn = () => {
          clearTimeout(timer);
          givingWay.delete(goOn);
          resolve();
        };
        const timer = setTimeout(goOn, GIVES_WAY_MS);
        givingWay.add(goOn);
      });
    },
  };

  function oldestFirst<Result>(dueAt: number, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      overdue.push({ dueAt, go: () => work().then(resolve, reject) });
      if (!isUnderWay) void letGo();
    });
  }

  async function letGo(): Promise<void> {
    isUnderWay = true;
    await new Promise((resolve) => setTimeout(resolve, GATHERED_WITHIN_MS));
    for (let next = takeOldest(); next !== undefined; next = takeOldest()) await next.go();
    isUnderWay = false;
  }

  function takeOldest(): Waiting | undefined {
    const oldest = overdue.reduce(
      (one, other, index) => (other.dueAt < (overdue[one]?.dueAt ?? 0) ? index : one),
      0,
    );
    return overdue.splice(oldest, 1)[0];
  }
}
