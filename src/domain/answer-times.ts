import { percentile } from './percentile.ts';

/** How soon pages were answered. */
export interface AnswerTimes {
  readonly pages: number;
  readonly acknowledged: number;
  /** Of those acknowledged, how many were before anybody beyond the first rung was called; 0 to 1, null for none. */
  readonly withinFirstRung: number | null;
  /** Milliseconds by which half, nine in ten and 99 in a hundred of those acknowledged were; null for none. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
}

export function answerTimes(
  pages: readonly { readonly answeredAfterMs: number | null; readonly isAnsweredOnFirstRung: boolean }[],
): AnswerTimes {
  const times = pages.flatMap(({ answeredAfterMs }) => answeredAfterMs ?? []);
  const onFirstRung = pages.filter(({ isAnsweredOnFirstRung }) => isAnsweredOnFirstRung).length;
  return {
    pages: pages.length,
    acknowledged: times.length,
    withinFirstRung: times.length === 0 ? null : onFirstRung / times.length,
    p50Ms: percentile(times, 50),
    p90Ms: percentile(times, 90),
    p99Ms: percentile(times, 99),
  };
}
