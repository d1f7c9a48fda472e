import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of somebody else's, of a Debian package, on a port of loopback. */
export interface InstalledServer {
  /** Until it listens. */
  start(): Promise<void>;
  /** In its own time, until nobody listens any more. */
  stop(): Promise<void>;
  /** At once, as when its machine fails. */
  kill(): Promise<void>;
  /** It answers nobody, and loses nothing. */
  freeze(): void;
  thaw(): void;
}

export interface Installed {
  readonly program: string;
  readonly package: string;
  readonly arguments: readonly string[];
  readonly port: number;
  /** True of one that says the first word: it is there when it has said it. */
  readonly greets?: boolean;
}

const WITHIN_MS = 20_000;

/** Throws where the package is missing: a test that cannot be made has failed. */
export function requireInstalled({ program, package: name }: Pick<Installed, 'program' | 'package'>): void {
  if (!existsSync(program))
    throw new Error(`There is no ${program} to test with: install the Debian package \`${name}\`.`);
}

export function installedServer(installed: Installed): InstalledServer {
  const { program, port, greets = false } = installed;
  let server: ChildProcess | undefined;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(signal);
    await gone;
  };
  return {
    async start() {
      server = spawn(program, installed.arguments, { stdio: 'ignore' });
      await until(`${program} listens`, () => isListening(port, greets));
    },
    async stop() {
      await end('SIGTERM');
      await until(`${program} is gone`, async () => !(await isListening(port, greets)));
    },
    kill: () => end('SIGKILL'),
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
  };
}

function isListening(port: number, greets: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const isThere = (): void => {
      resolve(true);
      socket.end();
    };
    socket.on('error', () => resolve(false)).on('close', () => resolve(false));
    socket.on(greets ? 'data' : 'connect', isThere);
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error(`Not within ${WITHIN_MS / 1000} s: ${what}.`);
    await sleep(30);
  }
}
