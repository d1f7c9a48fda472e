import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  type ActivityInboundCallsInterceptor,
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { sql } from 'kysely';
import { type MailSink, startMailSink } from '../../dev/mail-sink.ts';
import { findTimeSkippingServer } from '../../dev/time-skipping.ts';
import { type AudienceActivities, createAudienceActivities } from '../../src/activities/audiences.ts';
import { createChannelActivities } from '../../src/activities/channels.ts';
import { createOutwardActivities, type OutwardActivities } from '../../src/activities/outward.ts';
import { createPageActivities, type PageActivities } from '../../src/activities/pages.ts';
import { climbTogether, type DueStep } from '../../src/activities/climbing.ts';
import { createStepTurns } from '../../src/activities/step-turns.ts';
import { createRecordActivities, type RecordActivities } from '../../src/activities/records.ts';
import { createSmtpMailer } from '../../src/adapters/mail-smtp.ts';
import { createMailPager } from '../../src/adapters/pager-mail.ts';
import { PROCESS } from '../../src/domain/actor.ts';
import { leadWithinMs } from '../../src/domain/calendar.ts';
import { nextInstant } from '../../src/domain/clocks.ts';
import type { Cleared } from '../../src/domain/clearance.ts';
import type { Fact, FactBody, Step } from '../../src/domain/commands.ts';
import type { EventBody, EventType, IncidentEvent } from '../../src/domain/events.ts';
import { emptyIncident, evolve } from '../../src/domain/evolve.ts';
import { ruleOf } from '../../src/domain/actions-matrix.ts';
import type { Incident, OutcomeFacts } from '../../src/domain/incident.ts';
import { nextDueAt } from '../../src/domain/ladder.ts';
import type { Mail } from '../../src/domain/mail.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import type { ProcessRules } from '../../src/domain/rules.ts';
import type { Tlp } from '../../src/domain/tlp.ts';
import type { ActionKey, NoteKind, ReportChannel, ReportKind } from '../../src/domain/vocabulary.ts';
import { createDecisions, type Decisions } from '../../src/engine/decisions.ts';
import { startRelay } from '../../src/engine/relay.ts';
import { ensureStarted } from '../../src/engine/start.ts';
import { startSenders } from '../../src/paging/senders.ts';
import { type Database, openDb } from '../../src/persistence/database.ts';
import { readEvents } from '../../src/persistence/events.ts';
import { readFold } from '../../src/persistence/fold.ts';
import { writeFact } from '../../src/persistence/inbox.ts';
import { storeReport } from '../../src/persistence/intake.ts';
import { acknowledgePage, declinePage, listPages, type Page, readPage } from '../../src/persistence/pages.ts';
import { keepPolicy } from '../../src/persistence/policies.ts';
import { readRules } from '../../src/persistence/frozen-rules.ts';
import { readState, record } from '../../src/persistence/record.ts';
import { storeTexts } from '../../src/persistence/texts.ts';
import { hashPolicy } from '../../src/policy.ts';
import type { Clock, Mailer } from '../../src/ports.ts';
import { armedQueueOf, type Decided, incidentWorkflowId } from '../../src/workflows/messages.ts';
import { actor, OWNERS, policy, steps } from './incidents.ts';
import { unsignedMail } from './unsigned-mail.ts';
import { roomsAtHand } from './rooms-at-hand.ts';

/**
 * A whole process for tests of the workflows: the record in a real Postgres, a real Temporal (or its time-skipping test
 * server), a worker with the real activities, the relay, and somewhere for mails to arrive. Only the API is absent: a
 * test says what the API would say after it has let somebody in.
 */
export interface World {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly client: Client;
  readonly taskQueue: string;
  readonly clock: Clock;
  readonly decisions: Decisions;
  /** Everything that has arrived, in order. */
  mails(): readonly ArrivedMail[];
  /** A report comes in; its incident's process begins by itself. */
  report(said?: ReportSaid): Promise<Reported>;
  /**
   * Somebody takes a step. Words are stored first and named by an id of their own. A refusal fails the test; while the
   * outcome is unknown, the same is asked again.
   */
  take(incidentId: string, username: string, step: Step, said?: Said): Promise<Decided>;
  /** The same, and a refusal is an answer. */
  ask(incidentId: string, username: string, step: Step, said?: Said): Promise<Decided | Refusal>;
  tell(incidentId: string, username: string, fact: FactBody, said?: Partial<Fact>): Promise<string>;
  note(incidentId: string, username: string, words?: string, kind?: NoteKind): Promise<string>;
  /** True for who was first. */
  acknowledge(pageId: string, username: string): Promise<boolean>;
  decline(pageId: string, username: string): Promise<boolean>;
  state(incidentId: string): Promise<Incident>;
  page(pageId: string): Promise<Page | null>;
  pages(incidentId: string): Promise<readonly Page[]>;
  events(incidentId: string): Promise<readonly IncidentEvent[]>;
  eventsOf<Type extends EventType>(
    incidentId: string,
    type: Type,
  ): Promise<readonly (IncidentEvent & { readonly body: Extract<EventBody, { readonly type: Type }> })[]>;
  /** How many facts no event holds yet, of one incident or of all. */
  unfiled(incidentId?: string): Promise<number>;
  history(workflowId: string, runId?: string): Promise<temporal.api.history.v1.IHistory>;
  newId(): string;
  /** While nobody carries facts to the workflows. */
  withoutRelay<T>(during: () => Promise<T>): Promise<T>;
  /** Starts a worker; what its activities do can be wrapped, to let it fail at a certain point. */
  startWorker(wrap?: Wrap): Promise<RunningWorker>;
  close(): Promise<void>;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

export type Activities = RecordActivities & OutwardActivities & AudienceActivities & PageActivities;
/** Other activities in the place of some: those given, with something before or after them. */
export type Wrap = (activities: Activities) => Partial<Activities>;

export interface ArrivedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** By the world's own clock. */
  readonly at: number;
}

export interface ReportSaid {
  readonly channel?: ReportChannel;
  readonly kind?: ReportKind;
  readonly receivedAt?: number;
  readonly enteredBy?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly email?: string | null;
  readonly policy?: Policy;
  readonly tlp?: Tlp;
}

export interface Reported {
  readonly incidentId: string;
  readonly reportId: string;
}

export interface Said {
  readonly words?: string;
  readonly commandId?: string;
}

/** Stands in every event of a history, which is why it is not the machine's name. */
const IDENTITY = 'test-world';

/** The reporter, unless a test says otherwise. */
export const REPORTER = 'anna@example.org';

/** A shipped policy with other times, under a name and a hash of its own. */
export function variant(base: Policy, name: string, over: Partial<ProcessRules>): Policy {
  const policy = { ...base, rules: { ...base.rules, ...over, name } };
  return { ...policy, rules: { ...policy.rules, hash: hashPolicy(policy) } };
}

/** Every ladder with these waits and rounds. */
export function laddersOf(
  rules: ProcessRules,
  { waitMs, rounds }: { readonly waitMs: number; readonly rounds: number },
): ProcessRules['ladders'] {
  return Object.fromEntries(
    Object.entries(rules.ladders).map(([name, { rungs }]) => [
      name,
      { rounds, rungs: rungs.map((rung) => ({ ...rung, waitMs })) },
    ]),
  );
}

/** A world on a real Temporal and a real mail server, at the pace of the wall clock. The database has tables and no rows. */
export async function openWorld({
  databaseUrl,
  temporalAddress,
  namespace = 'default',
  policy,
  hasWorker = true,
}: {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace?: string;
  readonly policy: Policy;
  readonly hasWorker?: boolean;
}): Promise<RealWorld> {
  quietRuntime();
  const sink = await startMailSink();
  const clock = { now: () => Date.now() };
  const connection = await Connection.connect({ address: temporalAddress });
  const native = await NativeConnection.connect({ address: temporalAddress });
  const mailer = createSmtpMailer({ smtpUrl: sink.smtpUrl, write: unsignedMail() });
  const database = await prepare(databaseUrl, policy);
  const taskQueue = `incidents-${randomUUID()}`;
  const world = await assemble({
    database,
    databaseUrl,
    client: new Client({ connection, namespace, identity: IDENTITY }),
    native,
    taskQueue,
    clock,
    mailer,
    policy,
    hasWorker,
    mails: () =>
      sink.mails().map(({ to, subject, text, messageId, receivedAt }) => ({
        to: to.join(),
        subject,
        text,
        messageId,
        at: Date.parse(receivedAt),
      })),
  });
  return {
    ...world,
    sink,
    workerSettings: {
      databaseUrl,
      temporalAddress,
      namespace,
      taskQueue,
      smtpUrl: sink.smtpUrl,
      policyHash: policy.rules.hash,
    },
    async close() {
      await world.close();
      mailer.close();
      await Promise.all([native.close(), connection.close(), sink.stop()]);
    },
  };
}

export interface RealWorld extends World {
  readonly sink: MailSink;
  readonly workerSettings: WorkerSettings;
}

/** What a worker in a process of its own has to know. */
export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly smtpUrl: string;
  readonly policyHash: string;
}

export interface SkippingWorld extends World {
  /** Lets so much time pass, meeting every instant of every incident and page as it comes. */
  pass(ms: number): Promise<void>;
  /** Until everything that is due has been done and told. */
  settle(): Promise<void>;
}

/**
 * A world in which days pass in moments. Its one clock is the time-skipping server's: the activities are given it through
 * their Clock port, so that workflows, rows and mails agree about what time it is. The policy's steps are armed a tenth of
 * a second ahead instead of 15 s, because an armed activity waits for its instant in earnest: the server skips no time
 * while an activity runs.
 */
export async function openSkippingWorld({
  databaseUrl,
  policy: given,
}: {
  readonly databaseUrl: string;
  readonly policy: Policy;
}): Promise<SkippingWorld> {
  quietRuntime();
  const policy = variant(given, given.rules.name, { armAheadMs: 100 });
  const path = await findTimeSkippingServer();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await ensureSearchAttributesOf(environment);
  const clock = await skippedClock(environment);
  const arrived: ArrivedMail[] = [];
  const database = await prepare(databaseUrl, policy);
  const world = await assemble({
    database,
    databaseUrl,
    // Not the environment's own client, which lets time fly whenever somebody awaits a result.
    client: new Client({ connection: environment.connection, namespace: environment.namespace ?? 'default' }),
    native: environment.nativeConnection,
    taskQueue: `incidents-${randomUUID()}`,
    clock,
    mailer: recordingMailer(clock, arrived),
    policy,
    hasWorker: true,
    beforeActivity: () => clock.sync(),
    mails: () => arrived,
  });
  const { db } = database;

  const settle = async (): Promise<void> => {
    await until('everything due is done', async () => {
      await clock.sync();
      const { isQuiet } = await outlook(database, policy.rules, clock.now());
      return isQuiet;
    });
    // What was just recorded may have begun something.
    await until('everything due stays done', async () => {
      await pause(30);
      return (await outlook(database, policy.rules, clock.now())).isQuiet && (await unfiledCount(db)) === 0;
    });
  };

  return {
    ...world,
    settle,
    async pass(ms) {
      await settle();
      const end = clock.now() + ms;
      for (;;) {
        const { next } = await outlook(database, policy.rules, clock.now());
        const at = Math.min(next ?? end, end);
        await environment.sleep(Math.max(1, at - clock.now() + 1));
        await clock.sync();
        await settle();
        if (at === end) return;
      }
    },
    async close() {
      await world.close();
      await environment.teardown();
    },
  };
}

interface Parts {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly client: Client;
  readonly native: NativeConnection;
  readonly taskQueue: string;
  readonly clock: Clock;
  readonly mailer: Mailer;
  readonly policy: Policy;
  readonly hasWorker: boolean;
  readonly beforeActivity?: () => Promise<void>;
  readonly mails: () => readonly ArrivedMail[];
}

async function assemble(parts: Parts): Promise<World> {
  const { database, client, taskQueue, clock, policy } = parts;
  const { db } = database;
  const relayErrors: unknown[] = [];
  const openRelay = () =>
    startRelay({ client, database, taskQueue, onError: (error) => relayErrors.push(error) });
  let relay = openRelay();
  const decisions = createDecisions({ client, database, taskQueue });
  const workers: RunningWorker[] = [];
  const startWorker = async (wrap?: Wrap): Promise<RunningWorker> => {
    const worker = await runTestWorker({ ...parts, ...(wrap !== undefined && { wrap }) });
    workers.push(worker);
    return worker;
  };
  if (parts.hasWorker) await startWorker();

  const state = async (incidentId: string): Promise<Incident> => {
    const row = await readState(db, incidentId);
    if (row === null) throw new Error(`there is no incident ${incidentId}`);
    return row.state;
  };
  const tell: World['tell'] = async (incidentId, username, fact, said = {}) => {
    const factId = said.factId ?? `${username}:${randomUUID()}`;
    const textId = 'textId' in fact ? fact.textId : null;
    const texts = textId === null ? [] : [{ id: textId, body: { text: 'noted' } }];
    await writeFact(db, { factId, incidentId, by: username, at: said.at ?? clock.now(), fact, texts });
    return factId;
  };
  const ask: World['ask'] = async (incidentId, username, step, said = {}) => {
    const spoken = await withWords(db, incidentId, step, said.words);
    const commandId = said.commandId ?? `${username}:${randomUUID()}`;
    return decisions.decide(incidentId, { commandId, by: actor(username), step: spoken });
  };
  return {
    ...parts,
    decisions,
    startWorker,
    mails: parts.mails,
    report: (said = {}) => report(db, { policy, clock, said }),
    ask,
    async take(incidentId, username, step, said = {}) {
      const commandId = said.commandId ?? `${username}:${randomUUID()}`;
      const outcome = await persistently(() => ask(incidentId, username, step, { ...said, commandId }));
      if (isRefusal(outcome)) {
        throw new Error(`${step.verb} by ${username} was refused: ${outcome.refused}, ${outcome.detail}`);
      }
      return outcome;
    },
    tell,
    async note(incidentId, username, words = 'noted', kind = 'note') {
      const textId = randomUUID();
      const factId = `${username}:${randomUUID()}`;
      const fact = { type: 'note', kind, textId, tlp: 'AMBER', corrects: null } as const;
      const texts = [{ id: textId, body: { text: words } }];
      await writeFact(db, { factId, incidentId, by: username, at: clock.now(), fact, texts });
      return factId;
    },
    async acknowledge(pageId, username) {
      const factId = `${username}:${randomUUID()}`;
      const { won } = await acknowledgePage(db, { pageId, by: username, at: clock.now(), factId });
      return won;
    },
    async decline(pageId, username) {
      const factId = `${username}:${randomUUID()}`;
      const { won } = await declinePage(db, { pageId, by: username, at: clock.now(), factId });
      return won;
    },
    state,
    page: (pageId) => readPage(db, pageId),
    pages: async (incidentId) => (await listPages(db, { incidentId, limit: 100 })).items.toReversed(),
    events: (incidentId) => readEvents(db, incidentId),
    async eventsOf(incidentId, type) {
      const events = await readEvents(db, incidentId);
      return events.filter((event): event is never => event.body.type === type);
    },
    unfiled: (incidentId) => unfiledCount(db, incidentId),
    history: (workflowId, runId) => client.workflow.getHandle(workflowId, runId).fetchHistory(),
    newId: randomUUID,
    async withoutRelay(during) {
      await relay.stop();
      try {
        return await during();
      } finally {
        relay = openRelay();
      }
    },
    async close() {
      await relay.stop();
      for (const worker of workers) await worker.stop();
      await database.close();
    },
  };
}

/** The worker as production puts it together, but that its activities may be wrapped. */
export async function runTestWorker({
  database,
  clock,
  policy,
  mailer,
  native,
  client,
  taskQueue,
  wrap = () => ({}),
  bundle,
  beforeActivity,
}: Pick<Parts, 'clock' | 'policy' | 'mailer' | 'native' | 'taskQueue' | 'beforeActivity'> & {
  readonly database: Pick<Database, 'db' | 'pool'>;
  readonly client: { readonly options: { readonly namespace: string } };
  readonly wrap?: Wrap;
  readonly bundle?: WorkerOptions['workflowBundle'];
}): Promise<RunningWorker> {
  const { db, pool } = database;
  const certificates = { usableFor: async () => [] };
  const outside = { db, mailer, certificates, clock, policy, publicUrl: 'http://127.0.0.1' };
  const paging = pagingOf(outside);
  const pages = createPageActivities(
    paging,
    createStepTurns((steps: readonly DueStep[]) => climbTogether(paging, steps)),
  );
  const senders = startSenders({ dependencies: paging, pool, onError: () => {} });
  const activities = {
    ...createRecordActivities({ db }),
    ...createOutwardActivities(outside),
    ...createAudienceActivities(outside),
    ...createChannelActivities({ ...outside, rooms: roomsAtHand() }),
    ...pages,
  };
  const shared = {
    identity: IDENTITY,
    connection: native,
    namespace: client.options.namespace,
    maxHeartbeatThrottleInterval: 500,
    defaultHeartbeatThrottleInterval: 500,
    shutdownGraceTime: '1s',
    shutdownForceTime: '5s',
    interceptors: {
      activity: beforeActivity === undefined ? [] : [() => ({ inbound: first(beforeActivity) })],
    },
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue,
      workflowBundle: bundle ?? (await workflowBundle()),
      activities: { ...activities, ...wrap(activities) },
      stickyQueueScheduleToStartTimeout: '2s',
    }),
    Worker.create({
      ...shared,
      taskQueue: armedQueueOf(taskQueue),
      activities: pages,
      maxConcurrentActivityTaskExecutions: 200,
    }),
  ]);
  const stopped = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.all([stopped, senders.stop()]);
    },
  };
}

/** People are reached by mail alone, unless a test gives them more. */
function pagingOf({
  mailer,
  ...rest
}: Pick<Parts, 'clock' | 'policy' | 'mailer'> & { readonly db: Database['db']; readonly publicUrl: string }) {
  return {
    ...rest,
    pagers: { mail: createMailPager({ mailer, senderAddress: rest.policy.organization.mail }) },
    ways: {
      linkFor: ({ pageId }: { readonly pageId: string }) => `${rest.publicUrl}/p/${pageId}`,
      codeFor: () => '123456',
      replyAddressFor: () => null,
    },
  };
}

function first(before: () => Promise<void>): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      await before();
      return next(input);
    },
  };
}

let bundling: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflows as they stand, bundled once per process. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundling ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (options) => ({ ...options, devtool: 'inline-nosources-source-map' }),
  });
  return bundling;
}

let isRuntimeInstalled = false;

export function quietRuntime(): void {
  if (isRuntimeInstalled) return;
  isRuntimeInstalled = true;
  const filter = { core: 'ERROR', other: 'ERROR' } as const;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter, forward: {} } },
  });
}

/** The incidents' numbers are nobody else's, so that worlds may share one Temporal. */
async function prepare(databaseUrl: string, policy: Policy): Promise<Database> {
  const database = openDb(databaseUrl, { max: 20 });
  await keepPolicy(database.db, policy);
  const first = 1 + Math.floor(Math.random() * 90_000) * 10_000;
  await sql`INSERT INTO incident_numbers (year, last)
    SELECT year, ${first} FROM generate_series(2026, 2040) AS year`.execute(database.db);
  return database;
}

async function report(
  db: Database['db'],
  {
    policy: inForce,
    clock,
    said,
  }: { readonly policy: Policy; readonly clock: Clock; readonly said: ReportSaid },
): Promise<Reported> {
  const { channel = 'form', kind = 'incident', receivedAt = clock.now(), enteredBy = null } = said;
  const { policy = inForce, summary = 'Login page defaced', email = REPORTER, tlp = 'AMBER' } = said;
  const { rules, leadTimes, calendar } = policy;
  await keepPolicy(db, policy);
  const stored = await storeReport(db, {
    channel,
    kind,
    body: {
      summary,
      description: said.description ?? null,
      reporter: { name: 'Anna', ...(email !== null && { email }) },
    },
    tlp,
    receivedAt,
    enteredBy,
    by: enteredBy ?? PROCESS,
    leadWithinMs: leadWithinMs(leadTimes, calendar, channel, receivedAt),
    replyWithinMs: rules.reply.withinMs,
    policy: { name: rules.name, hash: rules.hash },
    initialState: (incidentId) => ({ ...emptyIncident(incidentId, rules), receivedAt }),
  });
  if (stored.state !== 'stored') throw new Error(`expected a stored report, got ${stored.state}`);
  return { incidentId: stored.incidentId, reportId: stored.reportId };
}

/** As every client does: while the outcome is unknown, the same is asked again under the same id. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnknownOutcome(error) || performance.now() > end) throw error;
    }
  }
}

/** What the API answers with a 503. */
export function isUnknownOutcome(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['unavailable', 'record-unavailable'].includes(String(error.code))
  );
}

/** The step as the API makes it: its words are in the record before anybody is asked. */
async function withWords(db: Database['db'], incidentId: string, step: Step, words = 'said'): Promise<Step> {
  const id = randomUUID();
  const named = {
    ...step,
    ...('textId' in step && step.textId !== null && { textId: id }),
    ...('reasonTextId' in step && step.reasonTextId !== null && { reasonTextId: id }),
  } as Step;
  await storeTexts(db, incidentId, [{ id, body: { subject: words, text: words, reason: words } }]);
  return named;
}

/** Types the port it stands in for; the contract suite of mailers is asked of the real one. */
function recordingMailer(clock: Clock, arrived: ArrivedMail[]): Mailer {
  return {
    async send(cleared: Cleared<Mail>) {
      const { to, subject, text, messageId } = cleared.message;
      arrived.push({ to, subject, text, messageId, at: clock.now() });
      return { outcome: 'accepted', messageId, code: '250', answer: '250 taken' };
    },
  };
}

async function skippedClock(environment: TestWorkflowEnvironment) {
  let serverMs = await environment.currentTimeMs();
  let asOf = performance.now();
  return {
    /** Between two looks the server's time runs on as ours does. */
    now: () => Math.round(serverMs + performance.now() - asOf),
    async sync(): Promise<void> {
      serverMs = await environment.currentTimeMs();
      asOf = performance.now();
    },
  };
}

async function ensureSearchAttributesOf(environment: TestWorkflowEnvironment): Promise<void> {
  const { IndexedValueType } = proto.temporal.api.enums.v1;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: {
      Stage: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      Criticality: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      Tlp: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      Lead: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      ReplyDueAt: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
      PageLevel: IndexedValueType.INDEXED_VALUE_TYPE_INT,
    },
  });
}

/** From the record alone: the nearest instant at which something happens by itself, and whether all before it has happened. */
async function outlook(
  database: Database,
  rules: ProcessRules,
  now: number,
): Promise<{ readonly isQuiet: boolean; readonly next: number | null }> {
  const { db } = database;
  const states = await db.selectFrom('incidents').select(['id', 'version', 'state']).execute();
  const { items: ringing } = await listPages(db, { state: 'ringing', limit: 500 });
  const instants = [
    ...states.flatMap(({ state }) => nextInstant(state, rules) ?? []),
    ...ringing.flatMap((page) => {
      const at = instantOf(page);
      return [at - rules.armAheadMs, at].filter((instant) => instant > now || instant === at);
    }),
  ];
  const isOpening = states.some(({ state }) =>
    state.pages.some(
      ({ id, state: its, ring }) =>
        its === 'ringing' && !ringing.some((page) => page.id === id && page.ring === ring),
    ),
  );
  const isSending = states.some(({ state }) =>
    state.effects.some((effect) => !['start-page', 'cancel-page', 'move-reports'].includes(effect.do)),
  );
  const isQuiet =
    !isOpening &&
    !isSending &&
    states.every(({ version }) => version > 0) &&
    instants.every((instant) => instant > now) &&
    (await unfiledCount(db)) === 0 &&
    (await toldCount(db)) === 0;
  return { isQuiet, next: instants.length === 0 ? null : Math.min(...instants) };
}

function instantOf({ next, climbed, ladder, startsAt }: Page): number {
  if (next !== null) return next.nextStepAt;
  if (climbed === null) return startsAt;
  const { rung, at } = climbed;
  return nextDueAt(ladder, { rung, dueAt: at, climbedAt: at, isEmpty: false });
}

async function unfiledCount(db: Database['db'], incidentId?: string): Promise<number> {
  const unfiled = db.selectFrom('inbox').select(['id']).where('filed_seq', 'is', null);
  const rows = await (
    incidentId === undefined ? unfiled : unfiled.where('incident_id', '=', incidentId)
  ).execute();
  return rows.length;
}

/** Pages whose workflow is still to hear of their end. */
async function toldCount(db: Database['db']): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM pages WHERE is_running AND state <> 'ringing'`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Waits in real time until it is so. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  { withinMs = 30_000, everyMs = 25 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How a workflow stands with Temporal: `RUNNING`, `COMPLETED`, `FAILED`, … */
export async function statusOf(world: World, workflowId: string): Promise<string> {
  return (await world.client.workflow.getHandle(workflowId).describe()).status.name;
}

export const incidentStatus = (world: World, incidentId: string): Promise<string> =>
  statusOf(world, incidentWorkflowId(incidentId));

const FACTS: Readonly<Partial<Record<ActionKey, OutcomeFacts>>> = {
  'protected-information': { identity: 'no', health: 'no' },
  'external-help': { needed: false },
};

/** A row done as the framework has it, by those whose it is. */
export async function completeRow(
  world: World,
  incidentId: string,
  key: ActionKey,
  words?: string,
): Promise<void> {
  for (const part of ruleOf(policy().rules, key).parts) {
    // The lead has just said that none is needed.
    if (key === 'external-help' && part === 'executive') continue;
    const step = steps.complete(key, { part, facts: FACTS[key] ?? {} });
    await world.take(incidentId, OWNERS[part], step, words === undefined ? {} : { words });
  }
}

export async function completeRows(
  world: World,
  incidentId: string,
  keys: readonly ActionKey[],
  words?: string,
): Promise<void> {
  for (const key of keys) await completeRow(world, incidentId, key, words);
}

/** Another life of the incident has recorded an event that its present run knows nothing of. */
export async function recordBehindTheBack(world: World, incidentId: string): Promise<IncidentEvent> {
  const { db } = world.database;
  const incident = await world.state(incidentId);
  const rules = await readRules(db, incident.policy.hash);
  const at = world.clock.now();
  const event: IncidentEvent = {
    seq: incident.version + 1,
    at,
    recordedAt: at,
    by: 'responder2',
    commandId: `responder2:${randomUUID()}`,
    body: { type: 'team-joined', username: 'sme1', role: 'sme' },
  };
  await record(db, { incidentId, events: [event], state: evolve(incident, event, rules) });
  return event;
}

/** The incident's process begins anew from the record, in runs that each last for so many events of history. */
export async function beginAnewInShortRuns(
  world: World,
  incidentId: string,
  newRunAfterEvents: number,
): Promise<void> {
  await world.client.workflow.getHandle(incidentWorkflowId(incidentId)).terminate('a rehearsal');
  const fold = await readFold(world.database.db, incidentId);
  if (fold === null) throw new Error(`there is no incident ${incidentId}`);
  await ensureStarted(world.client, { ...fold, newRunAfterEvents }, world.taskQueue);
}

/** All runs of one workflow id, from the first to the last. */
export async function runsOf(
  world: World,
  workflowId: string,
): Promise<readonly { readonly runId: string; readonly status: string }[]> {
  const runs = [];
  for await (const { runId, status, startTime } of world.client.workflow.list({
    query: `WorkflowId = "${workflowId}"`,
  }))
    runs.push({ runId, status: status.name, startTime });
  return runs.toSorted((one, other) => one.startTime.getTime() - other.startTime.getTime());
}
