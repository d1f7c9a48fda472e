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

describe('a page that is declined', () => {
  it('climbs at once, and from there on as it would have', async () => {
    const { id } = await rung('owner1');
    await until('the owner is rung', () => ringing(id).length === 1);
    const declinedAt = Date.now();
    expect(await world.decline(id, 'owner1')).toBe(true);
    await until('the next rung is called', () => ringing(id).length > 1);
    // Its time would have been 20 s.
    expect(Date.now() - declinedAt).toBeLessThan(5 * SECOND);
    const page = await world.page(id);
    expect(page).toMatchObject({ state: 'ringing', climbed: { round: 1, rung: 2 }, declinedBy: ['owner1'] });
    expect((page?.next?.nextStepAt ?? 0) - declinedAt).toBeGreaterThan(15 * SECOND);
    await until('the incident says so', async () =>
      (await world.eventsOf(page?.incidentId ?? '', 'page-climbed')).some(({ body }) => body.rung === 2),
    );
    expect(await world.eventsOf(page?.incidentId ?? '', 'page-declined')).toMatchObject([{ by: 'owner1' }]);
  });

  it('by one after the other climbs once for each', async () => {
    const { id } = await rung('owner1');
    for (const rungNumber of [1, 2, 3]) {
      await until(
        `rung ${rungNumber} is called`,
        async () => (await world.page(id))?.climbed?.rung === rungNumber,
      );
      await until('its messages have left', async () =>
        ((await world.page(id))?.attempts ?? []).every(({ sentAt }) => sentAt !== null),
      );
      await world.decline(id, `person${rungNumber}`);
    }
    await until('rung 4 is called', async () => (await world.page(id))?.climbed?.rung === 4);
    await ringsNobodyTwice(id);
  });
});

describe('a page that is handed on', () => {
  it('rings the named person, whose ladder it then climbs; the ring before ends by itself and calls nobody', async () => {
    const { id, incidentId } = await rung('owner1', { waitMs: 3 * SECOND });
    await until('the owner is rung', () => ringing(id).length === 1);
    await world.take(incidentId, 'owner1', steps.handOn(id, 'ops1', { isPaged: true }));
    await until('the named is rung', () => ringing(id).some(({ to }) => to === 'ops1@stand.example'));
    await until(
      'the first ring has ended',
      async () => (await statusOf(world, pageWorkflowId(id, 1))) === 'COMPLETED',
    );
    await until('its ladder is climbed', async () => (await world.page(id))?.climbed?.rung === 2);
    const page = await world.page(id);
    expect(page).toMatchObject({ ring: 2, target: { person: 'ops1' } });
    expect(page?.attempts.filter(({ ring }) => ring === 1).map(({ person }) => person)).toEqual(['owner1']);
    await ringsNobodyTwice(id);
  });

  it('after it was taken rings the named, too', async () => {
    const { id, incidentId } = await rung('owner1');
    await world.acknowledge(id, 'owner1');
    await until(
      'the incident knows',
      async () => (await world.state(incidentId)).pages[0]?.state === 'acknowledged',
    );
    await world.take(incidentId, 'owner1', steps.handOn(id, 'ops1', { isPaged: true }));
    await until('the named is rung', () => ringing(id).some(({ to }) => to === 'ops1@stand.example'));
    expect(await world.page(id)).toMatchObject({ state: 'ringing', ring: 2, acknowledgedBy: null });
  });
});

describe('a page that is snoozed', () => {
  it('rings again at its time', async () => {
    const { id, incidentId } = await rung('owner1');
    await world.acknowledge(id, 'owner1');
    await until(
      'the incident knows',
      async () => (await world.state(incidentId)).pages[0]?.state === 'acknowledged',
    );
    await world.take(incidentId, 'owner1', steps.snooze(id, 3 * SECOND, { isPaged: true }));
    const endsAt = (await world.state(incidentId)).pages[0]?.acknowledgedUntil ?? 0;
    expect(endsAt - Date.now()).toBeGreaterThan(SECOND);
    await until('it rings again', () => ringing(id).length === 2, { withinMs: 10 * SECOND });
    expect(await world.page(id)).toMatchObject({ state: 'ringing', ring: 2 });
    expect(ringing(id)[1]?.at).toBeGreaterThanOrEqual(endsAt);
    expect(ringing(id).map(({ to }) => to)).toEqual(['owner1@stand.example', 'owner1@stand.example']);
  });
});

/** Somebody is called in, and has been rung; then the ladder waits for that long. */
async function rung(person: string, { waitMs = 20 * SECOND } = {}): Promise<Page> {
  const policyWithWaits = variant(HURRIED, `waits-${waitMs}`, {
    ladders: laddersOf(HURRIED.rules, { waitMs, rounds: 2 }),
  });
  const { incidentId } = await world.report({ policy: policyWithWaits });
  await world.take(incidentId, 'responder1', steps.lead('lead1'));
  await world.take(incidentId, 'responder1', steps.reply('unnecessary'));
  await world.take(incidentId, 'lead1', steps.callIn(person));
  await until('somebody is rung', async () => {
    const [page] = await world.pages(incidentId);
    return page?.climbed != null && ringing(page.id).length > 0;
  });
  return opened(incidentId);
}

/** Of each step, each person has had one message. */
async function ringsNobodyTwice(pageId: string): Promise<void> {
  const attempts = (await world.page(pageId))?.attempts ?? [];
  await until('every message has arrived', () => ringing(pageId).length >= attempts.length);
  const ids = ringing(pageId).map(({ messageId, to }) => `${messageId} ${to}`);
  expect(ids).toHaveLength(attempts.length);
  expect(new Set(ids).size).toBe(ids.length);
}

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
