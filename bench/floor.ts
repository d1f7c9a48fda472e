import { ensureDatabase } from '../dev/postgres-database.ts';
import { createSmtpMailer } from '../src/adapters/mail-smtp.ts';
import type { Mailer } from '../src/ports.ts';
import { type Child, type FloorSettings, startChild } from './child.ts';
import { ROW_CHANNEL } from './floor/activities.ts';
import { hearOfRows } from './rows.ts';
import type { Stand } from './stand.ts';
import { createMailWriting } from '../src/mail/writing.ts';

/** The bare parts, on the same Postgres, the same Temporal and the same far end. */
export interface Floor {
  readonly reportsUrl: string;
  /** Where it takes mail in: it says 250, keeps the bytes and answers. */
  readonly mailUrl: string;
  readonly taskQueue: string;
  /** As the worker of ours sends, from this process. */
  readonly mailer: Mailer;
  /** When the row of that step, or of the mail of that sender, is there: ask before it can be written. */
  written(id: string): Promise<number>;
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
  const rows = await hearOfRows(databaseUrl, {
    channel: ROW_CHANNEL,
    prepare: `
      CREATE TABLE floor_reports (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb NOT NULL);
      CREATE TABLE floor_mails (sender text PRIMARY KEY, bytes bytea NOT NULL);
      CREATE TABLE floor_steps (id text PRIMARY KEY)`,
  });
  const settings: FloorSettings = {
    databaseUrl,
    smtpUrl,
    temporal: stand.temporal,
    taskQueue: TASK_QUEUE,
  };
  type Listening = { readonly url: string };
  const [server, mailServer, worker]: [Child<Listening>, Child<Listening>, Child<object>] = await Promise.all(
    [
      startChild<Listening>(new URL('./floor/server.ts', import.meta.url), settings),
      startChild<Listening>(new URL('./floor/mail-server.ts', import.meta.url), settings),
      startChild<object>(new URL('./floor/worker.ts', import.meta.url), settings),
    ],
  );
  const mailer = createSmtpMailer({
    smtpUrl,
    write: createMailWriting({ from: 'Floor <floor@bench.example>', loop: 'floor', now: () => Date.now() }),
  });
  return {
    reportsUrl: `${server.ready.url}/reports`,
    mailUrl: mailServer.ready.url,
    taskQueue: TASK_QUEUE,
    mailer,
    written: rows.written,
    pids: { server: server.pid, worker: worker.pid },
    async stop() {
      mailer.close();
      await rows.stop();
      await Promise.all([server.stop(), mailServer.stop(), worker.stop()]);
    },
  };
}
