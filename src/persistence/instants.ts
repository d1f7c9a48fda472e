/** A timestamptz from epoch milliseconds. Null stays null. */
export function instant(epochMs: number): Date;
export function instant(epochMs: number | null): Date | null;
export function instant(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}

/** Epoch milliseconds from a timestamptz. Null stays null. */
export function epochMs(at: Date): number;
export function epochMs(at: Date | null): number | null;
export function epochMs(at: Date | null): number | null {
  return at === null ? null : at.getTime();
}
