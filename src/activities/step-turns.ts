/** A step later than this was held up by an outage, not by a busy moment. */
const OVERDUE_MS = 5000;

/** After an outage the steps it held up come in a heap; so long the first of them waits for those that were due before it. */
const GATHERED_WITHIN_MS = 1000;

/** So many steps are climbed in one go: what one asks of Postgres, all of them ask at once. */
const TOGETHER = 50;

/** Goes under way at once. The others wait: if all asked first, nothing would be sent before all had asked. */
const AT_ONCE = 2;

/** What can wait for steps whose instant has come waits no longer than this: a storm may last, and nothing stands still for it. */
const GIVES_WAY_MS = 2000;

/**
 * When a step whose instant has come is climbed. One for each worker: between several the order is theirs, each for itself.
 * A step is a `Step` here, and what comes of it a `Climbed`.
 */
export interface StepTurns<Step, Climbed> {
  /**
   * Climbs the step when its turn has come: at once, or together with those that wait beside it, in the order in which they
   * come. Those that an outage held up go one after the other, in the order in which they were due.
   */
  inTurn(due: { readonly dueAt: number; readonly now: number }, step: Step): Promise<Climbed>;
  /** The right of way of steps: resolves when none waits for its turn, and at the latest after two seconds. */
  giveWay(): Promise<void>;
}

interface Waiting<Step, Climbed> {
  readonly step: Step;
  readonly dueAt: number;
  readonly resolve: (climbed: Climbed) => void;
  readonly reject: (error: unknown) => void;
}

/** @param climbTogether gives what came of each step, in its place. */
export function createStepTurns<Step, Climbed>(
  climbTogether: (steps: readonly Step[]) => Promise<readonly Climbed[]>,
): StepTurns<Step, Climbed> {
  const waiting: Waiting<Step, Climbed>[] = [];
  const overdue: Waiting<Step, Climbed>[] = [];
  const givingWay = new Set<() => void>();
  let goesUnderWay = 0;
  let isLettingGo = false;
  let stepsUnderWay = 0;

  return {
    async inTurn({ dueAt, now }, step) {
      stepsUnderWay += 1;
      try {
        return await new Promise<Climbed>((resolve, reject) => {
          const one = { step, dueAt, resolve, reject };
          if (now - dueAt > OVERDUE_MS) {
            overdue.push(one);
            void letOverdueGo();
          } else {
            waiting.push(one);
            void letGo();
          }
        });
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

  async function letGo(): Promise<void> {
    if (goesUnderWay === AT_ONCE) return;
    goesUnderWay += 1;
    for (let some = waiting.splice(0, TOGETHER); some.length > 0; some = waiting.splice(0, TOGETHER))
      await climb(some);
    goesUnderWay -= 1;
  }

  async function letOverdueGo(): Promise<void> {
    if (isLettingGo) return;
    isLettingGo = true;
    await new Promise((resolve) => setTimeout(resolve, GATHERED_WITHIN_MS));
    for (let next = takeOldest(); next !== undefined; next = takeOldest()) await climb([next]);
    isLettingGo = false;
  }

  function takeOldest(): Waiting<Step, Climbed> | undefined {
    const oldest = overdue.reduce(
      (one, other, index) => (other.dueAt < (overdue[one]?.dueAt ?? 0) ? index : one),
      0,
    );
    return overdue.splice(oldest, 1)[0];
  }

  async function climb(some: readonly Waiting<Step, Climbed>[]): Promise<void> {
    try {
      const climbed = await climbTogether(some.map(({ step }) => step));
      for (const [place, { resolve }] of some.entries()) resolve(climbed[place] as Climbed);
    } catch (error) {
      const [first] = some;
      if (some.length === 1) first?.reject(error);
      // One that cannot be climbed holds up no other.
      else for (const one of some) await climb([one]);
    }
  }
}
