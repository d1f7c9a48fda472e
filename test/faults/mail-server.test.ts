import { expect, test, vi } from 'vitest';

import type { Fault } from '../../dev/mail-faults.ts';
import { eventually, handling } from '../e2e/handling.ts';
import { ownStand } from '../support/stand.ts';
import { RECOVERED_WITHIN_MS, TEST_WITHIN_MS } from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand();
const { report, step, incident, timeline } = handling(stand);

/** How a mail server fails before it has taken a mail, and comes back. */
const PASSING: readonly (readonly [what: string, fault: Fault, times: number])[] = [
  ['451 to the recipient', { kind: 'answer', code: 451, at: 'recipient' }, 2],
  ['451 to the message', { kind: 'answer', code: 451, at: 'data' }, 2],
  ['452, too many recipients', { kind: 'answer', code: 452, at: 'recipient' }, 2],
  ['421 and the end of the connection', { kind: 'answer', code: 421, at: 'data' }, 3],
  ['450', { kind: 'answer', code: 450, at: 'recipient' }, 2],
  ['a connection that ends before anything is kept', { kind: 'drop', keepsMail: false }, 2],
];

test.concurrent.each(PASSING)(
  'a reply is sent once by a mail server that says for a while: %s',
  async (_what, fault, times) => {
    const { email, incidentId } = await reported();
    await stand().failMail(fault, { recipient: email, times });
    await step('responder1', incidentId, 'reply', { text: 'We look at it.' });
    await answered(incidentId);
    expect(await repliesTo(email)).toHaveLength(1);
  },
);

test.concurrent.each([550, 552, 554] as const)(
  'one that is turned away with %s is owed, and says so',
  async (code) => {
    const { email, incidentId } = await reported();
    await stand().failMail({ kind: 'answer', code }, { recipient: email });
    await step('responder1', incidentId, 'reply', { text: 'We look at it.' });
    await eventually(async () => {
      const lines = (await timeline(incidentId)).map(({ text }) => text);
      expect(lines).toContainEqual(expect.stringContaining(`refused by the mail server (${code})`));
    });
    const { reports, clocks } = await incident(incidentId);
    expect(reports).toMatchObject([{ reply: 'owed', repliedAt: null }]);
    expect(clocks.find(({ name }) => name === 'reply')).toMatchObject({ stoppedAt: null });
    expect(await repliesTo(email)).toEqual([]);
  },
);

test.concurrent(
  'a mail server that took a mail and went before it said so gets it a second time at most, marked',
  async () => {
    const { email, incidentId } = await reported();
    await stand().failMail({ kind: 'drop', keepsMail: true }, { recipient: email, times: 1 });
    await step('responder1', incidentId, 'reply', { text: 'We look at it.' });
    await answered(incidentId);
    const [first, second, ...more] = await repliesTo(email);
    expect(more).toEqual([]);
    expect(second?.messageId).toBe(first?.messageId);
    expect(first?.headers).not.toHaveProperty('x-tocsin-attempt');
    expect(second?.headers['x-tocsin-attempt']).toBe('2');
  },
);

test.concurrent(
  'a mail server that says nothing for longer than we wait holds up neither the reply nor the next one',
  async () => {
    const { email, incidentId } = await reported();
    await stand().failMail({ kind: 'delay', ms: 60_000 }, { recipient: email, times: 1 });
    await step('responder1', incidentId, 'reply', { text: 'We look at it.' });
    const other = await reported();
    await step('responder1', other.incidentId, 'reply', { text: 'This one, too.' });
    await Promise.all([answered(incidentId), answered(other.incidentId)]);
    const arrived = await repliesTo(email);
    expect(new Set(arrived.map(({ messageId }) => messageId)).size).toBe(1);
    expect(arrived.length).toBeLessThanOrEqual(2);
  },
);

let reporters = 0;

/** A report whose automatic answer has arrived: what fails from now on is the reply. */
async function reported(): Promise<{ readonly email: string; readonly incidentId: string }> {
  reporters += 1;
  const email = `reporter${reporters}@far.example`;
  const { incidentId } = await report({ summary: 'Something', reporter: { email } });
  await stand().waitForMail(({ to }) => to.includes(email), RECOVERED_WITHIN_MS);
  return { email, incidentId };
}

async function answered(incidentId: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await incident(incidentId)).reports).toMatchObject([{ reply: 'sent' }]),
    { timeout: RECOVERED_WITHIN_MS, interval: 200 },
  );
}

async function repliesTo(email: string) {
  const mails = await stand().mails();
  return mails.filter(({ to, subject }) => to.includes(email) && subject.includes('Reply'));
}
