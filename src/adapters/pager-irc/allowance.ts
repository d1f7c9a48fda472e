export interface AllowanceOptions {
  /** So many at once after a rest. */
  readonly atOnce: number;
  /** After that one in this time. */
  readonly everyMs: number;
}

/** Says whether one more is allowed now (epoch milliseconds), and counts it if so. */
export function createAllowance({ atOnce, everyMs }: AllowanceOptions): (now: number) => boolean {
  let usedUpAt = Number.NEGATIVE_INFINITY;
  return (now) => {
    // Each one takes `everyMs` to grow again; what is taken ahead is at most `atOnce` of them.
    const next = Math.max(usedUpAt, now) + everyMs;
    if (next > now + atOnce * everyMs) return false;
    usedUpAt = next;
    return true;
  };
}
