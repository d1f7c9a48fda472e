import { describe, expect, test } from 'vitest';
import type { FactBody } from '../../../src/domain/commands.ts';

import { unfiledOf, writeFact } from '../../../src/persistence/inbox.ts';
import { endMessage, takeMessages, unfinishedOf } from '../../../src/persistence/pager-messages.ts';
import { exhaustPage, type Step } from '../../../src/persistence/page-steps.ts';
import { claimStep } from '../../support/page-steps.ts';
import {
  acknowledgePage,
  cancelPage,
  declinePage,
  endedAndRunning,
  hurriedPages,
  listPages,
  markHurryTold,
  markTold,
  type NewRing,
  openPage,
  readPage,
  ringingPages,
} from '../../../src/persistence/pages.ts';
import { ownDatabase } from './own-database.ts';
import { event, id, LADDER, MINUTE, MORNING, recordAll, report } from './sample.ts';

const database = ownDatabase();
const { at } = { at: MORNING };

async function newPage(said: Partial<NewRing> = {}): Promise<NewRing> {
  const incidentId = said.incidentId ?? (await report(database.db)).incidentId;
  const ring: NewRing = {
    pageId: `${incidentId}-P${Math.random()}`,
    incidentId,
    reason: 'no-lead',
    target: { ladder: 'triage' },
    ladder: LADDER,
    ring: 1,
    startsAt: MORNING,
    noteTextId: null,
    next: { round: 1, rung: 1, nextStepAt: MORNING },
    ...said,
  };
  await openPage(database.db, ring);
  return ring;
}

function step({ pageId, ring }: NewRing, round: number, rung: number, said: Partial<Step> = {}): Step {
  const next = rung === 1 ? { round, rung: 2 } : { round: round + 1, rung: 1 };
  return {
    pageId,
    ring,
    round,
    rung,
    at: at + 10,
    people: [
      { person: 'responder2', why: 'csirt' },
      { person: 'responder1', why: 'csirt' },
    ],
    nextContactAfterMs: MINUTE,
    next: next.round > LADDER.rounds ? null : { ...next, nextStepAt: at + 3000 },
    factId: `${pageId}:${ring}:${round}:${rung}`,
    ...said,
  };
}

/** What is to be sent for it now. */
async function due({ pageId }: NewRing, now = at + 10) {
  return takeMessages(database.db, { pageIds: [pageId], at: now, oneMessagePerMs: 0 });
}

async function take({ pageId }: NewRing, by = 'ann', factId = id()) {
  return acknowledgePage(database.db, { pageId, by, at: at + 500, factId });
}

async function decline({ pageId }: NewRing, by = 'ann', { factId = id(), after = 500 } = {}) {
  return declinePage(database.db, { pageId, by, at: at + after, factId });
}

async function hurried({ pageId }: NewRing) {
  return (await hurriedPages(database.db)).find((page) => page.pageId === pageId);
}

async function factsOf({ incidentId }: NewRing): Promise<readonly (FactBody & { readonly by: string })[]> {
  const facts = await unfiledOf(database.db, incidentId);
  return facts.filter(({ fact }) => fact.type !== 'report').map(({ by, fact }) => ({ by, ...fact }));
}

describe('a page that begins to ring', () => {
  test('has its frozen ladder and its first step before it', async () => {
    const ring = await newPage({ noteTextId: 'note' });
    expect(await readPage(database.db, ring.pageId)).toEqual({
      id: ring.pageId,
      incidentId: ring.incidentId,
      reason: 'no-lead',
      target: { ladder: 'triage' },
      ladder: LADDER,
      state: 'ringing',
      ring: 1,
      climbed: null,
      next: { round: 1, rung: 1, nextStepAt: MORNING },
      startsAt: MORNING,
      acknowledgedBy: null,
      acknowledgedAt: null,
      declinedBy: [],
      endedAt: null,
      cancelledBecause: null,
      noteTextId: 'note',
      skipped: [],
      attempts: [],
    });
  });

  test('is not begun anew when the same is asked twice, wherever it has come to', async () => {
    const ring = await newPage();
    await claimStep(database.db, step(ring, 1, 1));
    const before = await readPage(database.db, ring.pageId);
    expect(await openPage(database.db, ring)).toEqual(before);
    await take(ring);
    expect(await openPage(database.db, ring)).toMatchObject({ state: 'acknowledged' });
  });

  test('begins once when twenty ask at once', async () => {
    const { incidentId } = await report(database.db);
    const ring = await newPage({ incidentId, pageId: `${incidentId}-P1` });
    const pages = await Promise.all(Array.from({ length: 20 }, () => openPage(database.db, ring)));
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
  });
});

describe('a step', () => {
  test('gives whom to reach, moves the page on and tells the incident', async () => {
    const ring = await newPage();
    expect(await claimStep(database.db, step(ring, 1, 1))).toBe('climbed');
    const call = { pageId: ring.pageId, round: 1, rung: 1, why: 'csirt', dueAt: MORNING };
    expect(await due(ring)).toMatchObject([
      { person: 'responder1', contact: 'policy', method: 'mail', tries: 0, pages: [call] },
      { person: 'responder2', contact: 'policy', method: 'mail', tries: 0, pages: [call] },
    ]);
    expect(await readPage(database.db, ring.pageId)).toMatchObject({
      climbed: { round: 1, rung: 1, at: at + 10 },
      next: { round: 1, rung: 2, nextStepAt: at + 3000 },
    });
    const people = ['responder2', 'responder1'];
    expect(await factsOf(ring)).toEqual([
      { by: 'tocsin', type: 'page-climbed', pageId: ring.pageId, ring: 1, round: 1, rung: 1, people },
    ]);
  });

  test('tried again gives only what is not known to be sent, and tells the incident once', async () => {
    const ring = await newPage();
    const { pageId } = ring;
    await claimStep(database.db, step(ring, 1, 1));
    const [one, other] = await due(ring);
    const ended = { outcome: 'accepted', code: '250', farId: '<1@stand>', at: at + 20 } as const;
    await endMessage(database.db, one?.id ?? '', ended);
    expect(await claimStep(database.db, step(ring, 1, 1))).toBe('known');
    const unfinished = () => unfinishedOf(database.db, { pageId, ring: 1, round: 1, rung: 1 });
    expect(await unfinished()).toEqual([other]);
    await endMessage(database.db, other?.id ?? '', { ...ended, outcome: 'refused', code: '550' });
    expect(await unfinished()).toEqual([]);
    expect(await due(ring)).toEqual([]);
    expect((await factsOf(ring)).map(({ type }) => type)).toEqual(['page-climbed', 'page-undelivered']);
  });

  test('with nobody on its rung is climbed and told, and the page keeps why', async () => {
    const ring = await newPage();
    const empty = step(ring, 1, 1, { people: [], whyNobody: 'nobody is lead' });
    expect(await claimStep(database.db, empty)).toBe('climbed');
    expect(await claimStep(database.db, empty)).toBe('known');
    expect((await readPage(database.db, ring.pageId))?.skipped).toEqual([
      { ring: 1, round: 1, rung: 1, at: empty.at, why: 'nobody is lead' },
    ]);
    expect(await due(ring)).toEqual([]);
    expect(await factsOf(ring)).toMatchObject([{ type: 'page-climbed', people: [] }]);
  });

  test('is climbed in its order only', async () => {
    const ring = await newPage();
    expect(await claimStep(database.db, step(ring, 1, 2))).toBeNull();
    expect(await claimStep(database.db, step(ring, 1, 1))).toBe('climbed');
    expect(await claimStep(database.db, step(ring, 2, 1))).toBeNull();
    expect(await claimStep(database.db, step(ring, 1, 2))).toBe('climbed');
  });

  test('of an earlier ring, or of no page, gives nothing', async () => {
    const ring = await newPage();
    await openPage(database.db, { ...ring, ring: 2 });
    expect(await claimStep(database.db, step(ring, 1, 1))).toBeNull();
    expect(await claimStep(database.db, step({ ...ring, pageId: 'none' }, 1, 1))).toBeNull();
  });

  test.each([
    ['acknowledged', (ring: NewRing) => take(ring)],
    ['cancelled', ({ pageId }: NewRing) => cancelPage(database.db, { pageId, because: 'met', at })],
    [
      'exhausted',
      ({ pageId }: NewRing) => exhaustPage(database.db, { pageId, ring: 1, at, rounds: 2, factId: id() }),
    ],
  ])('gives nothing once the page is %s, not even what is unsent', async (_, end) => {
    const ring = await newPage();
    await claimStep(database.db, step(ring, 1, 1));
    await end(ring);
    expect(await claimStep(database.db, step(ring, 1, 1))).toBeNull();
    expect(await claimStep(database.db, step(ring, 1, 2))).toBeNull();
    expect(await due(ring)).toEqual([]);
  });

  test('climbed by ten workers at once moves the page one step', async () => {
    const ring = await newPage();
    await Promise.all(Array.from({ length: 10 }, () => claimStep(database.db, step(ring, 1, 1))));
    expect(await readPage(database.db, ring.pageId)).toMatchObject({
      climbed: { round: 1, rung: 1 },
      next: { round: 1, rung: 2 },
      attempts: [{ person: 'responder1' }, { person: 'responder2' }],
    });
    expect(await factsOf(ring)).toHaveLength(1);
  });
});

describe('an attempt', () => {
  test('keeps what became of it, and stays sent whatever a later try says', async () => {
    const ring = await newPage();
    await claimStep(database.db, step(ring, 1, 1, { people: [{ person: 'lead1', why: 'lead' }] }));
    const [message] = await due(ring);
    const messageId = message?.id ?? '';
    const accepted = { outcome: 'accepted', code: '250', farId: '<1@stand>', at: at + 30 } as const;
    await endMessage(database.db, messageId, accepted);
    await endMessage(database.db, messageId, { outcome: 'refused', code: '550', farId: null, at: at + 60 });
    const page = await readPage(database.db, ring.pageId);
    expect(page?.attempts[0]).toEqual({
      ...{ pageId: ring.pageId, ring: 1, round: 1, rung: 1, person: 'lead1', contact: 'policy' },
      method: 'mail',
      why: 'lead',
      dueAt: MORNING,
      sendAfter: MORNING,
      message: `${ring.pageId}:1:1:1:lead1`,
      sentAt: at + 30,
      tries: 0,
      answer: 'accepted 250',
      receipt: '<1@stand>',
      receiptAt: null,
    });
  });
});

describe('an acknowledgement', () => {
  test('is told to the incident, and the page says who has it', async () => {
    const ring = await newPage();
    expect(await take(ring)).toMatchObject({
      won: true,
      page: {
        state: 'acknowledged',
        acknowledgedBy: 'ann',
        acknowledgedAt: at + 500,
        endedAt: at + 500,
        next: null,
      },
    });
    expect(await factsOf(ring)).toEqual([{ by: 'ann', type: 'page-acknowledged', pageId: ring.pageId }]);
  });

  test('that comes second is told who has it', async () => {
    const ring = await newPage();
    await take(ring, 'ann');
    expect(await take(ring, 'bob')).toMatchObject({ won: false, page: { acknowledgedBy: 'ann' } });
    expect(await factsOf(ring)).toHaveLength(1);
  });

  test('sent twice is the same one', async () => {
    const ring = await newPage();
    const factId = id();
    expect(await take(ring, 'ann', factId)).toMatchObject({ won: true });
    expect(await take(ring, 'ann', factId)).toMatchObject({ won: true });
    expect(await factsOf(ring)).toHaveLength(1);
  });

  test('takes an exhausted page too', async () => {
    const ring = await newPage();
    await exhaustPage(database.db, { pageId: ring.pageId, ring: 1, at, rounds: 2, factId: id() });
    expect(await take(ring)).toMatchObject({ won: true, page: { state: 'acknowledged', endedAt: at + 500 } });
  });

  test('of a cancelled page, and of none, wins nothing', async () => {
    const ring = await newPage();
    await cancelPage(database.db, { pageId: ring.pageId, because: 'met', at });
    expect(await take(ring)).toMatchObject({
      won: false,
      page: { state: 'cancelled', acknowledgedBy: null },
    });
    expect(await take({ ...ring, pageId: 'none' })).toEqual({ won: false, page: null });
    expect(await factsOf(ring)).toEqual([]);
  });
});

describe('a decline', () => {
  /** Its first rung is climbed. */
  async function climbed(): Promise<NewRing> {
    const ring = await newPage();
    await claimStep(database.db, step(ring, 1, 1));
    return ring;
  }

  test('brings the next step forward, tells the incident, and the page says who', async () => {
    const ring = await climbed();
    expect(await decline(ring)).toMatchObject({
      won: true,
      page: { state: 'ringing', declinedBy: ['ann'], next: { round: 1, rung: 2, nextStepAt: at + 500 } },
    });
    expect((await factsOf(ring)).at(-1)).toEqual({ by: 'ann', type: 'page-declined', pageId: ring.pageId });
    expect(await hurried(ring)).toEqual({ pageId: ring.pageId, ring: 1, nextStepAt: at + 500 });
    expect(await claimStep(database.db, step(ring, 1, 2))).toBe('climbed');
  });

  test('never puts a step off', async () => {
    const ring = await climbed();
    await decline(ring, 'ann', { after: 9000 });
    expect((await readPage(database.db, ring.pageId))?.next?.nextStepAt).toBe(at + 3000);
  });

  test('by the same person again, and the same one told again, change nothing more', async () => {
    const ring = await climbed();
    const factId = id();
    await decline(ring, 'ann', { factId });
    const { page } = await decline(ring, 'ann', { factId, after: 100 });
    expect(page).toMatchObject({ declinedBy: ['ann'], next: { nextStepAt: at + 500 } });
    expect(await decline(ring, 'ann', { factId })).toMatchObject({ won: true });
    expect(await decline(ring, 'ann', { after: 100 })).toEqual({ won: false, page });
    expect((await factsOf(ring)).filter((fact) => JSON.stringify(fact).includes('declined'))).toHaveLength(1);
    await openPage(database.db, { ...ring, ring: 2 });
    expect(await decline(ring, 'ann', { factId })).toMatchObject({ won: true, page: { declinedBy: [] } });
  });

  test('before the first step, and after the last one, hurries nothing', async () => {
    const [armed, last] = [
      await newPage({ startsAt: at + MINUTE, next: { round: 1, rung: 1, nextStepAt: at + MINUTE } }),
      await climbed(),
    ];
    expect(await decline(armed)).toMatchObject({ won: true, page: { next: { nextStepAt: at + MINUTE } } });
    await claimStep(database.db, step(last, 1, 2, { next: null }));
    expect(await decline(last)).toMatchObject({ won: true, page: { state: 'ringing', next: null } });
    expect([await hurried(armed), await hurried(last)]).toEqual([undefined, undefined]);
  });

  test.each([
    ['acknowledged', (ring: NewRing) => take(ring, 'bob')],
    ['cancelled', ({ pageId }: NewRing) => cancelPage(database.db, { pageId, because: 'met', at })],
    [
      'exhausted',
      ({ pageId }: NewRing) => exhaustPage(database.db, { pageId, ring: 1, at, rounds: 2, factId: id() }),
    ],
  ])('of a page that is %s is none', async (state, end) => {
    const ring = await climbed();
    await end(ring);
    const told = await factsOf(ring);
    expect(await decline(ring)).toMatchObject({ won: false, page: { state, declinedBy: [] } });
    expect(await factsOf(ring)).toEqual(told);
    expect(await decline({ ...ring, pageId: 'none' })).toEqual({ won: false, page: null });
  });

  test('is of this ring: another one begins without', async () => {
    const ring = await climbed();
    await decline(ring);
    await openPage(database.db, { ...ring, ring: 2 });
    expect(await hurried(ring)).toBeUndefined();
    expect(await readPage(database.db, ring.pageId)).toMatchObject({ ring: 2, declinedBy: [] });
    expect(await decline(ring)).toMatchObject({ won: true, page: { declinedBy: ['ann'] } });
  });

  test('that races with an acknowledgement and a claim leaves the page with one end and no step too many', async () => {
    for (let n = 0; n < 60; n += 1) {
      const ring = await climbed();
      const [taken, declined, claimed] = await Promise.all([
        take(ring, 'bob'),
        decline(ring, 'ann'),
        claimStep(database.db, step(ring, 1, 2)),
      ]);
      expect(taken).toMatchObject({ won: true, page: { state: 'acknowledged', acknowledgedBy: 'bob' } });
      const page = await readPage(database.db, ring.pageId);
      expect(page).toMatchObject({ state: 'acknowledged', next: null });
      expect(page?.declinedBy).toEqual(declined.won ? ['ann'] : []);
      expect(page?.climbed?.rung).toBe(claimed === null ? 1 : 2);
      expect(await hurried(ring)).toBeUndefined();
      const types = (await factsOf(ring)).map((fact) => (fact as { readonly type: string }).type);
      expect(types.at(-1)).toBe('page-acknowledged');
      expect(types.includes('page-declined')).toBe(declined.won);
    }
  });
});

describe('a page that is hurried', () => {
  test('is told until it was, and anew when it has climbed and somebody else declined meanwhile', async () => {
    const ring = await newPage();
    await claimStep(database.db, step(ring, 1, 1));
    await decline(ring, 'ann');
    const first = await hurried(ring);
    if (first === undefined) throw new Error('it is to be told');
    await claimStep(database.db, step(ring, 1, 2));
    await decline(ring, 'bob', { after: 600 });
    await markHurryTold(database.db, first);
    const second = await hurried(ring);
    expect(second).toEqual({ pageId: ring.pageId, ring: 1, nextStepAt: at + 600 });
    if (second !== undefined) await markHurryTold(database.db, second);
    expect(await hurried(ring)).toBeUndefined();
  });
});

describe('the end of the ladder', () => {
  test('is told once, and again only to whom it ended', async () => {
    const ring = await newPage();
    const end = { pageId: ring.pageId, ring: 1, at, rounds: 2, factId: id() };
    expect(await exhaustPage(database.db, end)).toBe(true);
    expect(await exhaustPage(database.db, end)).toBe(true);
    expect(await factsOf(ring)).toEqual([
      { by: 'tocsin', type: 'page-exhausted', pageId: ring.pageId, ring: 1, rounds: 2 },
    ]);
  });

  test('does not come to a page that was taken, nor late to its next ring', async () => {
    const [taken, again] = [await newPage(), await newPage()];
    await take(taken);
    await openPage(database.db, { ...again, ring: 2 });
    for (const { pageId } of [taken, again]) {
      expect(await exhaustPage(database.db, { pageId, ring: 1, at, rounds: 2, factId: id() })).toBe(false);
    }
    expect(await readPage(database.db, again.pageId)).toMatchObject({ state: 'ringing', ring: 2 });
  });
});

describe('a page that rings again', () => {
  test('begins at its first rung, and keeps the attempts of before', async () => {
    const ring = await newPage();
    await claimStep(database.db, step(ring, 1, 1));
    await exhaustPage(database.db, { pageId: ring.pageId, ring: 1, at, rounds: 2, factId: id() });
    const next = { round: 1, rung: 1, nextStepAt: at + MINUTE };
    expect(await openPage(database.db, { ...ring, ring: 2, startsAt: at + MINUTE, next })).toMatchObject({
      state: 'ringing',
      ring: 2,
      climbed: null,
      next,
      endedAt: null,
      attempts: [{ ring: 1 }, { ring: 1 }],
    });
    expect(await claimStep(database.db, step({ ...ring, ring: 2 }, 1, 1))).toBe('climbed');
    expect(await due(ring, at + MINUTE)).toHaveLength(2);
  });

  test('after an acknowledgement that expired belongs to nobody', async () => {
    const ring = await newPage();
    const factId = id();
    await take(ring, 'ann', factId);
    await recordAll(database.db, ring.incidentId, [
      event(1, { type: 'page-acknowledged', pageId: ring.pageId }, { commandId: factId }),
      rangAgain(2, ring, 'acknowledgement-expired'),
    ]);
    const opened = await openPage(database.db, { ...ring, ring: 2 });
    expect(opened).toMatchObject({ state: 'ringing', ring: 2, acknowledgedBy: null });
  });

  test('by a restart that did not know of an acknowledgement stays with who was told that it is theirs', async () => {
    const ring = await newPage();
    const { pageId } = ring;
    const factId = id();
    await exhaustPage(database.db, { pageId, ring: 1, at, rounds: 2, factId: id() });
    await recordAll(database.db, ring.incidentId, [rangAgain(1, ring, 'restarted')]);
    expect(await take(ring, 'ann', factId)).toMatchObject({ won: true });
    const taken = { state: 'acknowledged', ring: 2, acknowledgedBy: 'ann' };
    expect(await openPage(database.db, { ...ring, ring: 2 })).toMatchObject(taken);
    expect(await claimStep(database.db, step({ ...ring, ring: 2 }, 1, 1))).toBeNull();
    expect(await endedAndRunning(database.db)).toContainEqual({ pageId, ring: 2 });
  });

  test('stays with them also when the acknowledgement was filed meanwhile, after the restart', async () => {
    const ring = await newPage();
    const factId = id();
    await exhaustPage(database.db, { pageId: ring.pageId, ring: 1, at, rounds: 2, factId: id() });
    await take(ring, 'ann', factId);
    await recordAll(database.db, ring.incidentId, [
      rangAgain(1, ring, 'restarted'),
      event(2, { type: 'page-acknowledged', pageId: ring.pageId }, { commandId: factId }),
    ]);
    expect(await openPage(database.db, { ...ring, ring: 2 })).toMatchObject({
      state: 'acknowledged',
      ring: 2,
    });
  });

  test('for somebody else is theirs, unless its owner took it after that was decided', async () => {
    const [known, unknown] = [await newPage(), await newPage()];
    const factIds = [id(), id()];
    await take(known, 'ann', factIds[0]);
    await recordAll(database.db, known.incidentId, [
      event(1, { type: 'page-acknowledged', pageId: known.pageId }, { commandId: factIds[0] ?? null }),
      handedOn(2, known),
    ]);
    await recordAll(database.db, unknown.incidentId, [handedOn(1, unknown)]);
    await take(unknown, 'ann', factIds[1]);
    const target = { person: 'bob', then: 'triage' };
    expect(await openPage(database.db, { ...known, ring: 2, target })).toMatchObject({
      state: 'ringing',
      target,
    });
    expect(await openPage(database.db, { ...unknown, ring: 2, target })).toMatchObject({
      acknowledgedBy: 'ann',
    });
  });

  function handedOn(seq: number, { pageId }: NewRing) {
    return event(seq, { type: 'page-handed-on', pageId, to: 'bob', startsAt: MORNING, textId: null });
  }

  function rangAgain(seq: number, { pageId }: NewRing, because: 'acknowledgement-expired' | 'restarted') {
    return event(seq, { type: 'page-rang-again', pageId, because, startsAt: MORNING });
  }
});

describe('a cancelled page', () => {
  test('says why, the first reason, and who had taken it', async () => {
    const ring = await newPage();
    await take(ring);
    await cancelPage(database.db, { pageId: ring.pageId, because: 'met', at: at + 900 });
    await cancelPage(database.db, { pageId: ring.pageId, because: 'other', at: at + 999 });
    const page = { state: 'cancelled', cancelledBecause: 'met', acknowledgedBy: 'ann', endedAt: at + 500 };
    expect(await readPage(database.db, ring.pageId)).toMatchObject(page);
  });
});

describe('the workflow of a page', () => {
  test('is to be told of an end until it was, and not of an exhaustion, which is its own', async () => {
    const [taken, cancelled, exhausted, ringing] = [
      await newPage(),
      await newPage(),
      await newPage(),
      await newPage(),
    ];
    await take(taken);
    await cancelPage(database.db, { pageId: cancelled.pageId, because: 'met', at });
    await exhaustPage(database.db, { pageId: exhausted.pageId, ring: 1, at, rounds: 2, factId: id() });
    const waiting = await idsToTell();
    expect([taken, cancelled, exhausted, ringing].map(({ pageId }) => waiting.includes(pageId))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    await markTold(database.db, { pageId: taken.pageId, ring: 1 });
    expect(await idsToTell()).not.toContain(taken.pageId);
  });

  test('of the next ring is not taken for told when the one before was', async () => {
    const ring = await newPage();
    await exhaustPage(database.db, { pageId: ring.pageId, ring: 1, at, rounds: 2, factId: id() });
    await openPage(database.db, { ...ring, ring: 2 });
    await take(ring);
    await markTold(database.db, { pageId: ring.pageId, ring: 1 });
    expect(await idsToTell()).toContain(ring.pageId);
  });

  test('is to be alive while the page rings', async () => {
    const [ringing, taken] = [await newPage(), await newPage()];
    await take(taken);
    const alive = (await ringingPages(database.db)).map((page) => page.id);
    expect([ringing, taken].map(({ pageId }) => alive.includes(pageId))).toEqual([true, false]);
  });

  async function idsToTell(): Promise<readonly string[]> {
    return (await endedAndRunning(database.db)).map(({ pageId }) => pageId);
  }
});

describe('the list of pages', () => {
  test('goes from the newest to the oldest, page by page, by incident, state and person', async () => {
    const { incidentId } = await report(database.db);
    const rings = [];
    for (const minute of [1, 2, 2, 3, 4])
      rings.push(await newPage({ incidentId, startsAt: at + minute * MINUTE }));
    const [first] = rings;
    if (first !== undefined) await claimStep(database.db, step(first, 1, 1));
    if (first !== undefined) await take(first);
    const ids = rings
      .toSorted((a, b) => b.startsAt - a.startsAt || (a.pageId < b.pageId ? 1 : -1))
      .map((r) => r.pageId);
    const seen = [];
    let cursor: string | null | undefined;
    do {
      const page = await listPages(database.db, {
        incidentId,
        limit: 2,
        ...(cursor == null ? {} : { cursor }),
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
    const taken = await listPages(database.db, { incidentId, state: 'acknowledged', limit: 10 });
    expect(taken.items.map((item) => item.id)).toEqual([first?.pageId]);
    const paged = await listPages(database.db, { incidentId, person: 'responder1', limit: 10 });
    expect(paged.items.map((item) => item.id)).toEqual([first?.pageId]);
    expect(await listPages(database.db, { incidentId, person: 'nobody', limit: 10 })).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  test.each([
    '',
    'x',
    'W10',
    Buffer.from('["a","b"]').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
  ])('refuses the cursor %j', async (cursor) => {
    await expect(listPages(database.db, { limit: 1, cursor })).rejects.toMatchObject({
      code: 'malformed-cursor',
    });
  });
});

test('a fact under an id that is taken does not stop a page from climbing', async () => {
  const ring = await newPage();
  const climbing = step(ring, 1, 1);
  const fact = { type: 'page-exhausted', pageId: ring.pageId, ring: 1, rounds: 1 } as const;
  await writeFact(database.db, { factId: climbing.factId, incidentId: ring.incidentId, by: 'x', at, fact });
  expect(await claimStep(database.db, climbing)).toBe('climbed');
});
