import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { type MailSink, startMailSink } from '../../../dev/mail-sink.ts';
import { createSmtpMailer } from '../../../src/adapters/mail-smtp.ts';
import { createMailPager } from '../../../src/adapters/pager-mail.ts';
import type { Ladder } from '../../../src/domain/rules.ts';
import { climbAlarm, raiseAlarm, takeAlarm } from '../../../src/paging/alarm.ts';
import { type SendingDependencies, sendMessage } from '../../../src/paging/sending.ts';
import { lookInItsPlace, startWatch, troublesOfAudit } from '../../../src/paging/watch.ts';
import { openAlarm, readAlarm } from '../../../src/persistence/alarms.ts';
import { keepFindings, readAudit, type Trouble } from '../../../src/persistence/audit.ts';
import { addContact, keepCode, verifyContact } from '../../../src/persistence/contacts.ts';
import { takeDue } from '../../../src/persistence/pager-messages.ts';
import { policy } from '../../support/incidents.ts';
import { ownDatabase } from '../persistence/own-database.ts';
import { MINUTE } from '../persistence/sample.ts';
import { scriptedPagers } from './scripted-pagers.ts';
import { unsignedMail } from '../../support/unsigned-mail.ts';

const SECOND = 1000;
const HOUR = 60 * MINUTE;
const database = ownDatabase();

const LADDER: Ladder = {
  rungs: [
    { targets: [{ role: 'admin' }], waitMs: 5 * MINUTE },
    { targets: [{ role: 'executive' }], waitMs: 15 * MINUTE },
  ],
  rounds: 2,
};

const OVERDUE: Trouble = {
  kind: 'page-overdue',
  subject: 'INC-2026-0001-P1',
  detail: 'its next step was due',
};
const UNFILED: Trouble = { kind: 'fact-unfiled', subject: 'INC-2026-0001', detail: '1 since noon' };
const FAILING: Trouble = {
  kind: 'workflow-failing',
  subject: 'incident-INC-2026-0001',
  detail: 'its task fails',
};

let now = Date.now();
let sink: MailSink;
let mailer: ReturnType<typeof createSmtpMailer>;
let dependencies: SendingDependencies;

beforeAll(async () => {
  sink = await startMailSink();
  mailer = createSmtpMailer({ smtpUrl: sink.smtpUrl, write: unsignedMail() });
});
afterAll(async () => {
  mailer?.close();
  await sink?.stop();
});

beforeEach(async () => {
  now = Date.now();
  sink.clear();
  sink.heal();
  const shipped = policy();
  dependencies = {
    db: database.db,
    clock: { now: () => now },
    policy: {
      ...shipped,
      rules: { ...shipped.rules, ladders: { ...shipped.rules.ladders, operators: LADDER } },
    },
    publicUrl: 'http://127.0.0.1',
    pagers: {
      ...scriptedPagers().pagers,
      mail: createMailPager({ mailer, senderAddress: 'tocsin@stand.example' }),
    },
    ways: { linkFor: () => '', codeFor: () => '', replyAddressFor: () => null },
  };
  await sql`TRUNCATE pager_messages, contacts, audit_findings, audit_state, operators_alarms CASCADE`.execute(
    database.db,
  );
});

/** What a look of the audit comes to. */
const find = async (...found: readonly Trouble[]) =>
  raiseAlarm(dependencies, await keepFindings(database.db, { found, at: now, by: 'audit' }), now);

/** What the watch and the senders of a worker do, that much later. */
async function after(ms: number): Promise<void> {
  now += ms;
  await climbAlarm(dependencies, now);
  for (const message of await takeDue(database.db, now)) await sendMessage(dependencies, message);
}

/** Whom the mails since the last time this was asked were for, and what they were about. */
function mailed(): readonly string[] {
  const lines = sink.mails().map(({ to, subject }) => `${to[0]}  ${subject}`);
  sink.clear();
  return lines;
}

const CALL_1 = 'admin1@stand.example  OPERATORS [';
const CALL_2 = 'sponsor1@stand.example  OPERATORS [';

async function alarm() {
  const open = await openAlarm(database.db);
  if (open === null) throw new Error('expected an open alarm');
  return open;
}

describe('an alarm that nobody answers', () => {
  test('calls the first rung at once, the next after its time, climbs again in the next round and is exhausted', async () => {
    await find(FAILING);
    await after(0);
    expect(mailed()).toEqual([expect.stringContaining(CALL_1)]);
    await after(5 * MINUTE - 1);
    expect(mailed()).toEqual([]);
    await after(1);
    expect(mailed()).toEqual([expect.stringContaining(CALL_2)]);
    await after(15 * MINUTE);
    expect(mailed()).toEqual([expect.stringContaining(CALL_1)]);
    await after(5 * MINUTE);
    expect(mailed()).toEqual([expect.stringContaining(CALL_2)]);
    await after(15 * MINUTE);
    expect(mailed()).toEqual([]);
    expect(await alarm()).toMatchObject({
      ...{ state: 'exhausted', nextStepAt: null, called: ['admin1', 'sponsor1'], knownKinds: [FAILING.kind] },
    });
  });

  test('rings again an hour after it was exhausted, while it is so', async () => {
    await find(FAILING);
    await after(0);
    for (const waitMs of [5, 15, 5, 15]) await after(waitMs * MINUTE);
    mailed();
    now += HOUR - 1;
    expect(await find(FAILING)).toBe('go-on');
    now += 1;
    expect(await find(FAILING)).toBe('ring-again');
    await after(0);
    expect(mailed()).toEqual([expect.stringContaining(CALL_1)]);
    expect(await alarm()).toMatchObject({ state: 'ringing', ring: 2 });
  });

  test('names in its next call also what was found since, and the operators know of that then', async () => {
    await find(FAILING);
    await after(0);
    now += MINUTE;
    await find(FAILING, UNFILED);
    now += MINUTE;
    await find(FAILING, UNFILED);
    expect((await readAudit(database.db)).findings.map(({ toldAt }) => toldAt)).toEqual([
      expect.any(Number),
      null,
    ]);
    await after(3 * MINUTE);
    expect(sink.mails().at(-1)?.text).toContain('fact-unfiled  INC-2026-0001: 1 since noon');
    expect((await readAudit(database.db)).findings.map(({ toldAt }) => toldAt)).toEqual([now, now]);
  });

  test('skips a rung that has nobody', async () => {
    const { people } = dependencies.policy;
    const without = people.filter(({ roles }) => !roles.includes('admin'));
    dependencies = { ...dependencies, policy: { ...dependencies.policy, people: without } };
    await find(FAILING);
    await after(0);
    await after(0);
    expect(mailed()).toEqual([expect.stringContaining(CALL_2)]);
  });

  test('is climbed once, however many workers climb it', async () => {
    await find(FAILING);
    const climbed = await Promise.all(Array.from({ length: 8 }, () => climbAlarm(dependencies, now)));
    expect(climbed.filter((done) => done === 'climbed')).toHaveLength(1);
    await after(0);
    expect(mailed()).toHaveLength(1);
  });
});

describe('an acknowledgement', () => {
  test('ends the calls, and tells those who were called who has it; the first one wins', async () => {
    await find(FAILING);
    await after(0);
    await after(5 * MINUTE);
    mailed();
    const { id } = await alarm();
    const [first, second] = [
      await takeAlarm(dependencies, { id, by: 'admin1', at: now }),
      await takeAlarm(dependencies, { id, by: 'sponsor1', at: now }),
    ];
    expect([first?.acknowledgedBy, second?.acknowledgedBy]).toEqual(['admin1', 'admin1']);
    await after(HOUR - 1);
    expect(mailed()).toEqual([`sponsor1@stand.example  OPERATORS: admin1 has ${id}`]);
  });

  test('drops what waits to be tried again', async () => {
    sink.fail({ kind: 'answer', code: 451 });
    await find(FAILING);
    await after(0);
    await takeAlarm(dependencies, { id: (await alarm()).id, by: 'admin1', at: now });
    sink.heal();
    await after(2 * MINUTE);
    expect(mailed()).toEqual([]);
  });

  test('lasts while the audit finds more of the same, and not when it finds something else', async () => {
    await find(FAILING);
    await after(0);
    await takeAlarm(dependencies, { id: (await alarm()).id, by: 'admin1', at: now });
    mailed();
    now += MINUTE;
    expect(await find(FAILING, { ...FAILING, subject: 'incident-INC-2026-0002' })).toBe('go-on');
    expect(await find(FAILING, OVERDUE)).toBe('go-on');
    now += MINUTE;
    expect(await find(FAILING, OVERDUE)).toBe('ring-again');
    await after(0);
    expect(mailed()).toEqual([expect.stringContaining(CALL_1)]);
  });

  test('of an exhausted alarm counts; of a mended one it changes nothing', async () => {
    await find(FAILING);
    await after(0);
    for (const waitMs of [5, 15, 5, 15]) await after(waitMs * MINUTE);
    const { id } = await alarm();
    expect(await takeAlarm(dependencies, { id, by: 'lead1', at: now })).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'lead1',
    });
    await find();
    expect(await takeAlarm(dependencies, { id, by: 'admin1', at: now })).toMatchObject({
      state: 'mended',
      acknowledgedBy: 'lead1',
    });
  });
});

test('an alarm ends when its findings are mended: nobody else is called, and those who were are told', async () => {
  await find(FAILING);
  await after(0);
  mailed();
  const { id } = await alarm();
  now += MINUTE;
  expect(await find()).toBe('end');
  await after(HOUR);
  expect(mailed()).toEqual([
    `admin1@stand.example  OPERATORS: ${id} is over: what the audit had found is not so any more`,
  ]);
  expect(await readAlarm(database.db, id)).toMatchObject({ state: 'mended', endedAt: expect.any(Number) });
  await find(FAILING);
  expect((await alarm()).id).not.toBe(id);
});

test('everybody is called by every contact of theirs at once', async () => {
  const far = scriptedPagers();
  dependencies = { ...dependencies, pagers: far.pagers };
  const id = randomUUID();
  await addContact(database.db, { id, username: 'admin1', kind: 'sms', address: '+15550177', at: now });
  await keepCode(database.db, id, { digest: 'right', until: now + MINUTE });
  await verifyContact(database.db, id, { digest: 'right', at: now });
  await find(FAILING);
  await after(0);
  expect(far.sent.map(({ kind }) => kind).toSorted()).toEqual(['mail', 'sms']);
});

describe('the watch of the audit', () => {
  const hears = { answeredAt: 0, auditedAt: 0 };

  test('says nothing while the audit looks and Temporal answers', () => {
    expect(troublesOfAudit({ ...hears, at: 59 * SECOND })).toEqual([]);
  });

  test('says after a minute that Temporal does not answer, and later that the audit does not look', () => {
    const kinds = (at: number) => troublesOfAudit({ ...hears, at }).map(({ kind }) => kind);
    expect(kinds(60 * SECOND)).toEqual(['temporal-away']);
    expect(kinds(150 * SECOND)).toEqual(['temporal-away', 'audit-silent']);
    expect(troublesOfAudit({ at: 150 * SECOND, answeredAt: 140 * SECOND, auditedAt: 0 })).toMatchObject([
      { kind: 'audit-silent', detail: 'it has not looked since 1970-01-01T00:00:00.000Z' },
    ]);
  });

  test('looks in its place, alarms at once, and leaves open what only Temporal knows', async () => {
    await keepFindings(database.db, { found: [FAILING, OVERDUE], at: now - MINUTE, by: 'audit' });
    const seen = await readAudit(database.db);
    const away: Trouble = { kind: 'temporal-away', subject: 'temporal', detail: 'it has not answered' };
    await lookInItsPlace(dependencies, [away]);
    await after(0);
    const kinds = [FAILING.kind, 'temporal-away'];
    const audit = await readAudit(database.db);
    expect(audit.findings.map(({ kind }) => kind)).toEqual(kinds);
    expect(audit.at).toBe(seen.at);
    expect(sink.mails().map(({ subject }) => subject)).toEqual([
      expect.stringContaining(`the audit has 2 findings (${kinds.join(', ')})`),
    ]);
  });

  test('begins the alarm and climbs it by itself while Temporal does not answer', async () => {
    // Since longer ago than anybody waits for, as a clock would show it that has gone on meanwhile.
    const clock = { now: () => Date.now() + (isAway ? 2 * MINUTE : 0) };
    let isAway = false;
    const errors: unknown[] = [];
    const watch = startWatch({
      dependencies: { ...dependencies, clock },
      processes: { answers: async () => ((isAway = true), false) },
      onExhausted: () => undefined,
      onError: (error) => errors.push(error),
    });
    await expect
      .poll(() => openAlarm(database.db), { timeout: 10_000 })
      .toMatchObject({
        state: 'ringing',
        climbed: { round: 1, rung: 1 },
        called: ['admin1'],
      });
    await watch.stop();
    expect(errors).toEqual([]);
  });
});
