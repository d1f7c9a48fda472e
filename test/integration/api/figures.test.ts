import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PagingFiguresView } from '../../../src/api/schemas/figures.ts';
import { ladderOf } from '../../../src/domain/ladder.ts';
import type { PageReason } from '../../../src/domain/vocabulary.ts';
import { endMessage, takeMessages } from '../../../src/persistence/pager-messages.ts';
import { claimStep } from '../../support/page-steps.ts';
import { acknowledgePage, openPage } from '../../../src/persistence/pages.ts';
import { addOverrides, seedRotas } from '../../../src/persistence/rotas.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();
const SECOND = 1000;
const DAY = 86_400_000;
const FROM = Date.UTC(2026, 1, 2);
const UNTIL = FROM + 14 * DAY;
const ON_CALL = 'on call for nights, layer weekly, until 2026-02-09T00:00:00.000Z';

interface Rung {
  readonly pageId: string;
  readonly at: number;
}

async function begin(reason: PageReason, at: number): Promise<Rung> {
  const { incidentId } = await office.report();
  const pageId = `${incidentId}-P7`;
  const target = { ladder: 'triage' } as const;
  const ladder = ladderOf(target, office.policy.rules);
  const next = { round: 1, rung: 1, nextStepAt: at };
  await openPage(office.db, {
    ...{ pageId, incidentId, reason, target, ladder, ring: 1, startsAt: at, noteTextId: null, next },
  });
  return { pageId, at };
}

async function climb({ pageId }: Rung, rung: number, at: number, person: string, why: string): Promise<void> {
  await claimStep(office.db, {
    ...{ pageId, ring: 1, round: 1, rung, at, people: [{ person, why }], nextContactAfterMs: 60_000 },
    ...{ next: { round: 1, rung: rung + 1, nextStepAt: at + 300 * SECOND }, factId: randomUUID() },
  });
}

async function send({ pageId }: Rung, at: number): Promise<void> {
  for (const { id } of await takeMessages(office.db, { pageIds: [pageId], at, oneMessagePerMs: 0 }))
    await endMessage(office.db, id, { outcome: 'accepted', code: '250', farId: null, at });
}

const take = ({ pageId, at }: Rung, by: string, seconds: number) =>
  acknowledgePage(office.db, { pageId, by, at: at + seconds * SECOND, factId: randomUUID() });

/** Begins to ring, calls one person, and the message leaves at once. */
async function called(reason: PageReason, at: number, person: string, why = ON_CALL): Promise<Rung> {
  const page = await begin(reason, at);
  await climb(page, 1, at, person, why);
  await send(page, at);
  return page;
}

/** Ten in the morning on the wall in Detroit is 15:00; ten at night is 03:00. */
beforeAll(async () => {
  const { db } = office;
  const members = ['responder1', 'responder2', 'comms1'];
  const layer = { name: 'weekly', members, handOver: 'FREQ=WEEKLY', endsAt: null, hours: [] };
  const plan = { key: 'nights', title: 'Nights', timeZone: 'UTC' };
  const layers = [{ ...layer, startsAt: '2026-02-02T00:00' }];
  await seedRotas(db, [{ ...plan, layers }], { at: FROM, by: 'admin1', reason: 'new' });
  const override = { id: 'o1', rota: 'nights', from: FROM, until: FROM + DAY, username: 'comms1' };
  const made = { instead: null, swap: null, by: 'lead1', at: FROM, reason: 'ill' };
  await addOverrides(db, [{ ...override, ...made }]);

  await take(await called('no-lead', Date.UTC(2026, 1, 3, 15), 'responder1'), 'responder1', 60);
  const climbed = await called('no-lead', Date.UTC(2026, 1, 4, 4), 'responder1');
  await climb(climbed, 2, climbed.at + 300 * SECOND, 'lead1', 'by name');
  await send(climbed, climbed.at + 300 * SECOND);
  await take(climbed, 'lead1', 400);
  await called('phone', Date.UTC(2026, 1, 5, 3), 'responder2');
  await take(await called('phone', Date.UTC(2026, 1, 6, 12), 'responder2'), 'sponsor1', 10);
  // Two in one message.
  const noon = Date.UTC(2026, 1, 7, 17);
  const [one, other] = [await begin('no-lead', noon), await begin('no-lead', noon)];
  for (const page of [one, other]) await climb(page, 1, noon, 'responder1', 'csirt');
  await send(one, noon);
  await take(one, 'responder1', 30);
  await take(other, 'responder1', 40);
  // Before and after.
  for (const at of [FROM - 1, UNTIL]) await take(await called('phone', at, 'responder2'), 'responder2', 1);
  office.now = UNTIL;
});

const read = async (query = `?from=${new Date(FROM).toISOString()}&until=${new Date(UNTIL).toISOString()}`) =>
  office.get(`/v1/figures/paging${query}`, 'admin1');

describe('the figures of paging', () => {
  test('say how soon pages were acknowledged, in all and by reason', async () => {
    const { acknowledgement, timeZone } = (await read()).json<PagingFiguresView>();
    expect(timeZone).toBe('America/Detroit');
    expect(acknowledgement.all).toEqual({
      ...{ pages: 6, acknowledged: 5, withinFirstRung: 0.8, p50: 'PT40S', p90: 'PT6M40S', p99: 'PT6M40S' },
    });
    expect(acknowledgement.byReason).toEqual([
      {
        ...{ reason: 'no-lead', pages: 4, acknowledged: 4, withinFirstRung: 0.75 },
        ...{ p50: 'PT40S', p90: 'PT6M40S', p99: 'PT6M40S' },
      },
      {
        ...{ reason: 'phone', pages: 2, acknowledged: 1, withinFirstRung: 1 },
        ...{ p50: 'PT10S', p90: 'PT10S', p99: 'PT10S' },
      },
    ]);
  });

  test('say who was called, how often at night, and who took it', async () => {
    const { people } = (await read()).json<PagingFiguresView>();
    expect(people).toEqual([
      { username: 'lead1', messages: 1, pages: 1, nightPages: 1, acknowledged: 1 },
      { username: 'responder1', messages: 3, pages: 4, nightPages: 1, acknowledged: 3 },
      // The one that was sent a moment before was taken within.
      { username: 'responder2', messages: 2, pages: 2, nightPages: 1, acknowledged: 1 },
      { username: 'sponsor1', messages: 0, pages: 0, nightPages: 0, acknowledged: 1 },
    ]);
  });

  test('say how the burden of a rota was spread', async () => {
    const { rotas } = (await read()).json<PagingFiguresView>();
    expect(rotas).toEqual([
      {
        rota: 'nights',
        title: 'Nights',
        members: [
          { username: 'comms1', hours: 24, share: 0.0714, pages: 0, nightPages: 0 },
          { username: 'responder1', hours: 144, share: 0.4286, pages: 2, nightPages: 1 },
          { username: 'responder2', hours: 168, share: 0.5, pages: 2, nightPages: 1 },
        ],
        unevenness: { hours: 0.2857, pages: 0.3333, nightPages: 0.3333 },
      },
    ]);
  });

  test('are those of the last 90 days where nothing else is asked for', async () => {
    office.now = UNTIL;
    expect((await read('')).json<PagingFiguresView>()).toMatchObject({
      ...{ from: new Date(UNTIL - 90 * DAY).toISOString(), until: new Date(UNTIL).toISOString() },
    });
  });

  test.each([
    '?from=2026-02-02T00:00:00Z&until=2026-02-02T00:00:00Z',
    '?from=2024-01-01T00:00:00Z&until=2025-01-02T00:00:00Z',
  ])('are given for a time that can be: not %s', async (query) => {
    expect(problemOf(await read(query))).toMatchObject({ status: 422, errors: [{ parameter: 'until' }] });
  });
});
