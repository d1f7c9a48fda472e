import { setTimeout as sleep } from 'node:timers/promises';

import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { sendPageMail } from './floor/activities.ts';
import { byTurns } from './pace.ts';

const ARRIVES_WITHIN_MS = 60_000;

/** From the request that enters a call to the first page at the far end, one call after the other. */
export async function measureFirstPage(bench: Bench): Promise<readonly Row[]> {
  const { sizes } = bench;
  await oneReport(bench);
  await oneMail(bench);
  const { ours, floor } = await byTurns(sizes.rounds, {
    ours: () => repeat(sizes.firstPages, () => oneReport(bench)),
    floor: () => repeat(sizes.firstPages, () => oneMail(bench)),
  });
  return [
    {
      name: 'phone report to first page',
      unit: 'ms',
      ours: figuresOf(ours),
      floor: figuresOf(floor),
      goal: null,
      note: 'the floor is one mail over an open SMTP connection',
    },
  ];
}

async function oneReport({ stand, arrivals }: Bench): Promise<number> {
  const sentTick = performance.now();
  const arrival = arrivals.next(({ pageIds }) => pageIds.length > 0, ARRIVES_WITHIN_MS);
  const body = { summary: 'Somebody is in our identity provider', kind: 'incident' };
  const { incidentId } = await stand.post<{ readonly incidentId: string }>(
    '/v1/reports/phone',
    body,
    'responder1',
  );
  const { atTick } = await arrival;
  // Stops the ladder, and the clock of the lead.
  await stand.post(`/v1/incidents/${incidentId}/lead`, { username: 'lead1' }, 'responder1');
  return atTick - sentTick;
}

async function oneMail({ floor, arrivals, policy }: Bench): Promise<number> {
  const sentTick = performance.now();
  const arrival = arrivals.next(({ pageIds }) => pageIds.includes('INC-0000-0000-P1'), ARRIVES_WITHIN_MS);
  const page = { incidentId: 'INC-0000-0000', pageId: 'INC-0000-0000-P1', dueAt: Date.now() };
  await sendPageMail({ mailer: floor.mailer, policy }, page);
  return (await arrival).atTick - sentTick;
}

async function repeat(count: number, once: () => Promise<number>): Promise<readonly number[]> {
  const spans: number[] = [];
  for (let index = 0; index < count; index += 1) {
    spans.push(await once());
    // What the one before has left to do is not this one's.
    await sleep(150);
  }
  return spans;
}
