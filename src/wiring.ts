import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createAudienceActivities } from './activities/audiences.ts';
import { createAuditActivities } from './activities/audit.ts';
import { createOutwardActivities } from './activities/outward.ts';
import { createChannelActivities } from './activities/channels.ts';
import { createPageActivities, HEARTBEAT_EVERY_MS } from './activities/pages.ts';
import { climbTogether, type DueStep } from './activities/climbing.ts';
import { createStepTurns } from './activities/step-turns.ts';
import { createRecordActivities } from './activities/records.ts';
import { createOnCallActivities } from './activities/on-call.ts';
import { createHttpHeartbeat } from './adapters/heartbeat-http.ts';
import { buildApp } from './api/app.ts';
import { createRecordSigner, recordKeyOf } from './api/record-key.ts';
import { uploadSecretOf } from './api/uploads/sealing.ts';
import { tokensFromFile } from './api/tokens.ts';
import type { Config, ServiceConfig, TemporalConfig } from './config.ts';
import { PROCESS } from './domain/actor.ts';
import type { Policy } from './domain/policy.ts';
import { createEgress } from './egress.ts';
import { createDecisions } from './engine/decisions.ts';
import { createProcessWatch } from './engine/process-watch.ts';
import { createReadiness } from './engine/readiness.ts';
import { rebuildAll, type Rebuilt } from './engine/rebuild.ts';
import { installRuntime, temporalLogger } from './engine/runtime.ts';
import { startRelay } from './engine/relay.ts';
import { ensureSchedules } from './engine/schedules.ts';
import { startSweep } from './engine/sweep.ts';
import { armedQueueOf, connectTemporal, incidentWorkflowId } from './engine/temporal.ts';
import { startSenders } from './paging/senders.ts';
import { startWatch } from './paging/watch.ts';
import { createPageAnswers } from './paging/answering.ts';
import { createFeedLinks } from './paging/feed-links.ts';
import { createLinks } from './paging/links.ts';
import { createReceipts } from './paging/receipts.ts';
import { webhookSecretFor } from './paging/webhook-secret.ts';
import type { Heartbeat } from './ports.ts';
import { callbacksOf } from './wiring/callbacks.ts';
import { createMailboxWatch } from './wiring/mailboxes.ts';
import { openPgpKeys } from './wiring/pgp-keys.ts';
import { certificatesOf, mailerOf, startFiling, takeMailIn } from './wiring/mail.ts';
import { chatRoomsOf, startLogs } from './wiring/chat.ts';
import { listenOnIrc } from './wiring/irc-answers.ts';
import { contactKindsOf, createPagers, createWaysToAnswer } from './wiring/pagers.ts';
import { openDb, type Database, type PoolSize } from './persistence/database.ts';
import { migrate } from './persistence/migrate.ts';
import { keepPolicy } from './persistence/policies.ts';
import { keepRecordKey } from './persistence/record-keys.ts';
import { seedRotas } from './persistence/rotas.ts';
import { verifyAll, type ChainReport } from './persistence/verify.ts';
import { loadPolicy } from './policy.ts';

/** Puts the rooms together. The only file that knows them all; it holds no rule of its own. */

interface Surroundings {
  readonly database: Database;
  readonly policy: Policy;
  readonly client: Client;
}

async function enter(config: Config, connections: PoolSize): Promise<Surroundings> {
  const policy = await loadPolicy(config.policyFile);
  const database = openDb(config.databaseUrl, connections);
  await keepPolicy(database.db, policy);
  await seedRotas(database.db, policy.rotas ?? [], {
    at: Date.now(),
    by: PROCESS,
    reason: `from the policy ${policy.rules.name}`,
  });
  return { database, policy, client: connectTemporal(config.temporal) };
}

export interface RunningWorker {
  /** Settles when the worker has stopped: after `stop`, or because it failed. */
  readonly stopped: Promise<void>;
  /** Takes no new work and lets what is under way come to its end. */
  stop(): Promise<void>;
}

/**
 * Enough for a thousand armed steps that come due in one instant, each a few short statements; and they stay open, since
 * that instant comes after a time in which nothing was asked.
 */
const WORKER_CONNECTIONS = { max: 20, min: 20 };
const SERVER_CONNECTIONS = { max: 10, min: 2 };

/** Armed steps each hold a slot while they wait. */
const ARMED_SLOTS = 2000;

/** About 100 MB of idle incidents; one that is not cached costs a replay. */
const CACHED_WORKFLOWS = 500;

/** Well under the shortest time that a policy for real incidents gives anybody. */
const SWEEP_EVERY_MS = 30_000;

/** Workflows, activities, the relay, the senders, the watch and the sweep. */
export async function runWorker(config: ServiceConfig, logger: Logger): Promise<RunningWorker> {
  installRuntime(config, logger);
  const { database, policy, client } = await enter(config, WORKER_CONNECTIONS);
  const { db } = database;
  const mailer = await mailerOf(config);
  const certificates = await certificatesOf(config, database);
  const clock = { now: () => Date.now() };
  const { taskQueue, namespace } = config.temporal;
  const outside = { db, mailer, certificates, clock, policy, publicUrl: config.publicUrl };
  const { pagers, irc } = createPagers({ config, mailer, clock, policy });
  const ways = createWaysToAnswer(config, { clock, policy });
  const paging = { db, clock, policy, publicUrl: config.publicUrl, pagers, ways };
  const turns = createStepTurns((steps: readonly DueStep[]) => climbTogether(paging, steps));
  const pages = createPageActivities(paging, turns);
  const rooms = chatRoomsOf(config, policy);
  const processes = createProcessWatch({ client, database, taskQueue: config.temporal.taskQueue });
  // These need no Temporal, and run before there is one: it may be what the operators are to be told of.
  const senders = startSenders({
    dependencies: paging,
    pool: database.pool,
    onError: (error) =>
      logger.warn({ err: error }, 'a message to one of our people was not sent and will be tried again'),
  });
  const watch = startWatch({
    dependencies: paging,
    processes,
    onExhausted: () => logger.error('nobody has acknowledged the operators’ alarm on its whole ladder'),
    onError: (error) => logger.warn({ err: error }, 'the watch could not look and will try again'),
  });
  const watchOfMailboxes = createMailboxWatch(config, { client, database, taskQueue, policy, logger });
  const connection = await connectPatiently(config.temporal, logger);
  const shared = {
    connection,
    namespace,
    // Heartbeats of armed steps must not be held back: a dead worker is noticed by their absence.
    maxHeartbeatThrottleInterval: HEARTBEAT_EVERY_MS,
    defaultHeartbeatThrottleInterval: HEARTBEAT_EVERY_MS,
    shutdownGraceTime: '5s',
    shutdownForceTime: '15s',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue,
      workflowBundle: await bundleWorkflows(logger),
      activities: {
        ...createRecordActivities({ db }),
        ...createOutwardActivities(outside),
        ...createChannelActivities({ ...outside, rooms }),
        ...pages,
        ...createAuditActivities({ ...outside, processes, heartbeat: heartbeatOf(config, policy) }),
        ...createOnCallActivities(outside),
        ...watchOfMailboxes.activities,
        ...createAudienceActivities(outside),
      },
      maxCachedWorkflows: CACHED_WORKFLOWS,
      // A worker that was killed keeps its incidents waiting for at most this long.
      stickyQueueScheduleToStartTimeout: '2s',
    }),
    Worker.create({
      ...shared,
      taskQueue: armedQueueOf(taskQueue),
      activities: pages,
      maxConcurrentActivityTaskExecutions: ARMED_SLOTS,
    }),
  ]);
  await ensureSchedules(client, { taskQueue, timeZone: policy.calendar.timeZone });
  const relay = startRelay({
    client,
    database,
    taskQueue,
    giveWay: () => turns.giveWay(),
    onError: (error) => logger.warn({ err: error }, 'the relay could not tell everything and will try again'),
  });
  const receipts = createReceipts({
    ...{ db, key: config.signingKey, policy, answers: createPageAnswers(db) },
    onTooManyGuesses: tellOfGuesses(logger),
  });
  const filing = startFiling(config, {
    ...{ database, clock, policy, receipts, logger },
    pgpKeys: await openPgpKeys(config, policy),
  });
  const logs = startLogs(rooms, { database, clock, logger });
  if (irc !== null) {
    const onError = (error: unknown) => logger.warn({ err: error }, 'an answer on IRC was not taken');
    listenOnIrc(irc, { receipts, clock, onError });
  }
  const watches = watchOfMailboxes.start();
  const sweep = startSweep({
    client,
    database,
    taskQueue,
    everyMs: SWEEP_EVERY_MS,
    onRevived: (revived) =>
      logger.warn(revived, 'incidents or pages had lost their process and have it again'),
    onError: (error) =>
      logger.warn({ err: error }, 'the sweep could not look at everything and will try again'),
  });
  const stopped = Promise.all(workers.map((worker) => worker.run())).then(async () => {
    await Promise.all([
      relay.stop(),
      senders.stop(),
      watch.stop(),
      sweep.stop(),
      filing.stop(),
      watches.stop(),
    ]);
    await Promise.all([relay.stop(), senders.stop(), watch.stop(), sweep.stop(), filing.stop(), logs.stop()]);
    mailer.close();
    irc?.close();
    await connection.close();
    await client.connection.close();
    await database.close();
  });
  return {
    stopped,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}

function tellOfGuesses(logger: Logger) {
  return (said: object) => logger.warn(said, 'too many wrong codes of pages were said from one address');
}

/** A worker that begins while Temporal is away waits for it: meanwhile it sends what is to be sent, and says what is broken. */
async function connectPatiently({ connection }: TemporalConfig, logger: Logger): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect(connection);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'TransportError') throw error;
      logger.warn({ err: error }, 'Temporal cannot be reached and will be tried again');
      await sleep(CONNECT_AGAIN_MS);
    }
  }
}

const CONNECT_AGAIN_MS = 2000;

function heartbeatOf({ heartbeatUrl: url }: ServiceConfig, { egressAllow }: Policy): Heartbeat | null {
  return url === undefined
    ? null
    : createHttpHeartbeat({ egress: createEgress({ allowHosts: egressAllow }), url });
}

async function bundleWorkflows(logger: Logger) {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`./workflows/index.${extension}`, import.meta.url)),
    logger: temporalLogger(logger),
    // Stack traces keep their files and lines; the sources themselves would double what every worker holds.
    webpackConfigHook: (options) => ({ ...options, devtool: 'inline-nosources-source-map' }),
  });
}

export interface BuiltServer {
  readonly app: FastifyInstance;
  /** Opens the doors: HTTP, and SMTP where mail is taken in. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** The API and the intake of mail, not yet listening. */
export async function buildServer(config: ServiceConfig, logger: Logger): Promise<BuiltServer> {
  const { database, policy, client } = await enter(config, SERVER_CONNECTIONS);
  const { taskQueue, namespace, uiUrl } = config.temporal;
  const answers = createPageAnswers(database.db);
  const recordKey = recordKeyOf(config.signingKey);
  const certificates = await certificatesOf(config, database);
  // Also one that signed before keys were kept.
  await keepRecordKey(database.db, createRecordSigner(recordKey).publicKey, Date.now());
  const app = buildApp({
    db: database.db,
    decisions: createDecisions({ client, database, taskQueue }),
    policy,
    certificates,
    contactKinds: contactKindsOf(config.pagers),
    webhookSecretFor: (of) => webhookSecretFor({ key: config.signingKey, ...of }),
    tokens: tokensFromFile(config.tokensFile),
    recordKey,
    uploadSecret: uploadSecretOf(config.signingKey),
    now: () => Date.now(),
    newId: randomUUID,
    publicUrl: config.publicUrl,
    temporal: { namespace, uiUrl, workflowIdOf: incidentWorkflowId },
    readiness: createReadiness({ client, database, taskQueue }),
    links: createLinks({ key: config.signingKey, publicUrl: config.publicUrl, now: () => Date.now() }),
    answers,
    feedLinks: createFeedLinks({ key: config.signingKey, publicUrl: config.publicUrl }),
    callbacks: callbacksOf(config, {
      receipts: createReceipts({
        ...{ db: database.db, key: config.signingKey, policy, answers },
        onTooManyGuesses: tellOfGuesses(logger),
      }),
      egress: createEgress({ allowHosts: policy.egressAllow }),
      onError: (error) =>
        logger.warn({ err: error }, 'who answered a page on Matrix was not told what became of it'),
    }),
    logger,
  });
  let mail: Awaited<ReturnType<typeof takeMailIn>> = null;
  return {
    app,
    async listen() {
      mail = await takeMailIn(config, { database, policy, logger });
      await app.listen({ host: config.host, port: config.port });
    },
    async close() {
      await mail?.close();
      await app.close();
      await client.connection.close();
      await database.close();
    },
  };
}

/** Walks every incident's chain and names the first bad entry of each. */
export async function* verifyRecord(config: Config): AsyncGenerator<ChainReport> {
  const database = openDb(config.databaseUrl);
  try {
    yield* verifyAll(database.db);
  } finally {
    await database.close();
  }
}

/** Brings every open incident and every ringing page back to life from the record, once. */
export async function rebuild(config: Config): Promise<Rebuilt> {
  const { database, client } = await enter(config, SERVER_CONNECTIONS);
  try {
    return await rebuildAll({ client, database, taskQueue: config.temporal.taskQueue });
  } finally {
    await client.connection.close();
    await database.close();
  }
}

export function migrateRecord(config: Config): Promise<void> {
  return migrate(config.databaseUrl);
}
