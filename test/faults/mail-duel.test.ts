import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { Mail } from '../../dev/mail-store.ts';
import { bodyOf, eventually, handling } from '../e2e/handling.ts';
import { sendAll } from '../support/mail-sender.ts';
import { ownStand, type Stand } from '../support/stand.ts';
import { RECOVERED_WITHIN_MS, TEST_WITHIN_MS } from './faults.ts';

/** Who answers by machine meets another who does. Whatever the other is, it ends, and no report is lost. */

vi.setConfig({ testTimeout: TEST_WITHIN_MS });

const OURS = 'security@stand.example';
const THEIRS = 'security@other.example';

const ours = ownStand({ env: { TOCSIN_MAIL_FROM: `Our CSIRT <${OURS}>` } });
const theirs = ownStand({
  policy: 'test/faults/other-csirt.yaml',
  env: { TOCSIN_MAIL_FROM: `Other CSIRT <${THEIRS}>`, TOCSIN_REPLY_ADDRESS: THEIRS },
});
const desk = handling(ours);
const otherDesk = handling(theirs);

/** No mail for so long: it has ended. An answer takes less than a second. */
const QUIET_MS = 8000;
/** More than this, and it does not end. */
const NO_END = 40;

interface Side {
  readonly stand: Stand;
  readonly address: string;
}

interface Letter {
  readonly from: string;
  readonly headers: readonly string[];
  readonly text: string;
}

const written = ({ from, headers, text }: Letter): Buffer =>
  Buffer.from([`From: ${from}`, ...headers, '', ...text.split('\n'), ''].join('\r\n'));

const begun = (from: string, to: string, subject: string): Buffer =>
  written({
    from,
    headers: [`To: ${to}`, `Subject: ${subject}`, `Message-ID: <${randomUUID()}@begun.example>`],
    text: 'Somebody signs with our key.',
  });

/** Takes each mail to these addresses once to whoever answers, until nobody has written for a while. */
async function carryUntilQuiet(
  ways: readonly { readonly from: Stand; readonly to: string; carry(mail: Mail): Promise<void> }[],
): Promise<readonly number[]> {
  const carried = ways.map(() => new Set<string>());
  let quietSince = performance.now();
  while (performance.now() - quietSince < QUIET_MS) {
    for (const [index, { from, to, carry }] of ways.entries()) {
      const known = carried[index] ?? new Set();
      const fresh = (await from.mails()).filter((mail) => mail.to.includes(to) && !known.has(mail.id));
      for (const mail of fresh.filter(({ id }) => !before.has(id))) {
        known.add(mail.id);
        quietSince = performance.now();
        await carry(mail);
      }
    }
    if (carried.some(({ size }) => size > NO_END)) break;
    await sleep(100);
  }
  return carried.map(({ size }) => size);
}

/** What had been sent before a test. */
const before = new Set<string>();
beforeEach(async () => {
  for (const stand of [ours(), theirs()]) for (const { id } of await stand.mails()) before.add(id);
});

const incidentsOf = async ({ get }: typeof desk) =>
  bodyOf<{ items: readonly { readonly id: string; readonly summary: string | null }[] }>(
    await get('auditor1', '/v1/incidents?limit=200'),
    200,
  ).items;

describe('two CSIRTs whose mailboxes write to each other', () => {
  const both = (): readonly [Side, Side] => [
    { stand: ours(), address: OURS },
    { stand: theirs(), address: THEIRS },
  ];

  /** As it stands in the far sink, envelope included; `strip` is what a gateway on the way takes out. */
  function way(from: Side, to: Side, { strip = [] }: { readonly strip?: readonly string[] } = {}) {
    return {
      from: from.stand,
      to: to.address,
      async carry({ from: returnPath, headers, text }: Mail) {
        const kept = Object.entries(headers).filter(
          ([name]) =>
            ![...strip, 'return-path', 'delivered-to', 'received', 'content-transfer-encoding'].includes(
              name,
            ),
        );
        const bytes = Buffer.from([...kept.map(([k, v]) => `${k}: ${v}`), '', text, ''].join('\r\n'));
        const isStripped = strip.length > 0;
        await sendAll(
          to.stand.smtpIntake,
          [{ bytes, from: isStripped ? from.address : returnPath, to: to.address }],
          { connections: 1 },
        );
      },
    };
  }

  test('are done after one automatic answer, which opens nothing over there', async () => {
    const [us, them] = both();
    const bytes = begun(THEIRS, OURS, 'A forged first word');
    await sendAll(us.stand.smtpIntake, [{ bytes, from: THEIRS, to: OURS }], { connections: 1 });
    const there = await carryUntilQuiet([way(us, them), way(them, us)]);
    expect(there).toEqual([1, 0]);
    expect((await incidentsOf(desk)).map(({ summary }) => summary)).toEqual(['A forged first word']);
    expect(await incidentsOf(otherDesk)).toEqual([]);
  });

  test('are done soon as well where a gateway between them takes away every mark of a machine', async () => {
    const [us, them] = both();
    const strip = ['auto-submitted', 'x-auto-response-suppress', 'precedence', 'x-tocsin-loop'];
    const bytes = begun(THEIRS, OURS, 'Through a gateway');
    await sendAll(us.stand.smtpIntake, [{ bytes, from: THEIRS, to: OURS }], { connections: 1 });
    // What we say is a report over there, and what they say then is below ours: an answer, which is answered by nobody.
    const there = await carryUntilQuiet([way(us, them, { strip }), way(them, us, { strip })]);
    expect(there).toEqual([1, 1]);
    expect((await incidentsOf(desk)).map(({ summary }) => summary)).toContain('Through a gateway');
    expect(await incidentsOf(otherDesk)).toHaveLength(1);
  });

  test('take each other’s letters for reports, whatever incident of theirs has the number in the subject', async () => {
    const [us, them] = both();
    const mine = await incidentsOf(desk);
    const { incidentId: id } = await otherDesk.report({ summary: 'Something else over there' });
    expect(mine.map((one) => one.id)).toContain(id);
    await desk.step('responder1', id, 'reply', { text: 'We have seen it, too.' });
    const there = await carryUntilQuiet([way(us, them), way(them, us)]);
    expect(there).toEqual([1, 1]);
    const summaries = (await incidentsOf(otherDesk)).map(({ summary }) => summary);
    expect(summaries).toHaveLength(3);
    expect(summaries).toContainEqual(expect.stringContaining(`[${id}]`));
    const lines = (await otherDesk.timeline(id)).map(({ text }) => text);
    expect(lines.filter((text) => text.includes('Mail from'))).toEqual([]);
    expect(await incidentsOf(desk)).toHaveLength(mine.length);
  });
});

describe('a machine that answers', () => {
  const answersTo = (address: string, answer: (mail: Mail) => Letter | null) => ({
    from: ours(),
    to: address,
    async carry(mail: Mail) {
      const letter = answer(mail);
      if (letter === null) return;
      const posting = { bytes: written(letter), from: address, to: OURS };
      await sendAll(ours().smtpIntake, [posting], { connections: 1 });
    },
  });

  const idOf = () => `Message-ID: <${randomUUID()}@machine.example>`;

  test('as RFC 3834 asks answers a person’s reply and not a machine’s, and is not answered', async () => {
    const address = 'polite@machine.example';
    const bytes = begun(address, OURS, 'From a polite house');
    await sendAll(ours().smtpIntake, [{ bytes, from: address, to: OURS }], { connections: 1 });
    const answered: string[] = [];
    const machine = answersTo(address, ({ from, headers, subject, messageId }) => {
      if (from === '' || headers['auto-submitted'] !== undefined) return null;
      answered.push(subject);
      const marks = ['Auto-Submitted: auto-replied', `In-Reply-To: ${messageId}`, idOf()];
      return {
        from: address,
        headers: [`To: ${OURS}`, `Subject: Auto: ${subject}`, ...marks],
        text: 'Away.',
      };
    });
    expect(await carryUntilQuiet([machine])).toEqual([1]);
    const opened = (await incidentsOf(desk)).find(({ summary }) => summary === 'From a polite house');
    await desk.step('responder1', opened?.id ?? '', 'reply', { text: 'We look at it.' });
    expect(await carryUntilQuiet([machine])).toEqual([2]);
    expect(answered).toHaveLength(1);
  });

  test('to whatever comes, below our mail, gets one answer', async () => {
    const address = 'naive@machine.example';
    const bytes = begun(address, OURS, 'From a naive house');
    await sendAll(ours().smtpIntake, [{ bytes, from: address, to: OURS }], { connections: 1 });
    let answers = 0;
    const [mails] = await carryUntilQuiet([
      answersTo(address, ({ subject, messageId }) => {
        answers += 1;
        return {
          from: address,
          headers: [`To: ${OURS}`, `Subject: Re: ${subject}`, `In-Reply-To: ${messageId}`, idOf()],
          text: `Thank you for your message (${answers}).`,
        };
      }),
    ]);
    expect(mails).toBe(1);
    // What it wrote is in the record all the same.
    const opened = (await incidentsOf(desk)).find(({ summary }) => summary === 'From a naive house');
    await eventually(async () => {
      const lines = (await desk.timeline(opened?.id ?? '')).map(({ text }) => text);
      expect(lines).toContainEqual(expect.stringContaining('Thank you for your message (1).'));
    });
  });

  test('as if each word were the first one gets the five answers of a day, and each word is a report', async () => {
    const address = 'ticketing@machine.example';
    const bytes = begun(address, OURS, 'From a house with tickets');
    await sendAll(ours().smtpIntake, [{ bytes, from: address, to: OURS }], { connections: 1 });
    let tickets = 0;
    const [mails] = await carryUntilQuiet([
      answersTo(address, () => {
        tickets += 1;
        return {
          from: address,
          headers: [`To: ${OURS}`, `Subject: Ticket ${tickets} was opened`, idOf()],
          text: 'We look at it.',
        };
      }),
    ]);
    expect(mails).toBe(5);
    await eventually(async () => {
      const summaries = (await incidentsOf(desk)).map(({ summary }) => summary);
      for (let n = 1; n <= 5; n += 1) expect(summaries).toContain(`Ticket ${n} was opened`);
    }, RECOVERED_WITHIN_MS);
  });
});
