/** What a script may rely on. docs/cli.md and `--help` list exactly these. */
export const EXIT_CODES = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  'not-yours': 4,
  unavailable: 5,
  'verification-failed': 6,
  'canary-failed': 7,
} as const;

export type Exit = keyof typeof EXIT_CODES;

export const EXIT_MEANINGS: Readonly<Record<Exit, string>> = {
  ok: 'done',
  unexpected: 'something broke, here or in the server',
  usage: 'the command line, its input or the environment is wrong; nothing was sent',
  refused: 'the server refused the request (4xx); the sentence on standard error says why',
  'not-yours': 'not signed in, or signed in and not yours to do (401, 403)',
  unavailable: 'the server cannot be reached or cannot say now (503): the outcome of a write is unknown',
  'verification-failed': 'the record does not verify',
  'canary-failed': 'the test report did not come all the way in time',
};

/** An end of a command that is not `ok`. The message is one sentence for a person, `details` further lines. */
export class CommandFailure extends Error {
  readonly exit: Exit;
  readonly details: readonly string[];

  constructor(
    exit: Exit,
    message: string,
    more: { readonly details?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'CommandFailure';
    this.exit = exit;
    this.details = more.details ?? [];
  }
}
