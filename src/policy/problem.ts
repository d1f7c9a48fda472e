/** One mistake. `path` is the path within that file, such as `actions[3].within`; empty where the file as a whole is meant. */
export interface PolicyProblem {
  readonly file: string;
  /** Null where the file could not be read at all. */
  readonly line: number | null;
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** The operator's input, refused once and whole: every value that is wrong, not only the first. */
export class PolicyError extends Error {
  readonly code = 'policy';
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[], options?: ErrorOptions) {
    super(
      `The policy cannot be used:\n${problems.map((problem) => `  ${describe(problem)}`).join('\n')}`,
      options,
    );
    this.name = 'PolicyError';
    this.problems = problems;
  }
}

function describe({ file, line, path, expected, got }: PolicyProblem): string {
  const place = `${line === null ? file : `${file}:${line}`}${path === '' ? '' : ` ${path}`}`;
  return `${place}: expected ${expected}, got ${got}`;
}
