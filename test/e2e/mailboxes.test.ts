import { createHash, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { MessageView } from '../../src/api/schemas/messages.ts';
import { ownStand } from '../support/stand.ts';
import { type Dovecot, startDovecot } from '../support/vendors/dovecot.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';

let server: Dovecot;
const env: Record<string, string> = {};
beforeAll(async () => {
  server = await startDovecot();
  env['TOCSIN_IMAP_CONTACT'] = server.url('contact');
  env['TOCSIN_IMAP_OPEN_LIST'] = server.url('list');
});
afterAll(() => server.close());
const stand = ownStand({ env });
const { get, incident } = handling(stand);

interface Said {
  readonly from?: string;
  readonly messageId?: string;
  readonly headers?: readonly string[];
}

function letter({ from = 'anna@north.example.edu', messageId, headers = [] }: Said = {}): Buffer {
  return Buffer.from(
    [
      ...headers,
      `Return-Path: <${from}>`,
      `From: Anna Berg <${from}>`,
      'To: security@stand.example',
      'Subject: Somebody signs with our key',
      `Message-ID: ${messageId ?? `<${randomUUID()}@north.example.edu>`}`,
      'Date: Tue, 21 Jun 2016 20:39:33 +0000',
      '',
      'Seen at 20:39 UTC.',
      '',
    ].join('\r\n'),
  );
}

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What became of it, once it is filed. */
async function filed(bytes: Buffer): Promise<MessageView> {
  let view: MessageView | undefined;
  await eventually(async () => {
    const answer = await get('responder1', `/v1/messages/${sha256Of(bytes)}`);
    expect(answer.status).toBe(200);
    view = bodyOf<MessageView>(answer, 200);
    expect(view.verdict).not.toBeNull();
  });
  return view as MessageView;
}

describe('a mail in a watched mailbox', () => {
  test('opens an incident, is answered, and stays unread where it lies', async () => {
    const bytes = letter({ from: 'rita@west.example.edu' });
    const at = new Date(Date.now() - 3 * 60 * 60_000);
    await server.append('contact', bytes, at);
    const view = await filed(bytes);
    expect(view).toMatchObject({ verdict: 'report', mailbox: 'contact', seen: 1 });
    const opened = await incident(view.incidentId ?? '');
    // The clock of the server that got it; its sender's says 2016.
    expect(Math.abs(Date.parse(opened.receivedAt) - at.getTime())).toBeLessThan(1000);
    const mail = await stand().waitForMail(({ to }) => to.includes('rita@west.example.edu'), PATIENCE_MS);
    expect(mail.subject).toContain(`[${view.incidentId}]`);
    for (const flags of await server.flags('contact')) expect(flags).not.toContain('\\Seen');
  });

  test('and in another one is one report that was seen twice', async () => {
    const bytes = letter();
    await server.append('contact', bytes);
    const { incidentId } = await filed(bytes);
    await server.append('list', bytes);
    await eventually(async () => expect(await filed(bytes)).toMatchObject({ seen: 2, incidentId }));
  });

  test('is taken once, though the worker is killed in the middle of a heap and the server goes away', async () => {
    const messageId = `<${randomUUID()}@north.example.edu>`;
    const copies = Array.from({ length: 40 }, (_, n) =>
      letter({
        messageId,
        headers: [`Received: from relay${n}.example by mx.example; Tue, 21 Jun 2016 20:40:00 +0000`],
      }),
    );
    await server.stop();
    await server.start();
    for (const copy of copies.slice(0, 30)) await server.append('list', copy);
    await filed(copies[0] as Buffer);
    await stand().kill('worker');
    for (const copy of copies.slice(30)) await server.append('list', copy);
    await stand().untilRestarted('worker');
    const views = [];
    for (const copy of copies) views.push(await filed(copy));
    expect(views.filter(({ verdict }) => verdict === 'report')).toHaveLength(1);
    expect(views.filter(({ verdict }) => verdict === 'duplicate')).toHaveLength(39);
    expect(views.every(({ seen }) => seen === 1)).toBe(true);
    expect(new Set(views.map(({ incidentId }) => incidentId)).size).toBe(1);
  });
});
