import { randomUUID } from 'node:crypto';

import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';

import { createPageActivities } from '../../../src/activities/pages.ts';
import { climbTogether, type DueStep } from '../../../src/activities/climbing.ts';
import { createStepTurns } from '../../../src/activities/step-turns.ts';
import { nextPosition } from '../../../src/domain/ladder.ts';
import { claimStep } from '../../support/page-steps.ts';
import { type NewRing, openPage } from '../../../src/persistence/pages.ts';
import type { SendingDependencies } from '../../../src/paging/sending.ts';
import { policy } from '../../support/incidents.ts';
import { ownDatabase } from '../persistence/own-database.ts';
import { LADDER, MINUTE, report } from '../persistence/sample.ts';
import { scriptedPagers } from './scripted-pagers.ts';

const database = ownDatabase();

test('a step that was made on time while Temporal could not hear of it gives nobody their time twice', async () => {
  const { incidentId } = await report(database.db);
  const pageId = `${incidentId}-P1`;
  const dueAt = Date.now() - 60 * MINUTE;
  const position = { round: 1, rung: 1 };
  const next = nextPosition(LADDER, position);
  if (next === null) throw new Error('the sample ladder has one rung only');
  const ring: Pick<NewRing, 'pageId' | 'incidentId' | 'reason' | 'ring' | 'target' | 'ladder'> = {
    pageId,
    incidentId,
    reason: 'no-lead',
    ring: 1,
    target: { ladder: 'triage' },
    ladder: LADDER,
  };
  const nextStepAt = dueAt + MINUTE;
  await openPage(database.db, {
    ...ring,
    startsAt: dueAt,
    noteTextId: null,
    next: { ...position, nextStepAt: dueAt },
  });
  await claimStep(database.db, {
    ...{ pageId, ring: 1, ...position, at: dueAt, people: [], nextContactAfterMs: MINUTE },
    ...{ next: { ...next, nextStepAt }, factId: randomUUID() },
  });

  const paging: SendingDependencies = {
    ...{ db: database.db, clock: { now: () => Date.now() }, policy: policy(), publicUrl: 'http://127.0.0.1' },
    pagers: scriptedPagers().pagers,
    ways: { linkFor: () => '', codeFor: () => '', replyAddressFor: () => null },
  };
  const turns = createStepTurns((steps: readonly DueStep[]) => climbTogether(paging, steps));
  const activities = createPageActivities(paging, turns);
  const input = { ...ring, startsAt: dueAt, noteTextId: null, armAheadMs: 0, armedTaskQueue: 'none' };
  const again = new MockActivityEnvironment({ attempt: 2 });
  expect(await again.run(activities.climb, { input, step: { position, dueAt } })).toEqual({
    position: next,
    dueAt: nextStepAt,
  });
});
