import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { choosePort } from '../../../dev/port.ts';

/** A real mail server on loopback, for `anna@far.example` and nobody else. It takes ten mails in a session. */
export interface OpenSmtpd {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As they lie in Anna's mailbox. */
  mails(): readonly Buffer[];
  close(): Promise<void>;
}

const PROGRAM = '/usr/sbin/smtpd';

/** It gives up its rights by itself, and has to have them first. */
export const MAY_RUN_OPENSMTPD = process.getuid?.() === 0;

export async function startOpenSmtpd(): Promise<OpenSmtpd> {
  if (!existsSync(PROGRAM)) {
    throw new Error('There is no mail server to test with: install the Debian package `opensmtpd`.');
  }
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-opensmtpd-'));
  // It delivers as nobody.
  chmodSync(directory, 0o777);
  const port = await choosePort();
  const file = join(directory, 'smtpd.conf');
  writeFileSync(file, configuration(port, directory), { mode: 0o644 });
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = spawn(PROGRAM, ['-d', '-f', file], { stdio: 'ignore' });
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
    url: `smtp://127.0.0.1:${port}`,
    start,
    stop,
    mails: () => {
      const inbox = join(directory, 'anna', 'new');
      return existsSync(inbox) ? readdirSync(inbox).map((name) => readFileSync(join(inbox, name))) : [];
    },
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, directory: string): string {
  return `
table users { "anna@far.example" = nobody }
smtp limit max-mails 10
listen on 127.0.0.1 port ${port} hostname mx.far.example
action "keep" maildir "${directory}/%{dest.user}" virtual <users>
match from any for domain "far.example" action "keep"
`;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('data', () => {
      resolve(true);
      socket.end('QUIT\r\n');
    });
    socket.on('close', () => resolve(false));
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error('OpenSMTPD did not come up, or down, within 20 s.');
    await sleep(30);
  }
}
