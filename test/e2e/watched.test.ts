import { expect, test } from 'vitest';
import { connectTemporal } from '../../src/engine/temporal.ts';
import { scheduleIdOf } from '../../src/engine/schedules.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, eventually, handling } from './handling.ts';

const stand = ownStand();
const { get } = handling(stand);

/** The schedule's next look, now. */
async function lookAround(): Promise<void> {
  const client = connectTemporal({ connection: { address: stand().temporal }, namespace: 'default' });
  try {
    await client.schedule.getHandle(scheduleIdOf('audit', 'incidents')).trigger();
  } finally {
    await client.connection.close();
  }
}

test('the audit looks around by its schedule, and finds nothing wrong with a stand at rest', async () => {
  await eventually(lookAround);
  await eventually(async () => {
    const audit = bodyOf<{ readonly isLate: boolean }>(await get('admin1', '/v1/audit'), 200);
    expect(audit).toMatchObject({ isLate: false, findings: [], wellAt: expect.any(String) });
  });
});
