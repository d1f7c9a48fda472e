import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { StandProblem } from './problem.ts';
import { openProcessLog, readable } from './process-log.ts';
import { say } from './progress.ts';
import { identityOf, type ProcessIdentity } from './running-process.ts';

export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly logFile: string;
  readonly onLine?: (line: string) => void;
  /** Told at every start and end. */
  readonly onChange?: (running: ProcessIdentity | undefined) => void;
  /** One after the other, until it ends. */
  readonly stopSignals?: readonly NodeJS.Signals[];
  readonly patienceMs?: number;
}

export interface Supervised {
  readonly name: string;
  /** Undefined between a death and the restart. */
  running(): ProcessIdentity | undefined;
  /**
   * Waits until the probe says yes. From then on the process is started again whenever it ends; before that, its end is
   * the end of the attempt.
   *
   * @throws {StandProblem} with its last lines, when it ends or is not ready in time.
   */
  readyWhen(probe: () => Promise<boolean>, withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_RESTART_AFTER_MS = 200;
const LAST_RESTART_AFTER_MS = 10_000;
/** Who lived this long is given the short wait again. */
const HEALTHY_AFTER_MS = 30_000;
const PROBE_EVERY_MS = 25;

/** What runs at the moment, for the last resort: see `killEverything`. */
const alive = new Set<ChildProcess>();
/** What was started and not stopped, also while it is not ready yet: see `stopEverything`. */
const supervised = new Set<Supervised>();
let isEnding = false;

/** Starts a process of the stand and keeps it running until `stop`. It has a process group of its own: Ctrl-C at the terminal
 * reaches the stand alone, which then stops its parts in order. */
export function supervise(plan: ProcessPlan): Supervised {
  if (isEnding) throw new StandProblem(`${plan.name} is not started any more: the stand is being stopped.`);
  const log = openProcessLog(plan.logFile, plan.onLine);
  let child: ChildProcess | undefined;
  let identity: ProcessIdentity | undefined;
  let isReady = false;
  let isStopping = false;
  let restartAfterMs = FIRST_RESTART_AFTER_MS;
  let restart: NodeJS.Timeout | undefined;
  let end: string | undefined;

  const start = () => {
    const startedAtMs = performance.now();
    end = undefined;
    log.turnPage();
    child = spawn(plan.command, plan.args, {
      cwd: plan.cwd ?? '/',
      env: plan.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(plan.uid !== undefined && { uid: plan.uid }),
      ...(plan.gid !== undefined && { gid: plan.gid }),
    });
    const started = child;
    alive.add(started);
    identity = started.pid === undefined ? undefined : identityOf(started.pid);
    if (started.stdout !== null) log.follow(started.stdout);
    if (started.stderr !== null) log.follow(started.stderr);
    started.once('error', (error) => ended(error.message));
    // `close`, not `exit`: its last words have arrived by then.
    started.once('close', (code, signal) => ended(signal ?? `exit code ${code}`));
    plan.onChange?.(identity);

    function ended(how: string) {
      if (!alive.delete(started)) return;
      identity = undefined;
      end = how;
      plan.onChange?.(undefined);
      if (isStopping || !isReady) return;
      if (performance.now() - startedAtMs > HEALTHY_AFTER_MS) restartAfterMs = FIRST_RESTART_AFTER_MS;
      say(
        `${plan.name} ended (${how}); starting it again in ${restartAfterMs / 1000} s. Its log: ${plan.logFile}`,
      );
      restart = setTimeout(start, restartAfterMs);
      restartAfterMs = Math.min(restartAfterMs * 2, LAST_RESTART_AFTER_MS);
    }
  };
  start();

  const lastWords = () =>
    log
      .lastLines()
      .map((line) => `\n    ${readable(line)}`)
      .join('');
  const problem = (what: string) =>
    new StandProblem(
      `${plan.name} ${what}. Its log is ${plan.logFile}${lastWords() && `, and ends with:${lastWords()}`}`,
    );

  const self: Supervised = {
    name: plan.name,
    running: () => identity,
    async readyWhen(probe, withinMs) {
      const untilMs = performance.now() + withinMs;
      while (!(await probe().catch(() => false))) {
        if (isStopping) throw new StandProblem(`${plan.name} was stopped while it started.`);
        if (end !== undefined) throw problem(`ended while it started (${end})`);
        if (performance.now() > untilMs) throw problem(`was not ready within ${withinMs / 1000} s`);
        await sleep(PROBE_EVERY_MS);
      }
      isReady = true;
    },
    async stop() {
      isStopping = true;
      clearTimeout(restart);
      if (child !== undefined && alive.has(child)) await stopChild(child, plan);
      log.close();
      supervised.delete(self);
    },
  };
  supervised.add(self);
  return self;
}

/** Stops whatever is still there, and lets nothing new begin. */
export async function stopEverything(): Promise<void> {
  isEnding = true;
  await Promise.all([...supervised].map((process) => process.stop()));
}

async function stopChild(
  child: ChildProcess,
  { stopSignals = ['SIGTERM', 'SIGKILL'], patienceMs = 15_000 }: ProcessPlan,
): Promise<void> {
  const closed = once(child, 'close');
  for (const signal of stopSignals) {
    child.kill(signal);
    const patience = new AbortController();
    const isClosed = await Promise.race([
      closed.then(() => true),
      sleep(patienceMs, false, { signal: patience.signal }).catch(() => false),
    ]);
    patience.abort();
    if (isClosed) return;
  }
}

// However this process ends, a kill excepted, it leaves nobody behind.
process.once('exit', killEverything);

/** The last resort, for a second Ctrl-C and an error that nobody foresaw. */
export function killEverything(): void {
  for (const child of alive) child.kill('SIGKILL');
}
