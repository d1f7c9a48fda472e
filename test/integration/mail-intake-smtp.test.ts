import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, describe, expect, test } from 'vitest';

import { listenForMail, type SmtpIntakeLimits } from '../../src/adapters/mail-intake-smtp.ts';
import type { HandedMessage, MailDrop } from '../../src/ports.ts';

/** What every sender's server relies on: what was answered with 250 is kept, and everything else is still theirs. */

const NOW = Date.parse('2026-03-02T08:00:00Z');

let close: () => Promise<void> = async () => {};
afterEach(async () => close());

interface Intake {
  readonly taken: HandedMessage[];
  readonly errors: unknown[];
  connect(): Promise<Line>;
}

async function intake({
  drop,
  limits = {},
}: { readonly drop?: MailDrop; readonly limits?: Partial<SmtpIntakeLimits> } = {}): Promise<Intake> {
  const taken: HandedMessage[] = [];
  const errors: unknown[] = [];
  const listening = await listenForMail({
    host: '127.0.0.1',
    port: 0,
    now: () => NOW,
    drop: drop ?? { take: async (message) => void taken.push(message) },
    onError: (error) => errors.push(error),
    limits,
  });
  const lines: Line[] = [];
  close = async () => {
    for (const { socket } of lines) socket.destroy();
    await listening.close();
  };
  const { port } = new URL(listening.url);
  return {
    taken,
    errors,
    async connect() {
      const line = new Line(Number(port));
      lines.push(line);
      return line;
    },
  };
}

/** One conversation, line by line. */
class Line {
  readonly socket: Socket;
  #heard = '';
  #isClosed = false;

  constructor(port: number) {
    this.socket = createConnection({ host: '127.0.0.1', port });
    this.socket.setEncoding('utf8').on('data', (chunk: string) => (this.#heard += chunk));
    this.socket.on('close', () => (this.#isClosed = true)).on('error', () => {});
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The next answer, whole; '' when the connection ended instead. */
  async answer(): Promise<string> {
    for (;;) {
      const end = /^\d{3} .*\r\n/m.exec(this.#heard);
      if (end !== null) {
        const until = end.index + end[0].length;
        const answer = this.#heard.slice(0, until);
        this.#heard = this.#heard.slice(until);
        return answer;
      }
      if (this.#isClosed) return '';
      await sleep(5);
    }
  }

  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.answer();
  }
}

/** Up to where the message begins. */
async function begin(
  line: Line,
  from = 'anna@example.org',
  to: readonly string[] = ['csirt@example.org'],
): Promise<void> {
  const answers = [await line.answer(), await line.say('EHLO mail.example.org')];
  answers.push(await line.say(`MAIL FROM:<${from}>`));
  for (const address of to) answers.push(await line.say(`RCPT TO:<${address}>`));
  answers.push(await line.say('DATA'));
  const codes = answers.map((answer) => Number(answer.slice(0, 3)));
  const expected = [220, 250, 250, ...to.map(() => 250), 354];
  if (codes.join(' ') !== expected.join(' ')) throw new Error(`the conversation went ${answers.join('')}`);
}

describe('mail that is handed over', () => {
  test('is answered when it is kept, byte for byte, with what was said before it', async () => {
    const { taken, connect } = await intake();
    const line = await connect();
    await begin(line, 'anna@example.org', ['csirt@example.org', '"odd..name"@example.org']);
    const body = 'Subject: x\r\n\r\n..a line with a dot\r\n\u00e9\u0000\r\n';
    expect(await line.say(`${body}.`)).toMatch(/^250/);
    expect(taken).toHaveLength(1);
    expect(taken[0]?.bytes.toString('utf8')).toBe('Subject: x\r\n\r\n.a line with a dot\r\n\u00e9\u0000\r\n');
    expect(taken[0]).toMatchObject({
      receivedAt: NOW,
      envelope: {
        mailFrom: 'anna@example.org',
        rcptTo: ['csirt@example.org', '"odd..name"@example.org'],
        remoteAddress: '127.0.0.1',
        helo: 'mail.example.org',
      },
    });
  });

  test('may come from the null return path', async () => {
    const { taken, connect } = await intake();
    const line = await connect();
    await begin(line, '');
    expect(await line.say('Subject: bounce\r\n\r\n.')).toMatch(/^250/);
    expect(taken[0]?.envelope.mailFrom).toBe('');
  });

  test('is still its sender’s when it cannot be kept', async () => {
    const { errors, connect } = await intake({
      drop: { take: () => Promise.reject(new Error('the record is away')) },
    });
    const line = await connect();
    await begin(line);
    expect(await line.say('Subject: x\r\n\r\n.')).toMatch(/^451/);
    expect(errors).toHaveLength(1);
  });

  test('is still its sender’s when the connection breaks before its end', async () => {
    const { taken, connect } = await intake();
    const line = await connect();
    await begin(line);
    line.socket.write('Subject: half of it\r\n\r\nThe rest ne');
    await sleep(50);
    line.socket.destroy();
    await sleep(100);
    expect(taken).toEqual([]);
  });

  test('that is too large is refused for good, and the next one on the line is taken', async () => {
    const { taken, connect } = await intake({ limits: { bytes: 1000 } });
    const line = await connect();
    await begin(line);
    expect(await line.say(`${'x'.repeat(2000)}\r\n.`)).toMatch(/^552/);
    expect(await line.say('MAIL FROM:<anna@example.org>')).toMatch(/^250/);
    expect(await line.say('RCPT TO:<csirt@example.org>')).toMatch(/^250/);
    expect(await line.say('DATA')).toMatch(/^354/);
    expect(await line.say('Subject: small\r\n\r\n.')).toMatch(/^250/);
    expect(taken).toHaveLength(1);
  });

  test('says its size, so that a sender need not try', async () => {
    const { connect } = await intake({ limits: { bytes: 1000 } });
    const line = await connect();
    await line.answer();
    expect(await line.say('EHLO mail.example.org')).toContain('SIZE 1000');
    expect(await line.say('MAIL FROM:<anna@example.org> SIZE=5000')).toMatch(/^552/);
  });

  test('comes again later when too much is being received at once', async () => {
    const { taken, connect } = await intake({ limits: { bytesAtOnce: 1000 } });
    const [first, second] = [await connect(), await connect()];
    await begin(first);
    await begin(second);
    first.socket.write('x'.repeat(900));
    await sleep(50);
    expect(await second.say(`${'y'.repeat(500)}\r\n.`)).toMatch(/^452/);
    expect(await first.say('\r\n.')).toMatch(/^250/);
    expect(taken).toHaveLength(1);
    expect(await second.say('MAIL FROM:<anna@example.org>')).toMatch(/^250/);
  });

  test('that trickles is not waited for without end, and holds up nobody else', async () => {
    const { taken, connect } = await intake({ limits: { messageMs: 300 } });
    const slow = await connect();
    await begin(slow);
    const trickle = setInterval(() => slow.socket.write('x'), 20);
    const other = await connect();
    await begin(other);
    expect(await other.say('Subject: quick\r\n\r\n.')).toMatch(/^250/);
    await expect.poll(() => slow.isClosed, { timeout: 5000 }).toBe(true);
    clearInterval(trickle);
    expect(taken).toHaveLength(1);
  });
});
