import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rebuildAll } from '../../src/engine/rebuild.ts';
import type { Page } from '../../src/persistence/pages.ts';
import { pageWorkflowId } from '../../src/workflows/messages.ts';
import { HOUR, MINUTE, policy, SECOND } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import { openWorld, pause, type RealWorld, until, variant } from '../support/workflow-world.ts';

/** The default policy, five minutes a rung; but whom a page calls has to wait only seconds for the next message. */
const shipped = policy('incommon');
const POLICY = variant(
  { ...shipped, paging: { ...shipped.paging, oneMessagePerMs: 4 * SECOND } },
  'quick-turns',
  {},
);

let world: RealWorld;
beforeAll(async () => {
  world = await openWorld({
    databaseUrl: await createDatabase(),
    temporalAddress: temporalAddress(),
    policy: POLICY,
    hasWorker: false,
  });
});
afterAll(() => world?.close());

const readPage = async (id: string): Promise<Page> => {
  const page = await world.page(id);
  if (page === null) throw new Error(`there is no page ${id}`);
  return page;
};

const callsTo = (person: string) =>
  world.mails().filter(({ to, subject }) => to === `${person}@stand.example` && subject.includes('PAGE'));

it('pages whose step is an hour overdue make that step once, oldest first, and give people their time from then on', async () => {
  const before = await world.startWorker();
  const ids: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder2' });
    await until('its page has called', async () => (await world.pages(incidentId))[0]?.climbed != null);
    ids.push((await world.pages(incidentId))[0]?.id ?? '');
  }
  await until('each has reached the first', () =>
    ids.every((id) => callsTo('responder1').some(({ text }) => text.includes(id))),
  );
  await before.stop();
  // As if nothing had run for an hour and more: Temporal has lost them, and their next steps are that long overdue.
  for (const [n, id] of ids.entries()) {
    await world.client.workflow.getHandle(pageWorkflowId(id, 1)).terminate('an outage');
    const awayMs = HOUR + (20 - n) * MINUTE;
    await sql`UPDATE pages SET starts_at = starts_at - ${awayMs} * interval '1 millisecond',
        climbed_at = climbed_at - ${awayMs} * interval '1 millisecond',
        next_step_at = next_step_at - ${awayMs} * interval '1 millisecond'
      WHERE id = ${id}`.execute(world.database.db);
  }
  const overdue = await Promise.all(ids.map(readPage));
  const { client, database, taskQueue } = world;
  // The youngest first, which is not the order in which they are to go on.
  expect((await rebuildAll({ client, database, taskQueue })).pages).toBe(ids.length);
  const backAt = Date.now();
  await world.startWorker();
  await until('each has called the second', () =>
    ids.every((id) => callsTo('responder2').some(({ text }) => text.includes(id))),
  );
  await pause(2 * SECOND);

  const pages = await Promise.all(ids.map(readPage));
  for (const [n, page] of pages.entries()) {
    const dueAt = overdue[n]?.next?.nextStepAt ?? 0;
    expect(page.attempts.map(({ round, rung, person }) => `${round}.${rung} ${person}`)).toEqual([
      '1.1 responder1',
      '1.2 responder2',
    ]);
    const attempt = page.attempts[1];
    expect(attempt).toMatchObject({ dueAt, sendAfter: dueAt, tries: 1 });
    expect((attempt?.sentAt ?? 0) - dueAt).toBeGreaterThan(HOUR);
    expect(attempt?.sentAt).toBeGreaterThanOrEqual(backAt);
    expect((page.next?.nextStepAt ?? 0) - (page.climbed?.at ?? 0)).toBe(5 * MINUTE);
    expect(page.next).toMatchObject({ round: 1, rung: 3 });
  }
  // Oldest first, and not a message for each of the twelve rungs that would have been climbed, nor for each page: the first one,
  // two at most that pass its turn because they came alone, and all the others together.
  const byClimb = pages.toSorted((one, other) => (one.climbed?.at ?? 0) - (other.climbed?.at ?? 0));
  expect(byClimb.map(({ id }) => id)).toEqual(ids);
  const calls = callsTo('responder2');
  expect(calls.length).toBeLessThanOrEqual(4);
  expect(calls[0]?.text).toContain(ids[0]);
  expect(callsTo('responder1')).toHaveLength(
    new Set(callsTo('responder1').map(({ messageId }) => messageId)).size,
  );
  expect(callsTo('lead1')).toEqual([]);
});
