import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { choosePort } from '../../../dev/port.ts';
import { installedServer, requireInstalled } from './installed-server.ts';

/** A real mail server on loopback, for `anna@far.example` and nobody else. It takes ten mails in a session. */
export interface OpenSmtpd {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As they lie in Anna's mailbox. */
  mails(): readonly Buffer[];
  close(): Promise<void>;
}

const INSTALLED = { program: '/usr/sbin/smtpd', package: 'opensmtpd' };

/** It gives up its rights by itself, and has to have them first. */
export const MAY_RUN_OPENSMTPD = process.getuid?.() === 0;

export async function startOpenSmtpd(): Promise<OpenSmtpd> {
  requireInstalled(INSTALLED);
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-opensmtpd-'));
  // It delivers as nobody.
  chmodSync(directory, 0o777);
  const port = await choosePort();
  const file = join(directory, 'smtpd.conf');
  writeFileSync(file, configuration(port, directory), { mode: 0o644 });
  const server = installedServer({ ...INSTALLED, arguments: ['-d', '-f', file], port, greets: true });
  await server.start();
  return {
    url: `smtp://127.0.0.1:${port}`,
    start: () => server.start(),
    stop: () => server.stop(),
    mails: () => {
      const inbox = join(directory, 'anna', 'new');
      return existsSync(inbox) ? readdirSync(inbox).map((name) => readFileSync(join(inbox, name))) : [];
    },
    close: async () => {
      await server.stop();
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
