/** One name of the environment that cannot be used. `got` never shows a secret. */
export interface ConfigProblem {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
}

/** The operator's input, refused once and whole: every name that is wrong, not only the first. */
export class ConfigError extends Error {
  readonly code = 'configuration';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ name, expected, got }) => `  ${name}: expected ${expected}, got ${got}`);
    super(`The environment cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
