import { expect, test } from 'vitest';
import { connectTemporal } from '../../src/engine/temporal.ts';
import { scheduleIdOf } from '../../src/engine/schedules.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, eventually, handling } from './handling.ts';

const stand = ownStand();
const { get } = handling(stand);

/** Lets a schedule do now what it would do next. */
async function trigger(name: Parameters<typeof scheduleIdOf>[0]): Promise<void> {
  const client = connectTemporal({ connection: { address: stand().temporal }, namespace: 'default' });
  try {
    await client.schedule.getHandle(scheduleIdOf(name, 'incidents')).trigger();
  } finally {
    await client.connection.close();
  }
}

test('the audit looks around by its schedule, and finds nothing wrong with a stand at rest', async () => {
  await eventually(() => trigger('audit'));
  await eventually(async () => {
    const audit = bodyOf<{ readonly isLate: boolean }>(await get('admin1', '/v1/audit'), 200);
    expect(audit).toMatchObject({ isLate: false, findings: [], wellAt: expect.any(String) });
  });
});

test('those who lead are told once a week who will be called and cannot be reached', async () => {
  await trigger('readiness');
  await trigger('readiness');
  const digests = await eventually(async () => {
    const mails = (await stand().mails()).filter(({ subject }) => /readiness|reached/i.test(subject));
    expect(new Set(mails.map(({ to }) => to[0]))).toEqual(
      new Set(['sponsor1@stand.example', 'admin1@stand.example']),
    );
    return mails;
  });
  expect(digests).toHaveLength(2);
  expect(digests[0]?.text).toContain('only by mail');
});
