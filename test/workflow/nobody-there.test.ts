import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../src/domain/policy.ts';
import type { RungTarget } from '../../src/domain/rules.ts';
import { waitingFor } from '../../src/domain/waiting-for.ts';
import type { Page } from '../../src/persistence/pages.ts';
import { seedRotas } from '../../src/persistence/rotas.ts';
import { policy, SECOND } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import { openWorld, type RealWorld, until, variant } from '../support/workflow-world.ts';

/** Longer than going on from a rung with nobody may take. */
const WAIT_MS = 8 * SECOND;

/** As it was when the incident began: everybody whom it names has left since, or nobody has their place. */
const BEFORE = withLadder([
  { rota: 'nights' },
  { person: 'gone1' },
  { role: 'legal' },
  { role: 'executive' },
]);

function withLadder(targets: readonly RungTarget[]): Policy {
  const drill = policy('drill');
  const rungs = targets.map((target) => ({ targets: [target], waitMs: WAIT_MS }));
  const { ladders, ladderOf } = drill.rules;
  return variant(drill, 'before', { ladders: { ...ladders, [ladderOf.phone]: { rungs, rounds: 2 } } });
}

function inForce(usernames: readonly string[]): Policy {
  const drill = policy('drill');
  return variant(
    { ...drill, people: drill.people.filter(({ username }) => usernames.includes(username)) },
    `only-${usernames.join('-')}`,
    {},
  );
}

async function openWith(policyInForce: Policy): Promise<RealWorld> {
  const world = await openWorld({
    databaseUrl: await createDatabase(),
    temporalAddress: temporalAddress(),
    policy: policyInForce,
  });
  const layer = { name: 'nobody', handOver: 'FREQ=DAILY', startsAt: '2026-01-01T00:00', endsAt: null };
  const nights = {
    key: 'nights',
    title: 'Nights',
    timeZone: 'UTC',
    layers: [{ ...layer, hours: [], members: [] }],
  };
  await seedRotas(world.database.db, [nights], { at: Date.now(), by: 'admin1', reason: 'for this test' });
  return world;
}

const LACKING = [
  [1, 'nobody is on call for nights'],
  [2, 'gone1 (by name) is not among the people of the policy'],
  [3, 'nobody has the role legal'],
] as const;

const skippedIn = (page: Page | null) => page?.skipped.map(({ round, rung, why }) => [round, rung, why]);

const instantsOf = (page: Page | null) => [page?.startsAt ?? 0, ...(page?.skipped.map(({ at }) => at) ?? [])];

/** None of these waited for anybody's answer. */
function expectAtOnce(instants: readonly number[]): void {
  const waits = instants.slice(1).map((at, n) => at - (instants[n] ?? 0));
  expect(waits.filter((waitMs) => waitMs >= WAIT_MS)).toEqual([]);
}

async function pagedByPhone(world: RealWorld) {
  const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder1', policy: BEFORE });
  await until('a page is opened', async () => (await world.pages(incidentId)).length > 0);
  const id = (await world.pages(incidentId))[0]?.id ?? '';
  return { incidentId, id };
}

/** As the timeline has them. */
const climbsOf = async (
  world: RealWorld,
  { incidentId, id }: { readonly incidentId: string; readonly id: string },
) =>
  (await world.eventsOf(incidentId, 'page-climbed'))
    .filter(({ body }) => body.pageId === id)
    .map(({ body: { round, rung, people } }) => [round, rung, people]);

async function untilExhausted(world: RealWorld, incidentId: string, id: string): Promise<void> {
  await until(
    'the incident says that the page is exhausted',
    async () => (await world.eventsOf(incidentId, 'page-exhausted')).some(({ body }) => body.pageId === id),
    // How soon it must be is said of the page's own instants; a busy machine may be long in telling.
    { withinMs: 75_000 },
  );
}

describe('a page whose people are gone', { timeout: 120_000 }, () => {
  let world: RealWorld;
  beforeAll(async () => {
    world = await openWith(inForce(['sponsor1', 'responder1']));
  });
  afterAll(() => world?.close());

  it('comes to the Executive Sponsor at once, in each round, says why, and is exhausted in its time', async () => {
    const { incidentId, id } = await pagedByPhone(world);
    const calls = () => world.mails().filter(({ text }) => text.includes(`/v1/pages/${id}`));
    await until('the sponsor is called', () => calls().length > 0);
    const called = await world.page(id);
    expect(calls().map(({ to }) => to)).toEqual(['sponsor1@stand.example']);
    expectAtOnce([...instantsOf(called), called?.climbed?.at ?? Infinity]);
    expect(skippedIn(called)).toEqual(LACKING.map(([rung, why]) => [1, rung, why]));

    await untilExhausted(world, incidentId, id);
    expect(calls().map(({ to }) => to)).toEqual(['sponsor1@stand.example', 'sponsor1@stand.example']);
    const page = await world.page(id);
    expect(page?.state).toBe('exhausted');
    expect(skippedIn(page)).toEqual(
      [1, 2].flatMap((round) => LACKING.map(([rung, why]) => [round, rung, why])),
    );
    expect(await climbsOf(world, { incidentId, id })).toEqual(
      [1, 2].flatMap((round) => [...LACKING.map(([rung]) => [round, rung, []]), [round, 4, ['sponsor1']]]),
    );
    // The sponsor had all of their time, twice.
    expect((page?.endedAt ?? 0) - (page?.startsAt ?? 0)).toBeGreaterThanOrEqual(2 * WAIT_MS);
  });
});

describe('a page when nobody at all is left', () => {
  let world: RealWorld;
  beforeAll(async () => {
    world = await openWith(inForce(['responder1']));
  });
  afterAll(() => world?.close());

  it('is exhausted at once, every rung said, and the incident waits for whoever comes', async () => {
    const { incidentId, id } = await pagedByPhone(world);
    await untilExhausted(world, incidentId, id);
    const page = await world.page(id);
    expect(page).toMatchObject({ state: 'exhausted', attempts: [] });
    expectAtOnce([...instantsOf(page), page?.endedAt ?? Infinity]);
    const everyRung = [...LACKING, [4, 'nobody has the role executive'] as const];
    expect(skippedIn(page)).toEqual(
      [1, 2].flatMap((round) => everyRung.map(([rung, why]) => [round, rung, why])),
    );
    const waiting = waitingFor(await world.state(incidentId), BEFORE.rules, Date.now());
    expect(waiting).toContainEqual(expect.objectContaining({ what: `page:${id}`, state: 'exhausted' }));
    expect(world.mails().filter(({ text }) => text.includes(`/v1/pages/${id}`))).toEqual([]);
  });
});
