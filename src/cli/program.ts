import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Argument, Command, CommanderError, Option } from 'commander';
import { ConfigError, readCliConfig } from '../config.ts';
import { flyCanary } from './canary.ts';
import { type Call, type CallArgument, type Json, objectOf, requestOf } from './call.ts';
import { ask } from './client.ts';
import { CommandFailure, EXIT_CODES, EXIT_MEANINGS, type Exit } from './exit-codes.ts';
import { INCIDENT_CALLS } from './incident-calls.ts';
import { harmless, type Style } from './layout.ts';
import { NOTICE_CALLS } from './notice-calls.ts';
import { type Operator, operatorConfig, OPERATOR_VERBS, runOperatorVerb } from './operator.ts';
import { readParticipantList } from './participants-import.ts';
import { READING_CALLS, REPORT_CALLS } from './other-calls.ts';
import { show } from './show.ts';

/** Where a command reads and writes. */
export interface Terminal extends Style {
  readonly stdin: NodeJS.ReadableStream;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Loaded only for the verbs that need it: it knows Postgres and Temporal, and takes a second to read. */
  readonly operator: () => Promise<Operator>;
}

/** Every verb that asks the HTTP API, by its heading in the help. */
export const CALLS: Readonly<Record<string, readonly Call[]>> = {
  'Reporting:': REPORT_CALLS,
  'Looking:': READING_CALLS,
  'Under an incident:': INCIDENT_CALLS,
  'Notices:': NOTICE_CALLS,
};

/** Runs one command line and answers with its exit code. Never throws. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await programOf(terminal).parseAsync(argv, { from: 'user' });
    return EXIT_CODES.ok;
  } catch (error) {
    return EXIT_CODES[explain(error, terminal)];
  }
}

function programOf(terminal: Terminal): Command {
  const program = new Command('tocsin')
    .description('The command line of a Tocsin server: report, look, and take the steps of the process.')
    .option('--json', 'print the answer as the server gave it')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', () => `\n${afterword()}`);
  for (const [heading, calls] of Object.entries(CALLS)) {
    program.commandsGroup(heading);
    for (const call of calls) addCall(program, call, terminal);
  }
  program.commandsGroup('For the operator:');
  for (const { verb, summary } of OPERATOR_VERBS) {
    program
      .command(verb)
      .description(summary)
      .option('--stand <directory>', 'of the stand that runs there, by its data directory')
      .action(async (options: { readonly stand?: string }, command: Command) => {
        const config = operatorConfig(options.stand);
        await runOperatorVerb(verb, {
          operator: await terminal.operator(),
          config,
          isJson: isJson(command),
          write: (line) => terminal.out(`${line}\n`),
        });
      });
  }
  addParticipantsImport(program, terminal);
  addCanary(program, terminal);
  return program;
}

/** Reads what is no JSON, where the file is: the server is given the list alone. */
export const PARTICIPANTS_IMPORT = {
  verb: 'participants-import',
  summary: 'take in the participants of SAML metadata or of a CSV file; says what changed',
} as const;

function addParticipantsImport(program: Command, terminal: Terminal): void {
  program
    .command(PARTICIPANTS_IMPORT.verb)
    .description(PARTICIPANTS_IMPORT.summary)
    .addArgument(new Argument('<file>', 'SAML metadata (.xml), or CSV with id, name, kind, email, contact'))
    .option('--dry-run', 'only say what would change')
    .option('--key <key>', 'the idempotency key of an earlier attempt, to repeat it')
    .action(async (file: string, options: Json, command: Command) => {
      const { source, participants, skipped } = await readParticipantList(file);
      for (const { id, address } of skipped) {
        terminal.error(`${harmless(`passed over, no mail address: ${address} of ${id}`)}\n`);
      }
      const answer = await ask(
        readCliConfig(),
        {
          method: 'POST',
          path: '/v1/participants/import',
          accept: 'application/json, application/problem+json',
          body: { source, participants, dryRun: options['dryRun'] === true },
        },
        asText(options['key']) ?? randomUUID(),
      );
      const shown = isJson(command) ? answer.text : show('fields', JSON.parse(answer.text), terminal);
      terminal.out(shown.endsWith('\n') ? shown : `${shown}\n`);
    });
}

/** The one verb that is more than one call. */
export const CANARY = {
  verb: 'canary',
  summary: 'let a test report go the whole way, your page and its acknowledgement included',
} as const;

function addCanary(program: Command, terminal: Terminal): void {
  program
    .command(CANARY.verb)
    .description(CANARY.summary)
    .option('--within <seconds>', 'how long the whole way may take', '60')
    .action(async ({ within }: { readonly within: string }, command: Command) => {
      const seconds = Number(within);
      if (!(seconds > 0)) throw new CommandFailure('usage', `Expected seconds for --within, got ${within}.`);
      for await (const { stage, ms } of flyCanary(readCliConfig(), seconds * 1000)) {
        terminal.out(isJson(command) ? `${JSON.stringify({ stage, ms })}\n` : `${ms} ms  ${stage}\n`);
      }
    });
}

function addCall(program: Command, call: Call, terminal: Terminal): void {
  const [first = '', second] = call.verb.split(' ');
  const parent =
    second === undefined ? program : program.commands.find((command) => command.name() === first);
  const command = (parent ?? program).command(second ?? first).description(call.summary);
  if (call.alias !== undefined) command.alias(call.alias);
  for (const argument of call.arguments ?? []) command.addArgument(argumentOf(argument));
  for (const { flags, help } of call.options ?? []) command.addOption(new Option(flags, help));
  for (const { option, accept } of call.documents ?? []) command.option(`--${option}`, `as ${accept}`);
  if (call.method === 'POST') {
    command
      .option('--file <path>', 'the body as a JSON object, “-” for standard input; options go over it')
      .option('--key <key>', 'the idempotency key of an earlier attempt, to repeat it');
  }
  command.action(async (...given: unknown[]) => {
    await perform(call, given.slice(0, call.arguments?.length ?? 0), command, terminal);
  });
}

function argumentOf({ name, help, isOptional }: CallArgument): Argument {
  return new Argument(isOptional === true ? `[${name}]` : `<${name}>`, help);
}

async function perform(
  call: Call,
  given: readonly unknown[],
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const options: Json = command.opts();
  const names = (call.arguments ?? []).map(({ name }) => name);
  const request = requestOf(call, {
    arguments: Object.fromEntries(names.map((name, index) => [name, asText(given[index])])),
    options,
    file: await bodyOf(options['file'], terminal),
  });
  const key = asText(options['key']) ?? randomUUID();
  const answer = await ask(readCliConfig(), request, key);
  const isReadable = answer.isJson && !isJson(command);
  const shown = isReadable ? show(call.show, JSON.parse(answer.text), terminal) : answer.text;
  terminal.out(shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`);
}

async function bodyOf(file: unknown, { stdin }: Terminal): Promise<Json> {
  if (typeof file !== 'string') return {};
  if (file === '-') return objectOf(await text(stdin), 'standard input');
  try {
    return objectOf(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure('usage', `${file} cannot be read.`, { cause });
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ readonly json?: boolean }>().json === true;
}

/** Says on standard error what went wrong, and which end that is. */
function explain(error: unknown, terminal: Terminal): Exit {
  if (error instanceof CommanderError) {
    // Help was asked for and given; everything else commander has explained already.
    return error.exitCode === 0 ? 'ok' : 'usage';
  }
  if (error instanceof CommandFailure) {
    const lines = [`tocsin: ${error.message}`, ...error.details.map((detail) => `  ${detail}`)];
    terminal.error(`${harmless(lines.join('\n'))}\n`);
    return error.exit;
  }
  if (error instanceof ConfigError) {
    terminal.error(`tocsin: ${error.message}\n`);
    return 'usage';
  }
  const known = exitOfRoom(error);
  if (known !== null && error instanceof Error) {
    terminal.error(`tocsin: ${harmless(error.message)}\n`);
    return known;
  }
  terminal.error(`tocsin: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 'unexpected';
}

/** Errors of the rooms behind an operator’s verb carry a stable code, themselves or in their cause. */
function exitOfRoom(error: unknown): Exit | null {
  if (!(error instanceof Error)) return null;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (code === 'policy' || code === 'unreadable-list') return 'usage';
  return UNAVAILABLE.has(code) ? 'unavailable' : exitOfRoom(error.cause);
}

/** The record, the process, or the network between us; 14 is the same in the words of Temporal’s protocol. */
const UNAVAILABLE: ReadonlySet<unknown> = new Set([
  'unavailable',
  'record-unavailable',
  'ECONNREFUSED',
  'ENOTFOUND',
  'ETIMEDOUT',
  14,
]);

function afterword(): string {
  const codes = Object.entries(EXIT_CODES).map(([exit, code]) => `  ${code}  ${EXIT_MEANINGS[exit as Exit]}`);
  return [
    'Environment:',
    '  TOCSIN_URL    where the server is (http://127.0.0.1:8080)',
    '  TOCSIN_TOKEN  who you are; not needed to report',
    'Exit codes:',
    ...codes,
    '',
  ].join('\n');
}
