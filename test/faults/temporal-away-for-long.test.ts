import { expect, test, vi } from 'vitest';

import type { PageView } from '../../src/api/schemas/pages.ts';
import { eventually, handling } from '../e2e/handling.ts';
import { ownStand } from '../support/stand.ts';
import {
  called,
  everyCall,
  failedWorkflows,
  freeze,
  lasting,
  messages,
  RECOVERED_WITHIN_MS,
  ringing,
  TEST_WITHIN_MS,
} from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand({ policy: 'test/faults/short-rungs.yaml' });
const desk = handling(stand);

const RUNG_MS = 4000;
/** Between the starts of two pages: more than a rung, so that no two of them call the same person at the same time. */
const APART_MS = 5300;
/** Five rungs of each page. */
const AWAY_MS = 5 * RUNG_MS;
/** A rung climbed so soon after its instant counts as climbed on time. */
const ON_TIME_MS = 1000;

const CALLS = everyCall(['responder1', 'responder2', 'lead1', 'sponsor1'], 3);

interface Step {
  readonly call: string;
  readonly dueAt: number;
  readonly sentAt: number;
  readonly lateMs: number;
}

/** The steps of a page that have left, from the first to the last. */
function stepsOf({ attempts }: PageView): readonly Step[] {
  return attempts
    .filter(({ sentAt }) => sentAt !== null)
    .map(({ round, rung, person, dueAt, sentAt, lateMs }) => ({
      call: `${round}.${rung} ${person}`,
      dueAt: Date.parse(dueAt),
      sentAt: Date.parse(sentAt ?? ''),
      lateMs: lateMs ?? NaN,
    }));
}

/** When a step was made, as the incident has it. */
async function climbOf(incidentId: string, { call }: Step): Promise<number> {
  const [, round, rung] = /^(\d+)\.(\d+) /.exec(call) ?? [];
  return eventually(async () => {
    const line = (await desk.timeline(incidentId)).find(
      ({ kind, text }) => kind === 'escalated' && text?.includes(`(round ${round}, rung ${rung})`),
    );
    expect(line).toBeDefined();
    return Date.parse(line?.at ?? '');
  });
}

test('pages that missed many steps while Temporal was away go on with the one that was due, oldest first and once each', async () => {
  const incidentIds: string[] = [];
  const pageIds: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    if (n > 0) await lasting(APART_MS);
    const { id, pageId } = await ringing(stand(), desk);
    incidentIds.push(id);
    pageIds.push(pageId);
  }
  freeze(stand(), 'temporal');
  await lasting(AWAY_MS);
  const backAt = Date.now();
  await stand().kill('temporal');
  await stand().untilRestarted('temporal');

  // Two more steps of each: the one that was held up, and the one after it.
  const heldUp = (steps: readonly Step[]) => steps.findIndex(({ sentAt }) => sentAt >= backAt);
  const ladders = await eventually(async () => {
    const views = await Promise.all(pageIds.map((id) => desk.page(id)));
    const steps = views.map(stepsOf);
    for (const of of steps) expect(of.length).toBeGreaterThan(heldUp(of) < 0 ? Infinity : heldUp(of) + 1);
    return steps;
  }, RECOVERED_WITHIN_MS);
  await Promise.all(pageIds.map((id) => desk.acknowledge('responder1', id)));

  const firsts: Step[] = [];
  const seconds: Step[] = [];
  for (const [n, steps] of ladders.entries()) {
    // Whom it calls: no rung is left out, and none is called twice.
    expect(steps.map(({ call }) => call)).toEqual(CALLS.slice(0, steps.length));
    const mails = await called(stand(), pageIds[n] ?? '');
    expect(mails).toEqual(CALLS.slice(0, mails.length));

    const index = heldUp(steps);
    const [before, first, second] = [steps[index - 1], steps[index], steps[index + 1]];
    if (before === undefined || first === undefined || second === undefined) throw new Error('too few steps');
    firsts.push(first);
    seconds.push(second);
    // The one that was held up says how late it is, …
    expect(Math.abs(first.dueAt - (before.dueAt + RUNG_MS))).toBeLessThanOrEqual(ON_TIME_MS);
    expect(first.dueAt).toBeLessThan(backAt - RUNG_MS);
    expect(first.lateMs).toBe(first.sentAt - first.dueAt);
    expect(first.lateMs).toBeGreaterThan(AWAY_MS - 2 * RUNG_MS - ON_TIME_MS);
    // … and whom it calls has all of their time.
    expect(second.sentAt - first.sentAt).toBeGreaterThanOrEqual(RUNG_MS - ON_TIME_MS);
    expect(second.lateMs).toBeLessThan(RUNG_MS);
  }
  // Oldest first, as the timelines have it: when the far side has answered is another matter.
  const climbedAt = await Promise.all(firsts.map((first, n) => climbOf(incidentIds[n] ?? '', first)));
  const byDue = firsts.map((_, n) => n).toSorted((a, b) => (firsts[a]?.dueAt ?? 0) - (firsts[b]?.dueAt ?? 0));
  const byClimb = firsts.map((_, n) => n).toSorted((a, b) => (climbedAt[a] ?? 0) - (climbedAt[b] ?? 0));
  expect(byClimb).toEqual(byDue);

  // Nobody got a heap: until the ladders went on, one message for each page, each to somebody else.
  const goesOnAt = Math.min(...seconds.map(({ sentAt }) => sentAt));
  const arrived = (await stand().mails()).filter(({ subject, receivedAt }) => {
    const at = Date.parse(receivedAt);
    return subject.includes('PAGE') && at >= backAt && at < goesOnAt - RUNG_MS / 2;
  });
  const people = messages(arrived).map(({ to }) => `${to[0]}`);
  expect(people).toHaveLength(pageIds.length);
  expect(new Set(people).size).toBe(people.length);
  expect(await failedWorkflows(stand())).toEqual([]);
});
