import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LOOPBACK } from '../dev/port.ts';
import { figure, figuresOf, type Row } from './figures.ts';
import type { Sizes } from './sizes.ts';
import { cleanEnvironment, ROOT } from './stand.ts';

const UP_WITHIN_MS = 120_000;
const ASKED_EVERY_MS = 25;

/**
 * From `npm start` to the first 202, on data that an earlier start has made, with packages and Temporal at hand. That
 * earlier start is not measured; its worker logs more than usual, the size of the workflow bundle among it.
 */
export async function measureWarmStart({ starts }: Sizes): Promise<readonly Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-start-'));
  try {
    const isWhole = (): boolean => existsSync(join(dataDir, 'stand.json'));
    await secondsUntil(async () => isWhole(), dataDir, { TOCSIN_LOG_LEVEL: 'debug' });
    const bundleMegabytes = bundleSizeIn(join(dataDir, 'logs/worker.log'));
    const seconds: number[] = [];
    for (let start = 0; start < starts; start += 1) seconds.push(await secondsUntil(isAccepted, dataDir));
    return [
      {
        name: 'stand warm: npm start to first 202',
        unit: 's',
        ours: figuresOf([seconds]),
        floor: null,
        goal: { of: 'p50', atMost: 10 },
      },
      {
        name: 'workflow bundle',
        unit: 'MB',
        ours: figure(bundleMegabytes),
        floor: null,
        goal: { of: 'p50', atMost: 2 },
      },
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function secondsUntil(
  isSo: (port: number) => Promise<boolean>,
  dataDir: string,
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const port = await freePort();
  const startTick = performance.now();
  const npm = startNpm(['start'], { TOCSIN_DATA_DIR: dataDir, TOCSIN_PORT: String(port), ...env });
  const closed = once(npm, 'close');
  // However the bench ends: the stand must not outlive it.
  const killStand = (): void => signalStand(dataDir, 'SIGTERM');
  process.once('exit', killStand);
  try {
    while (!(await isSo(port))) {
      if (npm.exitCode !== null) throw new Error('npm start ended before it answered; see above');
      if (performance.now() - startTick > UP_WITHIN_MS) throw new Error('npm start did not answer in time');
      await sleep(ASKED_EVERY_MS);
    }
    return (performance.now() - startTick) / 1000;
  } finally {
    signalStand(dataDir, 'SIGTERM');
    await closed;
    process.off('exit', killStand);
  }
}

async function isAccepted(port: number): Promise<boolean> {
  try {
    const { status } = await fetch(`http://${LOOPBACK}:${port}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ summary: 'Is anybody there?' }),
    });
    return status === 202;
  } catch {
    return false;
  }
}

function startNpm(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  // Inside `npm run bench` npm says where it is; otherwise it has to be on the PATH.
  const itself = process.env['npm_execpath'];
  const [command, ...first] = itself?.endsWith('.js') === true ? [process.execPath, itself] : ['npm'];
  return spawn(command, [...first, ...args], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    // Ctrl-C at the terminal is for the bench, which then stops what it started.
    detached: true,
  });
}

/** The stand itself, not npm around it. It names itself in its directory as soon as it has it. */
function signalStand(dataDir: string, signal: NodeJS.Signals): void {
  try {
    const { stand } = JSON.parse(readFileSync(join(dataDir, 'stand-pids.json'), 'utf8')) as {
      stand?: number;
    };
    if (stand !== undefined) process.kill(stand, signal);
  } catch {
    // It has ended by itself.
  }
}

/** In megabytes, as the SDK says it of the bundle that the worker has made. */
function bundleSizeIn(logFile: string): number {
  const line = readFileSync(logFile, 'utf8')
    .split('\n')
    .findLast((text) => text.includes('Workflow bundle created'));
  const size = /"size":"([\d.]+)MB"/.exec(line ?? '')?.[1];
  if (size === undefined) throw new Error(`${logFile} does not say how large the bundle is`);
  return Number(size);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
