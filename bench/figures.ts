/** What was measured of one side: every round, and what is printed of it. */
export interface Figures {
  readonly rounds: readonly (readonly number[])[];
  /** The median of the rounds' medians; for a single value, that value. */
  readonly p50: number;
  /** The median of the rounds' 99th percentiles. */
  readonly p99: number;
  /** Of all rounds. */
  readonly max: number;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly unit: 'ms' | 's' | 'MB' | 'events' | 'events/s' | 'mails/s';
  readonly ours: Figures;
  /** Null where there is nothing bare to hold it against. */
  readonly floor: Figures | null;
  readonly goal: Goal | null;
  /** What a reader has to know of this very figure. */
  readonly note?: string;
}

/** `ratio` is ours / floor, of the medians. */
export type Goal = { readonly of: 'p50' | 'p99' | 'ratio' } & (
  { readonly atMost: number } | { readonly atLeast: number }
);

export function figuresOf(rounds: readonly (readonly number[])[]): Figures {
  return {
    rounds,
    p50: percentile(
      rounds.map((round) => percentile(round, 50)),
      50,
    ),
    p99: percentile(
      rounds.map((round) => percentile(round, 99)),
      50,
    ),
    max: Math.max(...rounds.flat()),
  };
}

/** Of something that is looked at once. */
export const figure = (value: number): Figures => figuresOf([[value]]);

/** Null without a floor. */
export function ratioOf({ ours, floor }: Row): number | null {
  return floor === null ? null : ours.p50 / floor.p50;
}

/** By how much the goal is missed, nothing or less when it is met. Null where there is no goal. */
export function missedBy(row: Row): number | null {
  const { goal } = row;
  if (goal === null) return null;
  const reached = goal.of === 'ratio' ? ratioOf(row) : row.ours[goal.of];
  if (reached === null) return null;
  return 'atMost' in goal ? reached - goal.atMost : goal.atLeast - reached;
}

/** The nearest rank: a value that occurred. The median of an even number of values is the lower of the middle two. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
