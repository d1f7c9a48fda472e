import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { type Database, openDb } from '../../src/persistence/database.ts';
import { handling } from '../e2e/handling.ts';
import { type Posting, sendAll } from '../support/mail-sender.ts';
import { ownStand } from '../support/stand.ts';
import { messages, pidOf, TEST_WITHIN_MS } from './faults.ts';

const stand = ownStand();
const { incident } = handling(stand);

/** `MAIL_BOMB=3000` is the whole of it, and takes some minutes; fewer show the same. */
const JUNK = Number(process.env['MAIL_BOMB'] ?? '300');
const REPORTS = 20;
const CONNECTIONS = 20;

/** Each junk mail becomes an incident, which is a fraction of a second of work. */
vi.setConfig({ testTimeout: TEST_WITHIN_MS + JUNK * 300 });

/** From the last 250 to the last of the answers to real reports. */
const ANSWERED_WITHIN_MS = 120_000;
/** Of the whole heap, on the machine that files and on the one that takes in. */
const MOST_MEMORY_MB = 1500;

const TO = 'security@stand.example';
const LOOK_EVERY_MS = 1000;

let database: Database;
beforeAll(() => {
  database = openDb(stand().database);
});
afterAll(() => database.close());

const reporter = (n: number) => `reporter${n}@campus${n}.example.edu`;

function report(n: number): Posting {
  const from = reporter(n);
  const subject = `Report ${n}: somebody signs with our key`;
  return { from, to: TO, bytes: mail(from, [`Subject: ${subject}`, idOf(from)], 'Seen at 20:39 UTC.') };
}

/** Half of it from one sender, a third from a few, the rest each from one of its own. */
function junk(n: number): Posting {
  const from =
    n % 6 < 3
      ? 'flood@junk.example'
      : n % 6 < 5
        ? `sender${n % 20}@junk.example`
        : `somebody${n}@elsewhere${n}.example`;
  const subject = `Subject: You have won ${n}`;
  switch (n % 10) {
    case 0: {
      const huge = Array.from({ length: 40 }, (_, k) => `X-Filler-${k}: ${'x'.repeat(900)}`);
      return {
        from,
        to: TO,
        bytes: mail(from, [subject, ...huge, `X-Long: ${'y'.repeat(100_000)}`], 'Huge.'),
      };
    }
    case 1: {
      // Six hundred parts are more than is read.
      const parts = Array.from({ length: 600 }, () => '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n').join(
        '',
      );
      const type = 'Content-Type: multipart/mixed; boundary="b"';
      return { from, to: TO, bytes: mail(from, [subject, 'MIME-Version: 1.0', type], `${parts}--b--`) };
    }
    case 2:
      return {
        from,
        to: TO,
        bytes: Buffer.concat([Buffer.from(`${n}\0`), randomBytes(3000), Buffer.from('\r\n')]),
      };
    case 3:
      return { from: '', to: TO, bytes: mail(from, [subject, idOf(from)], 'From the null return path.') };
    default:
      return { from, to: TO, bytes: mail(from, [subject, idOf(from)], `Click here (${n}).`) };
  }
}

function mail(from: string, headers: readonly string[], text: string): Buffer {
  return Buffer.from([`From: ${from}`, `To: ${TO}`, ...headers, '', text, ''].join('\r\n'));
}

const idOf = (from: string) => `Message-ID: <${randomBytes(12).toString('hex')}@${from.split('@')[1]}>`;

/** The reports evenly among the junk, the last one at its end. */
function everything(): readonly Posting[] {
  const between = Math.ceil(JUNK / REPORTS);
  return Array.from({ length: REPORTS }, (_, r) => [
    ...Array.from({ length: Math.min(between, JUNK - r * between) }, (__, n) => junk(r * between + n)),
    report(r),
  ]).flat();
}

test('among thousands of junk mails each report is kept, and answered in time, and nothing is doubled', async () => {
  const postings = everything();
  const { deferrals, tookMs } = await sendAll(stand().smtpIntake, postings, { connections: CONNECTIONS });
  const acceptedAt = Date.now();
  const told = [`${postings.length} mails taken in ${seconds(tookMs)}, ${deferrals} told to come again`];

  // All of it is safe now, byte for byte.
  const kept = await hashesKept();
  expect(kept.map(({ sha256 }) => sha256).toSorted()).toEqual(
    postings.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')).toSorted(),
  );
  expect(kept.filter(({ sha256, is }) => sha256 !== is)).toEqual([]);

  const answers = await answersToReports(acceptedAt + ANSWERED_WITHIN_MS);
  const waits = answers
    .map(({ receivedAt }) => Date.parse(receivedAt) - acceptedAt)
    .toSorted((a, b) => a - b);
  told.push(
    `answers to reports ${seconds(waits[0] ?? 0)} to ${seconds(waits.at(-1) ?? 0)} after the last 250`,
  );
  expect(
    messages(answers)
      .map(({ to }) => String(to[0]))
      .toSorted(),
  ).toEqual(Array.from({ length: REPORTS }, (_, n) => reporter(n)).toSorted());
  expect(Math.max(...waits)).toBeLessThan(ANSWERED_WITHIN_MS);

  told.push(`all filed ${seconds((await untilNone('messages', 'filed_at')) - acceptedAt)}`);
  told.push(`all begun ${seconds((await untilNone('inbox', 'filed_seq')) - acceptedAt)}`);
  for (const part of ['worker', 'server'] as const) {
    const megabytes = peakMemoryMb(pidOf(stand(), part));
    told.push(`${part} at most ${Math.round(megabytes)} MB`);
    expect(megabytes).toBeLessThan(MOST_MEMORY_MB);
  }
  console.log(told.join('\n'));

  // Each is one report of one incident, and nothing else came of it.
  const { rows } = await sql<{ reports: number; incidents: number; messages: number; distinct: number }>`
    SELECT (SELECT count(*)::int FROM reports) AS reports, (SELECT count(*)::int FROM incidents) AS incidents,
      count(*)::int AS messages, count(DISTINCT report_id)::int AS distinct
    FROM messages WHERE verdict IN ('report', 'unparsed')`.execute(database.db);
  expect(rows).toEqual([
    {
      reports: postings.length,
      incidents: postings.length,
      messages: postings.length,
      distinct: postings.length,
    },
  ]);
  for (let n = 0; n < REPORTS; n += 1) {
    const [opened] = await incidentsFrom(reporter(n));
    expect(await incident(opened?.id ?? '')).toMatchObject({
      summary: `Report ${n}: somebody signs with our key`,
    });
  }

  // A mail whose acceptance was not heard on a busy machine comes once more, under the same Message-ID.
  const mails = messages(await stand().mails());
  expect(mails.filter(({ to }) => to.includes('flood@junk.example')).length).toBeLessThanOrEqual(5);
  // No responder is rung, or written to, for junk; operators are, when what waits is long in waiting.
  const own = mails.flatMap(({ to }) => to).filter((address) => address.endsWith('@stand.example'));
  expect(own.filter((address) => address !== 'admin1@stand.example')).toEqual([]);
});

async function hashesKept() {
  const { rows } = await sql<{ sha256: string; is: string }>`
    SELECT sha256, encode(sha256(bytes), 'hex') AS is FROM messages`.execute(database.db);
  return rows;
}

async function answersToReports(untilMs: number) {
  for (;;) {
    const mails = await stand().mails();
    const answers = mails.filter(({ to }) => /^reporter\d+@campus/.test(to[0] ?? ''));
    if (messages(answers).length >= REPORTS) return answers;
    expect(Date.now(), `${answers.length} reports are answered`).toBeLessThan(untilMs);
    await sleep(LOOK_EVERY_MS);
  }
}

/** @returns when nothing was waiting any more. */
async function untilNone(table: 'messages' | 'inbox', column: string): Promise<number> {
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      SELECT count(*)::int AS waiting FROM ${sql.table(table)} WHERE ${sql.ref(column)} IS NULL`.execute(
      database.db,
    );
    if (rows[0]?.waiting === 0) return Date.now();
    await sleep(LOOK_EVERY_MS);
  }
}

async function incidentsFrom(address: string) {
  const { rows } = await sql<{ id: string }>`
    SELECT incident_id AS id FROM reports WHERE body #>> '{reporter,email}' = ${address}`.execute(
    database.db,
  );
  return rows;
}

/** Its highest so far. */
function peakMemoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
