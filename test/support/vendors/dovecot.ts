import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';

import { choosePort } from '../../../dev/port.ts';
import { installedServer, requireInstalled } from './installed-server.ts';

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

const INSTALLED = { program: '/usr/sbin/dovecot', package: 'dovecot-imapd' };

/** Whose mail is whose file: a server that runs as root refuses to read mail as root. */
const NOBODY = 65_534;

export async function startDovecot(): Promise<Dovecot> {
  requireInstalled(INSTALLED);
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-dovecot-'));
  chmodSync(directory, 0o755);
  const mail = join(directory, 'mail');
  mkdirSync(mail);
  if (isRoot()) chownSync(mail, NOBODY, NOBODY);
  const port = await choosePort();
  const password = 'imap-password-never-to-be-seen';
  const file = join(directory, 'dovecot.conf');
  writeFileSync(file, configuration({ directory, mail, port, password }));
  const server = installedServer({ ...INSTALLED, arguments: ['-F', '-c', file], port });

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
  await server.start();
  return {
    port,
    password,
    url: (user) => `imap://${user}:${password}@127.0.0.1:${port}/INBOX`,
    start: () => server.start(),
    stop: () => server.stop(),
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
      await server.stop();
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
