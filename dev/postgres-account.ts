import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

import { StandProblem } from './problem.ts';
import type { PostgresProgram } from './postgres-program.ts';
import { say } from './progress.ts';

/** As whom Postgres runs, and where its programs and its data then have to be. */
export interface PostgresHome {
  readonly program: PostgresProgram;
  /** Holds `data` and `password`. */
  readonly directory: string;
  /** The command that runs a program of Postgres as that account. */
  as(program: 'initdb' | 'postgres', args: readonly string[]): PostgresCommand;
  /** Hands a file or directory over to that account. */
  own(path: string): void;
}

interface PostgresCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Postgres refuses to run as root, and an ordinary account may not enter root's home. Three ways, the first that works:
 * as we are, when we are not root; in a user namespace in which root has another number, which reads and writes root's
 * files where they are; as an account without rights, with programs and data where it may go.
 *
 * What an earlier start has written decides, so that nobody's data is out of reach after a change of the machine.
 */
export function choosePostgresHome(program: PostgresProgram, wanted: string): PostgresHome {
  mkdirSync(wanted, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0 && accountOf(uid) !== undefined) return asOurselves(program, wanted);
  const account = unprivilegedAccount();
  if (!isDataElsewhere(wanted) && canMapAccount(account)) return inUserNamespace(program, wanted, account);
  if (uid !== 0) {
    throw new StandProblem(
      `The account ${uid} has no entry in /etc/passwd, without which PostgreSQL does not start: add one, or set DATABASE_URL.`,
    );
  }
  return asAccount(program, wanted, account);
}

function asOurselves(program: PostgresProgram, directory: string): PostgresHome {
  const data = join(directory, 'data');
  if (existsSync(data) && statSync(data).uid !== process.getuid?.()) {
    throw new StandProblem(
      `${data} belongs to another account (it was made by root?): give it to yours, or choose another TOCSIN_DATA_DIR.`,
    );
  }
  return {
    program,
    directory,
    as: (name, args) => ({ command: join(program.directory, 'bin', name), args }),
    own: () => {},
  };
}

function inUserNamespace(program: PostgresProgram, directory: string, account: Account): PostgresHome {
  return {
    program,
    directory,
    as: (name, args) => ({
      command: UNSHARE,
      args: [...mapping(account), join(program.directory, 'bin', name), ...args],
    }),
    own: () => {},
  };
}

function asAccount(program: PostgresProgram, wanted: string, account: Account): PostgresHome {
  const { uid, gid, name } = account;
  const canEnter = (path: string) => spawnSync('test', ['-x', path], { uid, gid, cwd: '/' }).status === 0;
  const reachableProgram = canEnter(join(program.directory, 'bin', 'postgres'))
    ? program
    : copyProgram(program);
  const isReachable = canEnter(wanted) || makeReachable(wanted, account, canEnter);
  const directory = isReachable ? wanted : elsewhere(wanted);
  mkdirSync(directory, { recursive: true });
  chownSync(directory, uid, gid);
  const data = join(directory, 'data');
  if (existsSync(data) && statSync(data).uid !== uid) spawnSync('chown', ['-R', `${uid}:${gid}`, data]);
  if (!isReachable)
    say(`  PostgreSQL runs as ${name}, who may not enter ${wanted}: its data is in ${directory}.`);
  return {
    program: reachableProgram,
    directory,
    as: (programName, args) => ({
      command: join(reachableProgram.directory, 'bin', programName),
      args,
      uid,
      gid,
    }),
    own: (path) => chownSync(path, uid, gid),
  };
}

/**
 * The data directory around it is closed to others. Let through (not shown around), the account reaches its own; every
 * file with a secret in it is closed by itself.
 */
function makeReachable(
  directory: string,
  { uid, gid }: Account,
  canEnter: (path: string) => boolean,
): boolean {
  const MAY_PASS = 0o011;
  const around = dirname(directory);
  chmodSync(around, statSync(around).mode | MAY_PASS);
  chownSync(directory, uid, gid);
  return canEnter(directory);
}

const SYSTEM_DIRECTORY = '/var/lib/tocsin';

function elsewhere(wanted: string): string {
  return join(SYSTEM_DIRECTORY, createHash('sha256').update(wanted).digest('hex').slice(0, 12));
}

function isDataElsewhere(wanted: string): boolean {
  const data = join(wanted, 'data');
  return (
    existsSync(join(elsewhere(wanted), 'data')) ||
    (existsSync(data) && statSync(data).uid !== process.getuid?.())
  );
}

function copyProgram(program: PostgresProgram): PostgresProgram {
  const directory = join(SYSTEM_DIRECTORY, `postgres-${program.version}`);
  if (!existsSync(directory)) {
    const draft = `${directory}.${process.pid}`;
    cpSync(program.directory, draft, { recursive: true, verbatimSymlinks: true });
    rmSync(directory, { recursive: true, force: true });
    renameSync(draft, directory);
  }
  return { ...program, directory };
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Of util-linux; not on every system, and in a container often forbidden. */
const UNSHARE = 'unshare';

function canMapAccount(account: Account): boolean {
  return spawnSync(UNSHARE, [...mapping(account), 'true']).status === 0;
}

function mapping({ uid, gid }: Account): readonly string[] {
  return ['--user', `--map-user=${uid}`, `--map-group=${gid}`];
}

function unprivilegedAccount(): Account {
  const known = accounts();
  const account =
    known.find(({ name }) => name === 'postgres') ??
    known.find(({ name }) => name === 'nobody') ??
    known.find(({ uid }) => uid !== 0);
  if (account !== undefined) return account;
  throw new StandProblem(
    'PostgreSQL does not run as root, and there is no other account on this system: add one (useradd postgres), or set DATABASE_URL.',
  );
}

function accountOf(uid: number): Account | undefined {
  // On a Mac ordinary accounts are not in the file; there every account has an entry.
  if (process.platform !== 'linux') return { name: basename(process.env['HOME'] ?? ''), uid, gid: uid };
  return accounts().find((account) => account.uid === uid);
}

function accounts(): readonly Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => {
      const [name = '', , uid, gid] = line.split(':');
      return { name, uid: Number(uid), gid: Number(gid) };
    });
}
