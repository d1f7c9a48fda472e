import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';

import { listenToInbox, unfiled, unfiledOf, writeFact } from '../../../src/persistence/inbox.ts';
import { dropTexts, readTexts } from '../../../src/persistence/texts.ts';
import { ownDatabase } from './own-database.ts';
import { event, id, MORNING, recordAll, report } from './sample.ts';

const database = ownDatabase({ max: 20 });

async function incidentWithoutFacts(): Promise<string> {
  const { incidentId } = await report(database.db);
  const [fact] = await unfiledOf(database.db, incidentId);
  await recordAll(database.db, incidentId, [
    event(
      1,
      { type: 'lead-named', lead: 'ann', from: null, textId: null },
      { commandId: fact?.factId ?? null },
    ),
  ]);
  return incidentId;
}

function acknowledged(incidentId: string, pageId: string, factId = id()) {
  return { factId, incidentId, by: 'ann', at: MORNING, fact: { type: 'page-acknowledged', pageId } } as const;
}

describe('a fact that is told', () => {
  test('is there with its words, which nobody can drop', async () => {
    const incidentId = await incidentWithoutFacts();
    const [factId, textId] = [id(), id()];
    const fact = { type: 'contact-attempt', textId } as const;
    const told = { factId, incidentId, by: 'ann', at: MORNING, fact };
    expect(await writeFact(database.db, { ...told, texts: [{ id: textId, body: { party: 'x' } }] })).toBe(
      true,
    );
    expect(await unfiledOf(database.db, incidentId)).toEqual([{ factId, by: 'ann', at: MORNING, fact }]);
    await dropTexts(database.db, [textId]);
    expect(await readTexts(database.db, [textId])).toEqual(new Map([[textId, { party: 'x' }]]));
  });

  test('twice, or by twenty at once, is one fact', async () => {
    const incidentId = await incidentWithoutFacts();
    const told = acknowledged(incidentId, 'p');
    const answers = await Promise.all(Array.from({ length: 20 }, () => writeFact(database.db, told)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await unfiledOf(database.db, incidentId)).toHaveLength(1);
  });

  test('to an incident that is not there is refused', async () => {
    await expect(writeFact(database.db, acknowledged('INC-1999-0001', 'p'))).rejects.toThrow(
      'inbox_incident_id_fkey',
    );
  });

  test('wakes who listens, with the incident it is for', async () => {
    const incidentId = await incidentWithoutFacts();
    const woken = new EventTarget();
    const stop = listenToInbox(database.pool, (heard) => {
      if (heard === incidentId) woken.dispatchEvent(new Event('fact'));
    });
    await listening();
    const heard = once(woken, 'fact', { signal: AbortSignal.timeout(5000) });
    await writeFact(database.db, acknowledged(incidentId, 'p'));
    await heard;
    stop();
  });

  test('wakes nobody who has stopped listening', async () => {
    const incidentId = await incidentWithoutFacts();
    let calls = 0;
    listenToInbox(database.pool, () => (calls += 1))();
    await writeFact(database.db, acknowledged(incidentId, 'p'));
    await sleep(200);
    expect(calls).toBe(0);
  });

  test('is heard again after the listening connection was lost', async () => {
    const incidentId = await incidentWithoutFacts();
    const woken = new EventTarget();
    const stop = listenToInbox(database.pool, () => woken.dispatchEvent(new Event('fact')));
    await listening();
    await sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'`.execute(database.db);
    await sleep(100);
    await listening();
    const heard = once(woken, 'fact', { signal: AbortSignal.timeout(5000) });
    await writeFact(database.db, acknowledged(incidentId, 'p'));
    await heard;
    stop();
  });
});

describe('unfiled facts', () => {
  test('of one incident come in the order they were told', async () => {
    const incidentId = await incidentWithoutFacts();
    const pages = ['c', 'a', 'b', 'a2'];
    for (const page of pages) await writeFact(database.db, acknowledged(incidentId, page));
    const facts = await unfiledOf(database.db, incidentId);
    expect(facts.map(({ fact }) => 'pageId' in fact && fact.pageId)).toEqual(pages);
    const ofAll = await unfiled(database.db, { limit: 1000 });
    expect(ofAll.filter((one) => one.incidentId === incidentId).map(({ fact }) => fact)).toEqual(facts);
  });

  test('of an incident that is stuck do not starve another one', async () => {
    const [stuck, other] = [await incidentWithoutFacts(), await incidentWithoutFacts()];
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => writeFact(database.db, acknowledged(stuck, `${index}`))),
    );
    const waiting = (await unfiled(database.db, { limit: 1000 })).length;
    await writeFact(database.db, acknowledged(other, 'urgent'));
    const first = await unfiled(database.db, { limit: waiting - 40 });
    expect(first.map(({ incidentId }) => incidentId)).toContain(other);
  });

  test('that begin an incident come by turns of their reporters, and what is phoned in before mail', async () => {
    const from = (email: string) => ({ summary: 'x', description: null, reporter: { email } });
    const told: Record<string, string> = {};
    const tell = async (name: string, said: Parameters<typeof report>[1]) => {
      told[(await report(database.db, said)).incidentId] = name;
    };
    for (const n of [1, 2, 3, 4]) {
      const body = from(n % 2 === 0 ? 'flood@junk.example' : 'Flood@Junk.example');
      await tell(`flood ${n}`, { channel: 'mail', body });
    }
    await tell('anna', { channel: 'mail', body: from('anna@north.example.edu') });
    await tell('phone', { channel: 'phone', body: { summary: 'x', description: null } });
    const order = async (except: readonly string[] = []) =>
      (await unfiled(database.db, { limit: 1000, except })).flatMap(
        ({ incidentId }) => told[incidentId] ?? [],
      );
    expect(await order()).toEqual(['phone', 'flood 1', 'anna', 'flood 2', 'flood 3', 'flood 4']);
    // What was told and is under way has had its turn.
    const [first = ''] = Object.keys(told);
    const except = (await unfiledOf(database.db, first)).map(({ factId }) => factId);
    expect(await order(except)).toEqual(['phone', 'anna', 'flood 2', 'flood 3', 'flood 4']);
  });

  test('that are young can be left to those who are at it', async () => {
    const incidentId = await incidentWithoutFacts();
    await writeFact(database.db, acknowledged(incidentId, 'young'));
    const old = await unfiled(database.db, { limit: 1000, olderThanMs: 60_000 });
    expect(old.map((one) => one.incidentId)).not.toContain(incidentId);
  });
});

/** Until the listening connection of this database listens. */
async function listening(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'`.execute(
      database.db,
    );
    if (rows.length > 0) return;
    await sleep(50);
  }
  throw new Error('nobody listens');
}
