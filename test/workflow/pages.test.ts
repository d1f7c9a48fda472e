import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/persistence/pages.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { seedRotas } from '../../src/persistence/rotas.ts';
import { pageWorkflowId } from '../../src/workflows/messages.ts';
import { policy, SECOND, steps } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import {
  laddersOf,
  openWorld,
  pause,
  type RealWorld,
  statusOf,
  until,
  variant,
} from '../support/workflow-world.ts';

/** Pages that are called off, taken or interrupted at the worst of moments, on a real Temporal. */
const HURRIED: Policy = variant(
  { ...policy('drill'), leadTimes: [{ channel: 'any', hours: 'any', withinMs: 4 * SECOND }] },
  'hurried',
  { ladders: laddersOf(policy('drill').rules, { waitMs: 2 * SECOND, rounds: 2 }), armAheadMs: 3 * SECOND },
);

let world: RealWorld;
/** While set, pages are not opened. */
let isHeldUp: Promise<void> | null = null;

beforeAll(async () => {
  world = await openWorld({
    databaseUrl: await createDatabase(),
    temporalAddress: temporalAddress(),
    policy: HURRIED,
    hasWorker: false,
  });
  await world.startWorker(({ openPage }) => ({
    async openPage(run) {
      await isHeldUp;
      return openPage(run);
    },
  }));
});
afterAll(async () => {
  await world?.close();
});

describe('a page that is called off', () => {
  it('while it is armed rings nobody', async () => {
    const { incidentId } = await world.report();
    const page = await opened(incidentId);
    expect(page.climbed).toBeNull();
    await world.take(incidentId, 'responder1', steps.lead('lead1'));

    await pause(page.startsAt + SECOND - Date.now());
    expect(await world.page(page.id)).toMatchObject({ state: 'cancelled', climbed: null });
    expect(ringing(page.id)).toEqual([]);
    await until(
      'its process has ended',
      async () => (await statusOf(world, pageWorkflowId(page.id, 1))) === 'COMPLETED',
    );
  });

  it('before it was opened rings nobody either, however late it is opened then', async () => {
    let release = (): void => {};
    isHeldUp = new Promise((resolve) => (release = resolve));
    const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder1' });
    await until(
      'it is to be opened',
      async () => (await world.eventsOf(incidentId, 'page-started')).length === 1,
    );
    await world.take(incidentId, 'responder1', steps.lead('lead1'));
    const [started] = await world.eventsOf(incidentId, 'page-started');
    const pageId = started?.body.pageId ?? '';
    expect(await world.eventsOf(incidentId, 'page-cancelled')).toHaveLength(1);
    // Time enough for the calling off to find nothing to call off.
    await pause(SECOND);
    isHeldUp = null;
    release();

    await until(
      'its process has ended',
      async () => (await statusOf(world, pageWorkflowId(pageId, 1))) === 'COMPLETED',
    );
    expect((await world.page(pageId))?.state ?? 'cancelled').toBe('cancelled');
    expect(ringing(pageId)).toEqual([]);
  });
});

describe('a rung that calls a rota', () => {
  it('rings who is on call, and is skipped at once where nobody is', async () => {
    const { db } = world.database;
    const layer = {
      name: 'all day',
      handOver: 'FREQ=DAILY',
      startsAt: '2026-01-01T00:00',
      endsAt: null,
      hours: [],
    };
    const rota = { title: 'On call', timeZone: 'UTC' };
    const plans = [
      { ...rota, key: 'nobody', layers: [{ ...layer, members: [] }] },
      { ...rota, key: 'somebody', layers: [{ ...layer, members: ['sme1'] }] },
    ];
    await seedRotas(db, plans, { at: Date.now(), by: 'admin1', reason: 'for this test' });
    const rungs = ['nobody', 'somebody'].map((key) => ({ targets: [{ rota: key }], waitMs: 20 * SECOND }));
    const onCall = variant(HURRIED, 'on-call', {
      ladders: { ...HURRIED.rules.ladders, [HURRIED.rules.ladderOf.phone]: { rungs, rounds: 1 } },
    });

    const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder1', policy: onCall });
    const { id } = await opened(incidentId);
    await until('somebody is rung', async () => ringing(id).length > 0);
    expect(ringing(id).map(({ to }) => to)).toEqual(['sme1@stand.example']);
    expect((await world.page(id))?.attempts).toMatchObject([
      { rung: 2, person: 'sme1', why: expect.stringMatching(/^on call for somebody, layer all day, until /) },
    ]);
    await until('the incident says so', async () =>
      (await world.eventsOf(incidentId, 'page-climbed')).some(({ body }) => body.rung === 2),
    );
    expect(
      (await world.eventsOf(incidentId, 'page-climbed')).map(({ body }) => [body.rung, body.people]),
    ).toEqual([
      [1, []],
      [2, ['sme1']],
    ]);
    await world.take(incidentId, 'responder1', steps.lead('lead1'));
  });
});

async function opened(incidentId: string): Promise<Page> {
  let page: Page | undefined;
  await until('a page is opened', async () => {
    [page] = await world.pages(incidentId);
    return page !== undefined;
  });
  if (page === undefined) throw new Error('unreachable');
  return page;
}

function ringing(pageId: string) {
  return world.mails().filter(({ text }) => text.includes(`/v1/pages/${pageId}`));
}
