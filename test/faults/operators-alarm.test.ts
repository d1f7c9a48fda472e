import { expect, test, vi } from 'vitest';

import type { AlarmView } from '../../src/api/schemas/audit.ts';
import { bodyOf, eventually, handling } from '../e2e/handling.ts';
import { ownStand } from '../support/stand.ts';
import { freeze, lasting, QUICK_LADDERS, RECOVERED_WITHIN_MS, TEST_WITHIN_MS } from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand({ policy: QUICK_LADDERS });
const { get } = handling(stand);

const RUNG_MS = 4000;

/** Until Temporal counts as away, on a busy machine. */
const TOLD_WITHIN_MS = 120_000;

const OPERATORS = 'OPERATORS [ALARM-1]';

async function calls(): Promise<readonly string[]> {
  const mails = await stand().mails();
  return mails.filter(({ subject }) => subject.startsWith(OPERATORS)).map(({ to }) => to[0] ?? '');
}

const alarmOf = async () =>
  bodyOf<{ readonly alarm: AlarmView | null; readonly findings: readonly { readonly kind: string }[] }>(
    await get('admin1', '/v1/audit'),
    200,
  );

test('while Temporal is away the operators are told, the alarm climbs to the second person, and whoever takes it ends it; it is over when Temporal is back', async () => {
  freeze(stand(), 'temporal');
  // The worker that is started in its place has never reached Temporal.
  await stand().kill('worker');
  await stand().untilRestarted('worker');
  const first = await stand().waitForMail(({ subject }) => subject.startsWith(OPERATORS), TOLD_WITHIN_MS);
  expect(first.to).toEqual(['admin1@stand.example']);
  expect(first.text).toContain('temporal-away  temporal: it has not answered since');
  expect(first.text).toContain('npx tocsin audit-acknowledge ALARM-1');
  await stand().waitForMail(
    ({ subject, to }) => subject.startsWith(OPERATORS) && to.includes('sponsor1@stand.example'),
    2 * RUNG_MS + 10_000,
  );

  const taken = await stand().request('POST', '/v1/audit/alarms/ALARM-1/acknowledge', { as: 'sponsor1' });
  expect(bodyOf<AlarmView>(taken, 200)).toMatchObject({
    ...{ state: 'acknowledged', acknowledgedBy: 'sponsor1', called: ['admin1', 'sponsor1'] },
  });
  await stand().waitForMail(
    ({ subject, to }) => subject === 'OPERATORS: sponsor1 has ALARM-1' && to.includes('admin1@stand.example'),
    10_000,
  );
  const before = await calls();
  await lasting(3 * RUNG_MS);
  expect(await calls()).toEqual(before);

  await stand().kill('temporal');
  await stand().untilRestarted('temporal');
  await stand().untilReady();
  await eventually(async () => {
    const { alarm, findings } = await alarmOf();
    expect({ alarm, findings }).toEqual({ alarm: null, findings: [] });
  }, RECOVERED_WITHIN_MS);
  await stand().waitForMail(({ subject }) => subject.startsWith('OPERATORS: ALARM-1 is over'), 10_000);
});
