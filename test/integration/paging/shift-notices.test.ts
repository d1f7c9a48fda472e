import { expect, test } from 'vitest';

import type { RotaPlan } from '../../../src/domain/rota.ts';
import { announceShifts } from '../../../src/paging/shift-notices.ts';
import { addRotaNote } from '../../../src/persistence/rota-notes.ts';
import { addOverrides, seedRotas } from '../../../src/persistence/rotas.ts';
import { endMessage, takeDue } from '../../../src/persistence/pager-messages.ts';
import { policy } from '../../support/incidents.ts';
import { ownDatabase } from '../persistence/own-database.ts';

const HOUR = 3_600_000;
const database = ownDatabase();

/** The night in which the clocks of Detroit go back: a hand-over at nine local is at 14:00 UTC from then on. */
const HAND_OVER = Date.UTC(2026, 10, 1, 14, 0);

const rota: RotaPlan = {
  key: 'triage',
  title: 'Triage',
  timeZone: 'America/Detroit',
  layers: [
    {
      name: 'week',
      members: ['responder1', 'responder2'],
      handOver: 'FREQ=DAILY',
      startsAt: '2026-10-30T09:00',
      endsAt: null,
      hours: [],
    },
  ],
};

let now = 0;
const announce = () =>
  announceShifts({
    db: database.db,
    clock: { now: () => now },
    policy: policy(),
    publicUrl: 'http://127.0.0.1',
  });

/** What was to be sent since the last time this was asked. */
async function sent() {
  const due = await takeDue(database.db, now);
  const end = { outcome: 'accepted', code: '250', farId: null, at: now } as const;
  await Promise.all(due.map(({ id }) => endMessage(database.db, id, end)));
  return due.map(({ person, content }) => ({
    person,
    text: (content as { readonly body: readonly string[] }).body.join('\n'),
  }));
}

test('both sides of a change of shift are told once, before it, in the time of the rota', async () => {
  await seedRotas(database.db, [rota], { at: 0, by: 'admin1', reason: 'for this test' });
  now = HAND_OVER - HOUR - 1;
  await announce();
  expect(await sent()).toEqual([]);

  now = HAND_OVER - HOUR;
  for (let look = 0; look < 3; look += 1) {
    await announce();
    now += 10 * 60_000;
  }
  const told = await sent();
  expect(told.map(({ person }) => person).toSorted()).toEqual(['responder1', 'responder2']);
  expect(told[0]?.text).toContain(
    'On call (Triage): responder2 hands over to responder1 at 2026-11-01 14:00 UTC (09:00 in America/Detroit).',
  );
  expect(told[0]?.text).toContain(
    'A note for the next one is left at:\nhttp://127.0.0.1/v1/rotas/triage/notes',
  );
});

test('where nobody follows that is said, and a hand-over note is pointed to', async () => {
  const nextDay = HAND_OVER + 24 * HOUR;
  const note = {
    id: 'n',
    rota: 'triage',
    at: nextDay - 2 * HOUR,
    by: 'responder2',
    text: 'Look at the logs.',
  };
  await addRotaNote(database.db, note);
  await addRotaNote(database.db, note);
  // Somebody whom the policy does not name stands in: there is nobody to tell on that side.
  await addOverrides(database.db, [
    {
      ...{ id: 'o', rota: 'triage', from: nextDay, until: nextDay + HOUR, username: 'gone', instead: null },
      ...{ by: 'lead1', at: nextDay - HOUR, reason: 'x', swap: null },
    },
  ]);
  now = nextDay - HOUR / 2;
  await announce();
  const told = await sent();
  expect(told.map(({ person }) => person)).toEqual(['responder1']);
  expect(told[0]?.text).toContain('There is a hand-over note:');
  expect(told[0]?.text).not.toContain('logs');
});
