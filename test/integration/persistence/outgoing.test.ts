import { describe, expect, test } from 'vitest';

import { recordClearance } from '../../../src/persistence/clearances.ts';
import { claimOutgoing, endOutgoing, type Outgoing } from '../../../src/persistence/outgoing.ts';
import { ownDatabase } from './own-database.ts';
import { id, MORNING, report } from './sample.ts';

const database = ownDatabase();

async function message(): Promise<Outgoing> {
  const { incidentId } = await report(database.db);
  return {
    key: `${incidentId}:reply:${id()}`,
    incidentId,
    purpose: 'reply',
    recipient: 'ann@example.org',
    label: 'AMBER',
    isAllowed: true,
    reason: 'AMBER goes to its reporter',
    messageId: '<1@tocsin>',
    at: MORNING,
  };
}

describe('a message that goes outward', () => {
  test.each(['accepted', 'refused', 'withheld'] as const)('is to be sent until it was %s', async (state) => {
    const mail = await message();
    expect(await claimOutgoing(database.db, mail)).toEqual({ attempt: 1 });
    expect(await claimOutgoing(database.db, mail)).toEqual({ attempt: 2 });
    await endOutgoing(database.db, mail.key, { state, answer: '250 2.0.0', at: MORNING + 1 });
    expect(await claimOutgoing(database.db, mail)).toEqual({
      state,
      answer: '250 2.0.0',
      endedAt: MORNING + 1,
    });
  });

  test('keeps its first end and counts its tries', async () => {
    const mail = await message();
    await claimOutgoing(database.db, mail);
    await claimOutgoing(database.db, mail);
    await endOutgoing(database.db, mail.key, { state: 'accepted', answer: '250', at: MORNING + 1 });
    await endOutgoing(database.db, mail.key, { state: 'refused', answer: '550', at: MORNING + 2 });
    await claimOutgoing(database.db, mail);
    const row = await database.db
      .selectFrom('outgoing')
      .select(['state', 'answer', 'attempts', 'message_id'])
      .where('key', '=', mail.key)
      .executeTakeFirst();
    expect(row).toEqual({ state: 'accepted', answer: '250', attempts: 2, message_id: '<1@tocsin>' });
  });

  test('has what the gate said noted with every attempt, and no more once it has ended', async () => {
    const mail = await message();
    await claimOutgoing(database.db, mail);
    await claimOutgoing(database.db, { ...mail, isAllowed: false, reason: 'not any more' });
    await endOutgoing(database.db, mail.key, { state: 'withheld', answer: null, at: MORNING + 1 });
    await claimOutgoing(database.db, mail);
    const noted = await database.db
      .selectFrom('clearances')
      .select(['purpose', 'recipient', 'label', 'is_allowed', 'reason'])
      .where('incident_id', '=', mail.incidentId)
      .orderBy('id')
      .execute();
    const same = { purpose: 'reply', recipient: 'ann@example.org', label: 'AMBER' };
    expect(noted).toEqual([
      { ...same, is_allowed: true, reason: 'AMBER goes to its reporter' },
      { ...same, is_allowed: false, reason: 'not any more' },
    ]);
  });

  test('may be claimed by many at once', async () => {
    const mail = await message();
    const answers = await Promise.all(Array.from({ length: 20 }, () => claimOutgoing(database.db, mail)));
    const attempts = answers.map((answer) => ('attempt' in answer ? answer.attempt : 0));
    expect(attempts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
});

test('each decision of the TLP gate is kept', async () => {
  const { incidentId } = await report(database.db);
  const decision = {
    incidentId,
    at: MORNING,
    purpose: 'reply',
    recipient: 'x',
    label: 'RED',
    reason: 'RED',
  } as const;
  await recordClearance(database.db, { ...decision, isAllowed: false });
  await recordClearance(database.db, { ...decision, isAllowed: true });
  const rows = await database.db
    .selectFrom('clearances')
    .select(['is_allowed', 'label', 'reason'])
    .where('incident_id', '=', incidentId)
    .orderBy('id')
    .execute();
  expect(rows).toEqual([
    { is_allowed: false, label: 'RED', reason: 'RED' },
    { is_allowed: true, label: 'RED', reason: 'RED' },
  ]);
});
