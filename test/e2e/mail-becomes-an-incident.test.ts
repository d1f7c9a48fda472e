import { createHash, randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';

import { describe, expect, test } from 'vitest';

import type { MessageView } from '../../src/api/schemas/messages.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';

const stand = ownStand();
const { report, step, get, incident, timeline } = handling(stand);

const CONTACT = 'security@stand.example';

interface Said {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly messageId?: string;
  readonly headers?: readonly string[];
  readonly text?: string;
}

/** The bytes of a mail, as its sender's program would write them. */
function letter({
  from = 'anna@north.example.edu',
  to = CONTACT,
  subject = 'Somebody signs with our key',
  messageId = `<${randomUUID()}@north.example.edu>`,
  headers = [],
  text = 'Seen at 20:39 UTC.',
}: Said = {}): Buffer {
  return Buffer.from(
    [
      `From: Anna Berg <${from}>`,
      `To: ${to}`,
      `Subject: ${subject}`,
      `Message-ID: ${messageId}`,
      'Date: Tue, 21 Jun 2016 20:39:33 +0000',
      ...headers,
      '',
      text,
      '',
    ].join('\r\n'),
  );
}

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Hands a mail over as a mail server does, byte for byte. @returns the answer to its last dot. */
async function handOver(
  bytes: Buffer,
  { from = 'anna@north.example.edu', to = CONTACT } = {},
): Promise<string> {
  const { hostname, port } = new URL(stand().smtpIntake);
  const socket = createConnection({ host: hostname, port: Number(port) });
  socket.setEncoding('utf8');
  const answers = socket[Symbol.asyncIterator]() as AsyncIterator<string>;
  const said = async (line: string | null, expected: RegExp): Promise<string> => {
    if (line !== null) socket.write(`${line}\r\n`);
    const { value } = await answers.next();
    expect(value).toMatch(expected);
    return value as string;
  };
  await said(null, /^220/);
  await said('HELO mail.north.example.edu', /^250/);
  await said(`MAIL FROM:<${from}>`, /^250/);
  await said(`RCPT TO:<${to}>`, /^250/);
  await said('DATA', /^354/);
  // Its last line break belongs to the end of DATA.
  const body = bytes.toString('latin1').replace(/\r\n$/, '').replaceAll(/^\./gm, '..');
  socket.write(body, 'latin1');
  const answer = await said('\r\n.', /^\d{3}/);
  socket.end('QUIT\r\n');
  return answer;
}

async function message(bytes: Buffer): Promise<MessageView> {
  return bodyOf<MessageView>(await get('responder1', `/v1/messages/${sha256Of(bytes)}`), 200);
}

/** What became of it, once it is filed. */
async function filed(bytes: Buffer): Promise<MessageView> {
  let view: MessageView | undefined;
  await eventually(async () => {
    view = await message(bytes);
    expect(view.verdict).not.toBeNull();
  });
  return view as MessageView;
}

async function sent(said: Said = {}): Promise<{ readonly bytes: Buffer; readonly view: MessageView }> {
  const bytes = letter(said);
  const { from, to } = said;
  const envelope = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  expect(await handOver(bytes, envelope)).toMatch(/^250/);
  return { bytes, view: await filed(bytes) };
}

const mailsTo = async (address: string) => (await stand().mails()).filter(({ to }) => to.includes(address));
const incidents = async () =>
  bodyOf<{ items: unknown[] }>(await get('auditor1', '/v1/incidents?limit=200'), 200).items.length;

describe('a mail to the contact address', () => {
  test('is kept byte for byte, opens an incident, and is answered at once below itself', async () => {
    const messageId = '<first@north.example.edu>';
    const { bytes, view } = await sent({ messageId, subject: 'TLP:GREEN Somebody signs with our key' });
    expect(view).toMatchObject({
      verdict: 'report',
      mailbox: 'contact',
      seen: 1,
      messageId,
      size: bytes.length,
      automaticAnswer: { to: 'anna@north.example.edu' },
      unparsedReason: null,
    });
    const raw = await fetch(`${stand().api}/v1/messages/${view.sha256}/raw`, {
      headers: { authorization: `Bearer ${stand().token('responder1')}` },
    });
    expect(Buffer.from(await raw.arrayBuffer()).equals(bytes)).toBe(true);
    expect(raw.headers.get('content-type')).toBe('message/rfc822');
    expect(raw.headers.get('content-disposition')).toContain('attachment');

    const opened = await incident(view.incidentId ?? '');
    expect(opened).toMatchObject({ tlp: 'GREEN', summary: 'TLP:GREEN Somebody signs with our key' });
    expect(opened.reports).toMatchObject([{ id: view.reportId, reply: 'owed' }]);
    const mail = await stand().waitForMail(({ to }) => to.includes('anna@north.example.edu'), PATIENCE_MS);
    expect(mail.subject).toContain(`[${view.incidentId}]`);
    // The null return path: no bounce comes back, and no machine answers. Source: RFC 3834.
    expect(mail.from).toBe('');
    expect(mail.headers).toMatchObject({ 'auto-submitted': 'auto-replied', 'in-reply-to': messageId });
    // The clock starts when we had it, whatever its sender's clock says.
    expect(Date.now() - Date.parse(opened.receivedAt)).toBeLessThan(600_000);
  });

  test('is for the people of the CSIRT and the auditor alone to read', async () => {
    const { view } = await sent({ from: 'eve@north.example.edu' });
    expect((await get('auditor1', `/v1/messages/${view.sha256}`)).status).toBe(200);
    for (const other of ['legal1', 'ops1', 'admin1', 'owner1']) {
      expect((await get(other, `/v1/messages/${view.sha256}`)).status).toBe(403);
      expect((await get(other, `/v1/messages/${view.sha256}/raw`)).status).toBe(403);
    }
    expect((await get('responder1', `/v1/messages/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await get('responder1', '/v1/messages/nonsense')).status).toBe(404);
  });

  test('that comes again, in parallel and by other ways, is one report that was seen so often', async () => {
    const before = await incidents();
    const messageId = '<again@north.example.edu>';
    const copies = Array.from({ length: 30 }, (_, n) =>
      letter({
        from: 'copies@north.example.edu',
        messageId,
        headers: [`Received: from relay${n % 10}.example by mx.example; Tue, 21 Jun 2016 20:40:00 +0000`],
      }),
    );
    const from = 'copies@north.example.edu';
    for (const answer of await Promise.all(copies.map((copy) => handOver(copy, { from }))))
      expect(answer).toMatch(/^250/);
    const views = await Promise.all(copies.slice(0, 10).map((copy) => filed(copy)));
    expect(views.filter(({ verdict }) => verdict === 'report')).toHaveLength(1);
    expect(views.filter(({ verdict }) => verdict === 'duplicate')).toHaveLength(9);
    expect(views.reduce((sum, { seen }) => sum + seen, 0)).toBe(30);
    expect(new Set(views.map(({ incidentId }) => incidentId)).size).toBe(1);
    expect(await incidents()).toBe(before + 1);
    await stand().waitForMail(({ to }) => to.includes('copies@north.example.edu'), PATIENCE_MS);
    expect(await mailsTo('copies@north.example.edu')).toHaveLength(1);
  });

  test('of a Message-ID that was seen over other words is a report of its own, with the first one named', async () => {
    const messageId = '<same@north.example.edu>';
    const first = await sent({ messageId, text: 'The first words.' });
    const second = await sent({ messageId, text: 'Other words.' });
    expect(second.view).toMatchObject({ verdict: 'report', first: first.view.sha256 });
    expect(second.view.incidentId).not.toBe(first.view.incidentId);
  });
});

describe('a reply', () => {
  test('of the reporter to our mail is their answer; a stranger’s is a note that gives them nothing', async () => {
    const accepted = await report({ summary: 'A', reporter: { email: 'rita@west.example.edu' } });
    const { incidentId } = accepted;
    const ours = await stand().waitForMail(({ to }) => to.includes('rita@west.example.edu'), PATIENCE_MS);
    const answer = await sent({
      from: 'rita@west.example.edu',
      subject: `Re: ${ours.subject}`,
      headers: [`In-Reply-To: ${ours.messageId}`],
      text: 'It began at noon.',
    });
    expect(answer.view).toMatchObject({ verdict: 'reply', incidentId });
    const stranger = await sent({
      from: 'mallory@elsewhere.example',
      subject: `[${incidentId}] Please close this`,
      text: 'I am the lead now.',
    });
    expect(stranger.view).toMatchObject({ verdict: 'reply', incidentId });
    await eventually(async () => {
      const lines = (await timeline(incidentId)).map(({ text }) => text).join('\n');
      expect(lines).toContain('It began at noon.');
      expect(lines).toContain('Mail from mallory@elsewhere.example (not verified)');
    });
    const after = await incident(incidentId);
    expect(after).toMatchObject({ stage: 'received', lead: null });
    expect(after.reports).toHaveLength(1);
    expect(await mailsTo('mallory@elsewhere.example')).toEqual([]);
  });

  test('to an incident that has ended opens another one, which says what it follows', async () => {
    const { incidentId } = await report({ summary: 'B' });
    await step('responder1', incidentId, 'dismiss', { reason: 'A test.' });
    const { view } = await sent({ subject: `[${incidentId}] It goes on` });
    expect(view.verdict).toBe('report');
    expect(view.incidentId).not.toBe(incidentId);
  });
});

describe('machines', () => {
  test('are not answered, and what only answers us opens nothing', async () => {
    const before = await incidents();
    const absent = await sent({
      from: 'absent@north.example.edu',
      subject: 'Out of office',
      headers: ['Auto-Submitted: auto-replied'],
    });
    expect(absent.view).toMatchObject({ verdict: 'automatic', incidentId: null });
    expect(await incidents()).toBe(before);
    const sensor = await sent({
      from: 'sensor@north.example.edu',
      subject: 'Beaconing seen',
      headers: ['Auto-Submitted: auto-generated'],
    });
    expect(sensor.view).toMatchObject({ verdict: 'report', automaticAnswer: { no: 'automatic' } });
    const list = await sent({
      from: 'member@north.example.edu',
      headers: ['List-Id: <all.north.example.edu>'],
    });
    expect(list.view).toMatchObject({ verdict: 'report', automaticAnswer: { no: 'list' } });
    await eventually(async () => {
      const lines = await timeline(sensor.view.incidentId ?? '');
      expect(lines.map(({ text }) => text).join('\n')).toContain('automatic reply to the reporter');
    });
    for (const name of ['absent', 'sensor', 'member']) {
      expect(await mailsTo(`${name}@north.example.edu`)).toEqual([]);
    }
  });

  test('an address gets five automatic answers a day, and every report of it is taken in', async () => {
    const from = 'loop@south.example.edu';
    const views = await Promise.all(
      Array.from({ length: 8 }, (_, n) => sent({ from, subject: `Report ${n}` })),
    );
    expect(views.every(({ view }) => view.verdict === 'report')).toBe(true);
    await eventually(async () => {
      const said = await Promise.all(views.map(async ({ view }) => timeline(view.incidentId ?? '')));
      const settled = said.filter((lines) => lines.some(({ text }) => text.includes('automatic reply')));
      expect(settled).toHaveLength(8);
    });
    expect(await mailsTo(from)).toHaveLength(5);
  });

  test('a reply of ours that comes back is owed again, and by mail only if that is meant', async () => {
    const { incidentId } = await report({ summary: 'C', reporter: { email: 'gone@west.example.edu' } });
    await step('responder1', incidentId, 'reply', { text: 'Thank you.' });
    const reply = await stand().waitForMail(
      ({ to, subject }) => to.includes('gone@west.example.edu') && subject.includes('Reply'),
      PATIENCE_MS,
    );
    const { view } = await sent({
      from: '',
      subject: 'Undelivered Mail Returned to Sender',
      headers: [
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      ],
      text: [
        '--b',
        'Content-Type: text/plain',
        '',
        'Your message could not be delivered.',
        '--b',
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mx.west.example.edu',
        '',
        'Final-Recipient: rfc822; gone@west.example.edu',
        'Action: failed',
        'Status: 5.1.1',
        '--b',
        'Content-Type: text/rfc822-headers',
        '',
        `Message-ID: ${reply.messageId}`,
        '--b--',
      ].join('\r\n'),
    });
    expect(view).toMatchObject({
      verdict: 'bounce',
      incidentId,
      recipients: [{ address: 'gone@west.example.edu', state: 'failed' }],
    });
    await eventually(async () => {
      const lines = (await timeline(incidentId)).map(({ text }) => text).join('\n');
      expect(lines).toContain('The reply to the reporter did not arrive');
    });
    await eventually(async () => {
      expect((await incident(incidentId)).reports).toMatchObject([
        { reply: 'owed', repliedAt: null, returned: { code: '5.1.1' }, addressBounced: { code: '5.1.1' } },
      ]);
    });
    const { waitingFor, clocks } = await incident(incidentId);
    expect(waitingFor).toContainEqual(expect.objectContaining({ what: 'reply', state: 'returned' }));
    expect(clocks.find(({ name }) => name === 'reply')).toMatchObject({ state: 'running', stoppedAt: null });
    await stand().waitForMail(
      ({ to, subject }) =>
        to.includes('responder1@stand.example') && subject.includes(`[${incidentId}] A reply came back`),
      PATIENCE_MS,
    );
    const again = { text: 'Thank you, once more.' };
    const refused = await stand().request('POST', `/v1/incidents/${incidentId}/reply`, {
      as: 'responder1',
      body: again,
    });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/despiteBounce' }] } });
    await step('responder1', incidentId, 'reply', { ...again, despiteBounce: true });
    await eventually(async () => {
      const [answered] = (await incident(incidentId)).reports;
      expect(answered).toMatchObject({ reply: 'sent' });
      expect(answered).not.toHaveProperty('returned');
    });
  });
});

describe('each mailbox is a channel of its own', () => {
  test('an open list owes no reply and gets no answer; a closed one owes none for what is FYI', async () => {
    const open = await sent({ to: 'security-list@stand.example' });
    expect(open.view).toMatchObject({
      mailbox: 'open-list',
      automaticAnswer: { no: 'the-mailbox-answers-nobody' },
    });
    const opened = await incident(open.view.incidentId ?? '');
    expect(opened.reports).toMatchObject([{ reply: 'unnecessary' }]);
    expect(opened.clocks.find(({ name }) => name === 'reply')).toMatchObject({ state: 'excused' });
    const asks = await sent({ to: 'csirt-list@stand.example', subject: 'Can somebody look?' });
    expect((await incident(asks.view.incidentId ?? '')).reports).toMatchObject([{ reply: 'owed' }]);
    const fyi = await sent({ to: 'csirt-list@stand.example', subject: 'FYI: scans from 192.0.2.7' });
    expect((await incident(fyi.view.incidentId ?? '')).reports).toMatchObject([{ reply: 'unnecessary' }]);
  });

  test('the on-call address pages at once', async () => {
    const { view } = await sent({ to: 'oncall@stand.example' });
    await eventually(async () => {
      expect((await incident(view.incidentId ?? '')).pages).toHaveLength(1);
    });
    const page = await stand().waitForMail(
      ({ subject, to }) =>
        subject.includes(view.incidentId ?? '-') && to.includes('responder1@stand.example'),
      PATIENCE_MS,
    );
    // Its reply address takes the page, as the button does.
    const replyTo = page.headers['reply-to'] ?? '';
    const bytes = letter({ from: 'responder1@stand.example', to: replyTo, subject: 'Re: page', text: 'ack' });
    await handOver(bytes, { from: 'responder1@stand.example', to: replyTo });
    expect(await filed(bytes)).toMatchObject({ verdict: 'reply', incidentId: view.incidentId });
    const { pages } = await incident(view.incidentId ?? '');
    const answer = await get('responder1', `/v1/pages/${pages[0]}`);
    expect(answer.body).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'responder1' });
  });
});

test('what no machine can read is a report all the same, and says where a person can read it', async () => {
  const parts = Array.from({ length: 600 }, () => '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n').join('');
  const { view } = await sent({
    subject: 'Six hundred parts',
    headers: ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b"'],
    text: `${parts}--b--`,
  });
  expect(view).toMatchObject({ verdict: 'unparsed', unparsedReason: 'malformed' });
  expect(await incident(view.incidentId ?? '')).toMatchObject({ summary: 'Six hundred parts' });
});
