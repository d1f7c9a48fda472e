import { resolve } from 'node:path';
import type { Environment } from './fields.ts';
import type { ConfigProblem } from './problem.ts';

/** A mailbox that is looked into. */
export interface ImapConfig {
  /** Of the policy, as the environment writes it: `ON_CALL` for `on-call`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string;
  readonly password: string;
  readonly path: string;
  /** What the server got before that is left alone. */
  readonly since: number | null;
}

/** The private PGP keys of a mailbox. */
export interface PgpKeysConfig {
  /** Of the mailbox, as the environment writes it. */
  readonly name: string;
  /** Absolute. */
  readonly files: readonly string[];
  /** Of all of them; undefined for keys that have none. */
  readonly passphrase: string | undefined;
}

const PREFIX = 'TOCSIN_IMAP_';
const KEY_PREFIX = 'TOCSIN_PGP_KEY_';
const PASSPHRASE_PREFIX = 'TOCSIN_PGP_PASSPHRASE_';

const EXPECTED =
  'imaps://user:password@host:993/INBOX, or imap:// with STARTTLS (none on this machine), and ?since=2026-11-25 to leave alone what came before';

/** As the environment names a mailbox of the policy. */
export function environmentKey(key: string): string {
  return key.toUpperCase().replaceAll('-', '_');
}

/** Of every name that begins with `TOCSIN_IMAP_`; an empty one is not set. */
export function readMailboxes(env: Environment): {
  readonly mailboxes: readonly ImapConfig[];
  readonly problems: readonly ConfigProblem[];
} {
  const mailboxes: ImapConfig[] = [];
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || value === undefined || value === '') continue;
    const read = mailboxOf(name.slice(PREFIX.length), value);
    if (read === null)
      problems.push({ name, expected: EXPECTED, got: 'something else (a secret, not shown)' });
    else mailboxes.push(read);
  }
  return { mailboxes, problems };
}

/** Of every name that begins with `TOCSIN_PGP_KEY_`: files, one or several with colons between. */
export function readPgpKeys(env: Environment): {
  readonly pgpKeys: readonly PgpKeysConfig[];
  readonly problems: readonly ConfigProblem[];
} {
  const given = (prefix: string) =>
    Object.keys(env)
      .filter((name) => name.startsWith(prefix) && (env[name] ?? '') !== '')
      .map((name) => name.slice(prefix.length));
  const names = given(KEY_PREFIX);
  return {
    pgpKeys: names.map((name) => ({
      name,
      files: (env[`${KEY_PREFIX}${name}`] ?? '')
        .split(':')
        .filter((file) => file !== '')
        .map((file) => resolve(file)),
      passphrase: env[`${PASSPHRASE_PREFIX}${name}`] || undefined,
    })),
    problems: given(PASSPHRASE_PREFIX)
      .filter((name) => !names.includes(name))
      .map((name) => ({
        name: `${KEY_PREFIX}${name}`,
        expected: `a file with a private key, since ${PASSPHRASE_PREFIX}${name} has a value`,
        got: 'nothing',
      })),
  };
}

function mailboxOf(name: string, value: string): ImapConfig | null {
  if (!URL.canParse(value)) return null;
  const url = new URL(value);
  const { protocol, hostname, port, username, password, pathname, searchParams } = url;
  const since = sinceOf(searchParams);
  if (!['imap:', 'imaps:'].includes(protocol) || hostname === '' || username === '' || password === '')
    return null;
  if (since === undefined || url.hash !== '') return null;
  const decoded = decodedParts({ username, password, path: pathname.slice(1) });
  if (decoded === null) return null;
  const isTls = protocol === 'imaps:';
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  return {
    name,
    host,
    port: port === '' ? (isTls ? 993 : 143) : Number(port),
    security: isTls ? 'tls' : isLoopback(host) ? 'none' : 'starttls',
    user: decoded.username,
    password: decoded.password,
    path: decoded.path === '' ? 'INBOX' : decoded.path,
    since,
  };
}

/** Null where it is not said, undefined where it is no day, or something else is said. */
function sinceOf(parameters: URLSearchParams): number | null | undefined {
  if ([...parameters.keys()].some((name) => name !== 'since')) return undefined;
  const said = parameters.getAll('since');
  if (said.length === 0) return null;
  const [day = ''] = said;
  const at = Date.parse(`${day}T00:00:00Z`);
  return said.length === 1 && /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(at) ? at : undefined;
}

function decodedParts<Parts extends Readonly<Record<string, string>>>(parts: Parts): Parts | null {
  try {
    return Object.fromEntries(
      Object.entries(parts).map(([name, text]) => [name, decodeURIComponent(text)]),
    ) as Parts;
  } catch {
    return null;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
