import { describe, expect, test } from 'vitest';

import { unfiledOf, writeFact } from '../../../src/persistence/inbox.ts';
import { storeTexts } from '../../../src/persistence/texts.ts';
import { readTimeline, type TimelineItem } from '../../../src/persistence/timeline.ts';
import { ownDatabase } from './own-database.ts';
import { event, handOvers, id, MORNING, named, recordAll, report } from './sample.ts';

const database = ownDatabase();

async function note(incidentId: string, words: string): Promise<string> {
  const [factId, textId] = [id(), id()];
  const fact = { type: 'note', kind: 'note', textId, tlp: 'AMBER', corrects: null } as const;
  const texts = [{ id: textId, body: { text: words } }];
  await writeFact(database.db, { factId, incidentId, by: 'ann', at: MORNING, fact, texts });
  return factId;
}

async function pages(incidentId: string, limit: number): Promise<readonly (readonly TimelineItem[])[]> {
  const read = [];
  let cursor: string | null | undefined;
  do {
    const page = await readTimeline(database.db, incidentId, {
      limit,
      ...(cursor == null ? {} : { cursor }),
    });
    read.push(page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return read;
}

function names(items: readonly TimelineItem[]): readonly (number | string)[] {
  return items.map((item) => item.seq ?? item.fact?.factId ?? '');
}

describe('the timeline', () => {
  test('has the events with number, hash and words, and then the facts that are being filed', async () => {
    const { incidentId, reportId } = await report(database.db);
    const [reported] = await unfiledOf(database.db, incidentId);
    const textId = id();
    await storeTexts(database.db, incidentId, [{ id: textId, body: { text: 'spam' } }]);
    await recordAll(database.db, incidentId, [
      event(1, { ...received(reportId) }, { commandId: reported?.factId ?? null }),
      event(2, { type: 'dismissed', textId }),
    ]);
    const factId = await note(incidentId, 'seen on the list');
    const { items, nextCursor } = await readTimeline(database.db, incidentId, { limit: 10 });
    expect(nextCursor).toBeNull();
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    const words = { summary: 'Login page defaced', description: 'It says hello.' };
    expect(items).toMatchObject([
      {
        seq: 1,
        hash,
        event: { seq: 1, body: { type: 'received' } },
        fact: null,
        texts: new Map([[reportId, words]]),
      },
      { seq: 2, hash, event: { body: { type: 'dismissed' } }, texts: new Map([[textId, { text: 'spam' }]]) },
      { seq: null, hash: null, event: null, fact: { factId, by: 'ann', at: MORNING } },
    ]);
    expect([...(items[2]?.texts.values() ?? [])]).toEqual([{ text: 'seen on the list' }]);
  });

  test.each([1, 2, 3, 7])('read %d at a time has each line once and in order', async (limit) => {
    const { incidentId } = await report(database.db);
    await recordAll(database.db, incidentId, handOvers(1, 5));
    const facts = [];
    for (const words of ['a', 'b', 'c']) facts.push(await note(incidentId, words));
    const [reported] = await unfiledOf(database.db, incidentId);
    const read = await pages(incidentId, limit);
    expect(read.flatMap(names)).toEqual([1, 2, 3, 4, 5, reported?.factId, ...facts]);
    expect(Math.max(...read.map((page) => page.length))).toBeLessThanOrEqual(limit);
  });

  test('loses no fact that is filed between two pages', async () => {
    const { incidentId } = await report(database.db);
    const [reported] = await unfiledOf(database.db, incidentId);
    await recordAll(database.db, incidentId, [
      event(1, named(1).body, { commandId: reported?.factId ?? null }),
    ]);
    const [first, second] = [await note(incidentId, 'first'), await note(incidentId, 'second')];
    const page = await readTimeline(database.db, incidentId, { limit: 2 });
    expect(names(page.items)).toEqual([1, first]);
    await recordAll(database.db, incidentId, [
      event(2, named(2).body, { commandId: first }),
      event(3, named(3).body, { commandId: second }),
    ]);
    const rest = await readTimeline(database.db, incidentId, { limit: 10, cursor: page.nextCursor ?? '' });
    expect(rest.items.map((item) => [item.seq, item.event?.commandId])).toEqual([
      [2, first],
      [3, second],
    ]);
  });

  test.each([
    '',
    'W10',
    cursor([1, 'yesterday', 'x']),
    cursor([1.5, 0, '']),
    cursor([1, -1, '']),
    cursor([2 ** 31, 0, '']),
  ])('refuses the cursor %j', async (malformed) => {
    const refused = readTimeline(database.db, 'INC-2026-0001', { limit: 1, cursor: malformed });
    await expect(refused).rejects.toMatchObject({ code: 'malformed-cursor' });
  });
});

function cursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function received(reportId: string) {
  return {
    type: 'received',
    reportId,
    channel: 'form',
    kind: 'incident',
    receivedAt: MORNING,
    enteredBy: null,
    leadWithinMs: 1,
    tlp: 'AMBER',
    policyName: 'sample',
    policyHash: 'x',
  } as const;
}
