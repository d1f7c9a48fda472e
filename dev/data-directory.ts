import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { takeLock } from './lock.ts';
import { StandProblem } from './problem.ts';
import { say } from './progress.ts';
import { identityOf, isRunning, type ProcessIdentity, stopProcess } from './running-process.ts';

/** The addresses in use. Holds the password of the database. */
export interface StandAddresses {
  readonly api: string;
  readonly temporal: string;
  readonly temporalUi: string | null;
  /** The page to read the mail; null when the mail goes to a server that is not of the stand. */
  readonly mail: string | null;
  /** Where we send. */
  readonly smtp: string;
  /** Where mail for us is taken in. */
  /** Where mail for us is taken in. */
  readonly smtpIntake: string;
  readonly database: string;
}

/** What runs: the processes themselves, no wrapper. Absent: not of the stand, or dead at the moment. */
export type StandProcesses = Readonly<
  Partial<Record<'stand' | 'postgres' | 'temporal' | 'worker' | 'server', ProcessIdentity>>
>;

/** The directory of one stand, which only one stand uses at a time. */
export interface DataDirectory {
  readonly path: string;
  readonly tokensFile: string;
  readonly signingKeyFile: string;
  writeAddresses(addresses: StandAddresses): void;
  writeProcesses(processes: StandProcesses): void;
}

/**
 * Takes the directory for the rest of this process, makes it when absent, and stops what a stand that was killed left behind in it.
 *
 * @throws {StandProblem} when another stand runs on it, or it cannot be written.
 */
export async function takeDataDirectory(path: string): Promise<DataDirectory> {
  const addressesFile = join(path, 'stand.json');
  const processesFile = join(path, 'stand-pids.json');
  make(path);
  const lock = takeLock(join(path, 'stand.lock'));
  if (lock.kind === 'taken') {
    throw new StandProblem(
      `A stand already runs on ${path} (process ${lock.by.pid}): stop it with Ctrl-C where it runs, or choose another TOCSIN_DATA_DIR and TOCSIN_PORT.`,
    );
  }
  rmSync(addressesFile, { force: true });
  await stopLeftovers(processesFile);
  // However this process ends, a kill excepted: nobody is to find a stand here any more.
  process.once('exit', () => {
    rmSync(addressesFile, { force: true });
    rmSync(processesFile, { force: true });
    lock.release();
  });
  return {
    path,
    tokensFile: join(path, 'tokens.json'),
    signingKeyFile: join(path, 'signing.key'),
    writeAddresses: (addresses) => writeWhole(addressesFile, addresses),
    writeProcesses: (processes) => writeWhole(processesFile, describe(processes)),
  };
}

function make(path: string): void {
  try {
    // Others may pass through, and see nothing: PostgreSQL may have to run as somebody else, see postgres-account.ts.
    mkdirSync(path, { recursive: true, mode: 0o711 });
    writeFileSync(join(path, '.gitignore'), '*\n');
  } catch (cause) {
    throw new StandProblem(`${path} cannot be written: mend that, or choose another TOCSIN_DATA_DIR.`, {
      cause,
    });
  }
}

interface ProcessesFile {
  readonly births: Readonly<Record<string, string>>;
  readonly [name: string]: number | null | Readonly<Record<string, string>>;
}

/** Numbers by name, for whoever wants to kill one; and what tells each from a later process of the same number. */
function describe(processes: StandProcesses): ProcessesFile {
  const pids = { postgres: null, temporal: null, worker: null, server: null, smtp: null };
  const running = Object.entries(processes).filter(([, identity]) => identity !== undefined);
  return {
    ...pids,
    ...Object.fromEntries(running.map(([name, { pid }]) => [name, pid])),
    births: Object.fromEntries(running.map(([name, { birth }]) => [name, birth])),
  };
}

/** PostgreSQL is not among them: it is stopped where it is started, in its own way. */
const LEFTOVERS = ['server', 'worker', 'temporal'];

async function stopLeftovers(processesFile: string): Promise<void> {
  const left = leftoversIn(processesFile);
  if (left.length === 0) return;
  say(`  Stopping what an earlier stand left behind (processes ${left.map(({ pid }) => pid).join(', ')}).`);
  await Promise.all(
    left.map((identity) => stopProcess(identity, { signals: ['SIGTERM', 'SIGKILL'], patienceMs: 3000 })),
  );
}

function leftoversIn(processesFile: string): readonly ProcessIdentity[] {
  const { births, ...pids } = readProcesses(processesFile);
  return LEFTOVERS.map((name) => ({ pid: pids[name], birth: births[name] })).filter(
    (identity): identity is ProcessIdentity =>
      typeof identity.pid === 'number' &&
      identity.birth !== undefined &&
      isRunning({ pid: identity.pid, birth: identity.birth }),
  );
}

function readProcesses(file: string): ProcessesFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessesFile;
  } catch {
    return { births: {} };
  }
}

/** A reader finds the old text or the new one, never a half. */
function writeWhole(file: string, value: object): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** This process, as others find it in the directory. */
export function ownIdentity(): ProcessIdentity {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('a running process has an identity');
  return identity;
}
