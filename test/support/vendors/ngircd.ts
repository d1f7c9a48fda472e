import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { choosePort } from '../../../dev/port.ts';
import { installedServer, type InstalledServer, requireInstalled } from './installed-server.ts';

/** A real IRC server on loopback, and its people. */
export interface Ngircd extends Omit<InstalledServer, 'stop'> {
  readonly port: number;
  readonly password: string;
  join(nick: string): Promise<IrcPerson>;
  close(): Promise<void>;
}

export interface IrcPerson {
  /** Every line that the server sent, but for what greets and what pings. */
  readonly lines: readonly string[];
  say(line: string): void;
  leave(): Promise<void>;
}

const INSTALLED = { program: '/usr/sbin/ngircd', package: 'ngircd' };

export async function startNgircd(): Promise<Ngircd> {
  requireInstalled(INSTALLED);
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-ngircd-'));
  const port = await choosePort();
  const password = 'irc-password-never-to-be-seen';
  const file = join(directory, 'ngircd.conf');
  writeFileSync(file, configuration(port, password), { mode: 0o644 });
  const people = new Set<Socket>();
  const server = installedServer({ ...INSTALLED, arguments: ['-n', '-f', file], port });
  await server.start();
  return {
    port,
    password,
    start: () => server.start(),
    kill: () => server.kill(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    join: async (nick) => {
      const socket = connect(port, '127.0.0.1');
      people.add(socket);
      return joinAs(nick, password, socket);
    },
    close: async () => {
      for (const socket of people) socket.destroy();
      await server.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, password: string): string {
  return `
[Global]
  Name = irc.stand.example
  Info = A stand
  AdminInfo1 = A stand
  Listen = 127.0.0.1
  Ports = ${port}
  Password = ${password}
  MotdPhrase = A stand
[Limits]
  MaxConnectionsIP = 0
  MaxNickLength = 30
[Options]
  DNS = no
  Ident = no
  PAM = no
`;
}

async function joinAs(nick: string, password: string, socket: Socket): Promise<IrcPerson> {
  const lines: string[] = [];
  let isThere = false;
  let isLeaving = false;
  socket.on('error', () => undefined);
  createInterface({ input: socket }).on('line', (line) => {
    if (line.startsWith('PING')) socket.write(line.replace('PING', 'PONG') + '\r\n');
    else if (/^:\S+ 001 /.test(line)) isThere = true;
    else if (!isLeaving && !/^:\S+ (?:00\d|2\d\d|37\d|42\d) |^:\S+ MODE /.test(line)) lines.push(line);
  });
  socket.write(`PASS ${password}\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  await until(() => Promise.resolve(isThere));
  return {
    lines,
    say: (line) => void socket.write(`${line}\r\n`),
    leave: async () => {
      isLeaving = true;
      socket.write('QUIT\r\n');
      await once(socket, 'close');
    },
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error('ngircd did not let somebody in within 20 s.');
    await sleep(30);
  }
}
