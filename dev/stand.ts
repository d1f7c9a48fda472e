import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TemporalConnection } from '../src/config.ts';
import { migrate } from '../src/persistence/migrate.ts';
import {
  type DataDirectory,
  ownIdentity,
  type StandAddresses,
  type StandProcesses,
  takeDataDirectory,
} from './data-directory.ts';
import type { ProcessIdentity } from './running-process.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';
import type { StandOptions } from './options.ts';
import { choosePort, claimPort, LOOPBACK } from './port.ts';
import { canConnect, ensureDatabase } from './postgres-database.ts';
import { startPostgres } from './postgres.ts';
import { StandProblem } from './problem.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';
import { ensureSigningKey } from './signing-key.ts';
import { graveLine } from './process-log.ts';
import { say, withProgress } from './progress.ts';
import { type ProcessPlan, stopEverything, supervise } from './supervise.ts';
import { ensureSearchAttributes, isReachable } from './temporal-namespace.ts';
import { startTemporalOnPostgres } from './temporal-on-postgres.ts';
import { startTemporal, type Temporal } from './temporal.ts';
import { ensureTokens } from './tokens.ts';
import { TSX_LOADER } from './tsx-loader.ts';

export interface Stand {
  readonly addresses: StandAddresses;
  readonly tokensFile: string;
  readonly logDirectory: string;
}

/** Who asked for any free port gets any free port everywhere: several stands then never contend for one. */
const PREFERRED_PORTS = {
  postgres: 15_432,
  temporal: 7233,
  temporalUi: 8233,
  smtp: 1025,
  smtpIntake: 2525,
  mail: 8025,
} as const;
const READY_WITHIN_MS = 120_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** How to stop what was started, the last one first. Filled while the stand comes up, so that half a stand can be stopped too. */
export type StopSteps = (() => Promise<void>)[];

/**
 * Brings everything up that was not given, in parallel where one does not need the other.
 *
 * @throws {StandProblem} with what to do; the caller then runs the steps.
 */
export async function bringUp(options: StandOptions, steps: StopSteps): Promise<Stand> {
  const directory = await takeDataDirectory(options.dataDir);
  steps.push(stopEverything);
  const apiPort = await choosePortOfApi(options.port);
  ensureTokens(directory.tokensFile);
  ensureSigningKey(directory.signingKeyFile);
  const changes = followProcesses(directory);
  const started = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    steps.push(() => part.stop());
    return part;
  };

  const startedDatabase = startDatabase(options, { started, onChange: changes('postgres') });
  const [database, engine, sink] = await Promise.all([
    startedDatabase,
    startEngine(options, { started, onChange: changes('temporal'), database: startedDatabase }),
    startMail(options, started),
    startedDatabase.then(({ url }) => withProgress('bringing the tables up to date', migrate(url))),
  ]);

  const api = `http://${LOOPBACK}:${apiPort}`;
  const smtpIntakePort = await choosePort(options.port === 0 ? 0 : PREFERRED_PORTS.smtpIntake);
  const addresses: StandAddresses = {
    api,
    temporal: engine.address,
    temporalUi: engine.uiUrl ?? null,
    mail: sink?.pageUrl ?? null,
    smtp: sink?.smtpUrl ?? options.given.smtpUrl ?? '',
    smtpIntake: `smtp://${LOOPBACK}:${smtpIntakePort}`,
    database: database.url,
  };
  const environment = environmentOf({ options, addresses, apiPort, smtpIntakePort, directory });
  const run = (name: 'worker' | 'server') =>
    started(supervise(entryPlan({ name, environment, dataDir: options.dataDir, onChange: changes(name) })));
  const entries = [run('worker'), run('server')];
  const isReady = async () => (await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(5000) })).ok;
  // Both are waited for, because the server is ready only when a worker polls; whichever ends says why.
  const ready = Promise.all(entries.map((entry) => entry.readyWhen(isReady, READY_WITHIN_MS)));
  await withProgress('waiting for worker and server', ready);
  directory.writeAddresses(addresses);
  return { addresses, tokensFile: directory.tokensFile, logDirectory: join(options.dataDir, 'logs') };
}

async function choosePortOfApi(wanted: number): Promise<number> {
  if (wanted === 0) return choosePort();
  if (await claimPort(wanted)) return wanted;
  throw new StandProblem(
    `Port ${wanted} is taken by another program: stop that, or choose another port with TOCSIN_PORT (0 means any free one).`,
  );
}

interface Start {
  /** Notes how the part is stopped. */
  readonly started: <Part extends { stop(): Promise<void> }>(part: Part) => Part;
  readonly onChange: (running: ProcessIdentity | undefined) => void;
}

/** `serverUrl` is of a user who may create databases; `url` is ours. */
interface Database {
  readonly url: string;
  readonly serverUrl: string;
}

async function startDatabase(
  { given, dataDir, port }: StandOptions,
  { started, onChange }: Start,
): Promise<Database> {
  if (given.databaseUrl !== undefined) {
    await requireDatabase(given.databaseUrl);
    return { url: given.databaseUrl, serverUrl: given.databaseUrl };
  }
  const preferredPort = port === 0 ? 0 : PREFERRED_PORTS.postgres;
  const starting = startPostgres({ dataDir, preferredPort, onChange });
  const { url: serverUrl } = started(await withProgress('starting PostgreSQL', starting));
  return { url: await ensureDatabase(serverUrl, { name: 'tocsin' }), serverUrl };
}

async function startEngine(
  { given, dataDir, port, namespace, temporalStore }: StandOptions,
  { started, onChange, database }: Start & { readonly database: Promise<Database> },
): Promise<Pick<Temporal, 'address' | 'uiUrl'>> {
  if (given.temporal !== undefined) {
    await prepareForeignTemporal(given.temporal, namespace);
    return { address: given.temporal.address, uiUrl: given.temporalUiUrl };
  }
  const ports = { server: PREFERRED_PORTS.temporal, ui: PREFERRED_PORTS.temporalUi };
  const engine = { dataDir, namespace, onChange, ...(port !== 0 && { preferredPorts: ports }) };
  const starting =
    temporalStore === 'sqlite'
      ? startTemporal(engine)
      : database.then(({ serverUrl }) => startTemporalOnPostgres(engine, serverUrl));
  return started(await withProgress('starting Temporal', starting));
}

async function startMail(
  { given, dataDir, port }: StandOptions,
  started: Start['started'],
): Promise<MailSink | undefined> {
  if (given.smtpUrl !== undefined) return undefined;
  const ports = { smtpPort: PREFERRED_PORTS.smtp, httpPort: PREFERRED_PORTS.mail };
  return started(await startMailSink({ ...(port !== 0 && ports), dir: join(dataDir, 'mails') }));
}

async function requireDatabase(url: string): Promise<void> {
  if (await canConnect(url)) return;
  throw new StandProblem(
    `PostgreSQL at ${new URL(url).host} does not let us in: start it and look at DATABASE_URL, or unset that to have one brought up.`,
  );
}

/** A Temporal of somebody else may not let us register anything; then its operator has to do it, and we say what. */
async function prepareForeignTemporal(connection: TemporalConnection, namespace: string): Promise<void> {
  if (!(await withProgress(`asking Temporal at ${connection.address}`, isReachable(connection)))) {
    throw new StandProblem(
      `Temporal at ${connection.address} does not answer: start it and look at TEMPORAL_ADDRESS, or unset that to have one brought up.`,
    );
  }
  try {
    await ensureSearchAttributes(connection, namespace);
  } catch (error) {
    const names = Object.keys(SEARCH_ATTRIBUTES).join(', ');
    const why = error instanceof Error ? error.message : String(error);
    say(`  Temporal does not let us register its search attributes (${why}): see that it has ${names}.`);
  }
}

function environmentOf({
  options,
  addresses,
  apiPort,
  smtpIntakePort,
  directory,
}: {
  readonly options: StandOptions;
  readonly addresses: StandAddresses;
  readonly apiPort: number;
  readonly smtpIntakePort: number;
  readonly directory: DataDirectory;
}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    TZ: 'UTC',
    TOCSIN_PORT: String(apiPort),
    TOCSIN_DATA_DIR: options.dataDir,
    TOCSIN_PUBLIC_URL: process.env['TOCSIN_PUBLIC_URL'] || addresses.api,
    TOCSIN_TOKENS_FILE: directory.tokensFile,
    TOCSIN_SIGNING_KEY_FILE: directory.signingKeyFile,
    TOCSIN_TEMPORAL_UI_URL: addresses.temporalUi ?? '',
    DATABASE_URL: addresses.database,
    SMTP_URL: addresses.smtp,
    TOCSIN_REPLY_ADDRESS: process.env['TOCSIN_REPLY_ADDRESS'] || 'security@stand.example',
    TOCSIN_SMTP_INTAKE_HOST: LOOPBACK,
    TOCSIN_SMTP_INTAKE_PORT: String(smtpIntakePort),
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: options.namespace,
  };
}

function entryPlan({
  name,
  environment,
  dataDir,
  onChange,
}: {
  readonly name: 'worker' | 'server';
  readonly environment: NodeJS.ProcessEnv;
  readonly dataDir: string;
  readonly onChange: Start['onChange'];
}): ProcessPlan {
  return {
    name,
    command: process.execPath,
    args: ['--import', TSX_LOADER, join(ROOT, 'src', `${name}.ts`)],
    env: environment,
    // What the person named relative to here, a policy for example, stays where it is.
    cwd: process.cwd(),
    logFile: join(dataDir, 'logs', `${name}.log`),
    onLine: (line: string) => {
      const grave = graveLine(line);
      if (grave !== undefined) say(`${name} | ${grave}`);
    },
    onChange,
  };
}

/** Keeps the list of what runs, for whoever looks into the directory, and for the stand that comes after a crash. */
function followProcesses(directory: DataDirectory) {
  let processes: StandProcesses = { stand: ownIdentity() };
  return (name: keyof StandProcesses) => (running: ProcessIdentity | undefined) => {
    const { [name]: _former, ...others } = processes;
    processes = running === undefined ? others : { ...others, [name]: running };
    directory.writeProcesses(processes);
  };
}
