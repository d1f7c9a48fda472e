import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type ChatConfig, chatOf, halfChat } from './config/chat.ts';
import { cliEnvironment, environment, type LogLevel, type Values } from './config/environment.ts';
import { type Environment, parse } from './config/fields.ts';
import { type ImapConfig, type PgpKeysConfig, readMailboxes, readPgpKeys } from './config/mailboxes.ts';
import { halfSigning, type OutgoingMailConfig, outgoingMailOf } from './config/outgoing-mail.ts';
import { halfPagers, type PagersConfig, pagersOf } from './config/pagers.ts';
import { ConfigError, type ConfigProblem } from './config/problem.ts';
import { readSigningKey } from './config/signing-key.ts';
import { connectionOf, halfClientPair, type TemporalConfig } from './config/temporal.ts';

export { describeConfig } from './config/description.ts';
export { CLI_ENVIRONMENT_NAMES, ENVIRONMENT_NAMES, type LogLevel } from './config/environment.ts';
export { environmentKey, type ImapConfig } from './config/mailboxes.ts';
export type { ChatConfig } from './config/chat.ts';
export type { PagersConfig } from './config/pagers.ts';
export { ConfigError } from './config/problem.ts';
export type { TemporalConfig, TemporalConnection } from './config/temporal.ts';

/**
 * What the server, the worker and the operator's commands need to know of their surroundings. Read once, by the entry,
 * and handed on; nothing else in the program looks at the environment.
 */
export interface Config {
  /** Where the server, and the worker's metrics, listen. Loopback unless said otherwise. */
  readonly host: string;
  /** The server's port; 0 means any free one, and then `publicUrl` was given. */
  readonly port: number;
  /** How people reach the server, without a slash at the end: pages, mails and status links start with it. */
  readonly publicUrl: string;
  /** Absolute. Keeps what is neither in Postgres nor in Temporal: tokens, addresses of a stand. */
  readonly dataDirectory: string;
  /** Absolute. The policy under which new incidents are opened. */
  readonly policyFile: string;
  /** Absolute. `{username: token}`, mode 0600. */
  readonly tokensFile: string;
  /** Absolute. Under this key links and codes are signed; mode 0600. */
  readonly signingKeyFile: string;
  /** Holds a password: never log it, see `describeConfig`. */
  readonly databaseUrl: string;
  /** Holds a password: never log it, see `describeConfig`. */
  readonly smtpUrl: string;
  /** The sender of every mail, as it stands in the header. */
  readonly mailFrom: string;
  /** Holds private keys: never log it, see `describeConfig`. */
  readonly outgoingMail: OutgoingMailConfig;
  /** By whom our own people are paged, beside mail; a group that the operator left out is undefined. */
  readonly pagers: PagersConfig;
  /** Who is told each minute that all is well; undefined for nobody. */
  readonly heartbeatUrl: string | undefined;
  /** Where mail for us is taken in over SMTP; undefined where none is. */
  readonly smtpIntake: { readonly host: string; readonly port: number } | undefined;
  /** The mailboxes that the worker looks into over IMAP. */
  readonly mailboxes: readonly ImapConfig[];
  /** The private PGP keys of mailboxes. Files: only the worker opens them. */
  readonly pgpKeys: readonly PgpKeysConfig[];
  /** The mailbox that takes in replies to pages, `csirt@example.org`; undefined where none does. */
  readonly replyAddress: string | undefined;
  readonly temporal: TemporalConfig;
  /** The worker's port for Prometheus; undefined means that the worker serves none. */
  readonly metricsPort: number | undefined;
  readonly logLevel: LogLevel;
  /** Where incidents have their chat channels; undefined where there are none. */
  readonly chat: ChatConfig | undefined;
}

/** What server and worker need beside it. The operator's commands sign nothing and do without. */
export interface ServiceConfig extends Config {
  /** At least 32 bytes, the same for every process: what one signs another checks. */
  readonly signingKey: Buffer;
}

/** What the command line client needs: it talks to the HTTP API like everybody else. */
export interface CliConfig {
  /** Without a slash at the end. */
  readonly url: string;
  /** Undefined means not signed in, which is enough to report. */
  readonly token: string | undefined;
}

/**
 * Reads the environment into a `Config`. An empty value counts as not set, because compose files pass what the operator
 * left out as an empty string.
 *
 * @throws {ConfigError} naming every variable that is missing or wrong.
 */
export function readConfig(env: Environment = process.env): Config {
  const values = parse(environment, env);
  const { mailboxes, problems: ofMailboxes } = readMailboxes(env);
  const { pgpKeys, problems: ofKeys } = readPgpKeys(env);
  const problems = [...contradictions(values), ...ofMailboxes, ...ofKeys];
  if (problems.length > 0) throw new ConfigError(problems);
  const dataDirectory = resolve(values.TOCSIN_DATA_DIR);
  return {
    host: values.TOCSIN_HOST,
    port: values.TOCSIN_PORT,
    publicUrl: values.TOCSIN_PUBLIC_URL ?? publicUrlOf(values.TOCSIN_HOST, values.TOCSIN_PORT),
    dataDirectory,
    policyFile: resolve(values.TOCSIN_POLICY),
    tokensFile: resolve(values.TOCSIN_TOKENS_FILE ?? `${dataDirectory}/tokens.json`),
    signingKeyFile: resolve(values.TOCSIN_SIGNING_KEY_FILE ?? `${dataDirectory}/signing.key`),
    databaseUrl: values.DATABASE_URL,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.TOCSIN_MAIL_FROM,
    outgoingMail: outgoingMailOf(values),
    pagers: pagersOf(values),
    heartbeatUrl: values.TOCSIN_HEARTBEAT_URL,
    smtpIntake:
      values.TOCSIN_SMTP_INTAKE_PORT === undefined
        ? undefined
        : { host: values.TOCSIN_SMTP_INTAKE_HOST, port: values.TOCSIN_SMTP_INTAKE_PORT },
    mailboxes,
    pgpKeys,
    replyAddress: values.TOCSIN_REPLY_ADDRESS,
    temporal: {
      connection: connectionOf(values),
      namespace: values.TEMPORAL_NAMESPACE,
      taskQueue: values.TOCSIN_TASK_QUEUE,
      uiUrl: values.TOCSIN_TEMPORAL_UI_URL,
    },
    metricsPort: values.TOCSIN_METRICS_PORT,
    logLevel: values.TOCSIN_LOG_LEVEL,
    chat: chatOf(values),
  };
}

/**
 * The same with the signing key, for server and worker.
 *
 * @throws {ConfigError} as `readConfig` does, and for a key that is missing or too short.
 */
export function readServiceConfig(env: Environment = process.env): ServiceConfig {
  const config = readConfig(env);
  const signingKey = readSigningKey(config.signingKeyFile);
  if ('expected' in signingKey) throw new ConfigError([{ name: 'TOCSIN_SIGNING_KEY_FILE', ...signingKey }]);
  return { ...config, signingKey };
}

/**
 * Reads what the command line client needs. The operator's verbs that touch the database read `readConfig` instead.
 *
 * @throws {ConfigError} naming every variable that is wrong.
 */
export function readCliConfig(env: Environment = process.env): CliConfig {
  const values = parse(cliEnvironment, env);
  return { url: values.TOCSIN_URL, token: values.TOCSIN_TOKEN };
}

/** Values that are right one by one and wrong together. */
function contradictions(values: Values): readonly ConfigProblem[] {
  const found: ConfigProblem[] = [];
  if (values.TOCSIN_PUBLIC_URL === undefined && !canBeVisited(values.TOCSIN_HOST, values.TOCSIN_PORT)) {
    // Another process, the worker, writes the links of pages and mails: it cannot guess them.
    found.push({
      name: 'TOCSIN_PUBLIC_URL',
      expected: `the URL that people use, since nobody can visit ${values.TOCSIN_HOST}:${values.TOCSIN_PORT}`,
      got: 'nothing',
    });
  }
  found.push(...halfPagers(values));
  found.push(...halfChat(values));
  found.push(...halfClientPair(values));
  found.push(...halfSigning(values));
  return found;
}

function canBeVisited(host: string, portNumber: number): boolean {
  return portNumber !== 0 && host !== '0.0.0.0' && host !== '::';
}

function publicUrlOf(host: string, portNumber: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${portNumber}`;
}
