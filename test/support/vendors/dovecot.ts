import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';

/** A real IMAP server on loopback. Every user has the same password, and an INBOX of their own. */
export interface Dovecot {
  readonly port: number;
  readonly password: string;
  /** For `TOCSIN_IMAP_…`. */
  url(user: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Puts a message into somebody's mailbox, as a mail server does. */
  append(user: string, bytes: Buffer, at?: Date): Promise<void>;
  /** The flags of every message there. */
  flags(user: string): Promise<readonly (readonly string[])[]>;
  /** While it is stopped: it forgets how it had numbered the messages. */
  numberAnew(user: string): void;
  close(): Promise<void>;
}

const PROGRAM = '/usr/sbin/dovecot';

/** Whose mail is whose file: a server that runs as root refuses to read mail as root. */
const NOBODY = 65_534;

export async function startDovecot(): Promise<Dovecot> {
  if (!existsSync(PROGRAM)) {
    throw new Error('There is no dovecot to test IMAP with: install the Debian package `dovecot-imapd`.');
  }
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-dovecot-'));
  chmodSync(directory, 0o755);
  const mail = join(directory, 'mail');
  mkdirSync(mail);
  if (isRoot()) chownSync(mail, NOBODY, NOBODY);
  const port = await freePort();
  const password = 'imap-password-never-to-be-seen';
  const file = join(directory, 'dovecot.conf');
  writeFileSync(file, configuration({ directory, mail, port, password }));
  let server: ChildProcess | undefined;

  const as = async <Answer>(user: string, act: (client: ImapFlow) => Promise<Answer>): Promise<Answer> => {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port, secure: false, logger: false, auth: { user, pass: password } },
    });
    await client.connect();
    try {
      return await act(client);
    } finally {
      await client.logout();
    }
  };
  const start = async (): Promise<void> => {
    server = spawn(PROGRAM, ['-F', '-c', file], { stdio: 'ignore' });
    await until(() => isListening(port));
  };
  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
    await until(async () => !(await isListening(port)));
  };
  await start();
  return {
    port,
    password,
    url: (user) => `imap://${user}:${password}@127.0.0.1:${port}/INBOX`,
    start,
    stop,
    append: (user, bytes, at) =>
      as(user, async (client) => {
        await client.append('INBOX', bytes, [], at);
      }),
    flags: (user) =>
      as(user, async (client) => {
        await client.mailboxOpen('INBOX', { readOnly: true });
        const found = await client.fetchAll('1:*', { flags: true });
        return found.map(({ flags }) => [...(flags ?? [])]);
      }),
    numberAnew: (user) => {
      const folder = join(mail, user);
      for (const name of readdirSync(folder)) if (name.startsWith('dovecot')) rmSync(join(folder, name));
    },
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Configured {
  readonly directory: string;
  readonly mail: string;
  readonly port: number;
  readonly password: string;
}

function configuration({ directory, mail, port, password }: Configured): string {
  const { uid, gid, username } = userInfo();
  const owner = isRoot() ? `uid=${NOBODY} gid=${NOBODY}` : `uid=${uid} gid=${gid}`;
  const users = isRoot() ? '' : `default_internal_user = ${username}\ndefault_login_user = ${username}\n`;
  return `
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
${users}protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${mail}/%u
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = ${owner} home=${mail}/%u allow_all_users=yes
}
`;
}

const isRoot = (): boolean => process.getuid?.() === 0;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error('dovecot did not do so within 20 s.');
    await sleep(30);
  }
}
