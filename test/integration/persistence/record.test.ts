import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { IncidentEvent } from '../../../src/domain/events.ts';
import { BEFORE_THE_FIRST, hashEvent } from '../../../src/persistence/event-hash.ts';
import { readEvents } from '../../../src/persistence/events.ts';
import { unfiledOf, writeFact } from '../../../src/persistence/inbox.ts';
import { record, readState, RecordConflict } from '../../../src/persistence/record.ts';
import { dropTexts, readTexts, storeTexts } from '../../../src/persistence/texts.ts';
import { verifyChain } from '../../../src/persistence/verify.ts';
import { ownDatabase } from './own-database.ts';
import {
  event,
  handOvers,
  id,
  incident,
  MINUTE,
  MORNING,
  named,
  recordAll,
  recorded,
  report,
} from './sample.ts';

const database = ownDatabase({ max: 20 });

describe('recorded events', () => {
  test('are read as they were given, and the incident as it stands after them', async () => {
    const { incidentId } = await report(database.db);
    const events = [
      event(
        1,
        { type: 'lead-named', lead: 'ann', from: null, textId: null },
        { commandId: null, at: MORNING - 7 },
      ),
      event(2, { type: 'closed', textId: id() }),
    ];
    const state = incident(incidentId, {
      version: 2,
      stage: 'closed',
      lead: 'ann',
      endedAt: MORNING + MINUTE,
    });
    expect(await record(database.db, { incidentId, events, state })).toMatchObject({ version: 2 });
    expect(await readEvents(database.db, incidentId)).toEqual(events);
    expect(await readState(database.db, incidentId)).toEqual({ state, version: 2 });
  });

  test('are there once when the same call is made again', async () => {
    const { incidentId } = await report(database.db);
    const call = { incidentId, events: handOvers(1, 3), state: incident(incidentId, { version: 3 }) };
    for (const _ of [1, 2, 3]) expect(await record(database.db, call)).toMatchObject({ version: 3 });
    expect(await readEvents(database.db, incidentId)).toEqual(call.events);
  });

  test('are there once when the same call is made twenty times at once', async () => {
    const { incidentId } = await report(database.db);
    const call = { incidentId, events: handOvers(1, 5), state: incident(incidentId, { version: 5 }) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => record(database.db, call)));
    expect(new Set(answers.map(({ version }) => version))).toEqual(new Set([5]));
    expect(await readEvents(database.db, incidentId)).toEqual(call.events);
    expect(await verifyChain(database.db, incidentId)).toMatchObject({ events: 5, firstBad: null });
  });

  test('are completed by a call that overlaps with what is there', async () => {
    const incidentId = await recorded(database.db, 3);
    await recordAll(database.db, incidentId, handOvers(2, 5));
    expect(await readEvents(database.db, incidentId)).toEqual(handOvers(1, 5));
    expect(await verifyChain(database.db, incidentId)).toMatchObject({ events: 5, firstBad: null });
  });

  test('are left alone, and the incident with them, by a late call that the record is ahead of', async () => {
    const incidentId = await recorded(database.db, 5);
    const late = {
      incidentId,
      events: handOvers(2, 3),
      state: incident(incidentId, { version: 3, lead: 'late' }),
    };
    expect(await record(database.db, late)).toMatchObject({ version: 5 });
    expect(await readState(database.db, incidentId)).toMatchObject({
      version: 5,
      state: { version: 5, lead: null },
    });
  });

  test.each<[string, Partial<IncidentEvent>]>([
    ['body', { body: { type: 'lead-named', lead: 'eve', from: null, textId: null } }],
    ['author', { by: 'eve' }],
    ['command', { commandId: 'eve:1' }],
    ['instant', { at: MORNING }],
    ['instant of recording', { recordedAt: MORNING }],
  ])('refuse another %s under the same number, and nothing of that call is recorded', async (_, said) => {
    const incidentId = await recorded(database.db, 3);
    const call = {
      incidentId,
      events: [named(2), { ...named(3), ...said }, named(4)],
      state: incident(incidentId, { version: 4 }),
    };
    const refusal = { code: 'record-conflict', reason: 'different', seq: 3, incidentId };
    await expect(record(database.db, call)).rejects.toMatchObject(refusal);
    expect(await readEvents(database.db, incidentId)).toEqual(handOvers(1, 3));
  });

  test('of two different calls for the same numbers at once, one is recorded and the other refused', async () => {
    for (let round = 0; round < 25; round += 1) {
      const { incidentId } = await report(database.db);
      const calls = ['ann', 'bob', 'eve'].map((lead) => [named(1, lead), named(2, lead)]);
      const answers = await Promise.allSettled(
        calls.map((events) => recordAll(database.db, incidentId, events)),
      );
      const won = answers.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      expect(won).toHaveLength(1);
      expect(await readEvents(database.db, incidentId)).toEqual(calls[won[0] ?? 0]);
      for (const answer of answers) {
        if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(RecordConflict);
      }
    }
  });

  test('keep one chain under any overlap of many calls at once', async () => {
    const { incidentId } = await report(database.db);
    const prefixes = Array.from({ length: 30 }, (_, index) => handOvers(1, index + 1));
    await Promise.all(
      prefixes
        .toSorted(() => Math.random() - 0.5)
        .map((events) => recordAll(database.db, incidentId, events)),
    );
    expect(await readEvents(database.db, incidentId)).toEqual(handOvers(1, 30));
    expect(await verifyChain(database.db, incidentId)).toMatchObject({ events: 30, firstBad: null });
    expect(await readState(database.db, incidentId)).toMatchObject({ version: 30, state: { version: 30 } });
  });

  test('refuse to leave a gap', async () => {
    const incidentId = await recorded(database.db, 3);
    const refusal = { code: 'record-conflict', reason: 'gap', seq: 5 };
    await expect(recordAll(database.db, incidentId, [named(5)])).rejects.toMatchObject(refusal);
  });

  test('refuse an incident that is not there', async () => {
    const refusal = { code: 'record-conflict', reason: 'no-incident' };
    await expect(recordAll(database.db, 'INC-2026-9999', [named(1)])).rejects.toMatchObject(refusal);
  });

  test('numbered with a gap inside one call are our own mistake', async () => {
    const { incidentId } = await report(database.db);
    await expect(recordAll(database.db, incidentId, [named(1), named(3)])).rejects.toMatchObject({
      code: 'ERR_ASSERTION',
    });
  });

  test('are linked by a hash whose form is fixed: to change it would orphan every record there is', () => {
    const hashed = { incidentId: 'INC-2026-0001', event: named(1), textDigests: { b: '02', a: '01' } };
    const content =
      '{"at":1770109260000,"body":{"from":null,"lead":"lead1","textId":null,"type":"lead-named"},"by":"lead1",' +
      '"commandId":"lead1:1","incidentId":"INC-2026-0001","recordedAt":1770109260005,"seq":1,' +
      '"textDigests":{"a":"01","b":"02"}}';
    const previousHash = Buffer.alloc(32, 7);
    const expected = createHash('sha256').update(
      Buffer.concat([Buffer.of(0), previousHash, Buffer.from(content)]),
    );
    expect(hashEvent({ ...hashed, previousHash })).toEqual(expected.digest());
    const first = 'a319033cc5f62a2a8e84df5a1c15d05ede38e40ba6bd298530f05d3bf47b9124';
    expect(hashEvent({ ...hashed, previousHash: BEFORE_THE_FIRST }).toString('hex')).toBe(first);
  });
});

describe('the texts of recorded events', () => {
  test('stay, and are dropped before that', async () => {
    const { incidentId } = await report(database.db);
    const [named, other] = [id(), id()];
    await storeTexts(database.db, incidentId, [
      { id: named, body: { text: 'why' } },
      { id: other, body: { text: 'refused' } },
    ]);
    await recordAll(database.db, incidentId, [event(1, { type: 'dismissed', textId: named })]);
    await dropTexts(database.db, [named, other]);
    expect(await readTexts(database.db, [named, other])).toEqual(new Map([[named, { text: 'why' }]]));
  });

  test('that are missing are told, and stop nobody', async () => {
    const { incidentId } = await report(database.db);
    const gone = id();
    const state = incident(incidentId, { version: 1 });
    const call = { incidentId, events: [event(1, { type: 'dismissed', textId: gone })], state };
    expect(await record(database.db, call)).toEqual({ version: 1, missingTextIds: [gone] });
  });

  test('stored again under the same id stay as they were', async () => {
    const { incidentId } = await report(database.db);
    const text = id();
    await storeTexts(database.db, incidentId, [{ id: text, body: 'first' }]);
    await storeTexts(database.db, incidentId, [{ id: text, body: 'second' }]);
    expect(await readTexts(database.db, [text])).toEqual(new Map([[text, 'first']]));
  });

  test('are kept by the record even when they are dropped in the same moment, or told as missing', async () => {
    for (let round = 0; round < 50; round += 1) {
      const { incidentId } = await report(database.db);
      const text = id();
      await storeTexts(database.db, incidentId, [{ id: text, body: 'x' }]);
      const events = [event(1, { type: 'dismissed', textId: text })];
      const [{ missingTextIds }] = await Promise.all([
        record(database.db, { incidentId, events, state: incident(incidentId, { version: 1 }) }),
        dropTexts(database.db, [text]),
      ]);
      expect((await readTexts(database.db, [text])).has(text)).toBe(missingTextIds.length === 0);
      expect(await verifyChain(database.db, incidentId)).toMatchObject({ firstBad: null });
    }
  });
});

describe('a fact', () => {
  const note = (textId: string) =>
    ({ type: 'note', kind: 'note', textId, tlp: 'AMBER', corrects: null }) as const;

  test('is filed under the first event that answers it', async () => {
    const { incidentId } = await report(database.db);
    const [factId, textId] = [id(), id()];
    const fact = note(textId);
    await writeFact(database.db, {
      factId,
      incidentId,
      by: 'ann',
      at: MORNING,
      fact,
      texts: [{ id: textId, body: 'x' }],
    });
    const answer = { type: 'noted', kind: 'note', textId, tlp: 'AMBER', corrects: null } as const;
    await recordAll(database.db, incidentId, [
      event(1, answer, { commandId: factId }),
      event(2, { type: 'contact-attempted', textId }, { commandId: factId }),
    ]);
    expect((await unfiledOf(database.db, incidentId)).map((unfiled) => unfiled.factId)).not.toContain(factId);
    const row = await database.db
      .selectFrom('inbox')
      .select('filed_seq')
      .where('id', '=', factId)
      .executeTakeFirst();
    expect(row).toEqual({ filed_seq: 1 });
  });

  test('that makes no event is filed all the same', async () => {
    const incidentId = await recorded(database.db, 2);
    const factId = id();
    await writeFact(database.db, {
      factId,
      incidentId,
      by: 'ann',
      at: MORNING,
      fact: { type: 'page-acknowledged', pageId: 'p' },
    });
    const state = incident(incidentId, { version: 2 });
    await record(database.db, { incidentId, events: [], state, silentFactIds: [factId] });
    expect((await unfiledOf(database.db, incidentId)).map((unfiled) => unfiled.factId)).not.toContain(factId);
  });

  test('of another incident is not filed by this one', async () => {
    const [{ incidentId }, other] = [await report(database.db), await report(database.db)];
    const factId = id();
    const fact = { type: 'page-acknowledged', pageId: 'p' } as const;
    await writeFact(database.db, { factId, incidentId: other.incidentId, by: 'ann', at: MORNING, fact });
    await recordAll(database.db, incidentId, [event(1, { ...named(1).body }, { commandId: factId })]);
    expect((await unfiledOf(database.db, other.incidentId)).map((unfiled) => unfiled.factId)).toContain(
      factId,
    );
  });
});
