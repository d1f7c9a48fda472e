import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { choosePort, isPortFree, LOOPBACK } from './port.ts';
import type { ProcessIdentity } from './running-process.ts';
import { supervise } from './supervise.ts';
import { isServing } from './temporal-namespace.ts';
import { findTemporal } from './temporal-program.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

export interface Temporal {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  /** Undefined where there is no Web UI. */
  readonly uiUrl: string | undefined;
  /** The server itself; undefined between a death and the restart. */
  running(): ProcessIdentity | undefined;
  stop(): Promise<void>;
}

export interface TemporalOptions {
  /** The store lies in `<dataDir>/temporal`, the log in `<dataDir>/logs`. Created when absent. */
  readonly dataDir: string;
  readonly namespace?: string;
  /** Taken when free, else any free ones; 0 means any free one. */
  readonly preferredPorts?: { readonly server: number; readonly ui: number };
  /** Told at every start and end of the server. */
  readonly onChange?: (running: ProcessIdentity | undefined) => void;
}

/** A store of months is read at start. */
const READY_WITHIN_MS = 60_000;
const ATTEMPTS = 3;
/** Its own leave-taking goes on for ten seconds at times; whatever it answered for is in its store, so it may be cut short. */
export const TEMPORAL_PATIENCE_MS = 4000;

/**
 * Starts Temporal's development server with its Web UI on a SQLite file, and keeps it running until `stop`.
 *
 * @throws {StandProblem} when there is no Temporal to be had, or it does not start.
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const program = await findTemporal();
  const { dataDir, namespace = 'default', preferredPorts, onChange } = options;
  const directory = join(dataDir, 'temporal');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt += 1) {
    const isFirst = attempt === 1;
    const port = await choosePort(isFirst ? preferredPorts?.server : 0);
    const uiPort = await choosePort(isFirst ? preferredPorts?.ui : 0);
    const address = `${LOOPBACK}:${port}`;
    const server = supervise({
      name: 'Temporal',
      command: program,
      args: serverArguments({ port, uiPort, namespace, file: join(directory, 'temporal.db') }),
      env: temporalEnvironment(directory),
      logFile: join(dataDir, 'logs', 'temporal.log'),
      patienceMs: TEMPORAL_PATIENCE_MS,
      ...(onChange !== undefined && { onChange }),
    });
    try {
      await server.readyWhen(() => isServing({ address, namespace }), READY_WITHIN_MS);
      const uiUrl = `http://${LOOPBACK}:${uiPort}`;
      return { address, namespace, uiUrl, running: server.running, stop: server.stop };
    } catch (error) {
      await server.stop();
      if (attempt === ATTEMPTS || ((await isPortFree(port)) && (await isPortFree(uiPort)))) throw error;
    }
  }
}

function serverArguments(server: {
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  readonly file: string;
}): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK],
    ...['--port', String(server.port), '--ui-port', String(server.uiPort)],
    ...['--namespace', server.namespace, '--db-filename', server.file],
    // Twice as fast as the defaults, and no less safe: what was answered is on the disk.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'],
    ...['--log-level', 'warn', '--ui-disable-news-fetch'],
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

/** Nothing of the surroundings: the developer's own TEMPORAL_* names and profile are for another server. */
export function temporalEnvironment(directory: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: directory, TZ: 'UTC' };
}
