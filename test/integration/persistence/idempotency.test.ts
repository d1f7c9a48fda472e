import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';

import {
  answerKey,
  claimKey,
  forgetAnswers,
  releaseKey,
  type KeyClaim,
} from '../../../src/persistence/idempotency.ts';
import { storeReport } from '../../../src/persistence/intake.ts';
import { ownDatabase } from './own-database.ts';
import { HOUR, id, incident, MINUTE, MORNING, POLICY_HASH, report } from './sample.ts';

const database = ownDatabase({ max: 30 });

function request(said: Partial<KeyClaim> = {}): KeyClaim {
  return {
    person: 'ann',
    key: id(),
    methodAndPath: 'POST /v1/incidents/INC-2026-0001/lead',
    fingerprint: Buffer.from('body'),
    ...said,
  };
}

describe('an idempotency key', () => {
  test('is new once, pending until it is answered, and then answered alike for ever', async () => {
    const claim = request();
    expect(await claimKey(database.db, claim)).toEqual({ state: 'new' });
    expect(await claimKey(database.db, claim)).toEqual({ state: 'pending' });
    await answerKey(database.db, { ...claim, status: 200, body: { z: 1, a: 2 } });
    const again = await claimKey(database.db, claim);
    expect(JSON.stringify(again)).toBe('{"state":"answered","status":200,"body":{"z":1,"a":2}}');
  });

  test('is new for one of thirty equal requests at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const claim = request();
      const states = await Promise.all(Array.from({ length: 30 }, () => claimKey(database.db, claim)));
      expect(states.map(({ state }) => state).toSorted()).toEqual([
        'new',
        ...Array.from({ length: 29 }, () => 'pending'),
      ]);
    }
  });

  test.each<[string, Partial<KeyClaim>]>([
    ['body', { fingerprint: Buffer.from('another body') }],
    ['path', { methodAndPath: 'POST /v1/incidents/INC-2026-0002/lead' }],
  ])('of a request with another %s is reused, answered or not', async (_, other) => {
    const claim = request();
    await claimKey(database.db, claim);
    expect(await claimKey(database.db, { ...claim, ...other })).toEqual({ state: 'reused' });
    await answerKey(database.db, { ...claim, status: 200, body: null });
    expect(await claimKey(database.db, { ...claim, ...other })).toEqual({ state: 'reused' });
  });

  test('of one person is not that of another', async () => {
    const claim = request();
    await claimKey(database.db, claim);
    expect(await claimKey(database.db, { ...claim, person: 'bob' })).toEqual({ state: 'new' });
  });

  test('is free again after an unknown outcome, and not after an answer', async () => {
    const claim = request();
    await claimKey(database.db, claim);
    await releaseKey(database.db, claim);
    const otherBody = { ...claim, fingerprint: new Uint8Array(32).fill(9) };
    expect(await claimKey(database.db, otherBody)).toEqual({ state: 'reused' });
    expect(await claimKey(database.db, claim)).toEqual({ state: 'new' });
    await answerKey(database.db, { ...claim, status: 409, body: 'no' });
    await releaseKey(database.db, claim);
    expect(await claimKey(database.db, claim)).toEqual({ state: 'answered', status: 409, body: 'no' });
  });

  test('keeps its first answer', async () => {
    const claim = request();
    await claimKey(database.db, claim);
    await answerKey(database.db, { ...claim, status: 200, body: 'first' });
    await answerKey(database.db, { ...claim, status: 500, body: 'second' });
    expect(await claimKey(database.db, claim)).toMatchObject({ status: 200, body: 'first' });
  });
});

describe('a claim that a process left behind', () => {
  test.each([
    [9, 'pending'],
    [11, 'new'],
  ])('%d seconds ago is %s to an equal request', async (seconds, state) => {
    const claim = request();
    await claimKey(database.db, claim);
    await age(claim, seconds);
    expect(await claimKey(database.db, claim)).toEqual({ state });
  });

  test('is taken over by one of thirty equal requests at once', async () => {
    const claim = request();
    await claimKey(database.db, claim);
    await age(claim, 11);
    const states = await Promise.all(Array.from({ length: 30 }, () => claimKey(database.db, claim)));
    expect(states.filter(({ state }) => state === 'new')).toHaveLength(1);
  });

  test('is not taken over by another request', async () => {
    const claim = request();
    await claimKey(database.db, claim);
    await age(claim, 60);
    const other = { ...claim, fingerprint: Buffer.from('another body') };
    expect(await claimKey(database.db, other)).toEqual({ state: 'reused' });
  });

  test('after the report was stored together with its answer is answered, and nothing is stored again', async () => {
    await report(database.db);
    const claim = request({ methodAndPath: 'POST /v1/reports' });
    await claimKey(database.db, claim);
    const store = () =>
      storeReport(database.db, {
        channel: 'form',
        kind: 'incident',
        body: { summary: 'x', description: null },
        tlp: 'AMBER',
        receivedAt: MORNING,
        enteredBy: null,
        by: 'tocsin',
        leadWithinMs: MINUTE,
        replyWithinMs: HOUR,
        policy: { name: 'sample', hash: POLICY_HASH },
        initialState: (incidentId) => incident(incidentId),
        idempotency: { ...claim, answer: ({ reportId }) => ({ status: 202, body: reportId }) },
      });
    const stored = await store();
    await age(claim, 11);
    const answered = {
      state: 'answered',
      status: 202,
      body: stored.state === 'stored' ? stored.reportId : '',
    };
    expect(await claimKey(database.db, claim)).toEqual(answered);
    expect(await store()).toEqual(answered);
  });

  async function age({ person, key }: KeyClaim, seconds: number): Promise<void> {
    await sql`
      UPDATE idempotency SET claimed_at = claimed_at - make_interval(secs => ${seconds})
      WHERE person = ${person} AND key = ${key}`.execute(database.db);
  }
});

describe('an answer that is older than promised', () => {
  async function answered(days: number): Promise<KeyClaim> {
    const claim = request();
    await claimKey(database.db, claim);
    await answerKey(database.db, { ...claim, status: 200, body: null });
    await claimedDaysAgo(claim, days);
    return claim;
  }

  async function claimedDaysAgo({ person, key }: KeyClaim, days: number): Promise<void> {
    await sql`
      UPDATE idempotency SET claimed_at = clock_timestamp() - make_interval(days => ${days})
      WHERE person = ${person} AND key = ${key}`.execute(database.db);
  }

  const olderThanMs = 30 * 24 * HOUR;

  test('is forgotten, so many at once; a younger one and a claim without an answer stay', async () => {
    const old = [await answered(33), await answered(32), await answered(31)];
    const young = await answered(29);
    const unanswered = request();
    await claimKey(database.db, unanswered);
    await claimedDaysAgo(unanswered, 40);
    expect(await forgetAnswers(database.db, { olderThanMs, limit: 2 })).toBe(2);
    expect(await forgetAnswers(database.db, { olderThanMs, limit: 2 })).toBe(1);
    for (const claim of old) expect(await claimKey(database.db, claim)).toEqual({ state: 'new' });
    expect(await claimKey(database.db, young)).toMatchObject({ state: 'answered' });
    const otherBody = { ...unanswered, fingerprint: Buffer.from('another body') };
    expect(await claimKey(database.db, otherBody)).toEqual({ state: 'reused' });
  });
});
