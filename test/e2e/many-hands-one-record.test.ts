import { randomUUID } from 'node:crypto';

import { expect, test } from 'vitest';

import type { TimelineItemView } from '../../src/api/schemas/timeline.ts';
import { ownStand } from '../support/stand.ts';
import * as work from './handling.ts';
import { bodyOf, codeOf, eventually } from './handling.ts';

const stand = ownStand();
const desk = work.handling(stand);
const { report, step, ask, get, incident, timeline, document } = desk;

const NOTES = 200;

/** Every line has its number, from 1 on, without a gap. */
async function filed(id: string): Promise<readonly TimelineItemView[]> {
  return eventually(async () => {
    const lines = await timeline(id);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    return lines;
  });
}

test('a step in the very instant of the report is decided after it', async () => {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const { incidentId } = await report({ summary: 'Cheap watches' });
      await step('responder1', incidentId, 'dismiss', { reason: 'It is spam.' });
      const [first] = await filed(incidentId);
      expect(first?.kind).toBe('received');
      const { reports, clocks } = await incident(incidentId);
      expect(reports.map(({ reply }) => reply)).toEqual(['unnecessary']);
      expect(clocks.filter(({ state }) => state === 'running')).toEqual([]);
    }),
  );
});

test('of two leads named at the same instant one is lead, and the other is told whose that is to change', async () => {
  const { incidentId } = await report({ summary: 'Everybody wants it' });
  const candidates = ['responder1', 'responder2', 'comms1', 'renisac1'];
  const answers = await Promise.all(
    candidates.map((as) => ask(as, incidentId, 'lead', { username: as, reason: 'I am here.' })),
  );
  const [winner, ...more] = candidates.filter((_, index) => answers[index]?.status === 200);
  expect(more).toEqual([]);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.map((answer) => `${answer.status} ${codeOf(answer)}`)).toEqual(
    Array.from({ length: 3 }, () => '403 not-yours'),
  );
  expect((await incident(incidentId)).lead).toBe(winner);
  const lines = await filed(incidentId);
  expect(lines.filter(({ kind }) => kind === 'lead')).toHaveLength(1);
});

test('who closes twice, by impatience or by a network that lost the answer, closes once', async () => {
  const id = await work.readyToClose(desk);
  const key = randomUUID();
  const close = (headers: Record<string, string>) =>
    stand().request('POST', `/v1/incidents/${id}/close`, {
      as: 'sponsor1',
      body: { determination: 'It is over.' },
      headers,
    });
  const same = await Promise.all([1, 2, 3].map(() => close({ 'idempotency-key': key })));
  expect(same.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(same.map(({ body }) => body)).toEqual([same[0]?.body, same[0]?.body, same[0]?.body]);
  const another = await close({ 'idempotency-key': randomUUID() });
  expect([another.status, codeOf(another)]).toEqual([409, 'wrong-stage']);
  const lines = await filed(id);
  expect(lines.filter(({ kind }) => kind === 'closed')).toHaveLength(1);
});

test('two hundred notes of six people at once all stand in the timeline, in any script', async () => {
  const { incidentId } = await report({ summary: 'Much is going on' });
  const writers = ['responder1', 'responder2', 'lead1', 'sponsor1', 'comms1', 'renisac1'];
  const texts = Array.from({ length: NOTES }, (_, n) => `№ ${n}: взлом 不正 🔥 “${'x'.repeat(n)}”`);
  await Promise.all(
    writers.map(async (as, index) => {
      for (const text of texts.filter((_, n) => n % writers.length === index)) {
        await step(as, incidentId, 'timeline', { text });
      }
    }),
  );
  const lines = await filed(incidentId);
  const notes = lines.filter(({ kind }) => kind === 'note').map(({ text }) => text);
  expect(notes.toSorted()).toEqual(texts.toSorted());
  expect((await document(incidentId)).split('\n\n').filter((line) => line.includes('взлом'))).toHaveLength(
    NOTES,
  );
  // And the incident goes on as if nothing had been.
  expect((await step('lead1', incidentId, 'lead', { username: 'lead1' })).lead).toBe('lead1');
});

test('what somebody has just done is in everything that they read next', async () => {
  const id = await work.inTriage(desk);
  for (let n = 1; n <= 5; n += 1) {
    const said = await step('responder1', id, 'question', { text: `Question ${n}?` });
    const [one, list] = [
      await incident(id),
      bodyOf<{ items: { id: string; version: number }[] }>(await get('lead1', `/v1/incidents?q=${id}`), 200),
    ];
    expect(one.version).toBeGreaterThanOrEqual(said.version);
    expect(list.items.map((item) => item.version >= said.version)).toEqual([true]);
    expect((await timeline(id)).map(({ text }) => text)).toContain(
      `responder1@ asked the reporter: Question ${n}?`,
    );
  }
});
