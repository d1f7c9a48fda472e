import type { Config } from '../config.ts';

/** The configuration in force under its environment names, fit for a log line: secrets are stars, what is not set is null. */
export function describeConfig(config: Config): Readonly<Record<string, string | number | boolean | null>> {
  const { connection, namespace, taskQueue, uiUrl } = config.temporal;
  const { chat } = config;
  const { twilio, ntfy, matrix, irc } = config.pagers;
  const { dkim, pgp } = config.outgoingMail;
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
    TOCSIN_DKIM_DOMAIN: dkim?.domain ?? null,
    TOCSIN_DKIM_SELECTOR: dkim?.selector ?? null,
    TOCSIN_DKIM_KEY_FILE: dkim?.key.path ?? null,
    TOCSIN_PGP_SIGNING_KEY_FILE: pgp?.key.path ?? null,
    TOCSIN_PGP_SIGNING_PASSPHRASE: starsFor(pgp?.passphrase),
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
    TOCSIN_SMTP_INTAKE_HOST: config.smtpIntake?.host ?? null,
    TOCSIN_SMTP_INTAKE_PORT: config.smtpIntake?.port ?? null,
    ...Object.fromEntries(
      config.mailboxes.map(({ name, host, port }) => [`TOCSIN_IMAP_${name}`, `${host}:${port}`]),
    ),
    ...Object.fromEntries(
      config.pgpKeys.map(({ name, files }) => [`TOCSIN_PGP_KEY_${name}`, files.join(':')]),
    ),
    TOCSIN_REPLY_ADDRESS: config.replyAddress ?? null,
    TEMPORAL_ADDRESS: connection.address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: starsFor(connection.apiKey),
    TEMPORAL_TLS: connection.tls !== false,
    TOCSIN_TEMPORAL_UI_URL: uiUrl ?? null,
    TOCSIN_TASK_QUEUE: taskQueue,
    TOCSIN_METRICS_PORT: config.metricsPort ?? null,
    TOCSIN_LOG_LEVEL: config.logLevel,
    TOCSIN_CHAT_PROVIDER: chat?.provider ?? null,
    TOCSIN_CHAT_URL: chat === undefined ? null : withoutSecrets(chat.url),
    TOCSIN_CHAT_TOKEN: chat !== undefined && 'token' in chat ? STARS : null,
    TOCSIN_CHAT_USER: chat !== undefined && 'user' in chat ? chat.user : null,
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
