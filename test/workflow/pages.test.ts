import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/persistence/pages.ts';
import type { Policy } from '../../src/domain/policy.ts';
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
