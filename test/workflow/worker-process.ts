import { NativeConnection } from '@temporalio/worker';
import { createSmtpMailer } from '../../src/adapters/mail-smtp.ts';
import type { EventType } from '../../src/domain/events.ts';
import { openDb } from '../../src/persistence/database.ts';
import { readPolicy } from '../../src/persistence/policies.ts';
import type { Mailer } from '../../src/ports.ts';
import { quietRuntime, runTestWorker, type WorkerSettings, type Wrap } from '../support/workflow-world.ts';
import { unsignedMail } from '../support/unsigned-mail.ts';

/**
 * A worker in a process of its own that ends itself without warning (SIGKILL) when it comes to record a certain event (just
 * before, or just after Postgres has it) or to send a page to a certain person (before the call, between call and answer,
 * or soon after the answer). Nothing of it is in the sources that it runs.
 */
export type Doom = {
  readonly settings: WorkerSettings;
  /** The workflows, bundled by whoever starts this: it would take seconds. */
  readonly bundlePath: string;
} & (
  | { readonly when: 'before' | 'after'; readonly event: EventType }
  | { readonly when: 'before' | 'between' | 'after'; readonly pageTo: string }
);

const doom = JSON.parse(process.argv[2] ?? '{}') as Doom;
const { settings, bundlePath, when } = doom;

/** Time enough to write down what the far side has answered. */
const AFTER_MS = 300;

const die = () => process.kill(process.pid, 'SIGKILL');

const fatal: Wrap = ({ record }) => ({
  async record(said) {
    const isDoomed = 'event' in doom && said.events.some(({ body }) => body.type === doom.event);
    if (isDoomed && when === 'before') die();
    await record(said);
    if (isDoomed) die();
  },
});

function fatalMailer(mailer: Mailer): Mailer {
  return {
    async send(mail) {
      const { to, subject } = mail.message;
      const isDoomed = 'pageTo' in doom && to === doom.pageTo && subject.includes('PAGE');
      if (isDoomed && when === 'before') die();
      const answer = await mailer.send(mail);
      if (isDoomed && when === 'between') die();
      if (isDoomed) setTimeout(die, AFTER_MS);
      return answer;
    },
  };
}

quietRuntime();
const database = openDb(settings.databaseUrl);
const policy = await readPolicy(database.db, settings.policyHash);
if (policy === null) throw new Error(`there is no policy ${settings.policyHash}`);
await runTestWorker({
  database,
  policy,
  clock: { now: () => Date.now() },
  mailer: fatalMailer(createSmtpMailer({ smtpUrl: settings.smtpUrl, write: unsignedMail() })),
  native: await NativeConnection.connect({ address: settings.temporalAddress }),
  client: { options: { namespace: settings.namespace } },
  taskQueue: settings.taskQueue,
  wrap: fatal,
  bundle: { codePath: bundlePath },
});
process.send?.('ready');
