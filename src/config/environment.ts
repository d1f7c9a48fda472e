import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  certificate,
  certificateData,
  explanations,
  headerSecret,
  keyFile,
  port,
  secret,
  secretUrl,
  text,
  webUrl,
} from './fields.ts';

/** Relative to this file, so that the default policy is found from any working directory, in src and in dist alike. */
const DEFAULT_POLICY_FILE = fileURLToPath(new URL('../../policy/incommon.yaml', import.meta.url));

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One display name and one address; no line breaks, which would start another header. */
const SENDER = /^(?:[^<>@\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/;

/** Of the letters that a URL leaves as they are. Source: RFC 2812, 2.3.1. */
const IRC_NICK = /^[A-Za-z_][-\w]{0,29}$/;

/**
 * The `TEMPORAL_*` names are those of Temporal's own environment configuration, so that one environment serves its
 * command line and us.
 */
export const environment = z.object({
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
  TOCSIN_DKIM_DOMAIN: text('the domain of the sender').optional(),
  TOCSIN_DKIM_SELECTOR: text('the selector under which its key is published').optional(),
  TOCSIN_DKIM_KEY_FILE: keyFile('a PEM file that can be read').optional(),
  TOCSIN_PGP_SIGNING_KEY_FILE: keyFile('a file that can be read, with one armored private key').optional(),
  TOCSIN_PGP_SIGNING_PASSPHRASE: secret('the passphrase of the key').optional(),
  TOCSIN_SMTP_INTAKE_HOST: text('a host name or address to listen on').default('127.0.0.1'),
  TOCSIN_SMTP_INTAKE_PORT: port('a port from 0 to 65535').optional(),
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
  TOCSIN_CHAT_PROVIDER: z
    .enum(['matrix', 'slack', 'irc'])
    .register(explanations, { expected: 'matrix, slack or irc' })
    .optional(),
  TOCSIN_CHAT_URL: secretUrl(
    ['http:', 'https:', 'irc:', 'ircs:'],
    'an http or https URL, or irc://nick:password@host:port',
  )
    .refine((value) => !value.startsWith('irc') || IRC_NICK.test(new URL(value).username))
    .optional(),
  TOCSIN_CHAT_TOKEN: headerSecret('a token').optional(),
  TOCSIN_CHAT_USER: z
    .string()
    .regex(/^@[^\s:]+:[^\s/]+$/)
    .register(explanations, { expected: 'a user of Matrix, @name:server' })
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

export type Values = z.output<typeof environment>;

/** Every name that `readConfig` looks at: a name elsewhere (a compose file, the documentation) that is not here does nothing. */
export const ENVIRONMENT_NAMES: readonly string[] = Object.keys(environment.shape);

export const cliEnvironment = z.object({
  TOCSIN_URL: webUrl('an http or https URL without query').default('http://127.0.0.1:8080'),
  TOCSIN_TOKEN: secret('a token').optional(),
});

/** Every name that `readCliConfig` looks at. */
export const CLI_ENVIRONMENT_NAMES: readonly string[] = Object.keys(cliEnvironment.shape);
