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

/** A real mail server on loopback. */
export interface OpenSmtpd {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As they lie in the one mailbox. */
  mails(): readonly Buffer[];
  /** How many lie there. */
  count(): number;
  close(): Promise<void>;
}

export interface OpenSmtpdSettings {
  /** For whom it takes mail; `@far.example` is everybody there, and nobody elsewhere is taken. */
  readonly recipient: string;
  /** In one session; for one more it says 452. */
  readonly mailsPerSession: number;
}

/** One that is easily too busy. */
const FOR_ANNA: OpenSmtpdSettings = { recipient: 'anna@far.example', mailsPerSession: 10 };

export const OPENSMTPD = '/usr/sbin/smtpd';

const INSTALLED = { program: OPENSMTPD, package: 'opensmtpd' };

/** It gives up its rights by itself, and has to have them first. */
export const MAY_RUN_OPENSMTPD = process.getuid?.() === 0;

export async function startOpenSmtpd(settings = FOR_ANNA): Promise<OpenSmtpd> {
  requireInstalled(INSTALLED);
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-opensmtpd-'));
  // It delivers as nobody.
  chmodSync(directory, 0o777);
  const port = await choosePort();
  const file = join(directory, 'smtpd.conf');
  const inbox = join(directory, 'mails', 'new');
  writeFileSync(file, configuration(port, directory, settings), { mode: 0o644 });
  const server = installedServer({ ...INSTALLED, arguments: ['-d', '-f', file], port, greets: true });
  await server.start();
  return {
    url: `smtp://127.0.0.1:${port}`,
    start: () => server.start(),
    stop: () => server.stop(),
    mails: () => filesIn(inbox).map((name) => readFileSync(join(inbox, name))),
    count: () => filesIn(inbox).length,
    close: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function filesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function configuration(
  port: number,
  directory: string,
  { recipient, mailsPerSession }: OpenSmtpdSettings,
): string {
  return `
table users { "${recipient}" = nobody }
smtp limit max-mails ${mailsPerSession}
listen on 127.0.0.1 port ${port} hostname mx.far.example
action "keep" maildir "${directory}/mails" virtual <users>
match from any for domain "far.example" action "keep"
`;
}
