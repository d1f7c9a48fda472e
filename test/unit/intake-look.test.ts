import { afterAll, describe, expect, test } from 'vitest';

import { createLook } from '../../src/intake/look.ts';
import type { Resolver } from '../../src/mail/authentication/lookups.ts';
import { createExaminer, type Examiner } from '../../src/mail/examiner.ts';
import { envelopeOf } from '../../src/mail/envelope.ts';
import { bareAddresses } from '../../src/mail/addresses.ts';
import type { UnfiledMessage } from '../../src/persistence/messages.ts';

const NOW = Date.parse('2026-03-02T08:00:00Z');

const examiners: Examiner[] = [];
afterAll(() => Promise.all(examiners.map((one) => one.close())));

function examiner(resolver: Resolver): Examiner {
  const one = createExaminer({ resolver });
  examiners.push(one);
  return one;
}

/** Looks with a DNS that counts its questions, and a reader of headers alone. */
function looking(reason: 'malformed' | 'no-reader' = 'malformed') {
  const asked: string[] = [];
  const look = createLook({
    letters: {
      read: async (bytes) => ({ ...envelopeOf(bytes, bareAddresses), unreadable: reason }),
      close: async () => {},
    },
    examiner: examiner(async (name) => {
      asked.push(name);
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    }),
    ...{ keysOf: () => [], certificates: async () => [], now: () => NOW },
    ours: { addresses: ['csirt@example.org'], mark: { name: 'X-Ours', value: 'mine' } },
    receivedBy: () => ['mx.example.org'],
  });
  return { asked, look };
}

function message(text: string, over: Partial<UnfiledMessage> = {}): UnfiledMessage {
  return {
    sha256: '0'.repeat(64),
    bytes: Buffer.from(text),
    mailbox: 'contact',
    receivedAt: NOW,
    wholeSize: null,
    envelope: {
      mailFrom: 'anna@example.net',
      rcptTo: ['csirt@example.org'],
      remoteAddress: '192.0.2.7',
      helo: 'x',
    },
    attempts: 0,
    ...over,
  };
}

const LETTER = 'From: anna@example.net\r\nTo: csirt@example.org\r\nSubject: x\r\n\r\ny\r\n';

describe('a look at a message', () => {
  test('asks whether it is from whom it says, however large it is', async () => {
    for (const more of ['', 'z'.repeat(20 * 1024 * 1024)]) {
      const { look, asked } = looking();
      expect((await look(message(LETTER + more))).authentication).toMatchObject({
        from: 'unverified',
        spf: { result: 'none', domain: 'example.net' },
      });
      expect(asked).toContain('example.net');
    }
  });

  test('of one whose head alone was kept says so, and asks nobody', async () => {
    const { look, asked } = looking();
    const reading = await look(message(LETTER, { wholeSize: 90_000_000 }));
    expect(reading).toMatchObject({ unparsedReason: 'too-large', authentication: null, subject: 'x' });
    expect(asked).toEqual([]);
  });

  test('starts the clock at the stamp of our own host, and never later than it was stored', async () => {
    const stamp = (at: string) => `Received: from x by mx.example.org; ${at}\r\n${LETTER}`;
    const { look } = looking();
    const early = await look(message(stamp('Mon, 2 Mar 2026 07:00:00 +0000')));
    expect(early.receivedAt).toBe(NOW - 3_600_000);
    const late = await look(message(stamp('Mon, 2 Mar 2026 09:00:00 +0000')));
    expect(late.receivedAt).toBe(NOW);
  });

  test('is tried again while nothing can read, and then says that nothing could', async () => {
    const { look } = looking('no-reader');
    await expect(look(message(LETTER))).rejects.toMatchObject({ code: 'no-reader' });
    const reading = await look(message(LETTER, { attempts: 3 }));
    expect(reading).toMatchObject({ unparsedReason: 'no-reader', subject: 'x' });
    expect(reading.from).toEqual({ name: '', address: 'anna@example.net' });
  });
});
