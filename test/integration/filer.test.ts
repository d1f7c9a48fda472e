import { createHash } from 'node:crypto';

import { afterEach, expect, test, vi } from 'vitest';

import { type Filer, startFiler } from '../../src/intake/filer.ts';
import type { Reader } from '../../src/intake/reading.ts';
import { readMessage, storeMessage } from '../../src/persistence/messages.ts';
import { keepPolicy } from '../../src/persistence/policies.ts';
import { policy } from '../support/incidents.ts';
import { ownDatabase } from './persistence/own-database.ts';

const database = ownDatabase();
const incommon = policy('incommon');
const errors: unknown[] = [];

let filer: Filer | undefined;
let letGo = (): void => {};
afterEach(async () => {
  letGo();
  await filer?.stop();
});

/** The domains of some senders keep their DNS waiting until the test is over. */
function readingSlowly(): Reader {
  const held = new Promise<void>((resolve) => (letGo = resolve));
  return async ({ bytes, receivedAt, envelope }) => {
    const address = envelope.mailFrom ?? '';
    if (address.endsWith('@slow.example')) await held;
    return {
      ...{ messageId: null, from: { name: '', address }, subject: 'x', text: bytes.toString() },
      contentDigest: createHash('sha256').update(bytes).digest('hex'),
      ...{ attachments: [], follows: [], addressedTo: [], incidentIds: [], authentication: null },
      ...{ protection: null, isVerified: false, unparsedReason: null, receivedAt },
      nature: { kind: 'ordinary' },
      automaticAnswer: { no: 'no-return-path' },
    };
  };
}

function store(from: string): Promise<string> {
  return storeMessage(database.db, {
    bytes: Buffer.from(`A report from ${from}`),
    mailbox: 'contact',
    receivedAt: Date.now(),
    wholeSize: null,
    envelope: { mailFrom: from, rcptTo: [], remoteAddress: null, helo: null },
  });
}

test('mail whose senders let the DNS answer late is in nobody’s way', async () => {
  await keepPolicy(database.db, incommon);
  const slow = await Promise.all(Array.from({ length: 12 }, (_, n) => store(`sender${n}@slow.example`)));
  const real = await store('anna@north.example.edu');
  const no = () => Promise.reject(new Error('no page is answered here'));
  filer = startFiler({
    dependencies: {
      ...{ db: database.db, clock: { now: () => Date.now() }, policy: incommon, read: readingSlowly() },
      receipts: { delivered: no, refused: no, answered: no },
    },
    pool: database.pool,
    onError: (error) => errors.push(error),
  });
  const verdictOf = async (sha256: string) => (await readMessage(database.db, sha256))?.verdict;
  await vi.waitFor(async () => expect(await verdictOf(real)).toBe('report'), { timeout: 10_000 });
  for (const sha256 of slow) expect(await verdictOf(sha256)).toBeNull();
  letGo();
  await vi.waitFor(
    async () => {
      for (const sha256 of slow) expect(await verdictOf(sha256)).toBe('report');
    },
    { timeout: 10_000 },
  );
  expect(errors).toEqual([]);
});
