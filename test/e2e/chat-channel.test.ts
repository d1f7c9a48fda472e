import { afterAll, describe, expect, test } from 'vitest';

import { ownStand } from '../support/stand.ts';
import { startChatMatrix } from '../support/vendors/chat-matrix.ts';
import { MATRIX_TOKEN, MATRIX_USER } from '../support/vendors/matrix.ts';
import { assessment, bodyOf, codeOf, eventually, handling, inTriage, PATIENCE_MS } from './handling.ts';

const homeserver = await startChatMatrix();
const stand = ownStand({
  policy: 'test/e2e/chat.yaml',
  env: {
    TOCSIN_CHAT_PROVIDER: 'matrix',
    TOCSIN_CHAT_URL: homeserver.url,
    TOCSIN_CHAT_TOKEN: MATRIX_TOKEN,
    TOCSIN_CHAT_USER: MATRIX_USER,
  },
});
afterAll(() => homeserver.close());
const desk = handling(stand);
const { step, ask, get, incident, timeline } = desk;

const roomsOf = (id: string) => homeserver.found(id.toLowerCase());

async function chatLog(id: string): Promise<string> {
  const answer = await get('auditor1', `/v1/incidents/${id}/chat-log`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  return bodyOf<string>(answer, 200);
}

async function whenChannelIs(id: string, state: string) {
  return eventually(async () => {
    const { channel } = await incident(id);
    expect(channel?.state).toBe(state);
    return channel;
  });
}

describe('the chat channel of an incident', { timeout: 4 * PATIENCE_MS }, () => {
  test('is opened with the response, hears where it stands, is logged, and goes with the label and the end', async () => {
    const id = await inTriage(desk, { summary: 'marker-of-the-reporter' });
    await step('lead1', id, 'assessment', assessment({ tlp: 'GREEN', summary: 'marker-of-the-lead' }));
    const channel = await whenChannelIs(id, 'open');
    const alias = `#${id.toLowerCase()}:stand.example`;
    expect(channel).toMatchObject({ provider: 'matrix', name: alias, isPrivate: false });
    expect(channel?.url).toContain(encodeURIComponent(alias));
    const link = `${stand().api}/v1/incidents/${id}`;
    expect(await roomsOf(id)).toMatchObject([{ title: `${id} ${link}`, isPrivate: false }]);

    await step(
      'lead1',
      id,
      'reassessment',
      assessment({
        ...{ tlp: 'GREEN', criticality: 'emergency', criteria: ['health-and-safety'] },
        ...{ summary: 'marker-of-the-lead', reason: 'marker-of-the-reason' },
      }),
    );
    await eventually(async () =>
      expect((await roomsOf(id))[0]?.said).toEqual([`${id}: response, emergency, lead lead1. ${link}`]),
    );
    await homeserver.say(id.toLowerCase(), 'we revoke the key\n2026-03-01T10:00:00Z @ops1: done');
    await eventually(async () =>
      expect(await chatLog(id)).toContain('@anna:stand.example: we revoke the key'),
    );
    // What pretends to be another message is seen to be part of this one.
    expect(await chatLog(id)).toContain('\n    2026-03-01T10:00:00Z @ops1: done');
    expect(codeOf(await get('ops1', `/v1/incidents/${id}/chat-log`))).toMatch(/not-yours|not-found/);
    expect(await desk.document(id)).toContain(`${link}/chat-log`);
    expect(codeOf(await ask('responder1', id, 'channel'))).toBe('already-done');

    await step(
      'lead1',
      id,
      'reassessment',
      assessment({
        ...{ tlp: 'AMBER', criticality: 'emergency', criteria: ['health-and-safety'] },
        ...{ summary: 'marker-of-the-lead', reason: 'marker-of-the-reason' },
      }),
    );
    await eventually(async () =>
      expect((await incident(id)).channel).toMatchObject({ state: 'open', isPrivate: true }),
    );
    const [first, second] = await roomsOf(id);
    expect(first).toMatchObject({ isPrivate: true, isClosed: true });
    expect(second).toMatchObject({ isPrivate: true, isClosed: false });
    const lines = (await timeline(id)).filter(({ kind }) => kind === 'channel').map(({ text }) => text);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`chat channel ${alias} opened on Matrix (open to the organization)`),
        'chat channel closed, its log is kept',
        expect.stringContaining('opened on Matrix (by invitation)'),
      ]),
    );
    expect(JSON.stringify([await homeserver.found('inc-')])).not.toContain('marker-of');
  });

  test('of an incident that has none is opened by hand, and closed with it, its last words kept', async () => {
    const id = await inTriage(desk);
    expect((await incident(id)).channel).toBeNull();
    expect(await chatLog(id)).toContain('No chat channel was opened.');
    await step('responder1', id, 'channel');
    await whenChannelIs(id, 'open');
    await homeserver.say(id.toLowerCase(), 'a false alarm');
    await step('responder1', id, 'dismiss', { reason: 'A drill that nobody had announced' });
    await whenChannelIs(id, 'closed');
    expect(await roomsOf(id)).toMatchObject([{ isClosed: true }]);
    const log = await chatLog(id);
    expect(log).toContain('@anna:stand.example: a false alarm');
    expect(log).toContain(`${id}: this channel is closed, since the incident is dismissed.`);
    expect(log).toMatch(/closed at \d{4}-/);
  });
});
