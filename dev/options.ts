import { parseArgs } from 'node:util';

import { readConfig, type TemporalConnection } from '../src/config.ts';
import { StandProblem } from './problem.ts';

/** What the person at the terminal, or a test, asks of the stand. */
export interface StandOptions {
  /** Absolute. */
  readonly dataDir: string;
  /** Of the API; 0 means any free one, and then every other port is any free one too. */
  readonly port: number;
  readonly temporalStore: 'sqlite' | 'postgres';
  readonly namespace: string;
  /** What is there already and is not to be brought up. */
  readonly given: {
    readonly databaseUrl: string | undefined;
    readonly smtpUrl: string | undefined;
    readonly temporal: TemporalConnection | undefined;
    readonly temporalUiUrl: string | undefined;
  };
}

export const USAGE = `npm start [-- --temporal-store=sqlite|postgres]

Brings up PostgreSQL, Temporal, a mail sink, the worker and the server; Ctrl-C stops them.

  --temporal-store=postgres   Temporal keeps its store in PostgreSQL, as in production
  --help                      this text

Environment: TOCSIN_PORT (8080; 0 means any free one), TOCSIN_DATA_DIR (.tocsin), TOCSIN_POLICY,
and, for what is there already: DATABASE_URL, TEMPORAL_ADDRESS, SMTP_URL.
`;

/**
 * @returns undefined when only the usage is asked for.
 * @throws {StandProblem} naming what cannot be used, and `ConfigError` for what worker and server could not use.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): StandOptions | undefined {
  const { help, 'temporal-store': temporalStore } = parse(args);
  if (help === true) return undefined;
  if (temporalStore !== 'sqlite' && temporalStore !== 'postgres') {
    throw new StandProblem(`--temporal-store is sqlite or postgres, not ${temporalStore}.`);
  }
  // Empty counts as not set, as everywhere.
  const given = (name: string) => env[name] || undefined;
  if (temporalStore === 'postgres' && given('TEMPORAL_ADDRESS') !== undefined) {
    throw new StandProblem(
      '--temporal-store is for a Temporal of the stand, and TEMPORAL_ADDRESS names another.',
    );
  }
  // Whatever worker and server would refuse is refused now, and not after half a minute.
  const config = readConfig({ ...TO_COME, ...withoutEmpty(env) });
  return {
    dataDir: config.dataDirectory,
    port: config.port,
    temporalStore,
    namespace: config.temporal.namespace,
    given: {
      databaseUrl: given('DATABASE_URL'),
      smtpUrl: given('SMTP_URL'),
      temporal: given('TEMPORAL_ADDRESS') === undefined ? undefined : config.temporal.connection,
      temporalUiUrl: config.temporal.uiUrl,
    },
  };
}

/** What the stand itself will supply. */
const TO_COME = {
  DATABASE_URL: 'postgres://to.come',
  SMTP_URL: 'smtp://to.come',
  TOCSIN_PUBLIC_URL: 'http://to.come',
};

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { 'temporal-store': { type: 'string', default: 'sqlite' }, help: { type: 'boolean' } },
    }).values;
  } catch (cause) {
    throw new StandProblem(`${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`, {
      cause,
    });
  }
}
