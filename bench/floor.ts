import pg from 'pg';

import { ensureDatabase } from '../dev/postgres-database.ts';
import { createSmtpMailer } from '../src/adapters/mail-smtp.ts';
import type { Mailer } from '../src/ports.ts';
import { type Child, type FloorSettings, startChild } from './child.ts';
import { STEP_CHANNEL } from './floor/activities.ts';
import type { Stand } from './stand.ts';
import { createMailWriting } from '../src/mail/writing.ts';

/** The bare parts, on the same Postgres, the same Temporal and the same far end. */
export interface Floor {
  readonly reportsUrl: string;
  readonly taskQueue: string;
  /** As the worker of ours sends, from this process. */
  readonly mailer: Mailer;
  /** Resolves when the row of that step is there: ask before it can be written. */
  written(id: string): Promise<void>;
  readonly pids: { readonly server: number; readonly worker: number };
  stop(): Promise<void>;
}

const TASK_QUEUE = 'floor';

export async function startFloor({
  stand,
  smtpUrl,
}: {
  readonly stand: Stand;
  readonly smtpUrl: string;
}): Promise<Floor> {
  const databaseUrl = await ensureDatabase(stand.database, { name: 'floor' });
  const listener = new pg.Client({ connectionString: databaseUrl });
  // A server that goes away is told by what is then waited for in vain.
  listener.on('error', () => {});
  await listener.connect();
  await listener.query(`
    CREATE TABLE floor_reports (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb NOT NULL);
    CREATE TABLE floor_steps (id text PRIMARY KEY);
    LISTEN ${STEP_CHANNEL}`);
  const settings: FloorSettings = {
    databaseUrl,
    smtpUrl,
    temporal: stand.temporal,
    taskQueue: TASK_QUEUE,
  };
  const [server, worker]: [Child<{ readonly url: string }>, Child<object>] = await Promise.all([
    startChild<{ readonly url: string }>(new URL('./floor/server.ts', import.meta.url), settings),
    startChild<object>(new URL('./floor/worker.ts', import.meta.url), settings),
  ]);
  const mailer = createSmtpMailer({
    smtpUrl,
    write: createMailWriting({ from: 'Floor <floor@bench.example>', loop: 'floor', now: () => Date.now() }),
  });
  return {
    reportsUrl: `${server.ready.url}/reports`,
    taskQueue: TASK_QUEUE,
    mailer,
    written: (id) => waitForRow(listener, id),
    pids: { server: server.pid, worker: worker.pid },
    async stop() {
      mailer.close();
      await listener.end();
      await Promise.all([server.stop(), worker.stop()]);
    },
  };
}

function waitForRow(listener: pg.Client, id: string): Promise<void> {
  return new Promise((resolve) => {
    const hear = ({ payload }: pg.Notification): void => {
      if (payload !== id) return;
      listener.off('notification', hear);
      resolve();
    };
    listener.on('notification', hear);
  });
}
