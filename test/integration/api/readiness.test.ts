import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { OnCallReadinessView } from '../../../src/api/schemas/readiness.ts';
import { type SendingDependencies, sendMessage } from '../../../src/paging/sending.ts';
import { postReadiness } from '../../../src/paging/readiness-digest.ts';
import { addContact, keepCode, verifyContact } from '../../../src/persistence/contacts.ts';
import { endMessage, postMessages, takeDue } from '../../../src/persistence/pager-messages.ts';
import { seedRotas } from '../../../src/persistence/rotas.ts';
import { scriptedPagers } from '../paging/scripted-pagers.ts';
import { apiOffice } from './api-office.ts';

const office = apiOffice();
const DAY = 86_400_000;

async function ended(person: string, contact: string, outcome: 'accepted' | 'refused'): Promise<void> {
  const id = randomUUID();
  const at = office.now;
  const message = { id, person, contact, method: 'mail', purpose: 'shift', content: {}, at } as const;
  await postMessages(office.db, [message]);
  await endMessage(office.db, id, { outcome, code: null, farId: null, at });
}

beforeAll(async () => {
  const { db, now } = office;
  const layer = {
    name: 'weekly',
    members: ['sme1', 'gone'],
    handOver: 'FREQ=WEEKLY',
    endsAt: null,
    hours: [],
  };
  const plan = { key: 'nights', title: 'Nights', timeZone: 'UTC' };
  const layers = [{ ...layer, startsAt: '2026-02-02T15:00' }];
  await seedRotas(db, [{ ...plan, layers }], { at: now, by: 'admin1', reason: 'new' });
  const id = randomUUID();
  const contact = { id, username: 'lead1', address: '+15550100', secret: null, at: now } as const;
  await addContact(db, { ...contact, kind: 'sms' });
  await keepCode(db, id, { digest: 'right', until: now + DAY });
  await verifyContact(db, id, { digest: 'right', at: now });
  await ended('sme1', 'policy', 'accepted');
  office.now += 1000;
  await ended('sme1', 'policy', 'refused');
  await ended('lead1', 'policy', 'refused');
  await ended('lead1', id, 'accepted');
});

const read = async (as = 'auditor1'): Promise<OnCallReadinessView> =>
  (await office.get('/v1/readiness', as)).json();

describe('readiness', () => {
  test('says who will be called and cannot be reached, before what may go wrong', async () => {
    const { from, until, findings, people } = await read();
    expect([from, until]).toEqual(['2026-02-03T15:00:00.000Z', '2026-02-17T15:00:00.000Z']);
    expect(findings.slice(0, 2)).toMatchObject([
      {
        severity: 'cannot-be-reached',
        kind: 'unknown-person',
        who: 'gone',
        from: '2026-02-09T15:00:00.000Z',
      },
      { severity: 'cannot-be-reached', kind: 'unreachable', who: 'sme1', from: '2026-02-03T15:00:00.000Z' },
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'mail-refused', who: 'lead1' }));
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'only-by-mail', who: 'responder1' }));
    expect(people.find(({ username }) => username === 'lead1')).toEqual({
      ...{ username: 'lead1', onCallFrom: null, ways: { verified: 1, failed: 0, policy: false } },
    });
    expect(people.map(({ username }) => username)).not.toContain('owner1');
  });
});

describe('the weekly digest', () => {
  test('goes once a week to those who lead, by the mail address of the policy', async () => {
    const { db, policy } = office;
    await takeDue(db, office.now);
    const post = (at: number) => postReadiness(db, { policy, at });
    await post(office.now);
    // Sunday evening, and Monday on the wall in Detroit.
    await post(Date.UTC(2026, 1, 9, 4, 59));
    const first = await takeDue(db, office.now);
    expect(first.map(({ id }) => id).toSorted()).toEqual([
      'readiness:2026-W06:admin1',
      'readiness:2026-W06:sponsor1',
    ]);
    await post(Date.UTC(2026, 1, 9, 5));
    const second = await takeDue(db, Date.UTC(2026, 1, 9, 5));
    expect(second.filter(({ id }) => id.startsWith('readiness:2026-W07'))).toHaveLength(2);

    const far = scriptedPagers();
    const dependencies = {
      ...{ db, policy, clock: { now: () => office.now }, publicUrl: 'http://127.0.0.1', pagers: far.pagers },
      ways: { linkFor: () => '', codeFor: () => '', replyAddressFor: () => null },
    } satisfies SendingDependencies;
    for (const message of first) await sendMessage(dependencies, message);
    expect(far.sent.map(({ message }) => message.to).toSorted()).toEqual([
      'admin1@stand.example',
      'sponsor1@stand.example',
    ]);
    expect(far.sent[0]?.message.text).toContain('gone is called and is none of the people of the policy.');
    expect(far.sent[0]?.message.isUrgent).toBe(false);
  });
});
