import { afterAll, beforeAll, expect, it } from 'vitest';
import { policy, steps } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import { openWorld, type RealWorld, until } from '../support/workflow-world.ts';

/** What was accepted while Temporal was away is told when it is back, and people go on deciding meanwhile. */
const BACKLOG = 150;

/** What the API promises for every answer. */
const ANSWERED_WITHIN_MS = 8000;

let world: RealWorld;

beforeAll(async () => {
  world = await openWorld({
    databaseUrl: await createDatabase(),
    temporalAddress: temporalAddress(),
    policy: policy('incommon'),
  });
});
afterAll(() => world?.close());

it('a decision is answered in time while the backlog of an outage is told', async () => {
  const { incidentId } = await world.report();
  await until('the report is taken up', async () => (await world.state(incidentId)).version > 0);
  await world.take(incidentId, 'responder1', steps.lead('lead1'));

  await world.withoutRelay(async () => {
    for (let n = 0; n < BACKLOG; n += 1) await world.report();
  });
  const latenciesMs: number[] = [];
  const person = () => `person${latenciesMs.length}`;
  do {
    const askedAtMs = performance.now();
    await world.ask(incidentId, 'lead1', steps.appoint(person(), 'internal'));
    latenciesMs.push(performance.now() - askedAtMs);
  } while ((await world.unfiled()) > 0);

  expect(Math.max(...latenciesMs)).toBeLessThan(ANSWERED_WITHIN_MS);
});
