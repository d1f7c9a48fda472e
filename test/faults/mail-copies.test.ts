import { createHash } from 'node:crypto';

import { expect, test, vi } from 'vitest';

import type { MessageView } from '../../src/api/schemas/messages.ts';
import { bodyOf, eventually, handling } from '../e2e/handling.ts';
import { type Posting, sendAll } from '../support/mail-sender.ts';
import { ownStand } from '../support/stand.ts';
import { RECOVERED_WITHIN_MS, TEST_WITHIN_MS } from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand();
const { get, incident, timeline } = handling(stand);

const COPIES = 1000;
/** By so many ways, each with a stamp of its own: what comes by the same way is the same to the byte. */
const WAYS = 100;

const FROM = 'copies@north.example.edu';

function copy(n: number): Posting {
  const lines = [
    `Received: from relay${n % WAYS}.example by mx.example; Tue, 21 Jun 2016 20:40:00 +0000`,
    `From: Anna Berg <${FROM}>`,
    'To: security@stand.example',
    'Subject: Somebody signs with our key',
    'Message-ID: <a-thousand-times@north.example.edu>',
    'Date: Tue, 21 Jun 2016 20:39:33 +0000',
    '',
    'Seen at 20:39 UTC.',
    '',
  ];
  return { bytes: Buffer.from(lines.join('\r\n')), from: FROM, to: 'security@stand.example' };
}

test('a thousand copies that come at once are one report, seen a thousand times, and one answer', async () => {
  const copies = Array.from({ length: COPIES }, (_, n) => copy(n));
  const { deferrals, tookMs } = await sendAll(stand().smtpIntake, copies, { connections: COPIES });
  console.log(`${COPIES} copies taken in ${Math.round(tookMs)} ms, ${deferrals} told to come again`);

  const hashes = copies.slice(0, WAYS).map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
  const views = await eventually(async () => {
    const seen = await Promise.all(
      hashes.map(async (hash) => bodyOf<MessageView>(await get('responder1', `/v1/messages/${hash}`), 200)),
    );
    expect(seen.filter(({ verdict }) => verdict === null)).toEqual([]);
    return seen;
  }, RECOVERED_WITHIN_MS);
  expect(views.filter(({ verdict }) => verdict === 'report')).toHaveLength(1);
  expect(views.filter(({ verdict }) => verdict === 'duplicate')).toHaveLength(WAYS - 1);
  expect(new Set(views.map(({ reportId }) => reportId)).size).toBe(1);
  // A copy whose answer was lost on its way was sent again, and counts again: that is what happened.
  const seen = views.reduce((sum, view) => sum + view.seen, 0);
  expect(seen).toBeGreaterThanOrEqual(COPIES);
  expect(seen).toBeLessThanOrEqual(COPIES + deferrals);
  for (const { sha256 } of views.slice(0, 3)) {
    const view = bodyOf<MessageView>(await get('responder1', `/v1/messages/${sha256}`), 200);
    expect(view.seenInAll).toBe(seen);
  }

  const { items } = bodyOf<{ items: { id: string }[] }>(await get('auditor1', '/v1/incidents?limit=10'), 200);
  expect(items).toHaveLength(1);
  const id = items[0]?.id ?? '';
  await stand().waitForMail(({ to }) => to.includes(FROM), RECOVERED_WITHIN_MS);
  await eventually(async () => {
    const lines = (await timeline(id)).filter(({ text }) => text.includes('automatic reply to the reporter'));
    expect(lines).toHaveLength(1);
  });
  expect((await incident(id)).reports).toHaveLength(1);
  expect((await stand().mails()).filter(({ to }) => to.includes(FROM))).toHaveLength(1);
});
