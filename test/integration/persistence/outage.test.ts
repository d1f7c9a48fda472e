import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ensureDatabase } from '../../../dev/postgres-database.ts';
import { type Postgres, startPostgres } from '../../../dev/postgres.ts';
import { recordClearance } from '../../../src/persistence/clearances.ts';
import { type Database, openDb } from '../../../src/persistence/database.ts';
import { readEvents } from '../../../src/persistence/events.ts';
import { answerKey, claimKey, forgetAnswers, releaseKey } from '../../../src/persistence/idempotency.ts';
import {
  unfiled,
  unfiledAmong,
  unfiledOf,
  unfiledOfEach,
  writeFact,
} from '../../../src/persistence/inbox.ts';
import {
  changedSince,
  dutyBearingIds,
  listIncidents,
  readStates,
} from '../../../src/persistence/incidents.ts';
import { migrate } from '../../../src/persistence/migrate.ts';
import { claimOutgoing, endOutgoing } from '../../../src/persistence/outgoing.ts';
import { addContact, contactsOf } from '../../../src/persistence/contacts.ts';
import { endMessage, takeDue, takeMessages } from '../../../src/persistence/pager-messages.ts';
import { exhaustPage } from '../../../src/persistence/page-steps.ts';
import { claimStep } from '../../support/page-steps.ts';
import {
  acknowledgePage,
  cancelPage,
  endedAndRunning,
  listPages,
  markTold,
  openPage,
  readPage,
} from '../../../src/persistence/pages.ts';
import { keepPolicy, readPolicy } from '../../../src/persistence/policies.ts';
import { record, readState } from '../../../src/persistence/record.ts';
import { RecordUnavailable } from '../../../src/persistence/record-unavailable.ts';
import { waitForVersion } from '../../../src/persistence/recorded.ts';
import { readReportForAnswer, readReportForReporter } from '../../../src/persistence/reports.ts';
import { dropOrphanedTexts, dropTexts, readTexts, storeTexts } from '../../../src/persistence/texts.ts';
import { readTimeline } from '../../../src/persistence/timeline.ts';
import { verifyAll, verifyChain } from '../../../src/persistence/verify.ts';
import { type Door, makeDoor } from './door.ts';
import { id, incident, LADDER, MORNING, named, POLICY, recorded, report } from './sample.ts';

/** Everybody is told within 2 s; the rest is what a busy machine adds. */
const LONGEST_MS = 3000;

// A Postgres of this file alone: the others could not do without theirs meanwhile.
const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-outage-'));
let server: Postgres;
let door: Door;
let url: string;
let database: Database;
let incidentId: string;

beforeAll(async () => {
  server = await startPostgres({ dataDir });
  door = await makeDoor(server.url);
  url = door.urlFor(await ensureDatabase(server.url, { name: 'outage' }));
  await migrate(url);
});

afterAll(async () => {
  await door.shut();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  database = openDb(url);
  incidentId = await recorded(database.db, 3);
});

afterEach(() => database.close());

/** Every call that asks Postgres for something. */
function calls(): Readonly<Record<string, () => Promise<unknown>>> {
  const { db } = database;
  const page = { pageId: 'p', ring: 1, round: 1, rung: 1, nextContactAfterMs: 60_000, at: MORNING };
  const request = { person: 'ann', key: 'k', methodAndPath: 'POST /', fingerprint: Buffer.of(1) };
  const message = {
    key: 'k',
    incidentId,
    purpose: 'reply',
    recipient: 'x',
    label: 'RED',
    isAllowed: true,
    reason: 'x',
    at: MORNING,
  } as const;
  const fact = { type: 'page-acknowledged', pageId: 'p' } as const;
  return {
    acknowledgePage: () => acknowledgePage(db, { pageId: 'p', by: 'ann', at: MORNING, factId: id() }),
    answerKey: () => answerKey(db, { ...request, status: 200, body: null }),
    cancelPage: () => cancelPage(db, { pageId: 'p', because: 'met', at: MORNING }),
    claimKey: () => claimKey(db, request),
    claimOutgoing: () => claimOutgoing(db, { ...message, messageId: 'm' }),
    claimStep: () => claimStep(db, { ...page, people: [], next: null, factId: id() }),
    dropTexts: () => dropTexts(db, ['x']),
    endedAndRunning: () => endedAndRunning(db),
    endOutgoing: () => endOutgoing(db, 'k', { state: 'accepted', answer: null, at: MORNING }),
    exhaustPage: () => exhaustPage(db, { ...page, rounds: 2, factId: id() }),
    releaseKey: () => releaseKey(db, request),
    keepPolicy: () => keepPolicy(db, POLICY),
    listIncidents: () => listIncidents(db, { limit: 10, now: MORNING }),
    listPages: () => listPages(db, { limit: 10 }),
    markTold: () => markTold(db, { pageId: 'p', ring: 1 }),
    addContact: () =>
      addContact(db, {
        id: id(),
        username: 'x',
        kind: 'sms',
        address: '+15550100',

        at: MORNING,
      }),
    contactsOf: () => contactsOf(db, ['x']),
    takeMessages: () => takeMessages(db, { pageIds: null, at: MORNING, oneMessagePerMs: 0 }),
    takeDue: () => takeDue(db, MORNING),
    endMessage: () => endMessage(db, 'm', { outcome: 'accepted', code: null, farId: null, at: MORNING }),
    openPage: () =>
      openPage(db, {
        ...{ pageId: 'p', incidentId, reason: 'phone', target: { ladder: 'x' }, ladder: LADDER },
        ...{ ring: 1, startsAt: MORNING, noteTextId: null, next: null },
      }),
    readEvents: () => readEvents(db, incidentId),
    readPage: () => readPage(db, 'p'),
    readPolicy: () => readPolicy(db, 'x'),
    readReportForAnswer: () => readReportForAnswer(db, 'x'),
    readReportForReporter: () => readReportForReporter(db, 'x', 'x'),
    readState: () => readState(db, incidentId),
    readTexts: () => readTexts(db, ['x']),
    readTimeline: () => readTimeline(db, incidentId, { limit: 10 }),
    record: () => record(db, { incidentId, events: [named(4)], state: incident(incidentId, { version: 4 }) }),
    recordClearance: () => recordClearance(db, message),
    storeReport: () => report(db),
    storeTexts: () => storeTexts(db, incidentId, [{ id: id(), body: 'x' }]),
    forgetAnswers: () => forgetAnswers(db, { olderThanMs: 1, limit: 1 }),
    dropOrphanedTexts: () => dropOrphanedTexts(db, { olderThanMs: 1, limit: 1 }),
    dutyBearingIds: () => dutyBearingIds(db, null),
    changedSince: () => changedSince(db, { since: MORNING, endedOf: null }),
    readStates: () => readStates(db, [incidentId]),
    unfiledAmong: () => unfiledAmong(db, ['x']),
    unfiledOfEach: () => unfiledOfEach(db, [incidentId]),
    unfiled: () => unfiled(db, { limit: 10 }),
    unfiledOf: () => unfiledOf(db, incidentId),
    verifyAll: () => verifyAll(db).next(),
    verifyChain: () => verifyChain(db, incidentId),
    waitForVersion: () => waitForVersion(database.pool, incidentId, 9, 2100),
    writeFact: () => writeFact(db, { factId: id(), incidentId, by: 'ann', at: MORNING, fact }),
  };
}

interface Failure {
  readonly code: unknown;
  readonly tookMs: number;
}

async function failure(call: () => Promise<unknown>): Promise<Failure> {
  const askedAt = performance.now();
  const code = await call().then(
    () => 'no failure',
    (error: { code?: unknown }) => error.code,
  );
  return { code, tookMs: performance.now() - askedAt };
}

const UNAVAILABLE: Failure = {
  code: 'record-unavailable',
  tookMs: expect.toSatisfy((tookMs: number) => tookMs < LONGEST_MS, `less than ${LONGEST_MS} ms`),
};

/** As `kill -STOP` on the whole server: connections stay open, and nobody answers. */
async function freeze(): Promise<() => void> {
  const { rows } = await sql<{ pid: number }>`SELECT pid FROM pg_stat_activity`.execute(database.db);
  const pids = [server.running()?.pid ?? 0, ...rows.map(({ pid }) => pid)].filter((pid) => pid > 0);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}

describe('while Postgres is stopped', () => {
  test('every call says so at once, and all work again when it is back', async () => {
    await Promise.all(Object.values(calls()).map((call) => call()));
    await server.stop();
    await door.shut();
    for (const [name, call] of Object.entries(calls())) {
      expect({ name, ...(await failure(call)) }).toEqual({ name, ...UNAVAILABLE });
    }
    expect(await failure(() => migrate(url))).toEqual(UNAVAILABLE);
    const error: unknown = await readState(database.db, incidentId).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RecordUnavailable);
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    server = await startPostgres({ dataDir });
    await door.openTo(server.url);
    for (const [name, call] of Object.entries(calls())) {
      expect({ name, code: (await failure(call)).code }).toEqual({ name, code: 'no failure' });
    }
  });
});

describe('while Postgres is frozen', () => {
  test('every call says so within its time, all at once, and all work again when it goes on', async () => {
    const thaw = await freeze();
    try {
      const failures = await Promise.all(
        Object.entries(calls()).map(async ([name, call]) => ({ name, ...(await failure(call)) })),
      );
      for (const seen of failures) {
        // Who waits for a version is told that it was not seen: the last look had no answer yet.
        const code = seen.name === 'waitForVersion' ? expect.any(String) : 'record-unavailable';
        expect(seen).toEqual({ name: seen.name, ...UNAVAILABLE, code });
      }
    } finally {
      thaw();
    }
    await eventually(() => readState(database.db, incidentId));
    for (const [name, call] of Object.entries(calls())) {
      expect({ name, code: (await failure(call)).code }).toEqual({ name, code: 'no failure' });
    }
  });

  test('a transaction that was under way ends within its time', async () => {
    let thaw = (): void => {};
    const underWay = () =>
      database.db.transaction().execute(async (transaction) => {
        await readState(transaction, incidentId);
        thaw = await freeze();
        frozenAt = performance.now();
        await readState(transaction, incidentId);
      });
    let frozenAt = 0;
    try {
      expect((await failure(underWay)).code).toBe('record-unavailable');
      expect(performance.now() - frozenAt).toBeLessThan(LONGEST_MS);
    } finally {
      thaw();
    }
  });

  test('the connections are given up within their time', async () => {
    const own = openDb(url);
    await Promise.all([1, 2, 3].map(() => readState(own.db, incidentId)));
    void waitForVersion(own.pool, incidentId, 9, 100);
    await sleep(150);
    const thaw = await freeze();
    const askedAt = performance.now();
    await own.close();
    thaw();
    expect(performance.now() - askedAt).toBeLessThan(LONGEST_MS);
  });
});

describe('a connection that the server ends', () => {
  test('in the middle of a transaction is an outage, and no end of the process', async () => {
    const cut = () =>
      database.db.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction);
        await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(database.db);
        await sleep(100);
        await readState(transaction, incidentId);
      });
    expect((await failure(cut)).code).toBe('record-unavailable');
    expect((await failure(() => readState(database.db, incidentId))).code).toBe('no failure');
  });

  test('while it is idle is replaced', async () => {
    await Promise.all([1, 2, 3].map(() => readState(database.db, incidentId)));
    const other = openDb(url, { max: 1 });
    await sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`.execute(other.db);
    await other.close();
    await sleep(100);
    expect((await failure(() => readState(database.db, incidentId))).code).toBe('no failure');
  });
});

describe('a lock that somebody holds', () => {
  test('makes nobody wait longer than their time, and is taken away from who left it', async () => {
    let hasLock = (): void => {};
    const locked = new Promise<void>((resolve) => (hasLock = resolve));
    const left = failure(() =>
      database.db.transaction().execute(async (transaction) => {
        await sql`SELECT FROM incidents WHERE id = ${incidentId} FOR UPDATE`.execute(transaction);
        hasLock();
        await sleep(6000);
        await readState(transaction, incidentId);
      }),
    );
    await locked;
    const { record: write } = calls();
    if (write === undefined) throw new Error('no such call');
    expect(await failure(write)).toEqual(UNAVAILABLE);
    expect((await left).code).toBe('record-unavailable');
    expect((await failure(write)).code).toBe('no failure');
  });
});

describe('what is no outage', () => {
  test('keeps its own code: a mistake of ours would else be tried for ever', async () => {
    const fact = { type: 'page-acknowledged', pageId: 'p' } as const;
    const toNobody = () =>
      writeFact(database.db, { factId: id(), incidentId: 'INC-1999-0001', by: 'ann', at: MORNING, fact });
    expect((await failure(toNobody)).code).toBe('23503');
  });
});

async function eventually(call: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await failure(call)).code === 'no failure') return;
    await sleep(100);
  }
  throw new Error('it did not come back');
}
