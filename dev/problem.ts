/** Something that the person at the terminal can mend: shown as its one sentence, without a stack. */
export class StandProblem extends Error {
  readonly code = 'stand';

  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'StandProblem';
  }
}

/** What to print of an error: the sentence of a `StandProblem`, and everything of what nobody foresaw. */
export function describeProblem(error: unknown): string {
  if (error instanceof StandProblem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
