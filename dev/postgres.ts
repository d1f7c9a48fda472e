import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { choosePostgresHome, type PostgresHome } from './postgres-account.ts';
import { canConnect } from './postgres-database.ts';
import { stopOrphan } from './postgres-orphan.ts';
import { findPostgresProgram } from './postgres-program.ts';
import { choosePort, isPortFree, LOOPBACK } from './port.ts';
import { StandProblem } from './problem.ts';
import type { ProcessIdentity } from './running-process.ts';
import { type ProcessPlan, supervise } from './supervise.ts';
import { lastLines, runTool } from './tool.ts';

export interface Postgres {
  /** Of the maintenance database `postgres`, as its superuser. Holds the password. */
  readonly url: string;
  /** Undefined between a death and the restart. */
  running(): ProcessIdentity | undefined;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Data and password lie in `<dataDir>/postgres`, the log in `<dataDir>/logs`. Created when absent. */
  readonly dataDir: string;
  /** Taken when free, else any free one; 0 means any free one. */
  readonly preferredPort?: number;
  /** False for data that are thrown away after the run: nothing is forced to the disk, and the tests wait less. */
  readonly isDurable?: boolean;
  /** Told at every start and end of the server. */
  readonly onChange?: (running: ProcessIdentity | undefined) => void;
}

const SUPERUSER = 'tocsin';
/** A cluster that was killed replays its log first. */
const READY_WITHIN_MS = 60_000;
/** For whoever takes the port between our look and our listening. */
const ATTEMPTS = 3;

/**
 * Starts the embedded Postgres on its data, made at the first start, and keeps it running until `stop`. A Postgres that a
 * killed stand left behind on the same data is stopped first.
 *
 * @throws {StandProblem} with one sentence that says what to do.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const home = choosePostgresHome(await findPostgresProgram(), join(options.dataDir, 'postgres'));
  const data = join(home.directory, 'data');
  await stopOrphan(data);
  const password = await ensureCluster(home, data);
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(attempt === 1 ? options.preferredPort : 0);
    const url = `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/postgres`;
    const server = supervise(serverPlan({ home, data, port, options }));
    try {
      await server.readyWhen(() => canConnect(url), READY_WITHIN_MS);
      return { url, running: server.running, stop: server.stop };
    } catch (error) {
      await server.stop();
      if (attempt === ATTEMPTS || (await isPortFree(port))) throw error;
    }
  }
}

function serverPlan({
  home,
  data,
  port,
  options: { dataDir, isDurable = true, onChange },
}: {
  readonly home: PostgresHome;
  readonly data: string;
  readonly port: number;
  readonly options: PostgresOptions;
}): ProcessPlan {
  const settings = {
    listen_addresses: LOOPBACK,
    // A socket in a shared directory would collide with every other Postgres of the machine.
    unix_socket_directories: '',
    shared_buffers: '64MB',
    ...(!isDurable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    // Every test process holds a pool of its own.
    max_connections: '300',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return {
    name: 'PostgreSQL',
    ...home.as('postgres', [
      ...['-D', data, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]),
    env: postgresEnvironment(),
    logFile: join(dataDir, 'logs', 'postgres.log'),
    // Fast: it ends the sessions that are left. Immediate: it leaves repairing to the next start. See pg_ctl stop.
    stopSignals: ['SIGINT', 'SIGQUIT', 'SIGKILL'],
    ...(onChange !== undefined && { onChange }),
  };
}

/** Makes the cluster at the first start, whole or not at all, and returns the password of its superuser. */
async function ensureCluster(home: PostgresHome, data: string): Promise<string> {
  const passwordFile = join(home.directory, 'password');
  if (existsSync(data)) {
    requireSameVersion(home, data);
    return readPassword(passwordFile, data);
  }
  writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  home.own(passwordFile);
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  const { command, args, ...account } = home.as('initdb', [
    ...['-D', draft, `--pwfile=${passwordFile}`, `--username=${SUPERUSER}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C.UTF-8'],
  ]);
  const run = await runTool(command, args, { ...account, cwd: '/', env: postgresEnvironment() });
  if (run.code !== 0) {
    throw new StandProblem(
      `PostgreSQL could not make its data in ${data}: mend that, choose another TOCSIN_DATA_DIR, or set DATABASE_URL.` +
        lastLines(run.startError?.message ?? run.output),
    );
  }
  renameSync(draft, data);
  return readPassword(passwordFile, data);
}

function requireSameVersion({ program }: PostgresHome, data: string): void {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (program.version.split('.')[0] === made) return;
  throw new StandProblem(
    `The data in ${data} was made by PostgreSQL ${made}, and this is ${program.version}: move it away to begin anew, or choose another TOCSIN_DATA_DIR.`,
  );
}

function readPassword(file: string, data: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new StandProblem(
      `The password of the data in ${data} is gone (${file}): restore the file, or move the data away.`,
      {
        cause,
      },
    );
  }
}

/** Nothing of the surroundings: PGDATA, PGPORT and their like would change what we start. */
function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}
