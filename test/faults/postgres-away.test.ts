import { describe, expect, test, vi } from 'vitest';

import { assessment, eventually, handling, inTriage } from '../e2e/handling.ts';
import { ownStand, type Stand } from '../support/stand.ts';
import {
  ANSWERED_WITHIN_MS,
  bustle,
  called,
  expectEverythingOnce,
  expectSoundRecord,
  failedWorkflows,
  freeze,
  holdDown,
  insisting,
  lasting,
  QUICK_LADDERS,
  RECOVERED_WITHIN_MS,
  ringing,
  TEST_WITHIN_MS,
  TRIAGE_CALLS,
} from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const AWAY_MS = 20_000;

/** Each has a stand of its own, and they are away at the same time: it is mostly waiting. */
const OUTAGES: readonly (readonly [marker: string, away: (stand: Stand) => Promise<void>])[] = [
  [
    'frozen',
    async (stand) => {
      const postgres = freeze(stand, 'postgres');
      await lasting(AWAY_MS);
      postgres.thaw();
    },
  ],
  ['stopped', (stand) => holdDown(stand, 'postgres', AWAY_MS)],
];

describe.concurrent.each(OUTAGES)('while Postgres is away (%s)', (marker, away) => {
  const stand = ownStand({ policy: QUICK_LADDERS });
  const desk = handling(stand);
  const { step, incident, acknowledge } = desk;

  test('every answer comes in time and is true', async () => {
    const id = await inTriage(desk);
    const { pageId } = await ringing(stand(), desk);
    const mind = insisting(stand);
    const busy = bustle(mind, { incidentId: id, marker });
    await busy.untilGoesOn(1);
    await away(stand());
    await stand().untilRestarted('postgres');
    await busy.untilGoesOn(2);
    const done = await busy.stop();

    expect(mind.unknowns()).toBeGreaterThan(0);
    expect(mind.slowestMs()).toBeLessThan(ANSWERED_WITHIN_MS);
    await expectEverythingOnce(stand(), desk, { incidentId: id, marker, done });
    await eventually(
      async () => expect((await called(stand(), pageId)).length).toBeGreaterThan(2),
      RECOVERED_WITHIN_MS,
    );
    await acknowledge('lead1', pageId);
    const calls = await called(stand(), pageId);
    expect(calls).toEqual(TRIAGE_CALLS.slice(0, calls.length));
    expect((await step('lead1', id, 'assessment', assessment())).stage).toBe('response');
    expect((await incident(id)).stage).toBe('response');
    expect(await failedWorkflows(stand())).toEqual([]);
    await expectSoundRecord(stand());
  });
});
