import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../../src/api/app.ts';
import type { ApiDependencies } from '../../../src/api/dependencies.ts';
import { createPageAnswers } from '../../../src/paging/answering.ts';
import { createFeedLinks } from '../../../src/paging/feed-links.ts';
import { createLinks } from '../../../src/paging/links.ts';
import { type Database, openDb } from '../../../src/persistence/database.ts';
import { loadPolicy } from '../../../src/policy.ts';
import { problemOf, tokenOf } from './api-office.ts';

/** The API before a Postgres that nobody has started. */
let database: Database;
let app: FastifyInstance;
let tokensAreThere = true;

beforeAll(async () => {
  database = openDb('postgres://nobody@127.0.0.1:1/nothing');
  const dependencies: ApiDependencies = {
    db: database.db,
    decisions: { decide: async () => Promise.reject(new Error('never asked')) },
    policy: await loadPolicy('policy/incommon.yaml'),
    certificates: { usableFor: async () => [] },
    contactKinds: [],
    webhookSecretFor: () => '',
    tokens: {
      usernameOf: async () => (tokensAreThere ? 'lead1' : Promise.reject(new Error('no such file'))),
    },
    recordKey: new Uint8Array(32),
    uploadSecret: new Uint8Array(32),
    now: () => Date.UTC(2026, 1, 3),
    newId: randomUUID,
    publicUrl: 'http://tocsin.example',
    temporal: { namespace: 'default', uiUrl: undefined, workflowIdOf: (id) => id },
    readiness: {
      postgres: async () => 'connection refused',
      temporal: async () => null,
      // A contract lie, as a mistake of ours would make one.
      worker: async () => (tokensAreThere ? null : (7 as unknown as null)),
    },
    links: createLinks({ key: Buffer.alloc(32, 1), publicUrl: '', now: () => Date.UTC(2026, 1, 3) }),
    answers: createPageAnswers(database.db),
    feedLinks: createFeedLinks({ key: Buffer.alloc(32, 1), publicUrl: '' }),
    callbacks: null,
    logger: pino({ level: 'silent' }),
  };
  app = buildApp(dependencies);
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await database.close();
});

async function ask(method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}) {
  const isPost = method === 'POST';
  return app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${tokenOf('lead1')}`, ...headers },
    ...(isPost ? { payload: { summary: 'x' } } : {}),
  });
}

describe('while the record is away', () => {
  test.each([
    ['POST', '/v1/reports', {}],
    ['POST', '/v1/reports', { 'idempotency-key': 'k' }],
    ['POST', '/v1/incidents/INC-2026-0001/lead', { 'idempotency-key': 'k' }],
    ['GET', '/v1/incidents', {}],
    ['GET', '/v1/incidents/INC-2026-0001', {}],
    ['GET', '/v1/pages', {}],
    ['GET', '/v1/duties', {}],
  ] as const)('%s %s is unknown, and worth asking again', async (method, url, headers) => {
    const answer = await ask(method, url, headers);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(problemOf(answer).type).toBe('urn:tocsin:problem:unavailable');
  });

  test('the process is alive, shows its own measures, and says what is away', async () => {
    expect((await ask('GET', '/healthz')).statusCode).toBe(200);
    expect((await ask('GET', '/v1/policy')).statusCode).toBe(200);
    const metrics = await ask('GET', '/metrics');
    expect(metrics.statusCode).toBe(200);
    expect(metrics.body).toContain('tocsin_record_up 0\n');
    expect((await ask('GET', '/readyz')).json()).toMatchObject({ postgres: { state: 'away' } });
  });
});

describe('while the tokens cannot be read', () => {
  test('nobody is told that a good token is bad', async () => {
    tokensAreThere = false;
    const answer = await ask('GET', '/v1/policy');
    expect(answer.statusCode).toBe(503);
  });

  test('an answer that is not what was promised is a failure of ours, and does not leave', async () => {
    tokensAreThere = false;
    const answer = await ask('GET', '/readyz');
    expect(answer.statusCode).toBe(500);
    expect(problemOf(answer).type).toBe('urn:tocsin:problem:internal');
  });
});
