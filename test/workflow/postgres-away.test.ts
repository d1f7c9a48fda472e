import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/persistence/verify.ts';
import { incidentWorkflowId } from '../../src/workflows/messages.ts';
import { actor, policy, SECOND, steps } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import {
  isUnknownOutcome,
  openWorld,
  pause,
  type RealWorld,
  runsOf,
  until,
} from '../support/workflow-world.ts';
import { type Cable, layCable } from './cable.ts';

/** Nobody waits longer for an answer, and be it that the outcome is unknown. */
const ANSWERED_WITHIN_MS = 8 * SECOND;

/** Long enough that a recording is tried several times in vain. */
const AWAY_MS = 4 * SECOND;

const PEOPLE = Array.from({ length: 12 }, (_, n) => `person${n}`);

describe.each(['cut', 'silent'] as const)('while Postgres is away (its connection %s)', (how) => {
  let cable: Cable;
  let world: RealWorld;
  beforeAll(async () => {
    cable = await layCable(await createDatabase());
    world = await openWorld({
      databaseUrl: cable.url,
      temporalAddress: temporalAddress(),
      policy: policy('incommon'),
    });
  });
  afterAll(async () => {
    await world?.close();
    await cable?.close();
  });

  it('steps are answered with "unknown" within 8 s, are recorded once when it is back, and no process has failed', async () => {
    const ids = await Promise.all([1, 2].map(() => triaged(world)));
    const asked = ids.flatMap((id) => PEOPLE.map((person) => ({ id, person })));
    cable.fail(how);
    const isBack = pause(AWAY_MS).then(() => cable.heal());

    const answers = await Promise.all(asked.map(({ id, person }) => timed(() => appoint(id, person))));
    expect(answers.filter(({ outcome }) => outcome !== 'unknown' && outcome !== 'taken')).toEqual([]);
    expect(answers.some(({ outcome }) => outcome === 'unknown')).toBe(true);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(ANSWERED_WITHIN_MS);

    await isBack;
    // As every client does: the same is asked again under the same id, until the answer is known.
    await until('every step is answered', async () => {
      const again = await Promise.all(asked.map(({ id, person }) => timed(() => appoint(id, person))));
      return again.every(({ outcome }) => outcome === 'taken');
    });
    for (const id of ids) {
      const joined = (await world.eventsOf(id, 'team-joined')).map(({ body }) => body.username);
      expect(joined.toSorted()).toEqual(PEOPLE.toSorted());
      expect(await verifyChain(world.database.db, id)).toMatchObject({ firstBad: null });
      expect((await runsOf(world, incidentWorkflowId(id))).map(({ status }) => status)).toEqual(['RUNNING']);
    }
  });

  /** As far as the engine: the words of a step would not have come that far. */
  function appoint(id: string, person: string) {
    const command = {
      commandId: `lead1:${id}:${person}`,
      by: actor('lead1'),
      step: steps.appoint(person, 'internal'),
    };
    return world.decisions.decide(id, command);
  }
});

async function timed(ask: () => Promise<unknown>) {
  const startedAt = performance.now();
  const outcome = await ask().then(
    () => 'taken',
    (error: unknown) => (isUnknownOutcome(error) ? 'unknown' : String(error)),
  );
  return { outcome, tookMs: performance.now() - startedAt };
}

async function triaged(world: RealWorld): Promise<string> {
  const { incidentId } = await world.report();
  await until('the report is taken up', async () => (await world.state(incidentId)).version > 0);
  await world.take(incidentId, 'responder1', steps.lead('lead1'));
  return incidentId;
}
