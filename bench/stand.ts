import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { StandAddresses } from '../dev/data-directory.ts';
import { StandProblem } from '../dev/problem.ts';
import { TSX_LOADER } from '../dev/tsx-loader.ts';
import { until } from './pace.ts';
import { writeBenchPolicy } from './policy.ts';

/** What `npm start` brings up, with its mail going to the bench. */
export interface Stand extends StandAddresses {
  /** Under which it runs. */
  readonly policyFile: string;
  /** Sends a step as somebody of the stand and gives the answer's body; anything but 2xx ends the bench. */
  post<Body>(path: string, body: object, as?: string): Promise<Body>;
  pidOf(name: 'server' | 'worker'): number;
  stop(): Promise<void>;
}

/** Said to the stand, so that the bench can start what waits there. */
export const TASK_QUEUE = 'incidents';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const UP_WITHIN_MS = 120_000;
const DOWN_WITHIN_MS = 60_000;

export async function startStand(smtpUrl: string): Promise<Stand> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const policyFile = writeBenchPolicy(dataDir);
  const child = launch(dataDir, smtpUrl, policyFile);
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await until('the stand is up', async () => isUp(child, dataDir), { withinMs: UP_WITHIN_MS, everyMs: 50 });
  } catch (error) {
    await stop();
    throw error;
  }
  const addresses = readJson(join(dataDir, 'stand.json')) as StandAddresses;
  const tokens = readJson(join(dataDir, 'tokens.json')) as Readonly<Record<string, string>>;
  return {
    ...addresses,
    policyFile,
    post: (path, body, as) =>
      postJson(`${addresses.api}${path}`, body, as === undefined ? undefined : tokens[as]),
    pidOf(name) {
      const pids = readJson(join(dataDir, 'stand-pids.json')) as Readonly<Record<string, unknown>>;
      const pid = pids[name];
      if (typeof pid !== 'number') throw new Error(`${name} does not run at the moment`);
      return pid;
    },
    stop,
  };
}

/** As the command line sends it: with a key, so that it could be sent again. */
export async function postJson<Body>(url: string, body: object, token?: string): Promise<Body> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${new URL(url).pathname} was answered ${response.status}: ${text}`);
  return JSON.parse(text) as Body;
}

/** What the developer's shell is set up for is another stand. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const isOfAStand = (name: string): boolean =>
    /^(TOCSIN_|TEMPORAL_)/.test(name) || ['DATABASE_URL', 'SMTP_URL', 'NODE_OPTIONS'].includes(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfAStand(name)));
}

function launch(dataDir: string, smtpUrl: string, policyFile: string): ChildProcess {
  return spawn(process.execPath, ['--import', TSX_LOADER, join(ROOT, 'dev/start.ts')], {
    cwd: ROOT,
    env: {
      ...cleanEnvironment(),
      TOCSIN_DATA_DIR: dataDir,
      TOCSIN_PORT: '0',
      TOCSIN_TASK_QUEUE: TASK_QUEUE,
      SMTP_URL: smtpUrl,
      TOCSIN_POLICY: policyFile,
    },
    // The channel ends with this process, however it ends: the stand notices, and stops too.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function isUp(child: ChildProcess, dataDir: string): Promise<boolean> {
  if (child.exitCode !== null) throw new StandProblem('The stand did not start; see above.');
  try {
    readFileSync(join(dataDir, 'stand.json'));
    return true;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const isClosed = await Promise.race([
    closed.then(() => true),
    sleep(DOWN_WITHIN_MS, false, { ref: false }),
  ]);
  if (!isClosed) child.kill('SIGKILL');
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8')) as unknown;
}
