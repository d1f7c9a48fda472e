import { NativeConnection } from '@temporalio/worker';
import { createSmtpMailer } from '../../src/adapters/mail-smtp.ts';
import type { EventType } from '../../src/domain/events.ts';
import { openDb } from '../../src/persistence/database.ts';
import { readPolicy } from '../../src/persistence/policies.ts';
import { quietRuntime, runTestWorker, type WorkerSettings, type Wrap } from '../support/workflow-world.ts';

/**
 * A worker in a process of its own that ends itself without warning (SIGKILL) when it comes to record a certain event: just
 * before, or just after Postgres has it. Nothing of it is in the sources that it runs.
 */
export interface Doom {
  readonly settings: WorkerSettings;
  /** The workflows, bundled by whoever starts this: it would take seconds. */
  readonly bundlePath: string;
  readonly when: 'before' | 'after';
  readonly event: EventType;
}

const { settings, bundlePath, when, event } = JSON.parse(process.argv[2] ?? '{}') as Doom;

const fatal: Wrap = ({ record }) => ({
  async record(said) {
    const isDoomed = said.events.some(({ body }) => body.type === event);
    if (isDoomed && when === 'before') process.kill(process.pid, 'SIGKILL');
    await record(said);
    if (isDoomed) process.kill(process.pid, 'SIGKILL');
  },
});

quietRuntime();
const database = openDb(settings.databaseUrl);
const policy = await readPolicy(database.db, settings.policyHash);
if (policy === null) throw new Error(`there is no policy ${settings.policyHash}`);
await runTestWorker({
  database,
  policy,
  clock: { now: () => Date.now() },
  mailer: createSmtpMailer({ smtpUrl: settings.smtpUrl, from: 'Tocsin <tocsin@stand.example>' }),
  native: await NativeConnection.connect({ address: settings.temporalAddress }),
  client: { options: { namespace: settings.namespace } },
  taskQueue: settings.taskQueue,
  wrap: fatal,
  bundle: { codePath: bundlePath },
});
process.send?.('ready');
