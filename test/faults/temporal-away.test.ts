import { randomUUID } from 'node:crypto';

import { expect, test, vi } from 'vitest';

import type { ReportAcceptedView } from '../../src/api/schemas/reports.ts';
import { assessment, bodyOf, codeOf, eventually, handling, inTriage } from '../e2e/handling.ts';
import { ownStand } from '../support/stand.ts';
import {
  ANSWERED_WITHIN_MS,
  called,
  failedWorkflows,
  freeze,
  lasting,
  messages,
  QUICK_LADDERS,
  RECOVERED_WITHIN_MS,
  ringing,
  TEST_WITHIN_MS,
  TRIAGE_CALLS,
} from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand({ policy: QUICK_LADDERS });
const desk = handling(stand);
const { step, get, timeline, page, acknowledge } = desk;

const RUNG_MS = 4000;

/** Asked once; how long the answer took is checked. */
async function askOnce(as: string | undefined, path: string, body: object, key: string) {
  const askedAtMs = performance.now();
  const answer = await stand().request('POST', path, {
    ...(as !== undefined && { as }),
    body,
    headers: { 'idempotency-key': key },
  });
  expect(performance.now() - askedAtMs).toBeLessThan(ANSWERED_WITHIN_MS);
  return answer;
}

test('while Temporal is away, facts are taken and shown as being filed, decisions are unknown; afterwards each is there once', async () => {
  const id = await inTriage(desk);
  const [taken, climbing] = await Promise.all([ringing(stand(), desk), ringing(stand(), desk)]);
  const notes = [1, 2, 3].map((n) => `What we saw, part ${n}`);
  const key = randomUUID();
  const assess = () => askOnce('lead1', `/v1/incidents/${id}/assessment`, assessment(), key);

  freeze(stand(), 'temporal');
  const awayAtMs = performance.now();
  const email = 'anna@reporter.example';
  const accepted = bodyOf<ReportAcceptedView>(
    await askOnce(undefined, '/v1/reports', { summary: 'Still here', reporter: { email } }, randomUUID()),
    202,
  );
  for (const text of notes) await step('responder1', id, 'timeline', { text });
  const acknowledgedAtMs = Date.now();
  expect(await acknowledge('responder2', taken.pageId)).toMatchObject({ acknowledgedBy: 'responder2' });
  const waiting = (await timeline(id)).filter(({ seq }) => seq === null);
  expect(waiting.map(({ text }) => text)).toEqual(notes);

  const unknown = await assess();
  expect([unknown.status, codeOf(unknown)]).toEqual([503, 'unavailable']);
  expect(Number(unknown.headers.get('retry-after'))).toBeGreaterThan(0);
  for (const path of ['', `/${id}`, `/${accepted.incidentId}`, `/${id}/timeline`]) {
    expect((await get('lead1', `/v1/incidents${path}`)).status).toBe(200);
  }
  expect((await get('lead1', '/v1/duties')).status).toBe(200);
  expect((await get(undefined, '/readyz')).status).toBe(503);
  // Until the page that nobody took has missed several of its instants.
  await lasting(Math.max(0, awayAtMs + 4 * RUNG_MS - performance.now()));
  const missed = await called(stand(), climbing.pageId);
  await stand().kill('temporal');
  await stand().untilRestarted('temporal');
  await stand().untilReady();

  const assessed = await eventually(async () => bodyOf(await assess(), 200), RECOVERED_WITHIN_MS);
  expect(assessed).toMatchObject({ stage: 'response', criticality: 'escalation' });
  await eventually(async () => {
    const lines = await timeline(id);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.filter(({ kind }) => kind === 'note').map(({ text }) => text)).toEqual(notes);
    expect(lines.filter(({ kind }) => kind === 'assessed')).toHaveLength(1);
  }, RECOVERED_WITHIN_MS);
  await stand().waitForMail(({ to }) => to.includes(email), RECOVERED_WITHIN_MS);
  await eventually(async () => {
    const lines = await timeline(taken.id);
    expect(lines.filter(({ kind }) => kind === 'acknowledged')).toMatchObject([{ by: 'responder2' }]);
  }, RECOVERED_WITHIN_MS);

  // A call for each of the missed instants would come at once; the ladder goes on at its own pace.
  await eventually(
    async () => expect((await called(stand(), climbing.pageId)).length).toBeGreaterThan(missed.length + 1),
    RECOVERED_WITHIN_MS,
  );
  await acknowledge('responder1', climbing.pageId);
  const calls = await called(stand(), climbing.pageId);
  expect(calls).toEqual(TRIAGE_CALLS.slice(0, calls.length));
  expect(missed.length).toBeLessThanOrEqual(2);
  const { attempts } = await page(climbing.pageId);
  const sent = attempts.map(({ sentAt }) => Date.parse(sentAt ?? ''));
  const gaps = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
  // A busy machine may send one late and the next on time; instants that are made up for follow each other at once.
  expect(gaps.filter((gap) => gap < RUNG_MS / 4)).toEqual([]);
  const late = (await stand().mails()).filter(
    ({ text, receivedAt }) =>
      text.includes(`/v1/pages/${taken.pageId}\n`) && Date.parse(receivedAt) > acknowledgedAtMs + 1000,
  );
  expect(late).toEqual([]);
  expect(messages((await stand().mails()).filter(({ to }) => to.includes(email)))).toHaveLength(1);
  expect(await failedWorkflows(stand())).toEqual([]);
});
