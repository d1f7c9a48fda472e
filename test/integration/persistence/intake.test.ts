import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';

import { unfiledOf } from '../../../src/persistence/inbox.ts';
import { type NewReport, storeReport } from '../../../src/persistence/intake.ts';
import { keepPolicy, readPolicy } from '../../../src/persistence/policies.ts';
import { readState } from '../../../src/persistence/record.ts';
import { readReportForAnswer } from '../../../src/persistence/reports.ts';
import { readTexts } from '../../../src/persistence/texts.ts';
import { ownDatabase } from './own-database.ts';
import { HOUR, incident, MINUTE, MORNING, POLICY, POLICY_HASH, report } from './sample.ts';

const database = ownDatabase({ max: 20 });

describe('a stored report', () => {
  test('opens an incident that is there at once, at version 0', async () => {
    const { incidentId } = await report(database.db);
    expect(await readState(database.db, incidentId)).toEqual({ state: incident(incidentId), version: 0 });
  });

  test('leaves the fact that starts the process', async () => {
    const { incidentId, reportId } = await report(database.db, { kind: 'inquiry', tlp: 'RED' });
    expect(await unfiledOf(database.db, incidentId)).toEqual([
      {
        factId: expect.any(String),
        by: 'tocsin',
        at: MORNING,
        fact: {
          type: 'report',
          reportId,
          channel: 'form',
          kind: 'inquiry',
          receivedAt: MORNING,
          enteredBy: null,
          leadWithinMs: 15 * MINUTE,
          tlp: 'RED',
        },
      },
    ]);
  });

  test('keeps its words as a text under its own id', async () => {
    const { reportId } = await report(database.db);
    const words = { summary: 'Login page defaced', description: 'It says hello.' };
    expect(await readTexts(database.db, [reportId])).toEqual(new Map([[reportId, words]]));
  });

  test('keeps how to answer its reporter', async () => {
    const { reportId, incidentId, token } = await report(database.db, {
      body: { summary: 'x', description: null, reporter: { email: 'ann@example.org' } },
    });
    expect(await readReportForAnswer(database.db, reportId)).toEqual({
      id: reportId,
      incidentId,
      kind: 'incident',
      email: 'ann@example.org',
      receivedAt: MORNING,
      replyDueAt: MORNING + 24 * HOUR,
      token,
    });
    expect(await readReportForAnswer(database.db, 'none')).toBeNull();
  });

  test('is stored however strange its letters and its fields are', async () => {
    const nested: unknown = JSON.parse(`${'['.repeat(3000)}${']'.repeat(3000)}`);
    const { reportId } = await report(database.db, {
      body: { summary: 'NUL \0 and half \ud800', description: null, aside: { 'fie\0ld': nested } },
    });
    const summary = 'NUL \uFFFD and half \uFFFD';
    expect((await readTexts(database.db, [reportId])).get(reportId)).toEqual({ summary, description: null });
  });

  test('is all there or not there at all', async () => {
    const before = await counts();
    const broken = {
      initialState: () => incident('INC-1', { policy: { name: 'x', hash: 'x' }, tlp: 'PINK' as 'RED' }),
    };
    await expect(report(database.db, { ...broken, tlp: 'PINK' as 'RED' })).rejects.toThrow(
      'incidents_tlp_check',
    );
    expect(await counts()).toEqual(before);
  });
});

describe('the number of an incident', () => {
  test('counts within the UTC year of the receipt, whenever it was typed in', async () => {
    const lastSecond = Date.UTC(2031, 11, 31, 23, 59, 59, 999);
    const ids = [];
    for (const receivedAt of [lastSecond, lastSecond + 1, lastSecond]) {
      ids.push((await report(database.db, { receivedAt })).incidentId);
    }
    expect(ids).toEqual(['INC-2031-0001', 'INC-2032-0001', 'INC-2031-0002']);
  });

  test('is given once and without a gap to a hundred reports at once', async () => {
    const receivedAt = Date.UTC(2033, 5, 1);
    const stored = await Promise.all(Array.from({ length: 100 }, () => report(database.db, { receivedAt })));
    const expected = Array.from(
      { length: 100 },
      (_, index) => `INC-2033-${String(index + 1).padStart(4, '0')}`,
    );
    expect(stored.map(({ incidentId }) => incidentId).toSorted()).toEqual(expected);
  });

  test('goes on after 9999', async () => {
    await sql`INSERT INTO incident_numbers VALUES (2034, 9999)`.execute(database.db);
    const { incidentId } = await report(database.db, { receivedAt: Date.UTC(2034, 0, 1) });
    expect(incidentId).toBe('INC-2034-10000');
  });
});

describe('a report sent under an idempotency key', () => {
  test('is stored once by twenty equal requests at once, and answered alike to all', async () => {
    const before = await counts();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => storeReport(database.db, keyed('twenty'))),
    );
    expect(await counts()).toEqual({ incidents: before.incidents + 1, reports: before.reports + 1 });
    const stored = answers.filter((answer) => answer.state === 'stored');
    expect(stored).toHaveLength(1);
    const first = { reportId: stored[0]?.reportId, incidentId: stored[0]?.incidentId };
    const others = answers.filter((answer) => answer.state !== 'stored');
    expect(others).toEqual(
      Array.from({ length: 19 }, () => ({ state: 'answered', status: 202, body: first })),
    );
  });

  test('is not stored when its key belongs to another body', async () => {
    await storeReport(database.db, keyed('other', 'one body'));
    const before = await counts();
    expect(await storeReport(database.db, keyed('other', 'another body'))).toEqual({ state: 'reused' });
    expect(await counts()).toEqual(before);
  });

  test('frees its key when it could not be stored', async () => {
    const wrong = { ...keyed('freed'), policy: { name: 'none', hash: 'none' } };
    await expect(storeReport(database.db, wrong)).rejects.toThrow('incidents_policy_hash_fkey');
    expect(await storeReport(database.db, keyed('freed'))).toMatchObject({ state: 'stored' });
  });

  function keyed(key: string, body = 'a body'): NewReport {
    return {
      channel: 'form',
      kind: 'incident',
      body: { summary: body, description: null },
      tlp: 'AMBER',
      receivedAt: MORNING,
      enteredBy: null,
      by: 'tocsin',
      leadWithinMs: MINUTE,
      replyWithinMs: HOUR,
      policy: { name: 'sample', hash: POLICY_HASH },
      initialState: (id) => incident(id),
      idempotency: {
        person: 'anonymous',
        key,
        methodAndPath: 'POST /v1/reports',
        fingerprint: Buffer.from(body),
        answer: ({ reportId, incidentId }) => ({ status: 202, body: { reportId, incidentId } }),
      },
    };
  }
});

describe('a policy', () => {
  test('is kept once by its hash, to the order of its members', async () => {
    const policy = {
      ...POLICY,
      rules: { name: 'order', hash: 'order', z: 1, a: 2 },
    } as unknown as typeof POLICY;
    await keepPolicy(database.db, policy);
    await keepPolicy(database.db, { ...policy, retentionYears: 1 });
    expect(JSON.stringify(await readPolicy(database.db, 'order'))).toBe(JSON.stringify(policy));
    expect(await readPolicy(database.db, 'unknown')).toBeNull();
  });
});

async function counts(): Promise<{ readonly incidents: number; readonly reports: number }> {
  const { rows } = await sql<{ incidents: number; reports: number }>`
    SELECT (SELECT count(*)::int FROM incidents) AS incidents, (SELECT count(*)::int FROM reports) AS reports`.execute(
    database.db,
  );
  return rows[0] ?? { incidents: -1, reports: -1 };
}
