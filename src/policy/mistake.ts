export type Step = string | number;
export type Path = readonly Step[];

/** A value of the merged policy that is wrong. */
export interface Mistake {
  readonly path: Path;
  readonly expected: string;
  /** What came, where it is not the value at that path. */
  readonly got?: string;
}
