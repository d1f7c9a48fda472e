import { sql } from 'kysely';
import { expect, test } from 'vitest';

import { writeFact } from '../../../src/persistence/inbox.ts';
import { dropOrphanedTexts, readTexts, storeTexts } from '../../../src/persistence/texts.ts';
import { ownDatabase } from './own-database.ts';
import { event, HOUR, id, MORNING, recordAll, recorded, report } from './sample.ts';

const database = ownDatabase();
const DAY = 24 * HOUR;

/** Words that were stored so many hours ago, and neither kept nor dropped. */
async function wordsOf(incidentId: string, hoursAgo: number): Promise<string> {
  const textId = id();
  await storeTexts(database.db, incidentId, [{ id: textId, body: 'said' }]);
  await sql`
    UPDATE texts SET created_at = clock_timestamp() - make_interval(hours => ${hoursAgo})
    WHERE id = ${textId}`.execute(database.db);
  return textId;
}

const drop = (limit = 100) => dropOrphanedTexts(database.db, { olderThanMs: DAY, limit });
const isThere = async (textId: string) => (await readTexts(database.db, [textId])).has(textId);

test('words that no step took are dropped after their time, so many at once', async () => {
  const incidentId = await recorded(database.db, 1);
  const old = [await wordsOf(incidentId, 27), await wordsOf(incidentId, 26), await wordsOf(incidentId, 25)];
  const young = await wordsOf(incidentId, 23);
  expect(await drop(2)).toBe(2);
  expect(await drop(2)).toBe(1);
  expect(await drop(2)).toBe(0);
  for (const textId of old) expect(await isThere(textId)).toBe(false);
  expect(await isThere(young)).toBe(true);
});

test('words that an event or a fact names stay, though nothing marks them as kept', async () => {
  const { incidentId } = await report(database.db);
  const [recordedText, toldText] = [await wordsOf(incidentId, 48), await wordsOf(incidentId, 48)];
  await recordAll(database.db, incidentId, [
    event(1, { type: 'lead-named', lead: 'ann', from: null, textId: recordedText }),
  ]);
  await sql`UPDATE texts SET kept = false WHERE id = ${recordedText}`.execute(database.db);
  const fact = { type: 'contact-attempt', textId: toldText } as const;
  await writeFact(database.db, { factId: id(), incidentId, by: 'ann', at: MORNING, fact });
  expect(await drop()).toBe(0);
  expect(await isThere(recordedText)).toBe(true);
  expect(await isThere(toldText)).toBe(true);
});

test('words stay while their incident has recorded nothing since: their step may have been taken', async () => {
  const incidentId = await recorded(database.db, 1);
  const textId = await wordsOf(incidentId, 48);
  const recordedHoursAgo = (hours: number) =>
    sql`UPDATE incidents SET updated_at = clock_timestamp() - make_interval(hours => ${hours})
      WHERE id = ${incidentId}`.execute(database.db);
  await recordedHoursAgo(50);
  expect(await drop()).toBe(0);
  await recordedHoursAgo(46);
  expect(await drop()).toBe(1);
  expect(await isThere(textId)).toBe(false);
});
