import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, test } from 'vitest';

import type { ContactKind } from '../../../src/domain/contact.ts';
import type { Policy } from '../../../src/domain/policy.ts';
import { createPageAnswers } from '../../../src/paging/answering.ts';
import { codeFor } from '../../../src/paging/codes.ts';
import { createReceipts } from '../../../src/paging/receipts.ts';
import { replyAddressFor } from '../../../src/paging/reply-address.ts';
import { type SendingDependencies, sendMessage } from '../../../src/paging/sending.ts';
import { readCounts, type RecordCounts } from '../../../src/persistence/counts.ts';
import { addContact, contactsOf, keepCode, verifyContact } from '../../../src/persistence/contacts.ts';
import { passOver, takeDue, takeMessages, tellTheOthers } from '../../../src/persistence/pager-messages.ts';
import { claimStep } from '../../support/page-steps.ts';
import { acknowledgePage, cancelPage, openPage, readPage } from '../../../src/persistence/pages.ts';
import { policy } from '../../support/incidents.ts';
import { ownDatabase } from '../persistence/own-database.ts';
import { LADDER, MINUTE, MORNING, report } from '../persistence/sample.ts';
import { LATER, REFUSED, type ScriptedPagers, scriptedPagers } from './scripted-pagers.ts';

const SECOND = 1000;
const database = ownDatabase({ max: 20 });

let now = MORNING;
let far: ScriptedPagers;
let dependencies: SendingDependencies;

beforeEach(() => {
  // Far apart, so that what one test leaves waiting is of no other's time.
  now += 24 * 60 * MINUTE;
  far = scriptedPagers();
  dependencies = {
    db: database.db,
    clock: { now: () => now },
    policy: policyOf(),
    publicUrl: 'http://127.0.0.1',
    pagers: far.pagers,
    ways: {
      linkFor: ({ pageId }) => `http://127.0.0.1/p/${pageId}`,
      codeFor: () => '123456',
      replyAddressFor: () => null,
    },
  };
});

/** Its people are of this test alone. */
function policyOf(): Policy {
  const shipped = policy();
  const tag = randomUUID().slice(0, 8);
  const people = ['ann', 'bob', 'eve', 'joe', 'kim'].map((name) => ({
    username: `${name}-${tag}`,
    name,
    mail: `${name}@stand.example`,
    roles: [],
  }));
  return { ...shipped, people };
}

const people = () => dependencies.policy.people.map(({ username }) => username);
const ann = () => people()[0] ?? '';

/** A page that has just climbed its first rung, which calls these people. */
async function climbed(
  called: readonly string[] = [ann()],
  incidentId?: string,
  said?: string,
): Promise<string> {
  const id = incidentId ?? (await report(database.db)).incidentId;
  const pageId = said ?? `${id}-P${randomUUID()}`;
  const page = { pageId, ring: 1, round: 1, rung: 1 };
  await openPage(database.db, {
    ...{ pageId, incidentId: id, reason: 'no-lead', target: { ladder: 'triage' }, ladder: LADDER, ring: 1 },
    ...{ startsAt: now, noteTextId: null, next: { round: 1, rung: 1, nextStepAt: now } },
  });
  const { nextContactAfterMs } = dependencies.policy.paging;
  await claimStep(database.db, {
    ...page,
    at: now,
    people: called.map((person) => ({ person, why: 'by name' })),
    nextContactAfterMs,
    next: { round: 1, rung: 2, nextStepAt: now + 5 * MINUTE },
    factId: randomUUID(),
  });
  return pageId;
}

/** What a climbing step does. */
async function call(pageId: string): Promise<void> {
  const take = { pageIds: [pageId], at: now, oneMessagePerMs: MINUTE };
  for (const message of await takeMessages(database.db, take)) await sendMessage(dependencies, message);
}

/** What the senders do, that much later. */
async function after(ms: number): Promise<void> {
  now += ms;
  const due = await takeMessages(database.db, { pageIds: null, at: now, oneMessagePerMs: MINUTE });
  for (const message of [...due, ...(await takeDue(database.db, now))])
    await sendMessage(dependencies, message);
}

async function verified(kind: ContactKind, address: string, username = ann()): Promise<string> {
  const id = randomUUID();
  await addContact(database.db, { id, username, kind, address, at: now });
  await keepCode(database.db, id, { digest: 'right', until: now + MINUTE });
  expect(await verifyContact(database.db, id, { digest: 'right', at: now })).toBe('verified');
  return id;
}

const KEY = Buffer.alloc(32, 1);

const guessed: unknown[] = [];

const receipts = () =>
  createReceipts({
    db: database.db,
    key: KEY,
    policy: dependencies.policy,
    answers: createPageAnswers(database.db),
    onTooManyGuesses: (said) => guessed.push(said),
  });

const arrived = () => far.sent.map(({ kind, message }) => `${kind} ${message.to}`);
const attempts = async (pageId: string) => (await readPage(database.db, pageId))?.attempts ?? [];

describe('a person who is called', () => {
  test('is reached by their contacts in their order, one after the other, and last by the address of the policy', async () => {
    await verified('sms', '+15550100');
    await verified('push', 'ann-phone');
    const pageId = await climbed();
    await call(pageId);
    expect(arrived()).toEqual(['sms +15550100']);
    await after(MINUTE - 1);
    expect(arrived()).toHaveLength(1);
    await after(1);
    expect(arrived()).toEqual(['sms +15550100', 'push ann-phone']);
    await after(MINUTE);
    expect(arrived()).toEqual(['sms +15550100', 'push ann-phone', 'mail ann@stand.example']);
    expect(await attempts(pageId)).toMatchObject([
      {
        method: 'sms',
        answer: 'accepted 200',
        receipt: far.sent[0]?.farId,
        tries: 1,
        sentAt: now - 2 * MINUTE,
      },
      { method: 'push', answer: 'accepted 200', receipt: far.sent[1]?.farId },
      { method: 'mail', contact: 'policy', answer: 'accepted 200', receipt: far.sent[2]?.farId },
    ]);
  });

  test('is not reached by what they have not verified', async () => {
    const contact = { id: randomUUID(), username: ann(), address: '+15550199', at: now };
    await addContact(database.db, { ...contact, kind: 'sms' });
    await call(await climbed());
    expect(arrived()).toEqual(['mail ann@stand.example']);
  });

  test('gets no more once somebody has it, and is told who', async () => {
    await verified('sms', '+15550101');
    const pageId = await climbed(people().slice(0, 2));
    await call(pageId);
    expect(arrived()).toEqual(['sms +15550101', 'mail bob@stand.example']);
    const [, bob = ''] = people();
    await acknowledgePage(database.db, { pageId, by: bob, at: now, factId: randomUUID() });
    await after(SECOND);
    expect(arrived()).toHaveLength(2);
    await after(MINUTE);
    expect(far.sent.slice(2).map(({ kind, message }) => [kind, message.subject])).toEqual([
      ['sms', `Taken: ${bob} has ${pageId}`],
    ]);
    await after(10 * MINUTE);
    expect(far.sent).toHaveLength(3);
  });
});

describe('a contact that refuses', () => {
  test('gives way to the next at once, and is not used again', async () => {
    const sms = await verified('sms', '+15550102');
    far.answers('sms', REFUSED);
    const pageId = await climbed();
    await call(pageId);
    await after(0);
    expect(arrived()).toEqual(['sms +15550102', 'mail ann@stand.example']);
    expect(await attempts(pageId)).toMatchObject([
      { method: 'sms', sentAt: null, answer: 'refused 21610' },
      { method: 'mail', sentAt: now },
    ]);
    expect(await contactsOf(database.db, [ann()])).toMatchObject([
      { id: sms, failed: { at: now, because: '21610' } },
    ]);
    now += 2 * MINUTE;
    const another = await climbed();
    await call(another);
    expect((await attempts(another)).map(({ method }) => method)).toEqual(['mail']);
  });

  test('of a kind that nobody here can send by, or of a person whom the policy does not know, is said', async () => {
    await verified('voice', '+15550103');
    const { voice: _, ...pagers } = far.pagers;
    dependencies = { ...dependencies, pagers };
    const pageId = await climbed([ann(), 'nobody']);
    await call(pageId);
    await after(0);
    expect((await attempts(pageId)).map(({ person, method, answer }) => [person, method, answer])).toEqual([
      [ann(), 'voice', 'refused no-provider'],
      [ann(), 'mail', 'accepted 200'],
      ['nobody', 'mail', 'refused unknown-person'],
    ]);
  });
});

describe('a far side that asks to be tried later', () => {
  test('is tried again under the same id, and the next contact does not wait for it', async () => {
    await verified('sms', '+15550104');
    far.answers('sms', LATER, LATER);
    const pageId = await climbed();
    await call(pageId);
    await after(0);
    expect(arrived()).toEqual(['sms +15550104', 'mail ann@stand.example']);
    await after(SECOND);
    await after(SECOND);
    expect(arrived().slice(2)).toEqual(['sms +15550104', 'sms +15550104']);
    expect(new Set(far.sent.filter(({ kind }) => kind === 'sms').map(({ message }) => message.id)).size).toBe(
      1,
    );
    expect(await attempts(pageId)).toMatchObject([
      { method: 'sms', answer: 'accepted 200', tries: 3 },
      { method: 'mail', answer: 'accepted 200', tries: 1 },
    ]);
  });

  test('is left alone as long as it asks for', async () => {
    far.answers('mail', { ...LATER, afterMs: 30 * SECOND });
    await call(await climbed());
    await after(29 * SECOND);
    expect(arrived()).toHaveLength(1);
    await after(SECOND);
    expect(arrived()).toHaveLength(2);
  });

  test('is given up when the page has climbed on, and that is said', async () => {
    far.answers('mail', LATER);
    const pageId = await climbed();
    await call(pageId);
    await claimStep(database.db, {
      ...{ pageId, ring: 1, round: 1, rung: 2, at: now, people: [], nextContactAfterMs: MINUTE, next: null },
      factId: randomUUID(),
    });
    await after(SECOND);
    expect(arrived()).toHaveLength(1);
    expect(await attempts(pageId)).toMatchObject([{ answer: 'unavailable 429', sentAt: null }]);
  });
});

describe('a storm', () => {
  test('of 1,000 pages reaches each of five people in one message a minute that names all', async () => {
    const { incidentId } = await report(database.db);
    const pages: string[] = [];
    for (let page = 0; page < 1000; page += 1)
      pages.push(await climbed([people()[page % 5] ?? ''], incidentId));
    await Promise.all(pages.slice(0, 5).map(call));
    await after(2 * SECOND);
    await after(50 * SECOND);
    expect(arrived().toSorted()).toEqual(
      dependencies.policy.people.map(({ mail }) => `mail ${mail}`).toSorted(),
    );
    await after(10 * SECOND);
    expect(far.sent.length).toBeLessThanOrEqual(10);
    const text = far.sent.map(({ message }) => message.text).join('\n');
    for (const pageId of pages) expect(text).toContain(pageId);
  }, 60_000);

  test('is not what one new page is: that goes out within seconds, but not without end', async () => {
    await call(await climbed());
    for (let more = 0; more < 4; more += 1) {
      now += 2 * SECOND;
      await call(await climbed());
      await after(SECOND);
    }
    expect(arrived()).toHaveLength(3);
    await after(MINUTE);
    expect(arrived()).toHaveLength(4);
    expect(far.sent.at(-1)?.message.subject).toMatch(/PAGE URGENT: 2 pages ring for you$/);
  });

  test('reaches who has another contact by that one at once', async () => {
    await verified('sms', '+15550105');
    await call(await climbed());
    const second = await climbed();
    await call(second);
    expect(arrived()).toEqual(['sms +15550105']);
    expect(await passOver(database.db, { pageIds: [second], at: now })).toBe(true);
    await call(second);
    expect(arrived()).toEqual(['sms +15550105', 'mail ann@stand.example']);
    expect(await passOver(database.db, { pageIds: [second], at: now })).toBe(false);
  });
});

describe('those who are told that somebody has it', () => {
  test('get one message for many pages', async () => {
    const [one, other] = [await climbed(), await climbed()];
    await call(one);
    for (const pageId of [one, other]) {
      const { won } = await acknowledgePage(database.db, {
        pageId,
        by: 'lead1',
        at: now,
        factId: randomUUID(),
      });
      expect(won).toBe(true);
    }
    await after(MINUTE);
    expect(far.sent.slice(1).map(({ message }) => message.text)).toEqual([
      expect.stringMatching(new RegExp(`lead1 has ${one}\n +lead1 has ${other}`)),
    ]);
  });

  test('are told of each page once', async () => {
    const pageId = await climbed();
    await call(pageId);
    const factId = randomUUID();
    for (const _ of [1, 2]) await acknowledgePage(database.db, { pageId, by: 'lead1', at: now, factId });
    await after(MINUTE);
    await tellTheOthers(database.db, { pageId, by: 'lead1', at: now });
    await after(2 * MINUTE);
    expect(far.sent).toHaveLength(2);
  });
});

describe('what the record keeps of an attempt', () => {
  test('says of one that the page did not need any more that it was not needed', async () => {
    await verified('sms', '+15550106');
    const pageId = await climbed();
    await call(pageId);
    expect((await attempts(pageId))[1]).toMatchObject({ method: 'mail', answer: null });
    await acknowledgePage(database.db, { pageId, by: ann(), at: now, factId: randomUUID() });
    await after(2 * MINUTE);
    expect(await attempts(pageId)).toMatchObject([
      { method: 'sms', answer: 'accepted 200' },
      { method: 'mail', sentAt: null, tries: 0, answer: 'not-needed' },
    ]);
  });

  test('does not say of a page that was taken just before that its message carried it', async () => {
    const [taken, ringing] = [await climbed(), await climbed()];
    const [message] = await takeMessages(database.db, { pageIds: [taken], at: now, oneMessagePerMs: MINUTE });
    if (message === undefined) throw new Error('nothing was taken');
    await acknowledgePage(database.db, { pageId: taken, by: 'lead1', at: now, factId: randomUUID() });
    await sendMessage(dependencies, message);
    expect(far.sent.map((one) => one.message.text)).toEqual([expect.not.stringContaining(taken)]);
    expect(await attempts(taken)).toMatchObject([{ sentAt: null, answer: 'not-needed' }]);
    expect(await attempts(ringing)).toMatchObject([{ sentAt: now, answer: 'accepted 200' }]);
  });
});

describe('the measures', () => {
  test('hold each contact against its own instant, and miss only what should have left', async () => {
    const before = await readCounts(database.db, now);
    await verified('sms', '+15550107');
    const pageId = await climbed();
    await call(pageId);
    // The mail is not late: its time has not come.
    expect((await readCounts(database.db, now)).pageAttempts.unsent).toBe(before.pageAttempts.unsent);
    await after(MINUTE);
    const counts = await readCounts(database.db, now);
    const quick = (counted: RecordCounts) => counted.pageAttempts.lateness.buckets[0]?.count ?? 0;
    expect(quick(counts) - quick(before)).toBe(2);
    expect(counts.pageAttempts.lateness.sumSeconds).toBe(before.pageAttempts.lateness.sumSeconds);
    const accepted = (counted: RecordCounts, method: string) =>
      counted.pagerMessages.find((one) => one.method === method && one.outcome === 'accepted')?.count ?? 0;
    for (const method of ['sms', 'mail']) expect(accepted(counts, method) - accepted(before, method)).toBe(1);
  });
});

describe('of several senders at once', () => {
  test('one has each message', async () => {
    const pageId = await climbed(people());
    const takes = await Promise.all(
      Array.from({ length: 10 }, () =>
        takeMessages(database.db, { pageIds: null, at: now, oneMessagePerMs: 0 }),
      ),
    );
    expect(
      takes
        .flat()
        .map(({ person }) => person)
        .toSorted(),
    ).toEqual(people().toSorted());
    expect(new Set((await attempts(pageId)).map(({ message }) => message)).size).toBe(5);
  });

  test('another takes it over from one that died, under the same id, and it is marked', async () => {
    const pageId = await climbed();
    const [dead] = await takeMessages(database.db, { pageIds: [pageId], at: now, oneMessagePerMs: MINUTE });
    await after(MINUTE - 1);
    expect(far.sent).toEqual([]);
    await after(1);
    expect(far.sent.map(({ message }) => message.id)).toEqual([dead?.id]);

    const another = await climbed([people()[1] ?? '']);
    const [begun] = await takeMessages(database.db, { pageIds: [another], at: now, oneMessagePerMs: MINUTE });
    if (begun === undefined) throw new Error('nothing was taken');
    // It dies after it had begun to send, before it heard an answer.
    const silent = { ...far.pagers, mail: { send: () => new Promise<never>(() => {}) } };
    void sendMessage({ ...dependencies, pagers: silent }, begun);
    await expect.poll(async () => (await attempts(another))[0]?.tries).toBe(1);
    await after(MINUTE);
    expect(await attempts(another)).toMatchObject([{ tries: 2, answer: 'accepted 200' }]);
  });
});

describe('a receipt', () => {
  test('says that a message has reached the device, and takes nothing back afterwards', async () => {
    await verified('sms', '+15550201');
    const pageId = await climbed();
    await call(pageId);
    const receipt = { provider: 'twilio', id: far.sent[0]?.farId ?? '', at: now + SECOND };
    expect(await receipts().delivered(receipt)).toBe('known');
    expect(await receipts().delivered({ ...receipt, at: now + MINUTE })).toBe('known');
    expect(await receipts().refused({ ...receipt, code: '30003' })).toBe('known');
    await after(SECOND);
    expect(await attempts(pageId)).toMatchObject([
      { method: 'sms', answer: 'delivered delivered', receiptAt: now },
      { method: 'mail', message: null },
    ]);
  });

  test('that it has not reached anybody lets the next contact come at once', async () => {
    const sms = await verified('sms', '+15550202');
    const pageId = await climbed();
    await call(pageId);
    expect(
      await receipts().refused({ provider: 'twilio', id: far.sent[0]?.farId ?? '', code: '30006', at: now }),
    ).toBe('known');
    await after(0);
    expect(arrived()).toEqual(['sms +15550202', 'mail ann@stand.example']);
    expect(await attempts(pageId)).toMatchObject([
      { method: 'sms', answer: 'refused 30006', sentAt: now },
      { method: 'mail', sentAt: now },
    ]);
    // A landline will be one tomorrow.
    expect(await contactsOf(database.db, [ann()])).toMatchObject([{ id: sms, failed: { because: '30006' } }]);
  });

  test('of a message that is none of ours, or of another provider, changes nothing', async () => {
    const pageId = await climbed();
    await call(pageId);
    expect(
      await receipts().refused({ provider: 'twilio', id: far.sent[0]?.farId ?? '', code: '1', at: now }),
    ).toBe('unknown');
    expect(await receipts().delivered({ provider: 'other', id: 'far-99', at: now })).toBe('unknown');
    expect(await attempts(pageId)).toMatchObject([{ answer: 'accepted 200' }]);
  });
});

describe('who writes back', () => {
  const code = (pageId: string, username = ann()) => codeFor({ key: KEY, pageId, username });
  const sms = (text: string, address: string) => receipts().answered({ kind: 'sms', address, text, at: now });
  const stateOf = async (pageId: string) => (await readPage(database.db, pageId))?.state;

  test('takes a page by its code, once and for all', async () => {
    await verified('sms', '+15550211');
    const [one, other] = [await climbed(), await climbed()];
    await call(one);
    expect(await sms(`ack ${code(one)}`, '+15550211')).toBe(`${one} is yours.`);
    expect(await sms(code(one), '+15550211')).toBe(`${one} is yours.`);
    expect([await stateOf(one), await stateOf(other)]).toEqual(['acknowledged', 'ringing']);
    await acknowledgePage(database.db, { pageId: other, by: 'lead1', at: now, factId: randomUUID() });
    expect(await sms(code(other), '+15550211')).toBe(`lead1 has ${other}.`);
  });

  test('declines it, and the next rung is due now', async () => {
    await verified('sms', '+15550212');
    const pageId = await climbed();
    await call(pageId);
    expect(await sms(`NO ${code(pageId)}`, '+15550212')).toBe(`${pageId}: noted, the next is called.`);
    expect(await readPage(database.db, pageId)).toMatchObject({
      state: 'ringing',
      declinedBy: [ann()],
      next: { rung: 2, nextStepAt: now },
    });
  });

  test('too late to decline is told who has it', async () => {
    await verified('sms', '+15550214');
    const [theirs, own, over] = [await climbed(), await climbed(), await climbed()];
    await acknowledgePage(database.db, { pageId: theirs, by: 'lead1', at: now, factId: randomUUID() });
    expect(await sms(`no ${code(theirs)}`, '+15550214')).toBe(`lead1 has ${theirs}.`);
    await sms(code(own), '+15550214');
    expect(await sms(`no ${code(own)}`, '+15550214')).toBe(`${own} is yours already: hand it on.`);
    await cancelPage(database.db, { pageId: over, because: 'lead-named', at: now });
    for (const text of [`no ${code(over)}`, code(over)])
      expect(await sms(text, '+15550214')).toBe(`${over} does not ring any more.`);
  });

  test.each([
    ['irc', 'Ann[m]', 'ann[M]'],
    ['matrix', '@ann:stand.example', '@ann:stand.example'],
  ] as const)('on %s is told the same, and a stranger nothing', async (kind, address, as) => {
    const tag = randomUUID().slice(0, 8);
    await verified(kind, `${address}${tag}`);
    const pageId = await climbed();
    const say = (text: string, from = `${as}${tag}`) =>
      receipts().answered({ kind, address: from, text, at: now });
    for (const text of ['ack', 'Who is this?', code(pageId)]) expect(await say(text, 'mallory')).toBe('');
    expect(await say('000000')).toBe('No page of yours has this code.');
    expect(await say('hello?')).toMatch(/^Not understood\./);
    expect(await stateOf(pageId)).toBe('ringing');
    expect(await say(`ack ${code(pageId)}`)).toBe(`${pageId} is yours.`);
  });

  test('from an address that is nobody’s, with a code of another, or without one, takes nothing', async () => {
    await verified('sms', '+15550213');
    const [, bob = ''] = people();
    const pageId = await climbed([ann(), bob]);
    await call(pageId);
    expect(await sms(code(pageId), '+15550999')).toBe('This is no verified contact of anybody here.');
    expect(await sms(code(pageId, bob), '+15550213')).toBe('No page of yours has this code.');
    expect(await sms('yes', '+15550213')).toBe('Which page? Reply with its code.');
    expect(await sms('Who is this?', '+15550213')).toMatch(/^Not understood\./);
    expect(await stateOf(pageId)).toBe('ringing');
  });

  test('does not find a code by trying: after five wrong ones none is looked at for a quarter of an hour', async () => {
    await verified('sms', '+15550214');
    await verified('sms', '+15550215');
    const pageId = await climbed();
    await call(pageId);
    const right = code(pageId);
    const wrong = Array.from({ length: 20 }, (_, guess) =>
      String((Number(right) + guess + 1) % 1_000_000).padStart(6, '0'),
    );
    guessed.length = 0;
    // At once, and each as after a restart: what counts is in Postgres.
    const said = await Promise.all(wrong.map((guess) => sms(guess, '+15550214')));
    const refusal = /^Too many wrong codes from here\. Take the page by its link, or try again at 20.+Z\.$/;
    expect(said.filter((answer) => answer === 'No page of yours has this code.')).toHaveLength(5);
    expect(said.filter((answer) => refusal.test(answer))).toHaveLength(15);
    expect(guessed).toEqual([{ kind: 'sms', address: '+1…214' }]);
    now += 15 * MINUTE - 1;
    expect(await sms(right, '+15550214')).toMatch(refusal);
    expect(await stateOf(pageId)).toBe('ringing');
    // From elsewhere the same person is heard, and from here after that time.
    expect(await sms(right, '+15550215')).toBe(`${pageId} is yours.`);
    now += 1;
    expect(await sms(right, '+15550214')).toBe(`${pageId} is yours.`);
  });

  test('has all tries again after a right one', async () => {
    await verified('sms', '+15550216');
    const pageId = await climbed();
    await call(pageId);
    const right = code(pageId);
    const wrong = right === '000000' ? '000001' : '000000';
    for (const guess of [wrong, wrong, wrong, wrong, right, wrong, wrong, wrong, wrong, wrong]) {
      expect(await sms(guess, '+15550216')).not.toContain('Too many');
    }
    expect(await sms(wrong, '+15550216')).toContain('Too many');
  });

  test('by mail to the signed address needs no code', async () => {
    const { incidentId } = await report(database.db);
    const pageId = await climbed([ann()], incidentId, `${incidentId}-P7`);
    await call(pageId);
    const address =
      replyAddressFor({ key: KEY, pageId, username: ann(), address: 'csirt@stand.example' }) ?? '';
    const mail = (to: string, text: string) =>
      receipts().answered({ kind: 'mail', address: to, text, at: now });
    expect(await mail('csirt@stand.example', 'ack')).toBe('No page was called by this address.');
    expect(await mail(address, 'Take it\n\nOn Tuesday you wrote:\n> no')).toMatch(/^Not understood/);
    expect(await mail(address, 'ACK\n\n> Not me')).toBe(`${pageId} is yours.`);
  });
});
