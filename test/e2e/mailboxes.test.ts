import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { MessageView } from '../../src/api/schemas/messages.ts';
import type { Certificate } from '../../src/mail/pgp/certificates.ts';
import { encryptedEntity } from '../../src/mail/pgp/writing.ts';
import { ownStand } from '../support/stand.ts';
import { type Dovecot, startDovecot } from '../support/vendors/dovecot.ts';
import { AT, type PgpPerson, pgpPerson } from '../unit/mail/pgp-people.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';

let server: Dovecot;
let anna: PgpPerson;
let ours: PgpPerson;
const env: Record<string, string> = {};
const keys = mkdtempSync(join(tmpdir(), 'tocsin-keys-'));
beforeAll(async () => {
  server = await startDovecot();
  [anna, ours] = await Promise.all([
    pgpPerson('anna@north.example.edu'),
    pgpPerson('security@stand.example', { passphrase: 'open sesame' }),
  ]);
  writeFileSync(join(keys, 'contact.asc'), ours.armoredPrivate);
  env['TOCSIN_PGP_KEY_CONTACT'] = join(keys, 'contact.asc');
  env['TOCSIN_PGP_PASSPHRASE_CONTACT'] = 'open sesame';
  env['TOCSIN_IMAP_CONTACT'] = server.url('contact');
  env['TOCSIN_IMAP_OPEN_LIST'] = server.url('list');
});
afterAll(async () => {
  await server.close();
  rmSync(keys, { recursive: true });
});
const stand = ownStand({ env });
const { get, step, incident } = handling(stand);

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

describe('a mail in PGP', () => {
  async function encrypted(certificate: Certificate): Promise<Buffer> {
    const said = { text: 'The key is out.', subject: 'A key is out', signer: anna.own, at: AT };
    const { contentType, body } = await encryptedEntity(said, [certificate]);
    const head = [
      'Return-Path: <anna@north.example.edu>',
      'From: Anna Berg <anna@north.example.edu>',
      'To: security@stand.example',
      'Subject: ...',
      `Message-ID: <${randomUUID()}@north.example.edu>`,
      'MIME-Version: 1.0',
      `Content-Type: ${contentType}`,
    ];
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  }

  test('to the mailbox is a report in its own words, of whom we know', async () => {
    const given = { address: 'anna@north.example.edu', armored: anna.armoredPublic };
    const answer = await stand().request('POST', '/v1/certificates', { as: 'responder1', body: given });
    expect(answer.status).toBe(200);
    const bytes = await encrypted(ours.certificate);
    await server.append('contact', bytes);
    const view = await filed(bytes);
    expect(view).toMatchObject({
      verdict: 'report',
      protection: { form: 'mime-encrypted', isEncrypted: true, signature: 'valid' },
    });
    expect(await incident(view.incidentId ?? '')).toMatchObject({
      summary: 'A key is out',
      reports: [{ content: { aside: { protection: { isEncrypted: true, signature: 'valid' } } } }],
    });
    // As it came: what was decrypted is not what is kept of the message.
    expect(view.size).toBe(bytes.length);
  });

  test('to somebody else is a report that says so, and waits until a person has read it', async () => {
    const bytes = await encrypted(anna.certificate);
    await server.append('contact', bytes);
    const { verdict, unparsedReason, incidentId, reportId } = await filed(bytes);
    expect([verdict, unparsedReason]).toEqual(['unparsed', 'pgp-no-key']);
    const id = incidentId ?? '';
    const waits = async () =>
      (await incident(id)).waitingFor.filter(({ what }: { what: string }) => what === 'read-report');
    // Its process has begun: before that the report alone says so.
    await eventually(async () => expect((await incident(id)).version).toBeGreaterThan(0));
    expect(await waits()).toMatchObject([{ reportId }]);
    await eventually(async () => {
      const duties = bodyOf<{ items: object[] }>(await get('responder1', '/v1/duties'), 200);
      expect(duties.items).toContainEqual(expect.objectContaining({ what: 'read-report', reportId }));
    });
    await step('responder1', id, 'timeline', {
      kind: 'note',
      text: 'It says that a key is out.',
      tlp: 'AMBER',
    });
    await eventually(async () => expect(await waits()).toEqual([]));
  });
});
