import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';

import { choosePort, LOOPBACK } from './port.ts';
import { databaseUrl, ensureDatabase } from './postgres-database.ts';
import { StandProblem } from './problem.ts';
import { supervise } from './supervise.ts';
import {
  type Temporal,
  TEMPORAL_PATIENCE_MS,
  temporalEnvironment,
  type TemporalOptions,
} from './temporal.ts';
import { ensureNamespace, ensureSearchAttributes, isServing } from './temporal-namespace.ts';
import { findTemporalProgram } from './temporal-program.ts';
import { lastLines, runTool } from './tool.ts';

/** Fixed for the life of the database. Enough for one machine; production takes 512. */
const HISTORY_SHARDS = 4;
const READY_WITHIN_MS = 90_000;

/** The two databases of Temporal, and where their tables come from. */
const DATABASES = [
  { name: 'temporal', schema: 'postgresql/v12/temporal' },
  { name: 'temporal_visibility', schema: 'postgresql/v12/visibility' },
] as const;

/**
 * Starts Temporal as production runs it: the server and the Web UI as programs of their own, the store in Postgres.
 *
 * @param serverUrl of a Postgres whose user may create databases.
 * @throws {StandProblem} when a program cannot be had, or does not start.
 */
export async function startTemporalOnPostgres(
  options: TemporalOptions,
  serverUrl: string,
): Promise<Temporal> {
  const { dataDir, namespace = 'default', preferredPorts, onChange } = options;
  const directory = join(dataDir, 'temporal');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const program = await findTemporalProgram('temporal-server');
  await prepareTables(serverUrl, directory);
  const port = await choosePort(preferredPorts?.server);
  const address = `${LOOPBACK}:${port}`;
  const configFile = join(directory, 'server.yaml');
  writeFileSync(configFile, JSON.stringify(await serverConfig(serverUrl, port), null, 2), { mode: 0o600 });
  const server = supervise({
    name: 'Temporal',
    command: program,
    args: ['--config-file', configFile, '--allow-no-auth', 'start'],
    env: temporalEnvironment(directory),
    logFile: join(dataDir, 'logs', 'temporal.log'),
    patienceMs: TEMPORAL_PATIENCE_MS,
    ...(onChange !== undefined && { onChange }),
  });
  await server.readyWhen(() => isServing({ address, namespace: 'temporal-system' }), READY_WITHIN_MS);
  await ensureNamespace({ address }, namespace);
  await server.readyWhen(() => isServing({ address, namespace }), READY_WITHIN_MS);
  await ensureSearchAttributes({ address }, namespace);
  const ui = await startUi({ address, namespace, options, directory });
  return {
    address,
    namespace,
    uiUrl: ui.url,
    running: server.running,
    async stop() {
      await ui.stop();
      await server.stop();
    },
  };
}

async function prepareTables(serverUrl: string, directory: string): Promise<void> {
  const tool = await findTemporalProgram('temporal-sql-tool');
  const { hostname, port, username, password } = new URL(serverUrl);
  for (const { name, schema } of DATABASES) {
    await ensureDatabase(serverUrl, { name });
    const run = async (...args: readonly string[]) => {
      const connection = ['--plugin', 'postgres12', '--ep', hostname, '-p', port || '5432', '--db', name];
      const { code, output } = await runTool(tool, [...connection, ...args], {
        // In the environment, because everybody on the machine can read arguments.
        env: {
          ...temporalEnvironment(directory),
          SQL_USER: decodeURIComponent(username),
          SQL_PASSWORD: decodeURIComponent(password),
        },
      });
      if (code === 0) return;
      throw new StandProblem(
        `Temporal's tables could not be made in the database ${name}:${lastLines(output)}`,
      );
    };
    if (!(await hasTables(databaseUrl(serverUrl, name)))) await run('setup-schema', '-v', '0.0');
    await run('update-schema', '--schema-name', schema);
  }
}

async function hasTables(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ found: string | null }>(
      "SELECT to_regclass('schema_version') AS found",
    );
    return rows[0]?.found != null;
  } finally {
    await client.end();
  }
}

async function startUi({
  address,
  namespace,
  options: { dataDir, preferredPorts },
  directory,
}: {
  readonly address: string;
  readonly namespace: string;
  readonly options: TemporalOptions;
  readonly directory: string;
}) {
  const program = await findTemporalProgram('temporal-ui-server');
  const port = await choosePort(preferredPorts?.ui);
  const url = `http://${LOOPBACK}:${port}`;
  const configDirectory = join(directory, 'ui');
  mkdirSync(configDirectory, { recursive: true });
  const config = {
    temporalGrpcAddress: address,
    host: LOOPBACK,
    port,
    enableUi: true,
    defaultNamespace: namespace,
    disableNewsFetch: true,
    cors: { allowOrigins: [url] },
  };
  writeFileSync(join(configDirectory, 'development.yaml'), JSON.stringify(config, null, 2));
  const ui = supervise({
    name: "Temporal's Web UI",
    command: program,
    args: ['--root', directory, '--config', 'ui', 'start'],
    env: temporalEnvironment(directory),
    logFile: join(dataDir, 'logs', 'temporal-ui.log'),
  });
  await ui.readyWhen(async () => (await fetch(url)).ok, READY_WITHIN_MS);
  return { url, stop: ui.stop };
}

async function serverConfig(serverUrl: string, grpcPort: number) {
  const service = async (port: number) => ({
    rpc: { grpcPort: port, membershipPort: await choosePort(), bindOnLocalHost: true },
  });
  const frontend = await service(grpcPort);
  const httpPort = await choosePort();
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'temporal',
      visibilityStore: 'temporal_visibility',
      numHistoryShards: HISTORY_SHARDS,
      datastores: Object.fromEntries(DATABASES.map(({ name }) => [name, { sql: sqlStore(serverUrl, name) }])),
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: LOOPBACK } },
    services: {
      frontend: { rpc: { ...frontend.rpc, httpPort } },
      history: await service(await choosePort()),
      matching: await service(await choosePort()),
      worker: await service(await choosePort()),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${LOOPBACK}:${grpcPort}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    publicClient: { hostPort: `${LOOPBACK}:${grpcPort}` },
  };
}

function sqlStore(serverUrl: string, databaseName: string) {
  const { host, username, password } = new URL(serverUrl);
  return {
    pluginName: 'postgres12',
    databaseName,
    connectAddr: host.includes(':') ? host : `${host}:5432`,
    connectProtocol: 'tcp',
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    maxConns: 20,
    maxIdleConns: 20,
    maxConnLifetime: '1h',
  };
}
