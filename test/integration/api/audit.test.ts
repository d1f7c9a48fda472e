import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';

import type { AlarmView } from '../../../src/api/schemas/audit.ts';
import { climbAlarm, raiseAlarm } from '../../../src/paging/alarm.ts';
import { keepFindings } from '../../../src/persistence/audit.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

beforeEach(() => sql`TRUNCATE audit_findings, audit_state, operators_alarms CASCADE`.execute(office.db));

/** The alarm has called its first rung, the administrator. */
async function ringing(): Promise<AlarmView> {
  const { db, policy, now } = office;
  const found = [
    { kind: 'workflow-failing', subject: 'incident-INC-2026-0001', detail: 'its task fails' } as const,
  ];
  const dependencies = { db, policy, publicUrl: 'http://tocsin.example' };
  await raiseAlarm(dependencies, await keepFindings(db, { found, at: now, by: 'audit' }), now);
  await climbAlarm(dependencies, now);
  const { alarm } = (await office.get('/v1/audit', 'admin1')).json();
  return alarm;
}

const acknowledge = (id: string, as?: string) =>
  office.post(`/v1/audit/alarms/${id}/acknowledge`, undefined, { as });

describe('the operators’ alarm', () => {
  test('is shown with the audit, and is none while all is well', async () => {
    expect((await office.get('/v1/audit', 'auditor1')).json()).toMatchObject({ alarm: null, findings: [] });
    expect(await ringing()).toMatchObject({
      ...{ state: 'ringing', ring: 1, round: 1, rung: 1, acknowledgedBy: null, called: ['admin1'] },
      nextStepAt: new Date(office.now + 5 * 60_000).toISOString(),
    });
  });

  test('is taken while Temporal is away; the first one wins, and asking again changes nothing', async () => {
    office.process.isAway = true;
    const { id } = await ringing();
    const taken = await acknowledge(id, 'admin1');
    expect(taken.statusCode, taken.body).toBe(200);
    expect(taken.json()).toMatchObject({
      ...{ state: 'acknowledged', nextStepAt: null, acknowledgedBy: 'admin1' },
      acknowledgedAt: new Date(office.now).toISOString(),
    });
    office.now += 1000;
    expect((await acknowledge(id, 'sponsor1')).json()).toEqual(taken.json());
  });

  test('is not for whoever runs nothing and was not called', async () => {
    const { id } = await ringing();
    for (const as of ['responder1', 'auditor1']) {
      expect(problemOf(await acknowledge(id, as)), as).toMatchObject({ status: 403 });
    }
    expect((await acknowledge(id)).statusCode).toBe(401);
  });

  test('is for whoever was called, whatever their role', async () => {
    const { id } = await ringing();
    await sql`UPDATE operators_alarms SET called = called || '{sme1}'`.execute(office.db);
    expect((await acknowledge(id, 'sme1')).json()).toMatchObject({ acknowledgedBy: 'sme1' });
  });

  test.each(['ALARM-999999', 'page', 'ALARM-0'])('that is none is not found: %s', async (id) => {
    const answer = await acknowledge(id, 'admin1');
    expect(answer.statusCode, answer.body).toBe(404);
  });
});
