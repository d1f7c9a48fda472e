import { sql, type RawBuilder } from 'kysely';
import { describe, expect, test } from 'vitest';

import { hashEvent } from '../../../src/persistence/event-hash.ts';
import { eventOf } from '../../../src/persistence/events.ts';
import { type ChainReport, verifyAll, verifyChain } from '../../../src/persistence/verify.ts';
import { storeTexts } from '../../../src/persistence/texts.ts';
import { ownDatabase } from './own-database.ts';
import { event, id, recordAll, recorded, report } from './sample.ts';

const database = ownDatabase();

/** As the owner of the database can: without triggers and foreign keys. */
async function tamper(...statements: readonly RawBuilder<unknown>[]): Promise<void> {
  await database.db.transaction().execute(async (transaction) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(transaction);
    for (const statement of statements) await statement.execute(transaction);
  });
}

async function firstBad(incidentId: string): Promise<ChainReport['firstBad'] | undefined> {
  return (await verifyChain(database.db, incidentId))?.firstBad;
}

/** As somebody can who has read how hashes are made. */
async function rewrite(incidentId: string, seq: number): Promise<void> {
  const rows = await database.db
    .selectFrom('events')
    .selectAll()
    .where('incident_id', '=', incidentId)
    .execute();
  const row = rows.find((candidate) => candidate.seq === seq);
  if (row === undefined) throw new Error('no such event');
  const event = { ...eventOf(row), by: 'eve' };
  const hash = hashEvent({ incidentId, event, textDigests: {}, previousHash: row.previous_hash });
  await tamper(
    sql`UPDATE events SET by = 'eve', hash = ${hash} WHERE incident_id = ${incidentId} AND seq = ${seq}`,
  );
}

describe('a chain', () => {
  test('that nobody touched holds, and tells its head', async () => {
    const incidentId = await recorded(database.db, 6);
    const head = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await verifyChain(database.db, incidentId)).toEqual({
      incidentId,
      events: 6,
      head,
      firstBad: null,
    });
  });

  test('without events holds, and has no head', async () => {
    const { incidentId } = await report(database.db);
    expect(await verifyChain(database.db, incidentId)).toEqual({
      incidentId,
      events: 0,
      head: null,
      firstBad: null,
    });
  });

  test('of an incident that never was is none', async () => {
    expect(await verifyChain(database.db, 'INC-1999-0001')).toBeNull();
  });

  test.each([
    ['body', sql`body = jsonb_set(body, '{lead}', '"eve"')`],
    ['author', sql`by = 'eve'`],
    ['instant', sql`at = at + interval '1 millisecond'`],
    ['instant of recording', sql`recorded_at = recorded_at - interval '1 millisecond'`],
    ['command', sql`command_id = NULL`],
    ['digests', sql`text_digests = '{"a": "00"}'`],
    ['hash', sql`hash = set_byte(hash, 31, get_byte(hash, 31) # 1)`],
    ['link', sql`previous_hash = set_byte(previous_hash, 0, get_byte(previous_hash, 0) # 128)`],
  ])('tells which event had its %s changed', async (_, change) => {
    const incidentId = await recorded(database.db, 6);
    await tamper(sql`UPDATE events SET ${change} WHERE incident_id = ${incidentId} AND seq = 4`);
    expect(await firstBad(incidentId)).toEqual({ seq: 4, why: 'altered' });
  });

  test('tells which event was taken away', async () => {
    const incidentId = await recorded(database.db, 6);
    await tamper(sql`DELETE FROM events WHERE incident_id = ${incidentId} AND seq = 3`);
    expect(await firstBad(incidentId)).toEqual({ seq: 3, why: 'missing' });
  });

  test('tells where a gap was closed by numbering anew', async () => {
    const incidentId = await recorded(database.db, 6);
    await tamper(
      sql`DELETE FROM events WHERE incident_id = ${incidentId} AND seq = 3`,
      sql`UPDATE events SET seq = seq - 1 WHERE incident_id = ${incidentId} AND seq = 4`,
      sql`UPDATE events SET seq = seq - 1 WHERE incident_id = ${incidentId} AND seq = 5`,
      sql`UPDATE events SET seq = seq - 1 WHERE incident_id = ${incidentId} AND seq = 6`,
    );
    expect(await firstBad(incidentId)).toEqual({ seq: 3, why: 'altered' });
  });

  test('tells where two events were exchanged', async () => {
    const incidentId = await recorded(database.db, 6);
    await tamper(
      sql`UPDATE events SET seq = 99 WHERE incident_id = ${incidentId} AND seq = 2`,
      sql`UPDATE events SET seq = 2 WHERE incident_id = ${incidentId} AND seq = 3`,
      sql`UPDATE events SET seq = 3 WHERE incident_id = ${incidentId} AND seq = 99`,
    );
    expect(await firstBad(incidentId)).toEqual({ seq: 2, why: 'altered' });
  });

  test('tells where an event of another incident was put in its place', async () => {
    const [incidentId, other] = [await recorded(database.db, 3), await recorded(database.db, 3)];
    await tamper(
      sql`DELETE FROM events WHERE incident_id = ${incidentId} AND seq = 2`,
      sql`UPDATE events SET incident_id = ${incidentId} WHERE incident_id = ${other} AND seq = 2`,
    );
    expect(await firstBad(incidentId)).toEqual({ seq: 2, why: 'altered' });
  });

  test('whose event was written anew, hash included, is seen by the next one, which follows another', async () => {
    const incidentId = await recorded(database.db, 6);
    await rewrite(incidentId, 3);
    expect(await firstBad(incidentId)).toEqual({ seq: 4, why: 'unlinked' });
  });

  test('whose last event was written anew, hash included, holds: only a head noted elsewhere tells', async () => {
    const incidentId = await recorded(database.db, 6);
    const before = await verifyChain(database.db, incidentId);
    await rewrite(incidentId, 6);
    const after = await verifyChain(database.db, incidentId);
    expect(after).toEqual({ ...before, head: expect.not.stringMatching(before?.head ?? '') });
  });

  test.each([1, 3, 6])(
    'whose last %d events were taken away is seen by what the incident says it had',
    async (taken) => {
      const incidentId = await recorded(database.db, 6);
      await tamper(sql`DELETE FROM events WHERE incident_id = ${incidentId} AND seq > ${6 - taken}`);
      expect(await firstBad(incidentId)).toEqual({ seq: 7 - taken, why: 'missing' });
    },
  );

  test('whose incident was set back is seen by its further events', async () => {
    const incidentId = await recorded(database.db, 6);
    await tamper(sql`
      UPDATE incidents SET version = 4, state = jsonb_set(state, '{version}', '4') WHERE id = ${incidentId}`);
    expect(await firstBad(incidentId)).toEqual({ seq: 5, why: 'beyond-state' });
  });

  test('whose incident contradicts itself or is gone is no whole record', async () => {
    const [set, gone] = [await recorded(database.db, 2), await recorded(database.db, 2)];
    await tamper(
      sql`UPDATE incidents SET version = 7 WHERE id = ${set}`,
      sql`DELETE FROM incidents WHERE id = ${gone}`,
    );
    expect(await firstBad(set)).toEqual({ seq: 2, why: 'state-altered' });
    expect(await firstBad(gone)).toEqual({ seq: 2, why: 'state-altered' });
  });
});

describe('the words of a chain', () => {
  async function withWords(): Promise<{ readonly incidentId: string; readonly textId: string }> {
    const { incidentId } = await report(database.db);
    const textId = id();
    await storeTexts(database.db, incidentId, [{ id: textId, body: { text: 'we do this because' } }]);
    await recordAll(database.db, incidentId, [
      event(1, { type: 'lead-named', lead: 'ann', from: null, textId: null }),
      event(2, { type: 'dismissed', textId }),
      event(3, { type: 'lead-named', lead: 'bob', from: null, textId: null }),
    ]);
    return { incidentId, textId };
  }

  test('may be destroyed, and the chain still holds', async () => {
    const { incidentId, textId } = await withWords();
    await tamper(sql`DELETE FROM texts WHERE id = ${textId}`);
    expect(await firstBad(incidentId)).toBeNull();
  });

  test.each([
    ['changed', sql`body = jsonb_set(body, '{text}', '"we did nothing"')`],
    ['salted anew', sql`salt = decode(md5('x'), 'hex')`],
    [
      'changed together with their digest',
      sql`body = '{"text": ""}', digest = sha256(salt || '{"text":""}'::bytea)`,
    ],
  ])('tell when they were %s', async (_, change) => {
    const { incidentId, textId } = await withWords();
    await tamper(sql`UPDATE texts SET ${change} WHERE id = ${textId}`);
    expect(await firstBad(incidentId)).toEqual({ seq: 2, why: 'text-altered' });
  });
});

test('all chains are verified, those without an incident too', async () => {
  const [sound, bad, orphan] = [
    await recorded(database.db, 2),
    await recorded(database.db, 2),
    await recorded(database.db, 2),
  ];
  await tamper(
    sql`UPDATE events SET by = 'eve' WHERE incident_id = ${bad} AND seq = 2`,
    sql`DELETE FROM incidents WHERE id = ${orphan}`,
  );
  const reports = new Map<string, ChainReport>();
  for await (const chain of verifyAll(database.db)) reports.set(chain.incidentId, chain);
  expect(reports.get(sound)?.firstBad).toBeNull();
  expect(reports.get(bad)?.firstBad).toEqual({ seq: 2, why: 'altered' });
  expect(reports.get(orphan)?.firstBad).toEqual({ seq: 2, why: 'state-altered' });
});
