import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real IRC server on loopback, and its people. */
export interface Ngircd {
  readonly port: number;
  readonly password: string;
  start(): Promise<void>;
  /** It answers nobody, and loses nothing. */
  freeze(): void;
  thaw(): void;
  /** At once, as when its machine fails. */
  kill(): Promise<void>;
  join(nick: string): Promise<IrcPerson>;
  close(): Promise<void>;
}

export interface IrcPerson {
  /** Every line that the server sent, but for what greets and what pings. */
  readonly lines: readonly string[];
  say(line: string): void;
  leave(): Promise<void>;
}

const PROGRAM = '/usr/sbin/ngircd';

export async function startNgircd(): Promise<Ngircd> {
  if (!existsSync(PROGRAM)) {
    throw new Error('There is no ngircd to test IRC with: install the Debian package `ngircd`.');
  }
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-ngircd-'));
  const port = await freePort();
  const password = 'irc-password-never-to-be-seen';
  const file = join(directory, 'ngircd.conf');
  writeFileSync(file, configuration(port, password), { mode: 0o644 });
  const people = new Set<Socket>();
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    server = spawn(PROGRAM, ['-n', '-f', file], { stdio: 'ignore' });
    await until(() => isListening(port));
  };
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    port,
    password,
    start,
    kill,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    join: async (nick) => {
      const socket = connect(port, '127.0.0.1');
      people.add(socket);
      return joinAs(nick, password, socket);
    },
    close: async () => {
      for (const socket of people) socket.destroy();
      await kill();
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
    if (Date.now() > endsAtMs) throw new Error('ngircd did not come up within 20 s.');
    await sleep(30);
  }
}
