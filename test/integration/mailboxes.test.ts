import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createMailboxActivities } from '../../src/activities/mailboxes.ts';
import { createImapMailbox, type ImapLimits } from '../../src/adapters/mailbox-imap.ts';
import { createMailboxDrop } from '../../src/intake/receiving.ts';
import { findTroubles } from '../../src/persistence/audit.ts';
import { wantMailbox } from '../../src/persistence/mailboxes.ts';
import { readMessage } from '../../src/persistence/messages.ts';
import type { MailboxDrop, WatchedMailbox } from '../../src/ports.ts';
import { type Dovecot, startDovecot } from '../support/vendors/dovecot.ts';
import { ownDatabase } from './persistence/own-database.ts';

const MINUTE = 60_000;
const database = ownDatabase();
let server: Dovecot;
/** Of one test: its mailboxes are nobody else's. */
let user: string;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startDovecot();
});
afterAll(() => server.close());
beforeEach(() => {
  user = `box-${randomUUID().slice(0, 8)}`;
  return async () => {
    for (const stop of stops.splice(0)) await stop();
  };
});

const mailbox = (
  name: string,
  said: { readonly since?: number; readonly limits?: Partial<ImapLimits>; readonly password?: string } = {},
): WatchedMailbox =>
  createImapMailbox({
    ...{ host: '127.0.0.1', port: server.port, security: 'none', path: 'INBOX', now: () => Date.now() },
    user: name,
    password: said.password ?? server.password,
    since: said.since ?? null,
    ...(said.limits !== undefined && { limits: said.limits }),
  });

interface Watch {
  readonly failures: string[];
  stop(): Promise<void>;
}

/** Watches as the worker does; `stop` is what a worker does that ends. */
function watch(
  name: string,
  watched = mailbox(name),
  drop: MailboxDrop = createMailboxDrop(database.db),
): Watch {
  const environment = new MockActivityEnvironment();
  const failures: string[] = [];
  const { watchMailbox } = createMailboxActivities({
    ...{ db: database.db, clock: { now: () => Date.now() }, drop },
    mailboxes: new Map([[name, watched]]),
    onError: (error) => failures.push(error instanceof Error ? error.message : String(error)),
  });
  const running = wantMailbox(database.db, name, Date.now())
    .then(() => environment.run(watchMailbox, name))
    .catch(() => undefined);
  const stop = async () => {
    environment.cancel();
    await running;
  };
  stops.push(stop);
  return { failures, stop };
}

function letter(text: string): Buffer {
  return Buffer.from(
    `From: anna@north.example.edu\r\nTo: csirt@example.org\r\nSubject: ${text}\r\nMessage-ID: <${randomUUID()}@x>\r\n\r\n${text}\r\n`,
  );
}

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const kept = (bytes: Buffer) => readMessage(database.db, sha256Of(bytes));

async function eventually(holds: () => Promise<void>): Promise<void> {
  const endsAt = Date.now() + 20_000;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (Date.now() > endsAt) throw error;
      await sleep(50);
    }
  }
}

const arrives = (bytes: Buffer) => eventually(async () => expect(await kept(bytes)).not.toBeNull());
const reached = async (name: string) =>
  (
    await database.db
      .selectFrom('mailbox_watches')
      .select('reached_at')
      .where('mailbox', '=', name)
      .executeTakeFirst()
  )?.reached_at ?? null;
const isReached = (name: string) => eventually(async () => expect(await reached(name)).not.toBeNull());

describe('a watched mailbox', () => {
  test('gives what lies there and what comes, byte for byte, and stays as it is', async () => {
    const [before, after] = [letter('before'), letter('after')];
    const at = new Date('2026-11-20T10:00:00Z');
    await server.append(user, before, at);
    watch(user);
    await arrives(before);
    expect(await kept(before)).toMatchObject({
      mailbox: user,
      // The server's own clock, whatever the message says.
      receivedAt: at.getTime(),
      size: before.length,
      wholeSize: null,
      arrivals: 1,
    });
    await isReached(user);
    // By IDLE: between two looks a minute passes.
    await server.append(user, after);
    await arrives(after);
    expect(await server.flags(user)).toEqual([[], []].map(() => expect.not.arrayContaining(['\\Seen'])));
  });

  test('is found again after its server was away, with what came meanwhile', async () => {
    const [before, after] = [letter('before'), letter('after')];
    await server.append(user, before);
    const { failures } = watch(user);
    await arrives(before);
    await server.stop();
    await eventually(async () => expect(failures.length).toBeGreaterThan(1));
    await server.start();
    await server.append(user, after);
    await arrives(after);
    expect(failures.every((failure) => failure.startsWith('the mailbox cannot be looked into'))).toBe(true);
    expect(failures.join()).not.toContain(server.password);
  });

  test('that numbers its messages anew gives none of them a second time', async () => {
    const letters = [letter('one'), letter('two'), letter('three')];
    for (const bytes of letters) await server.append(user, bytes);
    const first = watch(user);
    await arrives(letters.at(-1) ?? Buffer.alloc(0));
    await first.stop();
    await server.stop();
    server.numberAnew(user);
    // Its number is the second in which it began to count.
    await sleep(1100);
    await server.start();
    const next = letter('next');
    await server.append(user, next);
    watch(user);
    await arrives(next);
    for (const bytes of letters) expect(await kept(bytes)).toMatchObject({ arrivals: 1 });
    const { rows } = await sql<{ n: string }>`
      SELECT count(DISTINCT uid_validity) AS n FROM mailbox_marks WHERE mailbox = ${user}`.execute(
      database.db,
    );
    expect(Number(rows[0]?.n)).toBe(2);
  });

  test('has a message in common with another: it came twice', async () => {
    const bytes = letter('both');
    const other = `${user}-other`;
    await server.append(user, bytes);
    await server.append(other, bytes);
    watch(user);
    watch(other);
    await eventually(async () => expect(await kept(bytes)).toMatchObject({ arrivals: 2 }));
  });

  test('is read on after a worker that ended in the middle, and nothing is lost or doubled', async () => {
    const letters = Array.from({ length: 60 }, (_, n) => letter(`number ${n}`));
    for (const bytes of letters) await server.append(user, bytes);
    const kinds = createMailboxDrop(database.db);
    let taken = 0;
    const first = watch(user, mailbox(user), {
      take: async (...said) => {
        taken += 1;
        if (taken > 20) await sleep(60_000, undefined, { ref: false });
        await kinds.take(...said);
      },
    });
    await eventually(async () => expect(taken).toBeGreaterThan(20));
    // It is not waited for: its last message hangs, as that of a process that was killed does.
    void first.stop();
    stops.length = 0;
    watch(user);
    for (const bytes of letters) await arrives(bytes);
    for (const bytes of letters) expect(await kept(bytes)).toMatchObject({ arrivals: 1 });
  });

  test('gives the head of what is too large, and says how large it is', async () => {
    const bytes = Buffer.concat([letter('large'), Buffer.alloc(90_000, 'x\r\n')]);
    await server.append(user, bytes);
    watch(user, mailbox(user, { limits: { bytes: 50_000, headBytes: 20_000 } }));
    const head = bytes.subarray(0, 20_000);
    await arrives(head);
    expect(await kept(head)).toMatchObject({ size: 20_000, wholeSize: bytes.length });
  });

  test('leaves alone what came before the operator’s date', async () => {
    const [old, recent] = [letter('old'), letter('recent')];
    await server.append(user, old, new Date('2020-05-01T10:00:00Z'));
    await server.append(user, recent, new Date('2026-11-20T10:00:00Z'));
    watch(user, mailbox(user, { since: Date.UTC(2026, 0, 1) }));
    await arrives(recent);
    expect(await kept(old)).toBeNull();
  });

  test('that cannot be reached is a finding of the audit after five minutes, which says why', async () => {
    const { failures } = watch(user, mailbox(user, { password: 'wrong' }));
    await eventually(async () => expect(failures.length).toBeGreaterThan(0));
    const ours = async (at: number) =>
      (await findTroubles(database.db, at, Infinity)).filter(({ subject }) => subject === user);
    expect(await ours(Date.now() + 4 * MINUTE)).toEqual([]);
    await wantMailbox(database.db, user, Date.now() + 100_000);
    await wantMailbox(database.db, user, Date.now() + 200_000);
    expect(await ours(Date.now() + 6 * MINUTE)).toEqual([
      {
        kind: 'mailbox-unreached',
        subject: user,
        detail: expect.stringContaining('the server refuses our login'),
      },
    ]);
    // Nobody is set up to look into it any more.
    expect(await ours(Date.now() + 12 * MINUTE)).toEqual([]);
  });

  test('that the worker is not set up for is not watched', async () => {
    const { watchMailbox } = createMailboxActivities({
      ...{ db: database.db, clock: { now: () => Date.now() }, drop: createMailboxDrop(database.db) },
      ...{ mailboxes: new Map<string, WatchedMailbox>(), onError: () => undefined },
    });
    expect(await new MockActivityEnvironment().run(watchMailbox, 'gone')).toBe(false);
  });
});
