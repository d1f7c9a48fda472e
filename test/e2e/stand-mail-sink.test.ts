import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MailSink, startMailSink } from '../../dev/mail-sink.ts';

const PAGE = {
  from: 'Tocsin <tocsin@stand.example>',
  to: 'responder1@stand.example',
  subject: 'INC-2026-0001 has no lead',
  messageId: '<INC-2026-0001:page:1@stand.example>',
  text: 'Acknowledge: http://127.0.0.1:8080/pages/1.\n',
  headers: { 'X-Tocsin-Purpose': 'page' },
};

let dir: string;
let sink: MailSink;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-mails-'));
  sink = await startMailSink({ dir });
});
afterEach(async () => {
  await sink.stop();
  rmSync(dir, { recursive: true, force: true });
});

const send = (mail: object = PAGE) => createTransport(sink.smtpUrl).sendMail(mail);
const get = async (path: string) => (await fetch(`${sink.pageUrl}${path}`)).text();

describe('the mail of the stand', () => {
  it('is shown with its recipients of the envelope, its text and its headers', async () => {
    await send({ ...PAGE, bcc: 'lead1@stand.example' });

    const [mail] = JSON.parse(await get('/api/mails')) as unknown[];
    expect(mail).toMatchObject({
      from: 'tocsin@stand.example',
      to: ['responder1@stand.example', 'lead1@stand.example'],
      subject: 'INC-2026-0001 has no lead',
      messageId: '<INC-2026-0001:page:1@stand.example>',
      text: 'Acknowledge: http://127.0.0.1:8080/pages/1.\n',
      headers: { 'x-tocsin-purpose': 'page' },
    });
  });

  it('is there again after a restart, one .eml file each', async () => {
    await send();
    const before = sink.mails();
    await sink.stop();
    sink = await startMailSink({ dir });

    expect(sink.mails()).toEqual(before);
    expect(readdirSync(dir)).toEqual([`${before[0]?.id}.eml`]);
  });

  it('is waited for, whether it has come already or is still to come', async () => {
    const coming = sink.waitFor(({ subject }) => subject.includes('no lead'), 5000);
    await send();

    expect((await coming).to).toEqual(['responder1@stand.example']);
    expect(await sink.waitFor(() => true, 10)).toEqual(await coming);
    await expect(sink.waitFor(({ subject }) => subject === 'other', 10)).rejects.toThrow('no such mail');
  });

  it('is deleted when a program asks for it', async () => {
    await send();
    await fetch(`${sink.pageUrl}/api/mails`, { method: 'DELETE' });

    expect(sink.mails()).toEqual([]);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('the mail page', () => {
  it('lists the newest mail first', async () => {
    await send({ ...PAGE, subject: 'the first' });
    await send({ ...PAGE, subject: 'the second' });
    const page = await get('/');

    expect(page.indexOf('the second')).toBeLessThan(page.indexOf('the first'));
    expect(page).toContain('2 mails');
  });

  it('shows what a stranger wrote as text, never as markup', async () => {
    await send({
      ...PAGE,
      subject: '<img src=x onerror=alert(1)>',
      text: '<script>alert(2)</script>',
      headers: {},
    });
    const [mail] = sink.mails();
    const pages = [await get('/'), await get(`/mails/${mail?.id}`)];

    for (const page of pages) {
      expect(page).not.toMatch(/<img|<script/);
      expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    }
  });

  it('lets an address in a text be followed', async () => {
    await send();

    expect(await get(`/mails/${sink.mails()[0]?.id}`)).toContain(
      '<a href="http://127.0.0.1:8080/pages/1" rel="noreferrer">http://127.0.0.1:8080/pages/1</a>.',
    );
  });

  it('is refused under a name that is not of this machine', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(`${sink.pageUrl}/api/mails`, { headers: { host: 'mail.evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      ).end();
    });

    expect(status).toBe(403);
  });
});

describe('a mail server that fails', () => {
  it.each([421, 451, 550] as const)('refuses a recipient with %i as often as asked', async (code) => {
    sink.fail({ kind: 'answer', code }, { recipient: 'Responder1@stand.example', times: 1 });

    await expect(send()).rejects.toMatchObject({ responseCode: code });
    await expect(send({ ...PAGE, to: 'lead1@stand.example' })).resolves.toBeDefined();
    await expect(send()).resolves.toBeDefined();
  });

  it('refuses a message after it was sent', async () => {
    sink.fail({ kind: 'answer', code: 554, text: 'no', at: 'data' });

    await expect(send()).rejects.toMatchObject({ responseCode: 554 });
    expect(sink.mails()).toEqual([]);
  });

  it('cuts the connection before its answer, with or without keeping the mail', async () => {
    sink.fail({ kind: 'drop' }, { times: 1 });
    await expect(send()).rejects.toMatchObject({ code: expect.stringMatching(/^E/) as unknown });
    expect(sink.mails()).toHaveLength(1);

    sink.fail({ kind: 'drop', keepsMail: false }, { times: 1 });
    await expect(send()).rejects.toMatchObject({ code: expect.stringMatching(/^E/) as unknown });
    expect(sink.mails()).toHaveLength(1);
  });

  it('answers late', async () => {
    sink.fail({ kind: 'delay', ms: 300 });
    const startedAtMs = performance.now();
    await send();

    expect(performance.now() - startedAtMs).toBeGreaterThan(295);
  });

  it('takes no connections until it is healed', async () => {
    sink.fail({ kind: 'refuse-connections' });
    await expect(send()).rejects.toMatchObject({ code: expect.stringMatching(/^E/) as unknown });
    sink.heal();

    await expect(send()).resolves.toBeDefined();
  });

  it('is told to fail over HTTP, and what it cannot do is refused', async () => {
    const post = (body: unknown) =>
      fetch(`${sink.pageUrl}/api/faults`, { method: 'POST', body: JSON.stringify(body) });

    expect((await post({ fault: { kind: 'answer', code: 550 }, times: 1 })).status).toBe(201);
    expect((await post({ fault: { kind: 'answer', code: 250 } })).status).toBe(400);
    await expect(send()).rejects.toMatchObject({ responseCode: 550 });
  });
});
