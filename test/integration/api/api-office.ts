import { randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { buildApp } from '../../../src/api/app.ts';
import type { ApiDependencies, Readiness } from '../../../src/api/dependencies.ts';
import { ownerOf } from '../../../src/api/tokens.ts';
import type { Verb } from '../../../src/domain/access.ts';
import type { Command } from '../../../src/domain/commands.ts';
import { emptyIncident } from '../../../src/domain/evolve.ts';
import type { Policy } from '../../../src/domain/policy.ts';
import { takeCommand, takeFact, takeResult } from '../../../src/domain/process.ts';
import { isRefusal } from '../../../src/domain/refusal.ts';
import type { Decisions } from '../../../src/engine/decisions.ts';
import { createPageAnswers } from '../../../src/paging/answering.ts';
import { webhookSecretFor } from '../../../src/paging/webhook-secret.ts';
import { createFeedLinks } from '../../../src/paging/feed-links.ts';
import { createLinks, type Links } from '../../../src/paging/links.ts';
import { unfiledOf } from '../../../src/persistence/inbox.ts';
import type { PageAnswer } from '../../../src/persistence/pages.ts';
import { readState, record } from '../../../src/persistence/record.ts';
import { loadPolicy } from '../../../src/policy.ts';
import { ownDatabase } from '../persistence/own-database.ts';
import { type ProviderAtHand, providerAtHand } from './provider-at-hand.ts';
import { digestOf } from './token-digest.ts';

/** A Tuesday morning; nothing here looks at the real clock. */
export const MORNING = Date.UTC(2026, 1, 3, 15, 0, 0);

/**
 * The API with a real Postgres behind it. Where an incident's workflow would be, the same pure process takes facts and
 * steps and records them, in this process and one after another; it can be told to be away.
 */
export interface ApiOffice {
  readonly app: FastifyInstance;
  /** Every route that was registered, by whomever. */
  readonly routes: readonly RegisteredRoute[];
  readonly policy: Policy;
  readonly process: ProcessAtHand;
  readonly readiness: { -readonly [Part in keyof Readiness]: Readiness[Part] };
  readonly logged: LogLine[];
  /** As the worker makes them. */
  readonly links: Links;
  /** Who said of a page that it is not for them. */
  readonly declined: PageAnswer[];
  readonly provider: ProviderAtHand;
  /** By address: what can be encrypted for it. */
  readonly certificates: Map<string, readonly string[]>;
  now: number;
  get(path: string, as?: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  post(path: string, body: unknown, said?: PostSaid): Promise<LightMyRequestResponse>;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Another server with the same record and another key of records. */
  withRecordKey(recordKey: Uint8Array): FastifyInstance;
  /** Reports something and gives the incident's identifier. */
  report(body?: Record<string, unknown>): Promise<Accepted>;
  /** Reports, lets the process begin, and names `lead1` the lead. */
  triage(): Promise<string>;
  db: ApiDependencies['db'];
}

export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
  readonly verb: Verb | undefined;
}

export interface LogLine {
  readonly level: number;
  readonly [field: string]: unknown;
}

export interface PostSaid {
  readonly as?: string | undefined;
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

export interface Accepted {
  readonly reportId: string;
  readonly incidentId: string;
  readonly statusUrl: string;
  readonly token: string;
}

export interface ProcessAtHand extends Decisions {
  isAway: boolean;
  /** Steps that were asked for, refused ones included. */
  readonly asked: Command[];
  /** Takes a breath before each step, so that repetitions meet the first asking under way. */
  delayMs: number;
  /** Takes the step, and then the answer is lost. */
  losesAnswers: boolean;
  /** Takes up what waits in the inbox, as the relay would tell it. */
  file(incidentId: string): Promise<void>;
  /** The mail server took everything that was on its way. */
  deliver(incidentId: string): Promise<void>;
}

export function apiOffice(): ApiOffice {
  const database = ownDatabase({ max: 20 });
  let policy: Policy;
  let process: ProcessAtHand;
  let app: FastifyInstance;
  const logged: LogLine[] = [];
  const readiness = allReady();
  const routes: RegisteredRoute[] = [];
  const declined: PageAnswer[] = [];
  const provider = providerAtHand();
  const certificates = new Map<string, readonly string[]>();
  const office = { now: MORNING };
  const links = createLinks({
    key: Buffer.alloc(32, 1),
    publicUrl: 'http://tocsin.example',
    now: () => office.now,
  });

  beforeAll(async () => {
    policy = await loadPolicy('policy/incommon.yaml');
    process = processAtHand(database, policy, () => office.now);
    app = buildApp(dependencies());
    app.addHook('onRoute', (route) => {
      for (const method of [route.method].flat()) {
        routes.push({
          method,
          url: route.url,
          // Read later: hooks of inner scopes run after this one.
          get verb() {
            return route.config?.verb;
          },
        });
      }
    });
    await app.ready();
  });
  beforeEach(() => {
    office.now = MORNING;
    Object.assign(process, { isAway: false, delayMs: 0, losesAnswers: false });
    Object.assign(readiness, allReady());
    logged.length = 0;
    declined.length = 0;
    provider.reset();
  });
  afterAll(() => app?.close());

  function dependencies(): ApiDependencies {
    const answers = createPageAnswers(database.db);
    return {
      db: database.db,
      decisions: process,
      policy,
      certificates: { usableFor: async (address) => certificates.get(address) ?? [] },
      contactKinds: ['mail', 'sms', 'webhook'],
      webhookSecretFor: (of) => webhookSecretFor({ key: Buffer.alloc(32, 7), ...of }),
      tokens: { usernameOf: async (token) => ownerOf(token, tokensOf(policy)) },
      recordKey: new Uint8Array(32).fill(7),
      uploadSecret: new Uint8Array(32).fill(3),
      now: () => office.now,
      newId: randomUUID,
      publicUrl: 'http://tocsin.example',
      temporal: {
        namespace: 'default',
        uiUrl: 'http://temporal.example',
        workflowIdOf: (incidentId) => `incident-${incidentId}`,
      },
      readiness,
      links,
      answers: {
        ...answers,
        decline: (answer) => {
          declined.push(answer);
          return answers.decline(answer);
        },
      },
      feedLinks: createFeedLinks({ key: Buffer.alloc(32, 1), publicUrl: 'http://tocsin.example' }),
      callbacks: provider.callbacks,
      logger: pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line) as LogLine) }),
    };
  }

  const it: Omit<ApiOffice, 'now'> = {
    get app() {
      return app;
    },
    get policy() {
      return policy;
    },
    get process() {
      return process;
    },
    get db() {
      return database.db;
    },
    readiness,
    logged,
    links,
    declined,
    provider,
    certificates,
    routes,
    inject: (options) => app.inject(options),
    withRecordKey: (recordKey) => buildApp({ ...dependencies(), recordKey }),
    get: (url, as, headers = {}) =>
      app.inject({ method: 'GET', url, headers: { ...headers, ...bearer(as) } }),
    post: (url, body, { as, key, headers = {} } = {}) =>
      app.inject({
        method: 'POST',
        url,
        payload: JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          ...headers,
          ...bearer(as),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
      }),
    async report(body = { summary: 'A login page that is not ours' }) {
      const answer = await it.post('/v1/reports', body);
      const accepted = answer.json<Omit<Accepted, 'token'>>();
      const token = new URL(accepted.statusUrl).searchParams.get('token') ?? '';
      return { ...accepted, token };
    },
    async triage() {
      const { incidentId } = await it.report();
      await it.post(`/v1/incidents/${incidentId}/lead`, { username: 'lead1' }, { as: 'responder1' });
      return incidentId;
    },
  };
  return Object.defineProperties(office, Object.getOwnPropertyDescriptors(it)) as unknown as ApiOffice;
}

/** Everybody's token is their name and a word. */
export function tokenOf(username: string): string {
  return `${username}-token`;
}

function bearer(username: string | undefined): Record<string, string> {
  return username === undefined ? {} : { authorization: `Bearer ${tokenOf(username)}` };
}

function tokensOf(policy: Policy) {
  const usernames = [...policy.people.map(({ username }) => username), 'nobody'];
  return usernames.map((username) => ({ username, digest: digestOf(tokenOf(username)) }));
}

function allReady(): Readiness {
  return { postgres: async () => null, temporal: async () => null, worker: async () => null };
}

function processAtHand(
  { db }: Pick<ApiDependencies, 'db'>,
  { rules }: Policy,
  now: () => number,
): ProcessAtHand {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => null);
    return mine;
  };

  const stateOf = async (incidentId: string) => {
    const row = await readState(db, incidentId);
    if (row === null) throw new Error(`no incident ${incidentId}`);
    return row.version === 0 ? emptyIncident(incidentId, rules) : row.state;
  };

  const file = async (incidentId: string) => {
    for (const fact of await unfiledOf(db, incidentId)) {
      const { incident, events } = takeFact(await stateOf(incidentId), fact, rules, now());
      await record(db, { incidentId, events, state: incident, silentFactIds: [fact.factId] });
    }
  };

  const process: ProcessAtHand = {
    isAway: false,
    delayMs: 0,
    losesAnswers: false,
    asked: [],
    file: (incidentId) => inTurn(() => file(incidentId)),
    deliver: (incidentId) =>
      inTurn(async () => {
        for (const { key } of (await stateOf(incidentId)).effects) {
          const result = { key, outcome: 'accepted', detail: null, at: now() } as const;
          const { incident, events } = takeResult(await stateOf(incidentId), result, rules, now());
          await record(db, { incidentId, events, state: incident });
        }
      }),
    async decide(incidentId, command) {
      if (process.isAway) throw Object.assign(new Error('away'), { code: 'unavailable' });
      process.asked.push(command);
      await new Promise((resolve) => setTimeout(resolve, process.delayMs));
      const outcome = await inTurn(async () => {
        await file(incidentId);
        const advance = takeCommand(await stateOf(incidentId), command, rules, now());
        if (isRefusal(advance)) return advance;
        const { incident, events } = advance;
        await record(db, { incidentId, events, state: incident });
        return { version: incident.version };
      });
      if (process.losesAnswers) throw Object.assign(new Error('lost'), { code: 'unavailable' });
      return outcome;
    },
  };
  return process;
}

interface ProblemSeen {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string }[];
}

/** An answer that is an error, checked for being a problem. */
export function problemOf(answer: LightMyRequestResponse): ProblemSeen {
  const type = answer.headers['content-type'];
  if (type !== 'application/problem+json')
    throw new Error(`no problem: ${answer.statusCode} ${String(type)} ${answer.body}`);
  const problem = answer.json<ProblemSeen>();
  if (problem.status !== answer.statusCode) throw new Error(`${problem.status} in a ${answer.statusCode}`);
  return problem;
}
