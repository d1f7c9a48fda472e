import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readSigningKey } from './config/signing-key.ts';

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
  /** By whom our own people are paged, beside mail; a group that the operator left out is undefined. */
  readonly pagers: PagersConfig;
  /** Who is told each minute that all is well; undefined for nobody. */
  readonly heartbeatUrl: string | undefined;
  /** The mailbox that takes in replies to pages, `csirt@example.org`; undefined where none does. */
  readonly replyAddress: string | undefined;
  readonly temporal: TemporalConfig;
  /** The worker's port for Prometheus; undefined means that the worker serves none. */
  readonly metricsPort: number | undefined;
  readonly logLevel: LogLevel;
}

/** URLs have no slash at the end; tokens, and the URL of IRC, are secrets. */
export interface PagersConfig {
  readonly twilio?: {
    readonly url: string;
    readonly account: string;
    readonly token: string;
    /** Our number, `+17343527045`. */
    readonly from: string;
  };
  readonly ntfy?: { readonly url: string; readonly token?: string };
  /** `user` is who we are: `@tocsin:example.org`. */
  readonly matrix?: {
    readonly url: string;
    readonly token: string;
    readonly user: string;
    /** With which the homeserver tells us what is said to us; without it nothing is taken in. */
    readonly hsToken?: string;
  };
  /** `irc://nick:password@host:port`, or `ircs://` with TLS. */
  readonly irc?: { readonly url: string };
  /** Decoded: any provider that signs its receipts as Standard Webhooks say. */
  readonly receiptsSecret?: Buffer;
}

/** What server and worker need beside it. The operator's commands sign nothing and do without. */
export interface ServiceConfig extends Config {
  /** At least 32 bytes, the same for every process: what one signs another checks. */
  readonly signingKey: Buffer;
}

/** Where Temporal is and under which names we work there. */
export interface TemporalConfig {
  /** Fits the SDK's `Connection.connect` and `NativeConnection.connect` as it is. */
  readonly connection: TemporalConnection;
  readonly namespace: string;
  /** Workflows and short activities; queues for other kinds of work are named after it. */
  readonly taskQueue: string;
  /** Without a slash at the end; undefined means that incidents are shown without a link to Temporal's own pages. */
  readonly uiUrl: string | undefined;
}

export interface TemporalConnection {
  /** `host:port` */
  readonly address: string;
  readonly apiKey?: string;
  /** False means no TLS; always said, because the SDK takes silence for yes when there is an API key. */
  readonly tls: TemporalTls | false;
}

/** Certificates as they were read at start: a changed file counts from the next start on. */
export interface TemporalTls {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Uint8Array;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

/** What the command line client needs: it talks to the HTTP API like everybody else. */
export interface CliConfig {
  /** Without a slash at the end. */
  readonly url: string;
  /** Undefined means not signed in, which is enough to report. */
  readonly token: string | undefined;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment into a `Config`. An empty value counts as not set, because compose files pass what the operator
 * left out as an empty string.
 *
 * @throws {ConfigError} naming every variable that is missing or wrong.
 */
export function readConfig(env: Environment = process.env): Config {
  const values = parse(environment, env);
  const problems = contradictions(values);
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
    pagers: pagersOf(values),
    heartbeatUrl: values.TOCSIN_HEARTBEAT_URL,
    replyAddress: values.TOCSIN_REPLY_ADDRESS,
    temporal: {
      connection: connectionOf(values),
      namespace: values.TEMPORAL_NAMESPACE,
      taskQueue: values.TOCSIN_TASK_QUEUE,
      uiUrl: values.TOCSIN_TEMPORAL_UI_URL,
    },
    metricsPort: values.TOCSIN_METRICS_PORT,
    logLevel: values.TOCSIN_LOG_LEVEL,
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

/** The configuration in force under its environment names, fit for a log line: secrets are stars, what is not set is null. */
export function describeConfig(config: Config): Readonly<Record<string, string | number | boolean | null>> {
  const { connection, namespace, taskQueue, uiUrl } = config.temporal;
  const { twilio, ntfy, matrix, irc } = config.pagers;
  return {
    TOCSIN_HOST: config.host,
    TOCSIN_PORT: config.port,
    TOCSIN_PUBLIC_URL: config.publicUrl,
    TOCSIN_DATA_DIR: config.dataDirectory,
    TOCSIN_POLICY: config.policyFile,
    TOCSIN_TOKENS_FILE: config.tokensFile,
    TOCSIN_SIGNING_KEY_FILE: config.signingKeyFile,
    DATABASE_URL: withoutSecrets(config.databaseUrl),
    SMTP_URL: withoutSecrets(config.smtpUrl),
    TOCSIN_MAIL_FROM: config.mailFrom,
    TOCSIN_TWILIO_URL: twilio?.url ?? null,
    TOCSIN_TWILIO_ACCOUNT: twilio?.account ?? null,
    TOCSIN_TWILIO_TOKEN: starsFor(twilio?.token),
    TOCSIN_TWILIO_FROM: twilio?.from ?? null,
    TOCSIN_NTFY_URL: ntfy?.url ?? null,
    TOCSIN_NTFY_TOKEN: starsFor(ntfy?.token),
    TOCSIN_MATRIX_URL: matrix?.url ?? null,
    TOCSIN_MATRIX_TOKEN: starsFor(matrix?.token),
    TOCSIN_MATRIX_USER: matrix?.user ?? null,
    TOCSIN_MATRIX_HS_TOKEN: starsFor(matrix?.hsToken),
    TOCSIN_IRC_URL: irc === undefined ? null : withoutSecrets(irc.url),
    TOCSIN_RECEIPTS_SECRET: config.pagers.receiptsSecret === undefined ? null : STARS,
    TOCSIN_HEARTBEAT_URL: config.heartbeatUrl === undefined ? null : withoutSecrets(config.heartbeatUrl),
    TOCSIN_REPLY_ADDRESS: config.replyAddress ?? null,
    TEMPORAL_ADDRESS: connection.address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: starsFor(connection.apiKey),
    TEMPORAL_TLS: connection.tls !== false,
    TOCSIN_TEMPORAL_UI_URL: uiUrl ?? null,
    TOCSIN_TASK_QUEUE: taskQueue,
    TOCSIN_METRICS_PORT: config.metricsPort ?? null,
    TOCSIN_LOG_LEVEL: config.logLevel,
  };
}

const STARS = '***';

function starsFor(secret: string | undefined): string | null {
  return secret === undefined ? null : STARS;
}

function withoutSecrets(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = STARS;
  for (const key of new Set(shown.searchParams.keys())) {
    if (/pass|secret|token|key/i.test(key)) shown.searchParams.set(key, STARS);
  }
  return shown.href;
}

/** Relative to this file, so that the default policy is found from any working directory, in src and in dist alike. */
const DEFAULT_POLICY_FILE = fileURLToPath(new URL('../policy/incommon.yaml', import.meta.url));

/** What `ConfigError` says of a name: a sentence for an operator in place of the schema's own words. */
const explanations = z.registry<{ readonly expected: string; readonly isSecret?: boolean }>();

const text = (expected: string) => z.string().register(explanations, { expected });

const port = (expected: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535))
    .register(explanations, { expected });

/** Without the slash at the end, because paths are appended. */
const webUrl = (expected: string) =>
  z
    .string()
    .refine((value) => hasProtocol(value, ['http:', 'https:']) && !/[?#]/.test(value))
    .transform((value) => value.replace(/\/+$/, ''))
    .register(explanations, { expected });

/** Its value is never shown, not even when it is wrong: a password is easily pasted into the wrong place. */
const secretUrl = (protocols: readonly string[], expected: string) =>
  z
    .string()
    .refine((value) => hasProtocol(value, protocols))
    .register(explanations, { expected, isSecret: true });

const secret = (expected: string) => z.string().register(explanations, { expected, isSecret: true });

/** What a header cannot carry would fail at every page, and not at start. */
const headerSecret = (expected: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .register(explanations, { expected, isSecret: true });

const certificate = (expected: string) =>
  z
    .string()
    .transform((path, context): Uint8Array => {
      try {
        return readFileSync(path);
      } catch {
        context.addIssue({ code: 'custom', message: 'unreadable' });
        return z.NEVER;
      }
    })
    .register(explanations, { expected });

const certificateData = (expected: string) =>
  z
    .string()
    .transform((pem): Uint8Array => new TextEncoder().encode(pem))
    .register(explanations, { expected, isSecret: true });

/** One display name and one address; no line breaks, which would start another header. */
const SENDER = /^(?:[^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/;

/** Of the letters that a URL leaves as they are. Source: RFC 2812, 2.3.1. */
const IRC_NICK = /^[A-Za-z_][-\w]{0,29}$/;

/** Where Twilio is, unless a server is named that speaks as it does. */
const TWILIO_URL = 'https://api.twilio.com';

/**
 * The `TEMPORAL_*` names are those of Temporal's own environment configuration, so that one environment serves its
 * command line and us.
 */
const environment = z.object({
  TOCSIN_HOST: text('a host name or address to listen on').default('127.0.0.1'),
  TOCSIN_PORT: port('a port from 0 to 65535').default(8080),
  TOCSIN_PUBLIC_URL: webUrl('an http or https URL without query').optional(),
  TOCSIN_DATA_DIR: text('a directory').default('.tocsin'),
  TOCSIN_POLICY: text('a YAML file').default(DEFAULT_POLICY_FILE),
  TOCSIN_TOKENS_FILE: text('a JSON file').optional(),
  TOCSIN_SIGNING_KEY_FILE: text('a file with a key').optional(),
  DATABASE_URL: secretUrl(['postgres:', 'postgresql:'], 'a postgres:// URL'),
  SMTP_URL: secretUrl(['smtp:', 'smtps:'], 'an smtp:// or smtps:// URL'),
  TOCSIN_MAIL_FROM: z
    .string()
    .regex(SENDER)
    .register(explanations, { expected: 'an address, or a name with an address in angle brackets' })
    .default('Tocsin <tocsin@stand.example>'),
  TOCSIN_TWILIO_URL: webUrl('an http or https URL without query').optional(),
  TOCSIN_TWILIO_ACCOUNT: z
    .string()
    .regex(/^\w{1,64}$/)
    .register(explanations, { expected: 'the SID of an account' })
    .optional(),
  TOCSIN_TWILIO_TOKEN: secret('the token of the account').optional(),
  TOCSIN_TWILIO_FROM: z
    .string()
    .regex(/^\+[1-9]\d{4,14}$/)
    .register(explanations, { expected: 'a phone number that begins with + and the code of its country' })
    .optional(),
  TOCSIN_NTFY_URL: webUrl('an http or https URL without query').optional(),
  TOCSIN_NTFY_TOKEN: headerSecret('a token').optional(),
  TOCSIN_MATRIX_URL: webUrl('an http or https URL without query').optional(),
  TOCSIN_MATRIX_TOKEN: headerSecret('an access token').optional(),
  TOCSIN_MATRIX_USER: z
    .string()
    .regex(/^@[^\s:]+:[^\s/]+$/)
    .register(explanations, { expected: 'a user of Matrix, @name:server' })
    .optional(),
  TOCSIN_MATRIX_HS_TOKEN: headerSecret('the hs_token of the application service').optional(),
  TOCSIN_RECEIPTS_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/)
    .transform((value) => Buffer.from(value.slice('whsec_'.length), 'base64'))
    .register(explanations, { expected: 'whsec_ and at least 24 bytes in base64', isSecret: true })
    .optional(),
  TOCSIN_HEARTBEAT_URL: secretUrl(['http:', 'https:'], 'an http or https URL').optional(),
  TOCSIN_REPLY_ADDRESS: z
    .string()
    .regex(/^[^<>@\s]+@[^<>@\s]+$/)
    .register(explanations, { expected: 'a bare mail address' })
    .optional(),
  TOCSIN_IRC_URL: secretUrl(['irc:', 'ircs:'], 'irc://nick:password@host:port, or ircs:// with TLS')
    .refine((value) => IRC_NICK.test(new URL(value).username))
    .optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^(?:[^\s:/]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/)
    .register(explanations, { expected: 'host:port' })
    .default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: text('a namespace').default('default'),
  TEMPORAL_API_KEY: secret('an API key').optional(),
  TEMPORAL_TLS: z.stringbool().register(explanations, { expected: 'true or false' }).optional(),
  TEMPORAL_TLS_SERVER_NAME: text('the name in the certificate of the server').optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificate('a PEM file that can be read').optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: certificateData('a certificate in PEM').optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: certificate('a PEM file that can be read').optional(),
  TEMPORAL_TLS_CLIENT_CERT_DATA: certificateData('a certificate in PEM').optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: certificate('a PEM file that can be read').optional(),
  TEMPORAL_TLS_CLIENT_KEY_DATA: certificateData('a private key in PEM').optional(),
  TOCSIN_TEMPORAL_UI_URL: webUrl('an http or https URL without query').optional(),
  TOCSIN_TASK_QUEUE: text('a task queue').default('incidents'),
  TOCSIN_METRICS_PORT: port('a port from 0 to 65535').optional(),
  TOCSIN_LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .register(explanations, { expected: `one of ${LOG_LEVELS.join(', ')}` })
    .default('info'),
});

type Values = z.output<typeof environment>;

/** Every name that `readConfig` looks at: a name elsewhere (a compose file, the documentation) that is not here does nothing. */
export const ENVIRONMENT_NAMES: readonly string[] = Object.keys(environment.shape);

const cliEnvironment = z.object({
  TOCSIN_URL: webUrl('an http or https URL without query').default('http://127.0.0.1:8080'),
  TOCSIN_TOKEN: secret('a token').optional(),
});

/** Every name that `readCliConfig` looks at. */
export const CLI_ENVIRONMENT_NAMES: readonly string[] = Object.keys(cliEnvironment.shape);

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
  const { certificate: crt, key } = clientPairOf(values);
  if (crt !== undefined && key === undefined) {
    found.push({
      name: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
      expected: 'the key of the client certificate',
      got: 'nothing',
    });
  }
  if (crt === undefined && key !== undefined) {
    found.push({
      name: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
      expected: 'the certificate of the client key',
      got: 'nothing',
    });
  }
  return found;
}

/** What belongs together, and of that what has to be there as soon as one of it is. */
const PAGER_GROUPS = [
  {
    names: ['TOCSIN_TWILIO_URL', 'TOCSIN_TWILIO_ACCOUNT', 'TOCSIN_TWILIO_TOKEN', 'TOCSIN_TWILIO_FROM'],
    needed: ['TOCSIN_TWILIO_ACCOUNT', 'TOCSIN_TWILIO_TOKEN', 'TOCSIN_TWILIO_FROM'],
  },
  { names: ['TOCSIN_NTFY_URL', 'TOCSIN_NTFY_TOKEN'], needed: ['TOCSIN_NTFY_URL'] },
  {
    names: ['TOCSIN_MATRIX_URL', 'TOCSIN_MATRIX_TOKEN', 'TOCSIN_MATRIX_USER', 'TOCSIN_MATRIX_HS_TOKEN'],
    needed: ['TOCSIN_MATRIX_URL', 'TOCSIN_MATRIX_TOKEN', 'TOCSIN_MATRIX_USER'],
  },
] as const;

function halfPagers(values: Values): readonly ConfigProblem[] {
  return PAGER_GROUPS.flatMap(({ names, needed }) => {
    const given = names.find((name) => values[name] !== undefined);
    if (given === undefined) return [];
    return needed
      .filter((name) => values[name] === undefined)
      .map((name) => ({ name, expected: `a value, since ${given} has one`, got: 'nothing' }));
  });
}

/** Of groups that are whole: `halfPagers` has refused the others. */
function pagersOf(values: Values): PagersConfig {
  const twilioToken = values.TOCSIN_TWILIO_TOKEN;
  const matrixToken = values.TOCSIN_MATRIX_TOKEN;
  return {
    ...(twilioToken !== undefined && {
      twilio: {
        url: values.TOCSIN_TWILIO_URL ?? TWILIO_URL,
        account: values.TOCSIN_TWILIO_ACCOUNT ?? '',
        token: twilioToken,
        from: values.TOCSIN_TWILIO_FROM ?? '',
      },
    }),
    ...(values.TOCSIN_NTFY_URL !== undefined && {
      ntfy: {
        url: values.TOCSIN_NTFY_URL,
        ...(values.TOCSIN_NTFY_TOKEN !== undefined && { token: values.TOCSIN_NTFY_TOKEN }),
      },
    }),
    ...(matrixToken !== undefined && {
      matrix: {
        url: values.TOCSIN_MATRIX_URL ?? '',
        token: matrixToken,
        user: values.TOCSIN_MATRIX_USER ?? '',
        ...(values.TOCSIN_MATRIX_HS_TOKEN !== undefined && { hsToken: values.TOCSIN_MATRIX_HS_TOKEN }),
      },
    }),
    ...(values.TOCSIN_IRC_URL !== undefined && { irc: { url: values.TOCSIN_IRC_URL } }),
    ...(values.TOCSIN_RECEIPTS_SECRET !== undefined && { receiptsSecret: values.TOCSIN_RECEIPTS_SECRET }),
  };
}

function canBeVisited(host: string, portNumber: number): boolean {
  return portNumber !== 0 && host !== '0.0.0.0' && host !== '::';
}

function publicUrlOf(host: string, portNumber: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${portNumber}`;
}

function connectionOf(values: Values): TemporalConnection {
  return {
    address: values.TEMPORAL_ADDRESS,
    ...(values.TEMPORAL_API_KEY !== undefined && { apiKey: values.TEMPORAL_API_KEY }),
    tls: tlsOf(values),
  };
}

/** TLS is on when it is asked for, and, as in Temporal's own tools, when an API key or a certificate is given and it is not declined. */
function tlsOf(values: Values): TemporalTls | false {
  const authority = values.TEMPORAL_TLS_SERVER_CA_CERT_DATA ?? values.TEMPORAL_TLS_SERVER_CA_CERT_PATH;
  const { certificate: crt, key } = clientPairOf(values);
  const name = values.TEMPORAL_TLS_SERVER_NAME;
  const isImplied = [authority, crt, name, values.TEMPORAL_API_KEY].some((given) => given !== undefined);
  if (!(values.TEMPORAL_TLS ?? isImplied)) return false;
  return {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(authority !== undefined && { serverRootCACertificate: authority }),
    ...(crt !== undefined && key !== undefined && { clientCertPair: { crt, key } }),
  };
}

function clientPairOf(values: Values) {
  return {
    certificate: values.TEMPORAL_TLS_CLIENT_CERT_DATA ?? values.TEMPORAL_TLS_CLIENT_CERT_PATH,
    key: values.TEMPORAL_TLS_CLIENT_KEY_DATA ?? values.TEMPORAL_TLS_CLIENT_KEY_PATH,
  };
}

function hasProtocol(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

function parse<Schema extends z.ZodObject>(schema: Schema, env: Environment): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const names = new Set(result.error.issues.map((issue) => String(issue.path[0])));
  throw new ConfigError([...names].map((name) => problemOf(name, schema.shape[name], given[name])));
}

function problemOf(name: string, schema: unknown, value: string | undefined): ConfigProblem {
  const { expected, isSecret } = explanationOf(schema);
  if (value === undefined) return { name, expected, got: 'nothing' };
  return {
    name,
    expected,
    got: isSecret === true ? 'something else (a secret, not shown)' : JSON.stringify(value),
  };
}

function explanationOf(schema: unknown): { readonly expected: string; readonly isSecret?: boolean } {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return explanationOf(schema.unwrap());
  const explanation = schema instanceof z.ZodType ? explanations.get(schema) : undefined;
  assert(explanation !== undefined, 'every name of the environment says what it expects');
  return explanation;
}
