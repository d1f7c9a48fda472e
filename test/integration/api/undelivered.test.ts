import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ladderOf } from '../../../src/domain/ladder.ts';
import { createReceipts } from '../../../src/paging/receipts.ts';
import { createPageAnswers } from '../../../src/paging/answering.ts';
import { endMessage, recordReceipt, takeMessages } from '../../../src/persistence/pager-messages.ts';
import { claimStep } from '../../support/page-steps.ts';
import { openPage } from '../../../src/persistence/pages.ts';
import { apiOffice } from './api-office.ts';

const office = apiOffice();

/** Pages that one message carries, and that message. */
async function messageOf(count: number) {
  const target = { ladder: 'triage' } as const;
  const at = office.now;
  const pages = [];
  for (let n = 0; n < count; n += 1) {
    const incidentId = await office.triage();
    const pageId = `${incidentId}-P1`;
    await office.post(`/v1/incidents/${incidentId}/pages`, { to: 'owner1' }, { as: 'lead1' });
    await openPage(office.db, {
      ...{
        pageId,
        incidentId,
        reason: 'call-in',
        target,
        ladder: ladderOf(target, office.policy.rules),
        ring: 1,
      },
      ...{ startsAt: at, noteTextId: null, next: { round: 1, rung: 1, nextStepAt: at } },
    });
    await claimStep(office.db, {
      ...{ pageId, ring: 1, round: 1, rung: 1, at, nextContactAfterMs: 60_000, next: null },
      people: [{ person: 'owner1', why: 'by name' }],
      factId: randomUUID(),
    });
    pages.push({ incidentId, pageId });
  }
  const [first] = pages;
  const take = { pageIds: [first?.pageId ?? ''], at, oneMessagePerMs: 0 };
  const [message] = await takeMessages(office.db, take);
  if (message === undefined) throw new Error('nothing to send');
  return { id: message.id, pages };
}

async function undelivered(incidentId: string): Promise<readonly string[]> {
  await office.process.file(incidentId);
  const { items } = (await office.get(`/v1/incidents/${incidentId}/timeline`, 'lead1')).json();
  const texts = (items as readonly { readonly text: string }[]).map(({ text }) => text);
  return texts.filter((text) => text.includes('did not reach'));
}

test('a message that is refused is a line in the timeline of each page that it carried', async () => {
  const { id, pages } = await messageOf(2);
  const end = { outcome: 'refused', code: '550', farId: null, at: office.now } as const;
  await endMessage(office.db, id, end);
  await endMessage(office.db, id, end);
  for (const { incidentId, pageId } of pages) {
    expect(await undelivered(incidentId)).toEqual([
      `page ${pageId} did not reach owner1@ by mail (550): called in to help`,
    ]);
  }
});

test('so is one of which it is said afterwards that it did not arrive, once, and without the words of who says it', async () => {
  office.now += 60_000;
  const { id, pages } = await messageOf(1);
  await endMessage(office.db, id, { outcome: 'accepted', code: '250', farId: 'far-1', at: office.now });
  const receipts = createReceipts({
    ...{ db: office.db, key: Buffer.alloc(32, 1), policy: office.policy },
    ...{ answers: createPageAnswers(office.db), onTooManyGuesses: () => {} },
  });
  const said = { provider: 'gateway', id: 'far-1', at: office.now, code: 'mailbox of Pat Doe is full' };
  expect(await receipts.refused(said)).toBe('known');
  expect(await receipts.refused(said)).toBe('known');
  const [{ incidentId, pageId } = { incidentId: '', pageId: '' }] = pages;
  expect(await undelivered(incidentId)).toEqual([
    `page ${pageId} did not reach owner1@ by mail (refused): called in to help`,
  ]);
});

test('one that arrived, or is withheld, is none', async () => {
  office.now += 120_000;
  const { id, pages } = await messageOf(1);
  const at = office.now;
  await endMessage(office.db, id, { outcome: 'accepted', code: '250', farId: 'far-2', at });
  await recordReceipt(office.db, {
    methods: ['mail'],
    id: 'far-2',
    outcome: 'delivered',
    code: 'delivered',
    at,
  });
  expect(await undelivered(pages[0]?.incidentId ?? '')).toEqual([]);
});
