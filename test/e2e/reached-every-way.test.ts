import { Webhook } from 'standardwebhooks';
import { afterAll, describe, expect, test } from 'vitest';

import type { ContactView, NewContactView } from '../../src/api/schemas/contacts.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';
import { startPhones } from './phones.ts';

const phones = await startPhones();
const stand = ownStand({
  policy: 'test/e2e/every-way.yaml',
  env: {
    TOCSIN_TWILIO_URL: phones.url,
    TOCSIN_TWILIO_ACCOUNT: phones.account,
    TOCSIN_TWILIO_TOKEN: phones.token,
    TOCSIN_TWILIO_FROM: '+15005550006',
  },
});
afterAll(() => phones.stop());
const { phone, get, post, page, timeline } = handling(stand);

const smsTo = (to: string) => phones.messages.filter((message) => message.to === to);

/** A contact that its owner has verified by the code that arrived there. */
async function verified(as: string, kind: string, address: string): Promise<NewContactView> {
  const path = '/v1/people/me/contacts';
  const contact = bodyOf<NewContactView>(await post(as, path, { kind, address }), 200);
  const code = await eventually(async () => {
    const arrived =
      kind === 'sms' ? smsTo(address).map(({ words }) => words) : phones.posts.map(({ body }) => body);
    return /\b(\d{6})\b/.exec(arrived.at(-1) ?? '')?.[1] ?? Promise.reject(new Error('no code yet'));
  });
  bodyOf<ContactView>(await post(as, `${path}/${contact.id}/verify`, { code }), 200);
  return contact;
}

/** Somebody phones in a report: responder1 is called at once. Gives the page. */
async function ringing(): Promise<string> {
  const { incidentId } = await phone('lead1', { summary: 'A key was stolen' });
  const id = `${incidentId}-P1`;
  await eventually(async () => expect((await page(id)).round).toBe(1));
  return id;
}

/** The page as a mail program or a browser follows its link: no token, no scripts. */
const follow = (link: string, act = '') =>
  fetch(`${link}${act}`, { method: act === '' ? 'GET' : 'POST', redirect: 'manual' });

async function linkTo(pageId: string, person: string): Promise<string> {
  const mail = await stand().waitForMail(
    ({ to, text }) => to.includes(`${person}@stand.example`) && text.includes(`/v1/pages/${pageId}\n`),
    PATIENCE_MS,
  );
  return /^(http\S+\/p\/\S+)$/m.exec(mail.text)?.[1] ?? '';
}

describe('the link in a message', { timeout: 2 * PATIENCE_MS }, () => {
  test('shows the page to whoever follows it, and takes it by its button alone', async () => {
    const id = await ringing();
    const link = await linkTo(id, 'responder1');
    for (const method of ['GET', 'HEAD']) {
      const scanned = await fetch(`${link}?_method=POST`, { method });
      expect(scanned.status).toBe(200);
    }
    const looked = await (await follow(link)).text();
    expect(looked).toContain(id);
    expect(looked).not.toContain('stolen');
    expect((await page(id)).state).toBe('ringing');
    expect((await follow(link, '/acknowledge')).status).toBe(200);
    expect(await page(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'responder1' });
  });

  test('says that it is not for somebody, and the next rung is called at once', async () => {
    const id = await ringing();
    const link = await linkTo(id, 'responder1');
    expect(await (await follow(link, '/decline')).text()).toContain('Noted');
    // Long before the time of the first rung is over.
    const second = await linkTo(id, 'responder2');
    const { attempts } = await page(id);
    const [first, next] = ['responder1', 'responder2'].map((who) =>
      Date.parse(attempts.find(({ person }) => person === who)?.sentAt ?? ''),
    );
    expect((next ?? Infinity) - (first ?? 0)).toBeLessThan(20_000);
    expect((await follow(second, '/acknowledge')).status).toBe(200);
    await eventually(async () => {
      const lines = (await timeline(id.replace(/-P1$/, ''))).map(({ text }) => text);
      expect(lines.filter((line) => line.includes(`cannot take page ${id}`))).toHaveLength(1);
    });
  });
});

describe('a phone', { timeout: 2 * PATIENCE_MS }, () => {
  const number = '+17345550101';

  test('is used once its owner has shown that the code arrived there', async () => {
    await verified('responder1', 'sms', number);
    const id = await ringing();
    const sms = await eventually(async () => {
      const arrived = smsTo(number).find(({ words }) => words.includes('PAGE'));
      return arrived ?? Promise.reject(new Error('no SMS yet'));
    });
    expect(sms.words).toMatch(
      /^INC-\d{4}-\d{4} PAGE URGENT: somebody phoned in a report\. Reply \d{6} to take it/,
    );
    expect(sms.words).not.toContain('stolen');

    const code = /Reply (\d{6})/.exec(sms.words)?.[1] ?? '';
    const url = `${stand().api}/v1/callbacks/twilio/inbound`;
    const form = { From: number, To: '+15005550006', Body: `ack ${code}`, MessageSid: 'SM1' };
    const forged = phones.signed(`${url}?other`, form);
    expect((await fetch(url, forged)).status).toBe(401);
    expect((await page(id)).state).toBe('ringing');
    const answer = await fetch(url, phones.signed(url, form));
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(`${id} is yours.`)]);
    expect(await page(id)).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'responder1',
      attempts: [
        { method: 'sms', receipt: sms.sid, sentAt: expect.any(String) },
        { method: 'mail', sentAt: null },
      ],
    });
  });

  test('that says afterwards that it was not reached gives way to the next contact at once', async () => {
    const id = await ringing();
    const { receipt } = await eventually(async () => {
      const [attempt] = (await page(id)).attempts;
      expect(attempt).toMatchObject({ method: 'sms', answer: 'accepted 201' });
      return attempt ?? Promise.reject(new Error('unreachable'));
    });
    const url = `${stand().api}/v1/callbacks/twilio/status`;
    const undelivered = { MessageSid: receipt ?? '', MessageStatus: 'undelivered', ErrorCode: '30003' };
    expect((await fetch(url, phones.signed(url, undelivered))).status).toBe(200);
    await linkTo(id, 'responder1');
    await eventually(async () =>
      expect((await page(id)).attempts.map(({ answer }) => answer)).toEqual([
        'refused 30003',
        'accepted 250',
      ]),
    );
    bodyOf(await post('responder1', `/v1/pages/${id}/acknowledge`), 200);
  });

  test('whose number does not want us any more gives way to mail at once, and is shown to have failed', async () => {
    phones.refuse(number, 21610);
    const id = await ringing();
    await linkTo(id, 'responder1');
    await eventually(async () =>
      expect((await page(id)).attempts.map(({ method, answer }) => [method, answer])).toEqual([
        ['sms', 'refused 21610'],
        ['mail', 'accepted 250'],
      ]),
    );
    const contacts = bodyOf<{ items: readonly ContactView[] }>(
      await get('admin1', '/v1/people/responder1/contacts'),
      200,
    );
    expect(contacts.items).toMatchObject([
      { kind: 'sms', failedBecause: '21610', address: expect.stringContaining('…') },
    ]);
    bodyOf(await post('responder1', `/v1/pages/${id}/acknowledge`), 200);
  });
});

test(
  'somebody’s own URL is called with a signature that they can check',
  { timeout: 2 * PATIENCE_MS },
  async () => {
    const { secret } = await verified('responder1', 'webhook', `${phones.url}/hook`);
    const id = await ringing();
    const posted = await eventually(async () => {
      const call = phones.posts.find(({ body }) => body.includes(`/v1/pages/${id}`));
      return call ?? Promise.reject(new Error('not called yet'));
    });
    const said = new Webhook(secret ?? '').verify(posted.body, { ...posted.headers }) as {
      readonly link: string;
    };
    expect(said).toMatchObject({ urgent: true, subject: expect.stringContaining('PAGE URGENT') });
    expect((await follow(said.link, '/acknowledge')).status).toBe(200);
    expect((await page(id)).acknowledgedBy).toBe('responder1');
  },
);
