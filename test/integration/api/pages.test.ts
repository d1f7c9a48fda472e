import { beforeEach, describe, expect, test } from 'vitest';
import { FIRST_RUNG, ladderOf } from '../../../src/domain/ladder.ts';
import { openPage } from '../../../src/persistence/pages.ts';
import { exhaustPage } from '../../../src/persistence/page-steps.ts';
import { claimStep } from '../../support/page-steps.ts';
import { readState } from '../../../src/persistence/record.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();
let incidentId = '';
let pageId = '';

/** Lets a page ring as its workflow would. */
async function ring(): Promise<void> {
  const row = await readState(office.db, incidentId);
  const ref = row?.state.pages.find(({ id }) => id === pageId);
  if (ref === undefined) throw new Error(`no page ${pageId}`);
  await openPage(office.db, {
    pageId,
    incidentId,
    reason: ref.reason,
    target: ref.target,
    ladder: ladderOf(ref.target, office.policy.rules),
    ring: ref.ring,
    startsAt: ref.startsAt,
    noteTextId: null,
    next: { ...FIRST_RUNG, nextStepAt: ref.startsAt },
  });
}

async function climb(people: readonly string[]): Promise<void> {
  await claimStep(office.db, {
    pageId,
    ring: 1,
    round: 1,
    rung: 1,
    at: office.now,
    people: people.map((person) => ({ person, why: 'by name' })),
    nextContactAfterMs: 60_000,
    next: { round: 1, rung: 2, nextStepAt: office.now + 1000 },
    factId: `${pageId}-climbed`,
  });
}

async function exhaust(): Promise<void> {
  await exhaustPage(office.db, { pageId, ring: 1, at: office.now, rounds: 3, factId: `${pageId}-exhausted` });
  await office.process.file(incidentId);
}

const path = (action = '') => `/v1/pages/${pageId}${action}`;
const read = async (as = 'responder1') => (await office.get(path(), as)).json();

beforeEach(async () => {
  incidentId = await office.triage();
  pageId = `${incidentId}-P1`;
  await office.post(
    `/v1/incidents/${incidentId}/pages`,
    { to: 'owner1', note: 'We need you' },
    { as: 'lead1' },
  );
});

describe('a page', () => {
  test('is there from the moment it was decided, and shown with its incident', async () => {
    expect(await read()).toMatchObject({
      id: pageId,
      incidentId,
      reason: 'call-in',
      state: 'ringing',
      ring: 1,
      attempts: [],
    });
    const incident = (await office.get(`/v1/incidents/${incidentId}`, 'lead1')).json();
    expect(incident.pages).toEqual([pageId]);
    expect(incident.waitingFor).toContainEqual(
      expect.objectContaining({ what: `page:${pageId}`, who: 'owner1', state: 'ringing' }),
    );
  });

  test('shows every attempt', async () => {
    await ring();
    await climb(['owner1']);
    expect(await read()).toMatchObject({
      round: 1,
      rung: 1,
      nextStepAt: '2026-02-03T15:00:01.000Z',
      attempts: [
        {
          ...{
            round: 1,
            rung: 1,
            person: 'owner1',
            method: 'mail',
            why: 'by name',
            sentAt: null,
            answer: null,
          },
          ...{ sendAfter: '2026-02-03T15:00:00.000Z', lateMs: null, tries: 0, receiptAt: null },
        },
      ],
    });
  });

  test('is for the CSIRT, auditors and the paged; others are not told that it is there', async () => {
    for (const as of ['comms1', 'auditor1', 'owner1'])
      expect((await office.get(path(), as)).statusCode).toBe(200);
    for (const as of ['sme1', 'admin1']) expect((await office.get(path(), as)).statusCode).toBe(404);
    expect((await office.get('/v1/pages/none', 'responder1')).statusCode).toBe(404);
    expect((await office.get(`/v1/pages/${incidentId}-P9`, 'responder1')).statusCode).toBe(404);
  });

  test('lets the paged read an excerpt of its incident', async () => {
    expect((await office.get(`/v1/incidents/${incidentId}`, 'owner1')).json()).toMatchObject({
      id: incidentId,
      lead: 'lead1',
      pages: [pageId],
      waitingFor: [{ what: `page:${pageId}` }],
    });
  });

  test('is listed, for the paged among their own', async () => {
    await ring();
    await climb(['owner1']);
    const idsOf = async (query: string, as: string) =>
      (await office.get(`/v1/pages${query}`, as)).json().items.map(({ id }: { id: string }) => id);
    expect(await idsOf(`?incidentId=${incidentId}`, 'responder1')).toEqual([pageId]);
    expect(await idsOf('?state=exhausted', 'responder1')).not.toContain(pageId);
    expect(await idsOf('', 'owner1')).toContain(pageId);
    expect(await idsOf('', 'sme1')).toEqual([]);
  });
});

describe('an acknowledgement', () => {
  test('is taken while the process is away; the first one wins, a later one is told who has it', async () => {
    await ring();
    office.process.isAway = true;
    const answers = await Promise.all(
      ['owner1', 'responder1', 'responder2'].map((as) => office.post(path('/acknowledge'), {}, { as })),
    );
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    const takers = new Set(answers.map((answer) => answer.json().acknowledgedBy));
    expect(takers.size).toBe(1);
    const [taker] = takers;
    expect(await read()).toMatchObject({ state: 'acknowledged', acknowledgedBy: taker, nextStepAt: null });
    const incident = (await office.get(`/v1/incidents/${incidentId}`, 'lead1')).json();
    expect(incident.waitingFor.filter(({ what }: { what: string }) => what.startsWith('page:'))).toEqual([]);
    const { items } = (await office.get(`/v1/incidents/${incidentId}/timeline`, 'lead1')).json();
    expect(items.filter(({ kind }: { kind: string }) => kind === 'acknowledged')).toMatchObject([
      { seq: null, by: taker },
    ]);
  });

  test('needs no body, and sent twice with one key is one', async () => {
    await ring();
    const headers = { authorization: 'Bearer owner1-token', 'idempotency-key': 'ack' };
    const first = await office.inject({ method: 'POST', url: path('/acknowledge'), headers });
    const again = await office.inject({ method: 'POST', url: path('/acknowledge'), headers });
    expect(first.json()).toMatchObject({ acknowledgedBy: 'owner1' });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.json()).toEqual(first.json());
  });

  test('never comes by reading', async () => {
    await ring();
    expect((await office.get(path('/acknowledge'), 'owner1')).statusCode).toBe(404);
    expect(await read()).toMatchObject({ state: 'ringing' });
  });

  test('takes an exhausted page too', async () => {
    await ring();
    await exhaust();
    expect(await read()).toMatchObject({ state: 'exhausted' });
    await office.post(path('/acknowledge'), {}, { as: 'responder1' });
    expect(await read()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'responder1' });
  });

  test('is taken of whom the first rung names, before any message has gone out', async () => {
    const inquiry = await office.report({ summary: 'A subpoena', kind: 'law-enforcement' });
    [incidentId, pageId] = [inquiry.incidentId, `${inquiry.incidentId}-P1`];
    await office.process.file(incidentId);
    const taking = (as: string) => office.post(path('/acknowledge'), {}, { as });
    expect((await taking('counsel1')).statusCode).toBe(409);
    await ring();
    expect((await read('counsel1')).attempts).toEqual([]);
    // Neither who stands on a later rung nor who has no part in it is called yet.
    for (const [as, status] of [
      ['legal1', 403],
      ['owner1', 404],
    ] as const) {
      expect([as, (await taking(as)).statusCode]).toEqual([as, status]);
    }
    expect((await taking('counsel1')).json()).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'counsel1',
    });
  });

  test('before the page has begun to ring is asked to come again', async () => {
    const answer = await office.post(path('/acknowledge'), {}, { as: 'owner1' });
    expect(answer.statusCode).toBe(409);
    expect(problemOf(answer).type).toBe('urn:tocsin:problem:not-now');
  });
});

describe('a decline', () => {
  test('is taken while the process is away; twice by one person is one, and the next rung is called at once', async () => {
    await ring();
    await climb(['owner1']);
    office.process.isAway = true;
    office.now += 400;
    const first = await office.post(path('/decline'), {}, { as: 'owner1' });
    expect(first.statusCode, first.body).toBe(200);
    expect(first.json()).toMatchObject({
      state: 'ringing',
      declinedBy: ['owner1'],
      nextStepAt: '2026-02-03T15:00:00.400Z',
    });
    office.now += 100;
    expect((await office.post(path('/decline'), {}, { as: 'owner1' })).json()).toEqual(first.json());
    const { items } = (await office.get(`/v1/incidents/${incidentId}/timeline`, 'lead1')).json();
    const said = items.filter(({ text }: { text: string }) => text.startsWith('owner1@ cannot take page'));
    expect(said).toHaveLength(1);
    const incident = (await office.get(`/v1/incidents/${incidentId}`, 'lead1')).json();
    expect(incident.waitingFor).toContainEqual(
      expect.objectContaining({ what: `page:${pageId}`, who: 'owner1' }),
    );
  });

  test('of a page that does not ring is told how it stands', async () => {
    const declining = async () => problemOf(await office.post(path('/decline'), {}, { as: 'owner1' }));
    expect(await declining()).toMatchObject({ type: 'urn:tocsin:problem:not-now' });
    await ring();
    await office.post(path('/acknowledge'), {}, { as: 'responder1' });
    const { status, detail } = await declining();
    expect([status, detail]).toEqual([409, expect.stringContaining('acknowledged by responder1')]);
  });
});

describe('handing on', () => {
  const handOn = (to: string, as: string, reason?: string) =>
    office.post(path('/hand-on'), { to, ...(reason !== undefined && { reason }) }, { as });

  test('rings somebody else, who may read and take the page; the reason stands in the timeline', async () => {
    await ring();
    await office.post(path('/acknowledge'), {}, { as: 'owner1' });
    await office.process.file(incidentId);
    office.now += 1000;
    const answer = await handOn('sme1', 'owner1', 'They know the machine');
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({ state: 'ringing', ring: 2, acknowledgedBy: null });
    expect((await office.get(`/v1/incidents/${incidentId}`, 'sme1')).json().pages).toEqual([pageId]);
    const { items } = (await office.get(`/v1/incidents/${incidentId}/timeline`, 'lead1')).json();
    expect(items.at(-1).text).toContain('handed on by owner1@ to sme1@');
    expect(items.at(-1).text).toContain('They know the machine');
    await ring();
    const taken = await office.post(path('/acknowledge'), {}, { as: 'sme1' });
    expect(taken.json()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'sme1', ring: 2 });
  });

  test('is for its owner, the CSIRT, and the paged while it rings', async () => {
    await ring();
    expect((await handOn('sme1', 'ops1')).statusCode).toBe(403);
    await office.post(path('/acknowledge'), {}, { as: 'responder1' });
    await office.process.file(incidentId);
    const refused = await handOn('sme1', 'owner1');
    expect([refused.statusCode, problemOf(refused).detail]).toEqual([
      403,
      expect.stringContaining('responder1'),
    ]);
    expect((await handOn('sme1', 'responder2')).statusCode).toBe(200);
  });

  test.each([
    ['stranger', 'unknown-key'],
    ['responder1', 'invalid'],
  ])('to %s is %s', async (to, code) => {
    await ring();
    const answer = await handOn(to, 'responder1');
    const { type, errors } = problemOf(answer);
    expect([answer.statusCode, type, errors?.[0]?.pointer]).toEqual([
      422,
      `urn:tocsin:problem:${code}`,
      '/to',
    ]);
  });

  test('of a cancelled page is none', async () => {
    await office.post(`/v1/incidents/${incidentId}/dismiss`, { reason: 'x' }, { as: 'responder1' });
    expect((await handOn('sme1', 'responder1')).statusCode).toBe(409);
  });

  test('waits for an acknowledgement that the process does not know yet', async () => {
    await ring();
    await office.post(path('/acknowledge'), {}, { as: 'owner1' });
    office.now += 1000;
    const [answer] = await Promise.all([handOn('sme1', 'owner1'), office.process.file(incidentId)]);
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toMatchObject({ state: 'ringing', ring: 2 });
  });

  test('while the process does not hear of an acknowledgement has no known outcome', async () => {
    await ring();
    await office.post(path('/acknowledge'), {}, { as: 'owner1' });
    const answer = await handOn('sme1', 'owner1');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, expect.any(String)]);
  });
});

describe('a snooze', () => {
  const snooze = (duration: string, as: string) => office.post(path('/snooze'), { for: duration }, { as });

  test('says until when, as far as the policy lets it', async () => {
    await ring();
    const early = await snooze('PT1H', 'owner1');
    expect([early.statusCode, problemOf(early).detail]).toEqual([
      409,
      expect.stringContaining('take it first'),
    ]);
    await office.post(path('/acknowledge'), {}, { as: 'owner1' });
    await office.process.file(incidentId);
    expect((await snooze('PT4H', 'owner1')).json()).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'owner1',
      acknowledgedUntil: '2026-02-03T19:00:00.000Z',
    });
    const other = await snooze('PT1H', 'responder1');
    expect([other.statusCode, problemOf(other).detail]).toEqual([403, expect.stringContaining('owner1')]);
    for (const tooLong of ['PT4H0.001S', 'PT0S']) {
      const answer = await snooze(tooLong, 'owner1');
      expect([answer.statusCode, problemOf(answer).detail]).toEqual([422, expect.stringContaining('PT4H')]);
    }
    for (const wrong of ['-PT1H', '1h', 'P1M', '']) {
      const { status, errors } = problemOf(await snooze(wrong, 'owner1'));
      expect([status, errors?.[0]?.pointer]).toEqual([422, '/for']);
    }
    const { serviceLevels } = (await office.get('/v1/policy', 'owner1')).json();
    expect(serviceLevels.acknowledgement).toEqual({ lasts: 'PT1H', snoozeAtMost: 'PT4H' });
  });
});

describe('a restart', () => {
  test('lets an exhausted page ring again, seen in the very next answer', async () => {
    await ring();
    await exhaust();
    const answer = await office.post(path('/restart'), {}, { as: 'responder1' });
    expect(answer.json()).toMatchObject({ id: pageId, state: 'ringing', ring: 2 });
    const incident = (await office.get(`/v1/incidents/${incidentId}`, 'lead1')).json();
    expect(incident.waitingFor).toContainEqual(
      expect.objectContaining({ what: `page:${pageId}`, state: 'ringing' }),
    );
  });

  test('acknowledged before the row begins its new ring is acknowledged', async () => {
    await ring();
    await exhaust();
    await office.post(path('/restart'), {}, { as: 'responder1' });
    const answer = await office.post(path('/acknowledge'), {}, { as: 'responder2' });
    expect(answer.json()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'responder2' });
  });

  test('is for exhausted pages, by the CSIRT, while the process is there', async () => {
    await ring();
    expect((await office.post(path('/restart'), {}, { as: 'responder1' })).statusCode).toBe(409);
    expect((await office.post(path('/restart'), {}, { as: 'owner1' })).statusCode).toBe(403);
    office.process.isAway = true;
    expect((await office.post(path('/restart'), {}, { as: 'responder1' })).statusCode).toBe(503);
  });
});

describe('whom a page can be for', () => {
  test.each([
    ['owner1', 200],
    ['operations', 200],
    ['lead', 200],
    ['stranger', 422],
    ['', 422],
  ])('%j: %i', async (to, status) => {
    const answer = await office.post(`/v1/incidents/${incidentId}/pages`, { to }, { as: 'lead1' });
    expect(answer.statusCode).toBe(status);
  });
});
