import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createMailPager } from '../../src/adapters/pager-mail.ts';
import { createMatrixPager } from '../../src/adapters/pager-matrix.ts';
import { createNtfyPager } from '../../src/adapters/pager-ntfy.ts';
import { createTwilioSmsPager, createTwilioVoicePager } from '../../src/adapters/pager-twilio.ts';
import { createWebhookPager } from '../../src/adapters/pager-webhook.ts';
import { createEgress, type Egress, type EgressAnswer, type EgressCall } from '../../src/egress.ts';
import { MailerUnavailable, type Pager } from '../../src/ports.ts';
import { clearedPage } from '../support/paging.ts';

const PHONE = '+17343527045';

describe('Twilio', () => {
  it.each([
    [201, { sid: 'SM01' }, { outcome: 'accepted', id: 'SM01', code: '201' }],
    [200, { sid: 'SM01\r\n' }, { outcome: 'accepted', id: null, code: '200' }],
    [400, { code: 21211 }, { outcome: 'refused', code: '21211' }],
    [400, { code: 21214 }, { outcome: 'refused', code: '21214' }],
    [400, { code: 21217 }, { outcome: 'refused', code: '21217' }],
    [400, { code: 21610 }, { outcome: 'refused', code: '21610' }],
    [400, { code: 21614 }, { outcome: 'refused', code: '21614' }],
    [403, { code: 21408 }, { outcome: 'refused', code: '21408' }],
    [400, {}, { outcome: 'refused', code: '400' }],
    [400, { code: 99999 }, { outcome: 'refused', code: '99999' }],
    [413, null, { outcome: 'refused', code: '413' }],
    [400, { code: 21606 }, { outcome: 'later', code: '21606', afterMs: null }],
    [401, { code: 20003 }, { outcome: 'later', code: '20003', afterMs: null }],
    [403, { code: 20005 }, { outcome: 'later', code: '20005', afterMs: null }],
    [404, { code: 20404 }, { outcome: 'later', code: '20404', afterMs: null }],
    [408, null, { outcome: 'later', code: '408', afterMs: null }],
    [429, { code: 20429 }, { outcome: 'later', code: '20429', afterMs: null }],
    [500, { code: 20500 }, { outcome: 'later', code: '20500', afterMs: null }],
    [503, 'down', { outcome: 'later', code: '503', afterMs: null }],
  ])('%i with %j means %j', async (status, body, expected) => {
    const { egress } = answering(answered(status, body));
    expect(await smsBy(egress).send(clearedPage({ to: PHONE }))).toEqual(expected);
  });

  it('that sends us elsewhere is for the operator to mend', async () => {
    const { egress } = answering({ outcome: 'forbidden', code: 'redirect' });
    expect(await smsBy(egress).send(clearedPage({ to: PHONE }))).toMatchObject({ outcome: 'later' });
  });

  it.each([
    '734-352-7045',
    'whatsapp:+17343527045',
    'client:anna',
    'sip:anna@example.org',
    '+0123456',
    PHONE + 'x',
  ])('is not asked to reach %j', async (to) => {
    const { egress, calls } = answering(answered(201, {}));
    expect(await smsBy(egress).send(clearedPage({ to }))).toEqual({ outcome: 'refused', code: 'invalid' });
    expect(calls).toEqual([]);
  });

  it('is told nothing of receipts where none are wanted', async () => {
    const { egress, calls } = answering(answered(201, {}));
    await createTwilioVoicePager(twilio(egress, () => null)).send(clearedPage({ to: PHONE }));
    expect([...new URLSearchParams(calls[0]?.body).keys()]).toEqual(['To', 'From', 'Twiml']);
  });

  it.each(['&'.repeat(5_000), 'a'.repeat(5_000), `${'ü'.repeat(3_950)}<<<<<<<<`, '\u{D800}\0\u{FFFF}'])(
    'is given a whole document of at most 4000 characters, however long the message',
    async (spoken) => {
      const { egress, calls } = answering(answered(201, {}));
      await createTwilioVoicePager(twilio(egress)).send(clearedPage({ to: PHONE, spoken }));
      const twiml = new URLSearchParams(calls[0]?.body).get('Twiml') ?? '';
      expect(twiml.length).toBeLessThanOrEqual(4_000);
      expect(twiml).toMatch(
        /^<Response><Gather numDigits="6" action="[^"<>]+"><Say loop="2">(?:[^<>&\0\u{D800}\u{FFFF}]|&\w+;)*<\/Say><\/Gather><\/Response>$/u,
      );
    },
  );
});

describe('ntfy', () => {
  it('is given to the operator’s server with its token, and to another’s without', async () => {
    const { egress, calls } = answering(answered(200, { id: 'x1' }));
    const pager = createNtfyPager({ egress, baseUrl: 'https://ntfy.example', token: 'tk_1' });
    await pager.send(clearedPage({ to: 'anna-7c1e' }));
    await pager.send(clearedPage({ to: 'https://push.example/sub/anna-7c1e' }));
    expect(calls.map(({ url, guard, headers }) => [url, guard, headers?.['authorization']])).toEqual([
      ['https://ntfy.example/', 'own', 'Bearer tk_1'],
      ['https://push.example/sub/', 'given', undefined],
    ]);
    expect(calls.map(({ body }) => objectOf(body)['topic'])).toEqual(['anna-7c1e', 'anna-7c1e']);
  });

  it.each([
    'https://push.example/',
    'https://push.example/a?b',
    'https://push.example/a#b',
    'https://push.example/a b',
    'https://push.example/a%2Fb',
    'ftp://push.example/a',
    'anna/7c1e',
    'a'.repeat(65),
  ])('is no topic: %j', async (to) => {
    const { egress, calls } = answering(answered(200, {}));
    const pager = createNtfyPager({ egress, baseUrl: 'https://ntfy.example', token: null });
    expect(await pager.send(clearedPage({ to }))).toEqual({ outcome: 'refused', code: 'invalid' });
    expect(calls).toEqual([]);
  });

  it('has no topics of the operator’s where there is no server', async () => {
    const pager = createNtfyPager({ egress: nobody, baseUrl: null, token: null });
    expect(await pager.send(clearedPage({ to: 'anna' }))).toEqual({ outcome: 'refused', code: 'invalid' });
  });

  it('on an address inside is refused', async () => {
    const pager = createNtfyPager({ egress: nobody, baseUrl: null, token: null });
    expect(await pager.send(clearedPage({ to: 'https://169.254.169.254/anna' }))).toEqual({
      outcome: 'refused',
      code: 'forbidden-target',
    });
  });

  it('keeps a long text within its limits, in whole characters', async () => {
    const { egress, calls } = answering(answered(200, {}));
    const pager = createNtfyPager({ egress, baseUrl: 'https://ntfy.example', token: null });
    for (const text of ['ü'.repeat(4_000), `a${'€'.repeat(4_000)}`, '"'.repeat(4_000)]) {
      await pager.send(clearedPage({ to: 'anna', text }));
    }
    for (const { body } of calls) {
      expect(Buffer.byteLength(body ?? '')).toBeLessThanOrEqual(8_192);
      const message = String(objectOf(body)['message']);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096);
      expect(message).toMatch(/[ü€"]…$/);
    }
  });

  it('rings for what is urgent, and offers where it can be answered', async () => {
    const { egress, calls } = answering(answered(200, {}));
    const pager = createNtfyPager({ egress, baseUrl: 'https://ntfy.example', token: null });
    await pager.send(clearedPage({ to: 'anna' }));
    await pager.send(clearedPage({ to: 'anna', isUrgent: false, link: null }));
    const [urgent, other] = calls.map(({ body }) => objectOf(body));
    const url = 'https://tocsin.example/p/k1';
    expect(urgent).toMatchObject({ priority: 5, click: url, actions: [{ action: 'view', url }] });
    expect(other?.['priority']).toBe(3);
    expect(Object.keys(other ?? {})).not.toContain('click');
  });

  it.each([
    [401, 'own', 'later'],
    [403, 'own', 'refused'],
    [404, 'own', 'refused'],
    [401, 'given', 'refused'],
    [507, 'own', 'later'],
  ] as const)('that answers %i on a server that is %s says %s', async (status, guard, outcome) => {
    const { egress } = answering(answered(status, {}));
    const pager = createNtfyPager({ egress, baseUrl: 'https://ntfy.example', token: null });
    const to = guard === 'own' ? 'anna' : 'https://push.example/anna';
    expect((await pager.send(clearedPage({ to }))).outcome).toBe(outcome);
  });
});

describe('a webhook', () => {
  /** Published with Standard Webhooks. */
  const vector = {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    seconds: 1_614_265_330,
    body: '{"test": 2432232314}',
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const to = 'https://hooks.example/anna';
  const clock = { now: () => vector.seconds * 1000 + 999 };

  it('is signed as the vector of the specification is', () => {
    const { secret, id, seconds, body, signature } = vector;
    expect(new Webhook(secret).sign(id, new Date(seconds * 1000), body)).toBe(signature);
    expect(signatureOf(id, body)).toBe(signature);
  });

  it('carries its id, its time and the signature of exactly what is sent', async () => {
    const { egress, calls } = answering(answered(204, null));
    const pager = createWebhookPager({ egress, secretFor: () => vector.secret, clock });
    const answer = await pager.send(clearedPage({ to, id: vector.id }));
    expect(answer).toEqual({ outcome: 'accepted', id: null, code: '204' });
    const [{ headers, body = '', guard } = { body: '' } as EgressCall] = calls;
    expect(guard).toBe('given');
    expect(headers).toEqual({
      'content-type': 'application/json',
      'webhook-id': vector.id,
      'webhook-timestamp': String(vector.seconds),
      'webhook-signature': signatureOf(vector.id, body),
    });
    expect(objectOf(body)).toMatchObject({
      id: vector.id,
      urgent: true,
      link: 'https://tocsin.example/p/k1',
      sentAt: '2021-02-25T15:02:10.999Z',
    });
  });

  it.each([
    null,
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    vector.secret.slice(6),
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!',
  ])('is not sent with the secret %j', async (secret) => {
    const { egress, calls } = answering(answered(204, null));
    const pager = createWebhookPager({ egress, secretFor: () => secret, clock });
    expect(await pager.send(clearedPage({ to }))).toEqual({ outcome: 'refused', code: 'no-secret' });
    expect(calls).toEqual([]);
  });

  it.each(['http://hooks.example/', 'https://10.0.0.1/', 'https://a:b@hooks.example/', 'anna@example.org'])(
    'to %j is refused',
    async (address) => {
      const pager = createWebhookPager({ egress: nobody, secretFor: () => vector.secret, clock });
      const answer = await pager.send(clearedPage({ to: address }));
      expect(answer).toEqual({ outcome: 'refused', code: 'forbidden-target' });
    },
  );

  it.each([
    [410, 'refused'],
    [404, 'refused'],
    [401, 'refused'],
    [408, 'later'],
    [425, 'later'],
    [429, 'later'],
    [500, 'later'],
    [503, 'later'],
  ] as const)('that answers %i says %s', async (status, outcome) => {
    const { egress } = answering(answered(status, null));
    const pager = createWebhookPager({ egress, secretFor: () => vector.secret, clock });
    expect((await pager.send(clearedPage({ to }))).outcome).toBe(outcome);
  });

  function signatureOf(id: string, body: string): string {
    const key = Buffer.from(vector.secret.slice('whsec_'.length), 'base64');
    const signed = createHmac('sha256', key).update(`${id}.${vector.seconds}.${body}`).digest('base64');
    return `v1,${signed}`;
  }
});

describe('mail', () => {
  it('that cannot be had is to be tried later; a mistake of ours is not hidden', async () => {
    const unavailable = new MailerUnavailable('no', { cause: new Error('password hunter2') });
    const pagerThrowing = (error: Error): Pager => {
      const send = async (): Promise<never> => {
        throw error;
      };
      return createMailPager({ mailer: { send }, senderAddress: 'tocsin@stand.example' });
    };
    expect(await pagerThrowing(unavailable).send(clearedPage())).toEqual({
      outcome: 'later',
      code: 'unreachable',
      afterMs: null,
    });
    await expect(pagerThrowing(new TypeError('ours')).send(clearedPage())).rejects.toThrow(TypeError);
  });
});

describe('every pager', () => {
  const to = { phone: PHONE, topic: 'anna', url: 'https://hooks.example/', user: '@anna:stand.example' };

  it.each<readonly [string, string, (egress: Egress) => Pager]>([
    ['sms', to.phone, smsBy],
    ['voice', to.phone, (egress) => createTwilioVoicePager(twilio(egress))],
    ['push', to.topic, (egress) => createNtfyPager({ egress, baseUrl: 'https://ntfy.example', token: null })],
    [
      'webhook',
      to.url,
      (egress) =>
        createWebhookPager({
          egress,
          secretFor: () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
          clock: { now: () => 0 },
        }),
    ],
    [
      'matrix',
      to.user,
      (egress) =>
        createMatrixPager({ egress, baseUrl: 'https://m.example', token: 't', user: '@t:m.example' }),
    ],
  ])('begins before it yields: %s', async (_kind, address, pagerBy) => {
    const { egress, calls } = answering(answered(200, {}));
    const sending = pagerBy(egress).send(clearedPage({ to: address }));
    expect(calls).toHaveLength(1);
    await sending;
  });
});

/** Gets nowhere, whatever the name. */
const nobody = createEgress({ allowHosts: [], resolve: () => Promise.resolve([]) });

function smsBy(egress: Egress): Pager {
  return createTwilioSmsPager(twilio(egress));
}

function twilio(
  egress: Egress,
  callbackUrl: (id: string) => string | null = (id) => `https://t.example/${id}`,
) {
  return {
    egress,
    baseUrl: 'https://sms.example',
    account: 'AC1',
    token: 't',
    from: '+15005550006',
    callbackUrl,
  };
}

function answered(status: number, body: unknown): EgressAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { outcome: 'answered', status, body: text, isCutOff: false, retryAfterMs: null };
}

function answering(answer: EgressAnswer) {
  const calls: EgressCall[] = [];
  const egress: Egress = {
    request: (call) => {
      calls.push(call);
      return Promise.resolve(answer);
    },
  };
  return { egress, calls };
}

function objectOf(body = ''): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Record<string, unknown>;
}
