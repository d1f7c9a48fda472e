import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll } from 'vitest';

import type { StandAddresses } from '../../dev/data-directory.ts';
import type { Fault, FaultScope } from '../../dev/mail-faults.ts';
import type { Mail } from '../../dev/mail-store.ts';
import { identityOf, isRunning, type ProcessIdentity } from '../../dev/running-process.ts';

type StandProcess = 'postgres' | 'temporal' | 'worker' | 'server';

export interface StandOptions {
  /** A policy file, relative to the project. */
  readonly policy?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Of an earlier stand, to go on with its data; it is then not removed at the end. */
  readonly dataDir?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else text. */
  readonly body: unknown;
}

/** What `npm start` brings up, in a directory and on ports of its own. */
export interface Stand extends StandAddresses {
  readonly dataDir: string;
  /** The bearer token of one of the stand's people. */
  token(username: string): string;
  /** A call of the API; `body` is sent as JSON, and `as` says whose token goes along. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Every mail so far, in the order in which they came. */
  mails(): Promise<readonly Mail[]>;
  /** The first mail that fits, among those that are there and those to come. */
  waitForMail(fits: (mail: Mail) => boolean, timeoutMs: number): Promise<Mail>;
  failMail(fault: Fault, scope?: FaultScope): Promise<void>;
  healMail(): Promise<void>;
  /** Ends the process itself without warning (SIGKILL). The stand starts it again. */
  kill(name: StandProcess): Promise<void>;
  /** Until the process runs again after `kill`, or after whatever else ended it; says nothing of its being ready. */
  untilRestarted(name: StandProcess, timeoutMs?: number): Promise<void>;
  /** Until `GET /readyz` says 200. */
  untilReady(timeoutMs?: number): Promise<void>;
  /** What the stand has printed so far. */
  output(): string;
  /** As Ctrl-C: in order, the data stays. Rejects when the stand had ended by itself before. */
  stop(): Promise<void>;
  /** Ends the stand itself without warning; what it had started lives on, as after a crash. */
  crash(): Promise<void>;
  /** Stops, and removes the data unless they were given or are to be kept for whoever looks into a failure. */
  dispose(options: { readonly keepData: boolean }): Promise<void>;
}

interface RequestOptions {
  readonly as?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UP_WITHIN_MS = 120_000;
const DOWN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * A stand for the tests of one file or `describe`, brought up before them and removed after them. Where one of them has
 * failed the data stay, logs included, and their place is printed.
 *
 * @returns a function that gives the stand, to be called inside tests and hooks.
 */
export function ownStand(options: StandOptions = {}): () => Stand {
  let stand: Stand | undefined;
  beforeAll(async () => {
    stand = await startStand(options);
  }, UP_WITHIN_MS + 5000);
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures are wanted: none.
  afterAll(async ({}, suite) => {
    const keepData = hasFailed(suite);
    if (keepData && stand !== undefined) console.error(`The data of the stand are kept: ${stand.dataDir}`);
    await stand?.dispose({ keepData });
  }, DOWN_WITHIN_MS + 5000);
  return () => {
    if (stand === undefined) throw new Error('the stand is there only while the tests run');
    return stand;
  };
}

/** Brings a stand up and waits until it is ready. The caller disposes of it; `ownStand` does so by itself. */
export async function startStand(options: StandOptions = {}): Promise<Stand> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tocsin-stand-'));
  const run = launch(dataDir, options);
  const addresses = await untilUp(run, dataDir);
  const mailCall = (method: string, path: string, body?: unknown) =>
    call(`${addresses.mail}${path}`, { method, body, headers: {} });
  const allMails = async () => (await mailCall('GET', '/api/mails')).body as readonly Mail[];
  const token = (username: string) => tokenOf(dataDir, username);

  const stand: Stand = {
    ...addresses,
    dataDir,
    token,
    async request(method, path, { as, body, headers = {} } = {}) {
      run.requireRunning();
      const authorization = as === undefined ? {} : { authorization: `Bearer ${token(as)}` };
      return call(`${addresses.api}${path}`, { method, body, headers: { ...authorization, ...headers } });
    },
    mails: allMails,
    async waitForMail(fits, timeoutMs) {
      let seen: readonly Mail[] = [];
      const look = async () => {
        run.requireRunning();
        seen = await allMails();
        return seen.find(fits);
      };
      return until(
        look,
        timeoutMs,
        () => `no such mail; there are ${seen.map(({ subject }) => subject).join(' | ')}`,
      );
    },
    async failMail(fault, { recipient, times } = {}) {
      const answer = await mailCall('POST', '/api/faults', { fault, recipient, times });
      if (answer.status !== 201) throw new Error(`the mail sink refused: ${JSON.stringify(answer.body)}`);
    },
    async healMail() {
      await mailCall('DELETE', '/api/faults');
    },
    async kill(name) {
      const identity = processOf(dataDir, name);
      if (identity === undefined) throw new Error(`${name} does not run at the moment`);
      process.kill(identity.pid, 'SIGKILL');
      await until(
        () => !isRunning(identity),
        5000,
        () => `${name} does not end`,
      );
    },
    async untilRestarted(name, timeoutMs = 30_000) {
      await until(
        () => processOf(dataDir, name),
        timeoutMs,
        () => `${name} was not started again`,
      );
    },
    async untilReady(timeoutMs = 60_000) {
      const isReady = () =>
        call(`${addresses.api}/readyz`, { method: 'GET', headers: {} }).then(({ status }) => status === 200);
      await until(
        () => isReady().catch(() => false),
        timeoutMs,
        () => `not ready\n${run.output()}`,
      );
    },
    output: run.output,
    async stop() {
      run.requireRunning();
      await run.end('SIGTERM');
    },
    crash: () => run.end('SIGKILL'),
    async dispose({ keepData }) {
      const wasRunning = run.isRunning();
      if (wasRunning) await run.end('SIGTERM');
      if (!keepData && options.dataDir === undefined) {
        rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
      }
      if (!wasRunning && !run.wasEnded()) run.requireRunning();
    },
  };
  return stand;
}

interface Run {
  readonly pid: number | undefined;
  isRunning(): boolean;
  /** Whether it was us who ended it. */
  wasEnded(): boolean;
  requireRunning(): void;
  output(): string;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

function launch(dataDir: string, { policy, env = {}, args = [] }: StandOptions): Run {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'dev/start.ts', ...args], {
    cwd: ROOT,
    env: {
      ...withoutStandNames(process.env),
      TOCSIN_DATA_DIR: dataDir,
      TOCSIN_PORT: '0',
      ...(policy !== undefined && { TOCSIN_POLICY: resolve(ROOT, policy) }),
      ...env,
    },
    // The channel ends with this process, however it ends: the stand notices, and stops too.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const closed = once(child, 'close');
  let isEnded = false;
  let isClosed = false;
  void closed.then(() => (isClosed = true));
  return {
    pid: child.pid,
    isRunning: () => !isClosed,
    wasEnded: () => isEnded,
    output: () => output,
    requireRunning() {
      if (isClosed && !isEnded) throw new Error(`the stand has ended by itself:\n${output}`);
      if (isClosed) throw new Error('the stand was stopped');
    },
    async end(signal) {
      isEnded = true;
      child.kill(signal);
      const isDown = await Promise.race([
        closed.then(() => true),
        sleep(DOWN_WITHIN_MS, false, { ref: false }),
      ]);
      if (isDown) return;
      child.kill('SIGKILL');
      throw new Error(`the stand did not stop:\n${output}`);
    },
  };
}

async function untilUp(run: Run, dataDir: string): Promise<StandAddresses> {
  const look = () => {
    run.requireRunning();
    // A stand that crashed leaves its addresses behind; they count when the processes listed are those of this one.
    if (processOf(dataDir, 'stand')?.pid !== run.pid) return undefined;
    return readJson(join(dataDir, 'stand.json')) as StandAddresses | undefined;
  };
  try {
    return await until(look, UP_WITHIN_MS, () => `the stand is not up:\n${run.output()}`);
  } catch (error) {
    if (run.isRunning()) await run.end('SIGTERM');
    throw error;
  }
}

function processOf(dataDir: string, name: StandProcess | 'stand'): ProcessIdentity | undefined {
  const pids = readJson(join(dataDir, 'stand-pids.json')) as Record<string, number | null> | undefined;
  const pid = pids?.[name];
  return typeof pid === 'number' ? identityOf(pid) : undefined;
}

function tokenOf(dataDir: string, username: string): string {
  const tokens = readJson(join(dataDir, 'tokens.json')) as Record<string, string> | undefined;
  const token = tokens?.[username];
  if (token === undefined) throw new Error(`${username} is none of the stand's people`);
  return token;
}

async function call(
  url: string,
  {
    method,
    body,
    headers,
  }: { readonly method: string; readonly body?: unknown; readonly headers: Readonly<Record<string, string>> },
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

/** Asks until the answer is neither undefined nor false. */
async function until<Result>(
  ask: () => Promise<Result | undefined | false> | Result | undefined | false,
  timeoutMs: number,
  complaint: () => string,
): Promise<Result> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > untilMs) throw new Error(`after ${timeoutMs} ms: ${complaint()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** What the developer's shell is set up for is another stand. */
function withoutStandNames(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^(TOCSIN_|TEMPORAL_|VITEST)/.test(name) &&
        !['DATABASE_URL', 'SMTP_URL', 'NODE_OPTIONS'].includes(name),
    ),
  );
}

interface Outcome {
  readonly result?: { readonly state: string } | undefined;
  readonly tasks?: readonly Outcome[];
}

function hasFailed({ result, tasks = [] }: Outcome): boolean {
  return result?.state === 'fail' || tasks.some(hasFailed);
}
