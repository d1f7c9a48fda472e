import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';

import type { ContactView } from '../../src/api/schemas/contacts.ts';
import { ownStand } from '../support/stand.ts';
import { MATRIX_TOKEN, MATRIX_USER, startMatrix } from '../support/vendors/matrix.ts';
import { startNgircd } from '../support/vendors/ngircd.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';

const HS_TOKEN = 'of-the-homeserver';
const homeserver = await startMatrix();
const irc = await startNgircd();
const anna = await irc.join('anna');
const mallory = await irc.join('mallory');
const stand = ownStand({
  policy: 'test/e2e/every-way.yaml',
  env: {
    TOCSIN_IRC_URL: `irc://tocsin:${irc.password}@127.0.0.1:${irc.port}`,
    TOCSIN_MATRIX_URL: homeserver.url,
    TOCSIN_MATRIX_USER: MATRIX_USER,
    TOCSIN_MATRIX_TOKEN: MATRIX_TOKEN,
    TOCSIN_MATRIX_HS_TOKEN: HS_TOKEN,
  },
});
afterAll(async () => {
  await homeserver.close();
  await irc.close();
});
const { phone, post, page, acknowledge } = handling(stand);

/** Gives the code back that arrived, and then the contact counts. */
async function verified(as: string, kind: string, address: string, arrived: () => Promise<string>) {
  const path = '/v1/people/me/contacts';
  const contact = bodyOf<ContactView>(await post(as, path, { kind, address }), 200);
  const code = await eventually(async () => codeIn(await arrived()));
  bodyOf(await post(as, `${path}/${contact.id}/verify`, { code }), 200);
}

function codeIn(text: string): string {
  const code = /\b(\d{6})\b/.exec(text)?.[1];
  if (code === undefined) throw new Error('no code yet');
  return code;
}

async function ringing(): Promise<string> {
  const { incidentId } = await phone('lead1', { summary: 'A key was stolen' });
  return `${incidentId}-P1`;
}

describe('who answers in chat', { timeout: 3 * PATIENCE_MS }, () => {
  test('on IRC is told who has the page, and a stranger nothing', async () => {
    const messages = () => anna.lines.filter((line) => line.includes(' PRIVMSG anna :'));
    const notices = () => anna.lines.flatMap((line) => / NOTICE anna :(.*)$/.exec(line)?.[1] ?? []);
    const told = (count: number) =>
      eventually(async () => {
        expect(notices()).toHaveLength(count);
        return notices().at(-1);
      });
    await verified('responder1', 'irc', 'anna', async () => messages().join('\n'));

    const paged = async () => {
      const pageId = await ringing();
      const line = await eventually(async () => {
        const found = messages().find((one) => one.includes(pageId.replace(/-P1$/, '')));
        return found ?? Promise.reject(new Error('not paged yet'));
      });
      return { pageId, code: codeIn(line) };
    };
    const first = await paged();
    mallory.say(`PRIVMSG tocsin :ack ${first.code}`);
    anna.say('PRIVMSG tocsin :ack 000000');
    expect(await told(1)).toBe('No page of yours has this code.');
    expect((await page(first.pageId)).state).toBe('ringing');
    anna.say(`PRIVMSG tocsin :ack ${first.code}`);
    expect(await told(2)).toBe(`${first.pageId} is yours.`);
    expect(await page(first.pageId)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'responder1' });

    const second = await paged();
    await acknowledge('lead1', second.pageId);
    anna.say(`PRIVMSG tocsin :ack ${second.code}`);
    expect(await told(3)).toBe(`lead1 has ${second.pageId}.`);
    expect(mallory.lines).toEqual([]);
  });

  test('on Matrix is told in the room, once for each event', async () => {
    const person = '@ben:stand.example';
    const words = async () => (await homeserver.arrivals()).map((arrival) => arrival.words);
    await verified('responder2', 'matrix', person, async () => (await words()).join('\n'));
    const [roomId = ''] = homeserver.rooms.keys();
    const tell = async (events: readonly object[], txnId: string = randomUUID()) => {
      const answer = await fetch(`${stand().api}/_matrix/app/v1/transactions/${txnId}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${HS_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
      });
      expect(answer.status).toBe(200);
    };
    const said = (id: string, body: string) => ({
      ...{ type: 'm.room.message', sender: person, room_id: roomId, event_id: id },
      content: { msgtype: 'm.text', body },
    });

    const incidentId = (await ringing()).replace(/-P1$/, '');
    bodyOf(await post('lead1', `/v1/incidents/${incidentId}/pages`, { to: 'responder2' }), 200);
    const pageId = `${incidentId}-P2`;
    const code = await eventually(async () =>
      codeIn((await words()).find((one) => one.includes(pageId)) ?? ''),
    );

    const declining = said('$no', `no ${code}`);
    await tell([said('$wrong', 'ack 000000'), declining], 'once');
    await tell([said('$wrong', 'ack 000000'), declining], 'once');
    await tell([declining]);
    await tell([said('$yes', `ack ${code}`), said('$chat', 'Thank you')]);
    await eventually(async () => expect(homeserver.notices).toHaveLength(4));
    // Each on its own way: they may arrive in another order.
    const texts = new Map(homeserver.notices.map(({ to, text }) => [to, text]));
    expect(texts.get('$wrong')).toBe('No page of yours has this code.');
    expect(texts.get('$no')).toBe(`${pageId}: noted, the next is called.`);
    expect(texts.get('$yes')).toBe(`${pageId} is yours.`);
    expect(texts.get('$chat')).toMatch(/^Not understood\./);
    expect(new Set(homeserver.notices.map(({ room }) => room))).toEqual(new Set([roomId]));
    expect(await page(pageId)).toMatchObject({ acknowledgedBy: 'responder2', declinedBy: ['responder2'] });

    // Who restarts has forgotten what was said; the homeserver has not.
    await stand().kill('server');
    await stand().untilRestarted('server');
    await stand().untilReady();
    await tell([declining]);
    await tell([said('$again', `ack ${code}`)]);
    await eventually(async () => expect(homeserver.notices.at(-1)?.to).toBe('$again'));
    expect(homeserver.notices).toHaveLength(5);
    expect(homeserver.problems()).toEqual([]);
  });
});
