import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { unfiledOf } from '../../../src/persistence/inbox.ts';
import { beginSending, takeMessages } from '../../../src/persistence/pager-messages.ts';
import { exhaustPage } from '../../../src/persistence/page-steps.ts';
import { claimStep } from '../../support/page-steps.ts';
import { acknowledgePage, openPage, readPage } from '../../../src/persistence/pages.ts';
import { ownDatabase } from './own-database.ts';
import { LADDER, MORNING, report } from './sample.ts';

const CLEARANCE = { recipient: 'responder1', label: 'CLEAR', isAllowed: true, reason: 'no-words' } as const;

/** Every interleaving has four people and two workers, who act at instants drawn anew. */
const INTERLEAVINGS = 2500;
const AT_ONCE = 20;
const PEOPLE = ['ann', 'bob', 'eve', 'joe'];
const STEPS = [
  { round: 1, rung: 1 },
  { round: 1, rung: 2 },
  { round: 2, rung: 1 },
  { round: 2, rung: 2 },
];

const database = ownDatabase({ max: 30 });

describe('between people who take a page and workers who climb it', () => {
  const seed = Date.now() % 2 ** 31;
  test(`one person wins, and no step is climbed after anybody was answered (seed ${seed})`, async () => {
    const random = randomFrom(seed);
    const { incidentId } = await report(database.db);
    const seen = { climbedBefore: 0, climbedNothing: 0, exhaustedFirst: 0, begun: 0, fenced: 0 };
    for (let done = 0; done < INTERLEAVINGS; done += AT_ONCE) {
      const pages = Array.from({ length: AT_ONCE }, (_, index) => `${incidentId}-P${done + index + 1}`);
      const outcomes = await Promise.all(pages.map((pageId) => interleave(incidentId, pageId, random)));
      for (const { climbed, isExhausted, begun, fenced } of outcomes) {
        seen.climbedBefore += climbed > 0 ? 1 : 0;
        seen.climbedNothing += climbed === 0 ? 1 : 0;
        seen.exhaustedFirst += isExhausted ? 1 : 0;
        seen.begun += begun;
        seen.fenced += fenced;
      }
    }
    await expectOrderInTheRecord(incidentId);
    // The draw must have met the cases it is there for.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(INTERLEAVINGS / 250);
  }, 120_000);
});

interface Outcome {
  readonly climbed: number;
  readonly isExhausted: boolean;
  /** Messages that were begun to be sent, and those that the acknowledgement held back. */
  readonly begun: number;
  readonly fenced: number;
}

async function interleave(incidentId: string, pageId: string, random: () => number): Promise<Outcome> {
  await openPage(database.db, {
    pageId,
    incidentId,
    reason: 'no-lead',
    target: { ladder: 'triage' },
    ladder: LADDER,
    ring: 1,
    startsAt: MORNING,
    noteTextId: null,
    next: { round: 1, rung: 1, nextStepAt: MORNING },
  });
  // People come around the time of one step, from the first one to the end of the ladder; a step takes a few ms.
  const { arrive, arrival } = milestones(STEPS.length + 2);
  const comesAt = Math.floor(random() * (STEPS.length + 2));
  let answeredAt = Infinity;
  let claims = 0;
  let begun = 0;
  let fenced = 0;
  let isExhausted = false;

  async function acknowledge(by: string): Promise<boolean> {
    await arrival[comesAt];
    await sleep(random() * 10);
    const { won, page } = await acknowledgePage(database.db, {
      pageId,
      by,
      at: MORNING,
      factId: `${pageId}:${by}`,
    });
    answeredAt = Math.min(answeredAt, performance.now());
    expect(page?.state).toBe('acknowledged');
    return won;
  }

  /** Begins to send what the step calls for; nothing goes out after somebody was answered that the page is theirs. */
  async function send(step: number): Promise<void> {
    const at = MORNING + step;
    for (const message of await takeMessages(database.db, { pageIds: [pageId], at, oneMessagePerMs: 0 })) {
      await sleep(random() * 4);
      const isBegun = await beginSending(database.db, message, { at, clearance: CLEARANCE }, () => {
        expect(answeredAt, 'a send was begun after an acknowledgement was answered').toBe(Infinity);
        return true;
      });
      if (isBegun === null) fenced += 1;
      else begun += 1;
    }
  }

  async function climb(): Promise<void> {
    for (const [index, step] of STEPS.entries()) {
      arrive(index);
      await sleep(random() * 4);
      const askedAt = performance.now();
      const next = STEPS[index + 1];
      const claim = await claimStep(database.db, {
        ...{
          pageId,
          ring: 1,
          ...step,
          at: MORNING,
          nextContactAfterMs: 60_000,
          factId: `${pageId}:${step.round}:${step.rung}`,
        },
        people: [{ person: `called-by-${pageId}`, why: 'csirt' }],
        next: next === undefined ? null : { ...next, nextStepAt: MORNING },
      });
      if (claim !== 'climbed' && claim !== 'known') return arrive(STEPS.length + 1);
      claims += 1;
      await send(index);
      expect(
        askedAt,
        'a step was climbed that was asked for after an acknowledgement was answered',
      ).toBeLessThan(answeredAt);
    }
    arrive(STEPS.length);
    const factId = `${pageId}:exhausted`;
    isExhausted =
      (await exhaustPage(database.db, { pageId, ring: 1, at: MORNING, rounds: 2, factId })) || isExhausted;
    arrive(STEPS.length + 1);
  }

  const [winners] = await Promise.all([Promise.all(PEOPLE.map(acknowledge)), climb(), climb()]);
  expect(winners.filter(Boolean)).toHaveLength(1);
  const page = await readPage(database.db, pageId);
  expect(page).toMatchObject({
    state: 'acknowledged',
    acknowledgedBy: PEOPLE[winners.indexOf(true)],
    next: null,
  });
  if (claims === 0) expect(page?.attempts).toEqual([]);
  return { climbed: page?.attempts.length ?? 0, isExhausted, begun, fenced };
}

/** Promises of the milestones 0 to `count - 1`. Whoever arrives at one has passed those before it. */
function milestones(count: number): {
  readonly arrive: (index: number) => void;
  readonly arrival: readonly Promise<void>[];
} {
  const resolves: (() => void)[] = [];
  const arrival = Array.from({ length: count }, () => new Promise<void>((resolve) => resolves.push(resolve)));
  return { arrival, arrive: (index) => resolves.slice(0, index + 1).forEach((resolve) => resolve()) };
}

/** By the clock of Postgres, under the lock of the page's row: the acknowledgement is the last fact of every page. */
async function expectOrderInTheRecord(incidentId: string): Promise<void> {
  const last = new Map<string, string>();
  const acknowledgements = new Map<string, number>();
  for (const { fact } of await unfiledOf(database.db, incidentId)) {
    if (!('pageId' in fact)) continue;
    last.set(fact.pageId, fact.type);
    if (fact.type !== 'page-acknowledged') continue;
    acknowledgements.set(fact.pageId, (acknowledgements.get(fact.pageId) ?? 0) + 1);
  }
  expect(new Set(last.values())).toEqual(new Set(['page-acknowledged']));
  expect([...acknowledgements.values()]).toEqual(Array.from({ length: INTERLEAVINGS }, () => 1));
}

/** Mulberry32: small, and good enough to draw delays. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
