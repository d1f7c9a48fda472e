import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLI_ENVIRONMENT_NAMES,
  ConfigError,
  describeConfig,
  ENVIRONMENT_NAMES,
  readCliConfig,
  readConfig,
  readServiceConfig,
} from '../../src/config.ts';

const required = {
  DATABASE_URL: 'postgres://tocsin:hunter2@db.example/tocsin',
  SMTP_URL: 'smtp://relay:hunter3@mail.example:587',
};

describe('the environment', () => {
  test('needs no more than a database and a mail relay', () => {
    expect(readConfig(required)).toEqual({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: 'http://127.0.0.1:8080',
      dataDirectory: resolve('.tocsin'),
      policyFile: resolve(import.meta.dirname, '../../policy/incommon.yaml'),
      tokensFile: resolve('.tocsin/tokens.json'),
      signingKeyFile: resolve('.tocsin/signing.key'),
      databaseUrl: required.DATABASE_URL,
      smtpUrl: required.SMTP_URL,
      mailFrom: 'Tocsin <tocsin@stand.example>',
      outgoingMail: {},
      pagers: {},
      mailboxes: [],
      pgpKeys: [],
      temporal: {
        connection: { address: '127.0.0.1:7233', tls: false },
        namespace: 'default',
        taskQueue: 'incidents',
        uiUrl: undefined,
      },
      metricsPort: undefined,
      logLevel: 'info',
    });
  });

  test('counts an empty value as not set', () => {
    expect(readConfig({ ...required, TOCSIN_PORT: '', TEMPORAL_API_KEY: '' })).toEqual(readConfig(required));
  });

  test('says everything that is missing at once', () => {
    expect(problemsOf({})).toEqual([
      { name: 'DATABASE_URL', expected: 'a postgres:// URL', got: 'nothing' },
      { name: 'SMTP_URL', expected: 'an smtp:// or smtps:// URL', got: 'nothing' },
    ]);
  });

  test.each([
    ['TOCSIN_PORT', '65536', 'a port from 0 to 65535'],
    ['TOCSIN_PORT', '80a', 'a port from 0 to 65535'],
    ['TOCSIN_METRICS_PORT', '-1', 'a port from 0 to 65535'],
    ['TOCSIN_PUBLIC_URL', 'tocsin.example', 'an http or https URL without query'],
    ['TOCSIN_PUBLIC_URL', 'https://tocsin.example/?a=b', 'an http or https URL without query'],
    ['TOCSIN_LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['TOCSIN_MAIL_FROM', 'Tocsin', 'an address, or a name with an address in angle brackets'],
    [
      'TOCSIN_MAIL_FROM',
      'Tocsin\r\nBcc: <a@b.example>',
      'an address, or a name with an address in angle brackets',
    ],
    ['TEMPORAL_ADDRESS', 'http://temporal:7233', 'host:port'],
    ['TEMPORAL_TLS', 'perhaps', 'true or false'],
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', '/nowhere/ca.pem', 'a PEM file that can be read'],
  ])('refuses %s=%j with what was expected and what came', (name, value, expected) => {
    expect(problemsOf({ ...required, [name]: value })).toEqual([
      { name, expected, got: JSON.stringify(value) },
    ]);
  });

  test('refuses a wrong secret without showing it', () => {
    const error = refusal({ ...required, DATABASE_URL: 'mysql://tocsin:hunter2@db.example/tocsin' });
    expect(error.message).toContain('DATABASE_URL: expected a postgres:// URL');
    expect(error.message).not.toContain('hunter2');
  });

  test.each([
    [{ TOCSIN_PORT: '0' }, '127.0.0.1:0'],
    [{ TOCSIN_HOST: '0.0.0.0' }, '0.0.0.0:8080'],
    [{ TOCSIN_HOST: '::' }, ':::8080'],
  ])('wants the public URL said when %j leaves nothing that people could visit', (given, address) => {
    expect(problemsOf({ ...required, ...given })).toEqual([
      {
        name: 'TOCSIN_PUBLIC_URL',
        expected: `the URL that people use, since nobody can visit ${address}`,
        got: 'nothing',
      },
    ]);
    const publicUrl = 'https://tocsin.example';
    expect(readConfig({ ...required, ...given, TOCSIN_PUBLIC_URL: `${publicUrl}/` }).publicUrl).toBe(
      publicUrl,
    );
  });

  test('puts an IPv6 address into brackets in the public URL', () => {
    expect(readConfig({ ...required, TOCSIN_HOST: '::1' }).publicUrl).toBe('http://[::1]:8080');
  });

  test('keeps the tokens in the data directory unless said otherwise', () => {
    expect(readConfig({ ...required, TOCSIN_DATA_DIR: '/var/lib/tocsin' }).tokensFile).toBe(
      '/var/lib/tocsin/tokens.json',
    );
    expect(readConfig({ ...required, TOCSIN_TOKENS_FILE: '/run/secrets/tokens' }).tokensFile).toBe(
      '/run/secrets/tokens',
    );
  });
});

describe('the pagers', () => {
  const twilio = {
    TOCSIN_TWILIO_ACCOUNT: 'AC0001',
    TOCSIN_TWILIO_TOKEN: 'hunter7',
    TOCSIN_TWILIO_FROM: '+15005550006',
  };
  const matrix = {
    TOCSIN_MATRIX_URL: 'https://matrix.example/',
    TOCSIN_MATRIX_TOKEN: 'hunter8',
    TOCSIN_MATRIX_USER: '@tocsin:matrix.example',
  };
  const all = {
    ...required,
    ...twilio,
    ...matrix,
    TOCSIN_NTFY_URL: 'https://ntfy.example/',
    TOCSIN_NTFY_TOKEN: 'hunter9',
    TOCSIN_IRC_URL: 'ircs://tocsin:hunter10@irc.example:6697',
  };

  test('are those that are given, each whole', () => {
    expect(readConfig(all).pagers).toEqual({
      twilio: {
        url: 'https://api.twilio.com',
        account: 'AC0001',
        token: 'hunter7',
        from: '+15005550006',
      },
      ntfy: { url: 'https://ntfy.example', token: 'hunter9' },
      matrix: { url: 'https://matrix.example', token: 'hunter8', user: '@tocsin:matrix.example' },
      irc: { url: 'ircs://tocsin:hunter10@irc.example:6697' },
    });
    expect(readConfig({ ...required, TOCSIN_NTFY_URL: 'http://127.0.0.1:2586' }).pagers).toEqual({
      ntfy: { url: 'http://127.0.0.1:2586' },
    });
    expect(
      readConfig({ ...required, ...twilio, TOCSIN_TWILIO_URL: 'http://sms.example/' }).pagers,
    ).toMatchObject({
      twilio: { url: 'http://sms.example' },
    });
  });

  test.each([
    [{ TOCSIN_TWILIO_URL: 'https://sms.example' }, Object.keys(twilio)],
    [{ TOCSIN_TWILIO_TOKEN: 'hunter7' }, ['TOCSIN_TWILIO_ACCOUNT', 'TOCSIN_TWILIO_FROM']],
    [{ ...twilio, TOCSIN_TWILIO_FROM: '' }, ['TOCSIN_TWILIO_FROM']],
    [{ TOCSIN_NTFY_TOKEN: 'hunter9' }, ['TOCSIN_NTFY_URL']],
    [{ TOCSIN_DKIM_DOMAIN: 'csirt.example' }, ['TOCSIN_DKIM_SELECTOR', 'TOCSIN_DKIM_KEY_FILE']],
    [{ TOCSIN_PGP_SIGNING_PASSPHRASE: 'hunter10' }, ['TOCSIN_PGP_SIGNING_KEY_FILE']],
    [{ TOCSIN_MATRIX_URL: 'https://matrix.example' }, ['TOCSIN_MATRIX_TOKEN', 'TOCSIN_MATRIX_USER']],
    [{ ...matrix, TOCSIN_MATRIX_URL: '' }, ['TOCSIN_MATRIX_URL']],
  ])('that are half given (%j) are refused with what is missing', (given, names) => {
    const error = refusal({ ...required, ...given });
    expect(error.problems.map(({ name }) => name)).toEqual(names);
    expect(error.message).not.toContain('hunter');
  });

  test.each([
    ['TOCSIN_TWILIO_FROM', '734-352-7045'],
    ['TOCSIN_TWILIO_ACCOUNT', 'AC/../x'],
    ['TOCSIN_MATRIX_USER', 'tocsin'],
    ['TOCSIN_NTFY_URL', 'ntfy.example'],
    ['TOCSIN_NTFY_TOKEN', 'hunter\n9'],
    ['TOCSIN_IRC_URL', 'https://tocsin:hunter@irc.example'],
    ['TOCSIN_IRC_URL', 'irc://irc.example'],
  ])('are refused with %s=%j, and no secret is shown', (name, value) => {
    const error = refusal({ ...all, [name]: value });
    expect(error.problems.map((problem) => problem.name)).toEqual([name]);
    expect(error.message).not.toContain('hunter');
  });

  test('are printed without their secrets', () => {
    const printed = describeConfig(readConfig(all));
    expect(printed).toMatchObject({
      TOCSIN_TWILIO_URL: 'https://api.twilio.com',
      TOCSIN_TWILIO_TOKEN: '***',
      TOCSIN_NTFY_TOKEN: '***',
      TOCSIN_MATRIX_TOKEN: '***',
      TOCSIN_MATRIX_USER: '@tocsin:matrix.example',
      TOCSIN_IRC_URL: 'ircs://tocsin:***@irc.example:6697',
    });
    expect(JSON.stringify(printed)).not.toMatch(/hunter/);
  });
});

describe('the chat', () => {
  const matrix = {
    TOCSIN_CHAT_PROVIDER: 'matrix',
    TOCSIN_CHAT_URL: 'https://matrix.example/',
    TOCSIN_CHAT_TOKEN: 'hunter11',
    TOCSIN_CHAT_USER: '@tocsin:matrix.example',
  };
  const irc = { TOCSIN_CHAT_PROVIDER: 'irc', TOCSIN_CHAT_URL: 'ircs://tocsin:hunter12@irc.example' };

  test('is the one that is given, and none where none is', () => {
    expect(readConfig(required).chat).toBeUndefined();
    expect(readConfig({ ...required, ...matrix }).chat).toEqual({
      ...{ provider: 'matrix', url: 'https://matrix.example' },
      ...{ token: 'hunter11', user: '@tocsin:matrix.example' },
    });
    expect(
      readConfig({ ...required, TOCSIN_CHAT_PROVIDER: 'slack', TOCSIN_CHAT_TOKEN: 'hunter13' }).chat,
    ).toEqual({ provider: 'slack', url: 'https://slack.com/api', token: 'hunter13' });
    expect(readConfig({ ...required, ...irc }).chat).toEqual({ provider: 'irc', url: irc.TOCSIN_CHAT_URL });
  });

  test.each([
    [{ TOCSIN_CHAT_TOKEN: 'hunter11' }, ['TOCSIN_CHAT_PROVIDER']],
    [{ TOCSIN_CHAT_PROVIDER: 'teams' }, ['TOCSIN_CHAT_PROVIDER']],
    [{ TOCSIN_CHAT_PROVIDER: 'slack' }, ['TOCSIN_CHAT_TOKEN']],
    [{ ...matrix, TOCSIN_CHAT_USER: '' }, ['TOCSIN_CHAT_USER']],
    [{ ...matrix, TOCSIN_CHAT_URL: irc.TOCSIN_CHAT_URL }, ['TOCSIN_CHAT_URL']],
    [{ ...irc, TOCSIN_CHAT_URL: 'https://tocsin:hunter12@irc.example' }, ['TOCSIN_CHAT_URL']],
    [{ ...irc, TOCSIN_CHAT_URL: 'irc://irc.example' }, ['TOCSIN_CHAT_URL']],
  ])('that is half given (%j) is refused with what is wrong, and no secret is shown', (given, names) => {
    const error = refusal({ ...required, ...given });
    expect(error.problems.map(({ name }) => name)).toEqual(names);
    expect(error.message).not.toContain('hunter');
  });

  test('is printed without its secrets', () => {
    const printed = [matrix, irc].map((given) => describeConfig(readConfig({ ...required, ...given })));
    expect(printed).toMatchObject([
      { TOCSIN_CHAT_PROVIDER: 'matrix', TOCSIN_CHAT_TOKEN: '***' },
      { TOCSIN_CHAT_PROVIDER: 'irc', TOCSIN_CHAT_URL: 'ircs://tocsin:***@irc.example' },
    ]);
    expect(JSON.stringify(printed)).not.toMatch(/hunter/);
  });
});

describe('the signing key', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tocsin-key-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const given = (content: string) => {
    const file = join(directory, 'signing.key');
    writeFileSync(file, content);
    return { ...required, TOCSIN_SIGNING_KEY_FILE: file };
  };

  test.each(['hex', 'base64', 'base64url'] as const)('is read from a file in %s', (encoding) => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));
    expect(readServiceConfig(given(`${key.toString(encoding)}\n`)).signingKey).toEqual(key);
  });

  test.each([
    ['ab'.repeat(31), '31 bytes'],
    ['hunter8 is not a key', 'something else (a secret, not shown)'],
    ['', 'something else (a secret, not shown)'],
  ])('refuses %j, and says how one is made', (content, got) => {
    const env = given(content);
    const error = refusal(env, readServiceConfig);
    expect(error.problems).toMatchObject([{ name: 'TOCSIN_SIGNING_KEY_FILE', got }]);
    expect(error.message).toContain(`openssl rand -hex 32 > ${env.TOCSIN_SIGNING_KEY_FILE}`);
    expect(error.message).not.toContain('hunter8');
  });

  test('is wanted by server and worker, and by nobody else', () => {
    const env = { ...required, TOCSIN_DATA_DIR: directory, TOCSIN_SIGNING_KEY_FILE: join(directory, 'none') };
    expect(refusal(env, readServiceConfig).message).toContain('which cannot be read');
    expect(readConfig(env).signingKeyFile).toBe(join(directory, 'none'));
  });
});

describe('TLS to Temporal', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
    for (const name of ['ca', 'crt', 'key']) writeFileSync(join(directory, name), `${name} in PEM`);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test.each(['false', '0', 'no', 'off'])('%j is off, also with an API key', (value) => {
    const given = { ...required, TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: value };
    expect(connectionOf(given)).toEqual({ address: '127.0.0.1:7233', apiKey: 'key', tls: false });
  });

  test('is on when asked for, and when an API key is given', () => {
    expect(connectionOf({ ...required, TEMPORAL_TLS: 'true' }).tls).toEqual({});
    expect(connectionOf({ ...required, TEMPORAL_API_KEY: 'key' }).tls).toEqual({});
  });

  test('takes certificates from files and from the environment itself', () => {
    const given = {
      ...required,
      TEMPORAL_TLS_SERVER_NAME: 'temporal.example',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(directory, 'ca'),
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(directory, 'crt'),
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'another key in PEM',
    };
    const { tls } = connectionOf(given);
    if (tls === false) throw new Error('expected TLS');
    expect(tls.serverNameOverride).toBe('temporal.example');
    expect(read(tls.serverRootCACertificate)).toBe('ca in PEM');
    expect(read(tls.clientCertPair?.crt)).toBe('crt in PEM');
    expect(read(tls.clientCertPair?.key)).toBe('another key in PEM');
  });

  test('refuses half of a client certificate', () => {
    const crt = { ...required, TEMPORAL_TLS_CLIENT_CERT_PATH: join(directory, 'crt') };
    expect(problemsOf(crt).map(({ name }) => name)).toEqual(['TEMPORAL_TLS_CLIENT_KEY_PATH']);
    const key = { ...required, TEMPORAL_TLS_CLIENT_KEY_PATH: join(directory, 'key') };
    expect(problemsOf(key).map(({ name }) => name)).toEqual(['TEMPORAL_TLS_CLIENT_CERT_PATH']);
  });
});

describe('a configuration that is printed', () => {
  test('names what it came from and hides every secret', () => {
    const printed = describeConfig(
      readConfig({
        ...required,
        DATABASE_URL: 'postgres://tocsin:hunter2@db.example/tocsin?sslpassword=hunter4&sslmode=require',
        TEMPORAL_API_KEY: 'hunter5',
      }),
    );
    expect(printed).toMatchObject({
      TOCSIN_PORT: 8080,
      DATABASE_URL: 'postgres://tocsin:***@db.example/tocsin?sslpassword=***&sslmode=require',
      SMTP_URL: 'smtp://relay:***@mail.example:587',
      TEMPORAL_API_KEY: '***',
      TOCSIN_METRICS_PORT: null,
    });
    expect(JSON.stringify(printed)).not.toMatch(/hunter/);
  });
});

describe('a mailbox to look into', () => {
  const mailboxesOf = (env: Record<string, string>) => readConfig({ ...required, ...env }).mailboxes;

  test('is named by its key, with TLS, STARTTLS, or on this machine nothing', () => {
    expect(
      mailboxesOf({
        TOCSIN_IMAP_ON_CALL:
          'imaps://csirt%40example.org:s%2Fecret@imap.example.org/Reports%20new?since=2026-11-25',
        TOCSIN_IMAP_CONTACT: 'imap://csirt:secret@imap.example.org',
        TOCSIN_IMAP_HERE: 'imap://csirt:secret@127.0.0.1:2143/INBOX',
        TOCSIN_IMAP_EMPTY: '',
      }),
    ).toEqual([
      {
        ...{ name: 'ON_CALL', host: 'imap.example.org', port: 993, security: 'tls' },
        ...{ user: 'csirt@example.org', password: 's/ecret', path: 'Reports new' },
        since: Date.UTC(2026, 10, 25),
      },
      {
        ...{ name: 'CONTACT', host: 'imap.example.org', port: 143, security: 'starttls' },
        ...{ user: 'csirt', password: 'secret', path: 'INBOX', since: null },
      },
      {
        ...{ name: 'HERE', host: '127.0.0.1', port: 2143, security: 'none' },
        ...{ user: 'csirt', password: 'secret', path: 'INBOX', since: null },
      },
    ]);
  });

  test.each([
    'https://csirt:hunter2@imap.example.org',
    'imaps://imap.example.org:993',
    'imaps://csirt@imap.example.org',
    'imaps://csirt:hunter2@imap.example.org/?since=yesterday',
    'imaps://csirt:hunter2@imap.example.org/?since=2026-13-01',
    'imaps://csirt:hunter2@imap.example.org/?sinse=2026-11-01',
    'imaps://csirt:hunter2%@imap.example.org',
    'hunter2',
  ])('is refused as %s, which is not shown', (url) => {
    expect(problemsOf({ ...required, TOCSIN_IMAP_CONTACT: url })).toEqual([
      {
        name: 'TOCSIN_IMAP_CONTACT',
        expected: expect.stringContaining('imaps://user:password@host:993/INBOX'),
        got: 'something else (a secret, not shown)',
      },
    ]);
  });

  test('is shown without its account', () => {
    const config = readConfig({ ...required, TOCSIN_IMAP_CONTACT: 'imaps://csirt:hunter2@imap.example.org' });
    expect(describeConfig(config)).toMatchObject({ TOCSIN_IMAP_CONTACT: 'imap.example.org:993' });
  });
});

describe('the private keys of a mailbox', () => {
  test('are files, one or several, with one passphrase or none', () => {
    const { pgpKeys } = readConfig({
      ...required,
      TOCSIN_PGP_KEY_ON_CALL: '/run/tocsin/now.asc:/run/tocsin/before.asc',
      TOCSIN_PGP_PASSPHRASE_ON_CALL: 'hunter2',
      TOCSIN_PGP_KEY_CONTACT: 'contact.asc',
    });
    expect(pgpKeys).toEqual([
      {
        name: 'ON_CALL',
        files: ['/run/tocsin/now.asc', '/run/tocsin/before.asc'],
        passphrase: 'hunter2',
      },
      { name: 'CONTACT', files: [resolve('contact.asc')], passphrase: undefined },
    ]);
  });

  test('are asked for where there is a passphrase', () => {
    expect(problemsOf({ ...required, TOCSIN_PGP_PASSPHRASE_CONTACT: 'hunter2' })).toEqual([
      {
        name: 'TOCSIN_PGP_KEY_CONTACT',
        expected: 'a file with a private key, since TOCSIN_PGP_PASSPHRASE_CONTACT has a value',
        got: 'nothing',
      },
    ]);
  });

  test('are shown as files, without the passphrase', () => {
    const env = { TOCSIN_PGP_KEY_CONTACT: '/run/key.asc', TOCSIN_PGP_PASSPHRASE_CONTACT: 'hunter2' };
    const shown = describeConfig(readConfig({ ...required, ...env }));
    expect(shown).toMatchObject({ TOCSIN_PGP_KEY_CONTACT: '/run/key.asc' });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });
});

describe('the keys under which mail leaves', () => {
  test('are read from their files, and never printed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tocsin-keys-'));
    const [dkim, pgp] = [join(directory, 'dkim.pem'), join(directory, 'csirt.asc')];
    writeFileSync(dkim, 'hunter11');
    writeFileSync(pgp, 'hunter12');
    const config = readConfig({
      ...required,
      TOCSIN_DKIM_DOMAIN: 'csirt.example',
      TOCSIN_DKIM_SELECTOR: 'tocsin',
      TOCSIN_DKIM_KEY_FILE: dkim,
      TOCSIN_PGP_SIGNING_KEY_FILE: pgp,
      TOCSIN_PGP_SIGNING_PASSPHRASE: 'hunter13',
    });
    rmSync(directory, { recursive: true });
    expect(config.outgoingMail).toEqual({
      dkim: { domain: 'csirt.example', selector: 'tocsin', key: { path: dkim, content: 'hunter11' } },
      pgp: { key: { path: pgp, content: 'hunter12' }, passphrase: 'hunter13' },
    });
    expect(describeConfig(config)).toMatchObject({
      TOCSIN_DKIM_KEY_FILE: dkim,
      TOCSIN_PGP_SIGNING_KEY_FILE: pgp,
    });
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter1');
  });

  test.each(['TOCSIN_DKIM_KEY_FILE', 'TOCSIN_PGP_SIGNING_KEY_FILE'])(
    '%s has to be a file that can be read',
    (name) => {
      const error = refusal({ ...required, [name]: '/nowhere/key' });
      expect(error.problems).toMatchObject([{ name, got: '"/nowhere/key"' }]);
    },
  );
});

describe('the command line client', () => {
  test('talks to the stand as nobody unless told otherwise', () => {
    expect(readCliConfig({})).toEqual({ url: 'http://127.0.0.1:8080', token: undefined });
  });

  test('needs no database', () => {
    const given = { TOCSIN_URL: 'https://tocsin.example/', TOCSIN_TOKEN: 'hunter6' };
    expect(readCliConfig(given)).toEqual({ url: 'https://tocsin.example', token: 'hunter6' });
  });
});

describe('docs/operations.md', () => {
  test('explains exactly the names that are read', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const section = text.slice(
      text.indexOf('## The environment'),
      text.indexOf('## Who may write to Temporal'),
    );
    const explained = [...section.matchAll(/`((?:TOCSIN|TEMPORAL)_[A-Z_]+|[A-Z]+_URL)`/g)].map(
      ([, name]) => name,
    );
    expect(new Set(explained)).toEqual(new Set([...ENVIRONMENT_NAMES, ...CLI_ENVIRONMENT_NAMES]));
  });
});

function connectionOf(env: Record<string, string>) {
  return readConfig(env).temporal.connection;
}

function problemsOf(env: Record<string, string>) {
  return refusal(env).problems;
}

function refusal(env: Record<string, string>, read: typeof readConfig = readConfig): ConfigError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected the environment to be refused');
}

function read(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
