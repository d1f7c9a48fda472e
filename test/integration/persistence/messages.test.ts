import { describe, expect, test } from 'vitest';

import {
  fileMessage,
  readMessage,
  storeMessage,
  unfiledMessages,
} from '../../../src/persistence/messages.ts';
import { ownDatabase } from './own-database.ts';
import { MORNING } from './sample.ts';

const database = ownDatabase();

interface Said {
  readonly from: string | null;
  readonly mailbox?: string;
  readonly minute: number;
}

const store = (words: string, { from, mailbox = 'contact', minute }: Said) =>
  storeMessage(database.db, {
    bytes: Buffer.from(words),
    mailbox,
    receivedAt: MORNING + minute * 60_000,
    wholeSize: null,
    envelope: { mailFrom: from, rcptTo: [], remoteAddress: null, helo: null },
  });

const FILED = {
  verdict: 'duplicate',
  ...{ incidentId: null, reportId: null, contentDigest: 'x', authentication: null, protection: null },
  ...{ recipients: null, unparsedReason: null, automaticAnswer: null },
} as const;

describe('messages that wait to be filed', () => {
  test('come by turns of their senders in each mailbox, and what is in hand has had its turn', async () => {
    const names = new Map<string, string>();
    const tell = async (name: string, said: Said) => names.set(await store(name, said), name);
    for (const n of [1, 2, 3, 4]) await tell(`flood ${n}`, { from: 'flood@junk.example', minute: n });
    await tell('anna', { from: 'anna@north.example.edu', minute: 5 });
    await tell('looked into 1', { from: null, minute: 6 });
    await tell('looked into 2', { from: null, minute: 7 });
    await tell('on call', { from: 'Flood@junk.example', mailbox: 'on-call', minute: 8 });
    const order = async (except: readonly string[], limit = 100) =>
      (await unfiledMessages(database.db, { at: MORNING + 3_600_000, limit, except })).map(({ sha256 }) =>
        names.get(sha256),
      );
    const rest = ['flood 2', 'looked into 2', 'flood 3', 'flood 4'];
    expect(await order([])).toEqual(['flood 1', 'anna', 'looked into 1', 'on call', ...rest]);
    const [first = ''] = names.keys();
    expect(await order([first], 4)).toEqual(['anna', 'looked into 1', 'on call', 'flood 2']);
  });
});

describe('a message that came again', () => {
  test('says of each copy how often it came in all', async () => {
    const said = { from: 'anna@north.example.edu', minute: 0 };
    const first = await store('by the first way', said);
    const copy = await store('by another way', said);
    for (let n = 0; n < 3; n += 1) await store('by another way', said);
    const other = await store('the same id over other words', said);
    const file = (sha256: string, over: object) =>
      fileMessage(database.db, sha256, MORNING, {
        ...{ ...FILED, messageId: '<a@north.example.edu>', firstSha256: null },
        ...over,
      });
    await file(first, { verdict: 'report' });
    await file(copy, { firstSha256: first });
    await file(other, { verdict: 'report', firstSha256: first });
    const seen = async (sha256: string) => {
      const message = await readMessage(database.db, sha256);
      return [message?.arrivals, message?.arrivalsInAll];
    };
    expect(await seen(first)).toEqual([1, 5]);
    expect(await seen(copy)).toEqual([4, 5]);
    expect(await seen(other)).toEqual([1, 1]);
  });
});
