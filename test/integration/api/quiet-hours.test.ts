import { describe, expect, test } from 'vitest';
import { whoIsQuiet } from '../../../src/paging/quiet-people.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

const PATH = '/v1/people/me/quiet-hours';
const NIGHT = { from: '22:00', until: '07:30', timeZone: 'America/Detroit' };

const quietHoursOf = async (username: string, as = username) =>
  (await office.get(`/v1/people/${username}/quiet-hours`, as)).json().quietHours;

describe('quiet hours', () => {
  test('are said, said anew and taken back by whose they are', async () => {
    expect(await quietHoursOf('responder1')).toBeNull();
    const said = await office.post(PATH, NIGHT, { as: 'responder1' });
    expect(said.statusCode, said.body).toBe(200);
    expect(said.json()).toEqual({ quietHours: { ...NIGHT, quietUntil: null } });
    office.now = Date.UTC(2026, 1, 4, 4);
    const night = '2026-02-04T12:30:00.000Z';
    expect(await quietHoursOf('responder1')).toEqual({ ...NIGHT, quietUntil: night });
    expect(await whoIsQuiet(office.db, office.now)).toEqual([
      { person: 'responder1', until: Date.parse(night) },
    ]);
    await office.post(PATH, { ...NIGHT, timeZone: 'Europe/Vienna' }, { as: 'responder1' });
    expect(await quietHoursOf('responder1')).toMatchObject({ quietUntil: '2026-02-04T06:30:00.000Z' });
    const removed = await office.post(`${PATH}/remove`, {}, { as: 'responder1' });
    expect(removed.json()).toEqual({ quietHours: null });
    expect(await whoIsQuiet(office.db, office.now)).toEqual([]);
  });

  test.each([
    [{ ...NIGHT, from: '24:00' }, '/from', 'a time such as 22:00, up to 23:59'],
    [{ ...NIGHT, until: '7:00' }, '/until', 'a time such as 22:00'],
    [{ ...NIGHT, until: '22:00' }, '/until', 'another time than `from`'],
    [{ ...NIGHT, timeZone: 'Mars/Olympus' }, '/timeZone', 'a time zone such as America/Detroit'],
    [{ from: '22:00', until: '07:00' }, '/timeZone', 'a time zone such as America/Detroit'],
  ])('%o are refused and say what was expected', async (body, pointer, expected) => {
    const answer = await office.post(PATH, body, { as: 'responder2' });
    expect(answer.statusCode).toBe(422);
    expect(problemOf(answer).errors).toEqual([
      expect.objectContaining({ pointer, detail: expect.stringContaining(expected) }),
    ]);
    expect(await quietHoursOf('responder2')).toBeNull();
  });

  test('are changed by nobody else, whatever their role', async () => {
    await office.post(PATH, NIGHT, { as: 'legal1' });
    for (const as of ['sponsor1', 'admin1', 'responder1', 'auditor1']) {
      const path = '/v1/people/legal1/quiet-hours';
      const answers = [
        await office.post(path, { ...NIGHT, from: '00:00' }, { as }),
        await office.post(`${path}/remove`, {}, { as }),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403]);
      expect(await quietHoursOf('legal1', as)).toMatchObject(NIGHT);
    }
    expect((await office.get('/v1/people/legal1/quiet-hours', 'owner1')).statusCode).toBe(403);
  });
});
