import { randomUUID } from 'node:crypto';

import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startWatches } from '../../src/engine/mailboxes.ts';
import { type Database, openDb } from '../../src/persistence/database.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import { quietRuntime, until, workflowBundle } from '../support/workflow-world.ts';

/** The watch of a mailbox, whose looks this test makes. */
const taskQueue = `mailboxes-${randomUUID()}`;
const key = `box-${randomUUID()}`;
const workflowId = `mailbox-${key}`;
const answers: boolean[] = [];
const asked: string[] = [];
let letGo: () => void;
const bothHaveStarted = new Promise<void>((resolve) => (letGo = resolve));
let database: Database;
let client: Client;
let worker: Worker;
let running: Promise<void>;
const errors: unknown[] = [];

beforeAll(async () => {
  quietRuntime();
  const address = temporalAddress();
  database = openDb(await createDatabase());
  client = new Client({ connection: await Connection.connect({ address }) });
  worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: {
      async watchMailbox(mailbox: string): Promise<boolean> {
        asked.push(mailbox);
        await bothHaveStarted;
        return answers.shift() ?? false;
      },
    },
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await client.connection.close();
  await database.close();
});

const watches = () =>
  startWatches({
    ...{ client, database, taskQueue, keys: [key] },
    onError: (error) => errors.push(error),
  });
const status = async () => (await client.workflow.getHandle(workflowId).describe()).status.name;

it('a mailbox is watched in one run after the other until no worker has it, and again when one has', async () => {
  answers.push(true, true, false);
  const [first, second] = [watches(), watches()];
  await Promise.all([first.stop(), second.stop()]);
  letGo();
  await until('it ends', async () => (await status()) === 'COMPLETED');
  expect(asked).toEqual([key, key, key]);

  await watches().stop();
  await until('it ends again', async () => asked.length === 4 && (await status()) === 'COMPLETED');
  expect(errors).toEqual([]);
  const wanted = await database.db.selectFrom('mailbox_watches').select('mailbox').execute();
  expect(wanted).toEqual([{ mailbox: key }]);
});
