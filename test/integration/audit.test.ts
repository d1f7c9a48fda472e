import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';

import { type AuditDependencies, createAuditActivities } from '../../src/activities/audit.ts';
import { openAlarm } from '../../src/persistence/alarms.ts';
import { readAudit } from '../../src/persistence/audit.ts';
import { writeFact } from '../../src/persistence/inbox.ts';
import { exhaustPage } from '../../src/persistence/page-steps.ts';
import { claimStep } from '../support/page-steps.ts';
import { openPage } from '../../src/persistence/pages.ts';
import { policy } from '../support/incidents.ts';
import { ownDatabase } from './persistence/own-database.ts';
import { LADDER, MINUTE, recordAll, report } from './persistence/sample.ts';

const SECOND = 1000;
const database = ownDatabase();

/** The audit trusts the clock of Postgres to be right, so this one is. */
let now = Date.now();
let beats = 0;
let missing: string[] = [];
let failing: string[] = [];
let audit: ReturnType<typeof createAuditActivities>;

beforeEach(() => prepare({ clocksApartMaxMs: Infinity }));

async function prepare(said: Partial<AuditDependencies>): Promise<void> {
  now = Date.now();
  beats = 0;
  [missing, failing] = [[], []];
  const dependencies: AuditDependencies = {
    db: database.db,
    clock: { now: () => now },
    policy: policy(),
    processes: { revive: async () => missing, failing: async () => failing },
    heartbeat: { beat: async () => (beats += 1) > 0 },
    ...said,
  };
  audit = createAuditActivities(dependencies);
  await sql`TRUNCATE page_attempts, pager_messages, pages, inbox, audit_findings, audit_state, operators_alarms CASCADE`.execute(
    database.db,
  );
}

async function page(startsAt: number): Promise<{ readonly pageId: string; readonly incidentId: string }> {
  const { incidentId } = await report(database.db, { receivedAt: now });
  await sql`UPDATE inbox SET filed_seq = 0`.execute(database.db);
  const pageId = `${incidentId}-P${randomUUID()}`;
  await openPage(database.db, {
    ...{ pageId, incidentId, reason: 'no-lead', target: { ladder: 'triage' }, ladder: LADDER, ring: 1 },
    ...{ startsAt, noteTextId: null, next: { round: 1, rung: 1, nextStepAt: startsAt } },
  });
  return { pageId, incidentId };
}

const climb = (pageId: string, person: string) =>
  claimStep(database.db, {
    ...{ pageId, ring: 1, round: 1, rung: 1, at: now, nextContactAfterMs: MINUTE, factId: randomUUID() },
    people: [{ person, why: 'by name' }],
    next: { round: 1, rung: 2, nextStepAt: now + 10 * MINUTE },
  });

const found = async () =>
  (await readAudit(database.db)).findings.map(({ kind, subject }) => ({ kind, subject }));

describe('while all is well', () => {
  test('nobody is told anything, and the heartbeat goes out', async () => {
    const { pageId } = await page(now);
    await climb(pageId, 'responder1');
    expect(await audit.lookAround()).toEqual({ findings: 0, alarm: 'go-on', beat: 'sent' });
    expect(beats).toBe(1);
    expect(await readAudit(database.db)).toEqual({ at: now, wellAt: now, findings: [] });
  });
});

describe('a page', () => {
  test('whose next step is overdue is found, the heartbeat stays away, and at the second look the alarm begins', async () => {
    const { pageId } = await page(now - 31 * SECOND);
    expect(await audit.lookAround()).toEqual({ findings: 1, alarm: 'go-on', beat: 'held back' });
    expect(await found()).toEqual([{ kind: 'page-overdue', subject: pageId }]);
    expect(await openAlarm(database.db)).toBeNull();
    now += MINUTE;
    expect(await audit.lookAround()).toMatchObject({ alarm: 'begin', beat: 'held back' });
    expect(await openAlarm(database.db)).toMatchObject({ state: 'ringing', nextStepAt: now });
    now += MINUTE;
    expect(await audit.lookAround()).toMatchObject({ alarm: 'go-on' });
    expect(beats).toBe(0);
  });

  test('that has come right is no finding any more', async () => {
    const { pageId } = await page(now - MINUTE);
    await audit.lookAround();
    await climb(pageId, 'responder1');
    now += SECOND;
    expect(await audit.lookAround()).toEqual({ findings: 0, alarm: 'go-on', beat: 'sent' });
  });

  test('that has reached nobody is found, ringing or exhausted', async () => {
    const [ringing, exhausted] = [await page(now - 3 * MINUTE), await page(now - 3 * MINUTE)];
    await climb(ringing.pageId, 'responder1');
    await climb(exhausted.pageId, 'responder2');
    await exhaustPage(database.db, {
      pageId: exhausted.pageId,
      ring: 1,
      at: now,
      rounds: 1,
      factId: randomUUID(),
    });
    await audit.lookAround();
    expect(await found()).toEqual(
      expect.arrayContaining([
        { kind: 'page-reached-nobody', subject: ringing.pageId },
        { kind: 'page-reached-nobody', subject: exhausted.pageId },
      ]),
    );
  });
});

describe('an incident', () => {
  test('whose clock is past due without a word is found', async () => {
    const { incidentId } = await page(now);
    await recordAll(database.db, incidentId, []);
    const clock = { name: 'reply', reportId: 'r', startedAt: 0, dueAt: now - MINUTE, state: 'running' };
    await sql`UPDATE incidents SET state = jsonb_set(state, '{clocks}', ${JSON.stringify([clock])}::jsonb)
      WHERE id = ${incidentId}`.execute(database.db);
    await audit.lookAround();
    expect(await found()).toContainEqual({ kind: 'clock-untold', subject: incidentId });
    await sql`UPDATE incidents SET state = jsonb_set(state, '{clocks}', '[]')`.execute(database.db);
  });

  test('with a fact that nobody takes up is found', async () => {
    const { incidentId } = await page(now);
    const fact = { type: 'page-acknowledged', pageId: 'p' } as const;
    await writeFact(database.db, { factId: randomUUID(), incidentId, by: 'ann', at: now, fact });
    expect(await audit.lookAround()).toMatchObject({ findings: 0 });
    await sql`UPDATE inbox SET created_at = created_at - interval '1 minute'`.execute(database.db);
    await audit.lookAround();
    expect(await found()).toContainEqual({ kind: 'fact-unfiled', subject: incidentId });
  });

  test('whose process was missing has it again, and the heartbeat stays away for once', async () => {
    missing = ['incident-INC-2026-0001'];
    expect(await audit.lookAround()).toEqual({ findings: 1, alarm: 'go-on', beat: 'held back' });
    missing = [];
    now += MINUTE;
    expect(await audit.lookAround()).toEqual({ findings: 0, alarm: 'go-on', beat: 'sent' });
  });

  test('whose process cannot go on is alarming at once, and the alarm ends when it goes on', async () => {
    failing = ['incident-INC-2026-0002'];
    expect(await audit.lookAround()).toMatchObject({ findings: 1, alarm: 'begin' });
    failing = [];
    now += MINUTE;
    expect(await audit.lookAround()).toEqual({ findings: 0, alarm: 'end', beat: 'sent' });
    expect(await openAlarm(database.db)).toBeNull();
  });
});

test('a clock of this machine that differs from that of Postgres is found: it judges what is due', async () => {
  await prepare({});
  now += 10 * MINUTE;
  await audit.lookAround();
  expect(await found()).toContainEqual({ kind: 'clocks-differ', subject: 'postgres' });
});
