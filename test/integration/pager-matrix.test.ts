import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replyInBackground } from '../../src/wiring/matrix-replies.ts';
import { clearedPage } from '../support/paging.ts';
import { type MatrixVendor, startMatrix } from '../support/vendors/matrix.ts';

const ANNA = '@anna:stand.example';

let homeserver: MatrixVendor;
beforeEach(async () => {
  homeserver = await startMatrix();
});
afterEach(async () => {
  await homeserver.close();
  assert.deepEqual(homeserver.problems(), []);
});

describe('a person on Matrix', () => {
  it('is told everything in one room', async () => {
    await page('1');
    await page('2');
    expect(homeserver.rooms.size).toBe(1);
    expect(homeserver.direct.get(ANNA)).toEqual([...homeserver.rooms.keys()]);
  });

  it('gets one room also when several messages come at once', async () => {
    const answers = await Promise.all(['1', '2', '3'].map(page));
    expect(answers.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(homeserver.rooms.size).toBe(1);
  });

  it('is found in the room of before, the last of several', async () => {
    homeserver.rooms.set('!old:stand.example', { person: ANNA, membership: 'join' });
    homeserver.direct.set(ANNA, ['!older:stand.example', '!old:stand.example']);
    await page('1');
    expect(homeserver.rooms.size).toBe(1);
  });

  it.each(['leave', 'ban', 'knock'])(
    'who is there no more (%s) is invited to a new room',
    async (membership) => {
      homeserver.rooms.set('!old:stand.example', { person: ANNA, membership });
      homeserver.direct.set(ANNA, ['!old:stand.example']);
      await page('1');
      expect(homeserver.rooms.size).toBe(2);
      expect(homeserver.direct.get(ANNA)).toEqual(['!old:stand.example', '!room2:stand.example']);
    },
  );

  it('is invited to a new room when we are not in the old one', async () => {
    homeserver.direct.set(ANNA, ['!gone:stand.example']);
    expect(await page('1')).toMatchObject({ outcome: 'accepted' });
    expect(homeserver.rooms.size).toBe(1);
  });

  it('does not cost another person their room', async () => {
    homeserver.direct.set('@ben:stand.example', ['!ben:stand.example']);
    await page('1');
    expect(homeserver.direct.get('@ben:stand.example')).toEqual(['!ben:stand.example']);
  });

  it('is told how to answer there', async () => {
    const short = 'INC-2026-0007 PAGE URGENT: nobody leads it. Reply 123456 to take it';
    await homeserver.pager.send(clearedPage({ to: ANNA, id: '1', short }));
    expect((await homeserver.arrivals())[0]?.words).toContain(short);
  });

  it('gets the same event for the same id', async () => {
    expect(await page('1')).toEqual(await page('1'));
  });

  it('is told what became of what they said, once and as a notice', async () => {
    await page('1');
    const [roomId = ''] = homeserver.rooms.keys();
    const reply = { roomId, eventId: '$said/1', text: 'INC-2026-0007-P1 is yours.' };
    expect(await homeserver.reply(reply)).toMatchObject({ outcome: 'accepted' });
    expect(await homeserver.reply(reply)).toMatchObject({ outcome: 'accepted' });
    expect(homeserver.notices).toEqual([{ room: roomId, text: reply.text, to: '$said/1' }]);
  });

  it('is told it later where the homeserver is busy, and nobody waits for that', async () => {
    await page('1');
    const [roomId = ''] = homeserver.rooms.keys();
    const errors: unknown[] = [];
    const say = replyInBackground(homeserver.reply, {
      waitsMs: [50, 50],
      onError: (error) => errors.push(error),
    });
    await homeserver.script('fail', 'drop');
    say({ roomId, eventId: '$said2', text: 'lead1 has INC-2026-0007-P1.' });
    await vi.waitFor(() => expect(homeserver.notices.map(({ to }) => to)).toEqual(['$said2']));
    expect(errors).toEqual([]);
    await homeserver.script('refuse');
    say({ roomId, eventId: '$said3', text: 'lead1 has INC-2026-0007-P1.' });
    await vi.waitFor(() => expect(String(errors[0])).toContain('M_FORBIDDEN'));
    expect(homeserver.notices).toHaveLength(1);
  });

  function page(id: string) {
    return homeserver.pager.send(clearedPage({ to: ANNA, id }));
  }
});
