import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { apiOffice, problemOf } from './api-office.ts';
import { HS_TOKEN, TWILIO_AUTH_TOKEN, WEBHOOK_SECRET } from './provider-at-hand.ts';

const office = apiOffice();
const MINUTE_MS = 60_000;
const MEGABYTE = 1024 * 1024;

beforeEach(() => {
  for (const name of ['twilio:SM1', 'twilio:CA1', 'gateway:m1'])
    office.provider.messages.set(name, 'accepted');
});
const stateOf = (name: string) => office.provider.messages.get(name);

/** As Twilio sends a form to the address that it was given. */
function twilio(
  path: string,
  fields: Record<string, string>,
  { authToken = TWILIO_AUTH_TOKEN, forged = {} } = {},
) {
  const url = `/v1/callbacks/twilio/${path}`;
  const signed = Object.keys(fields)
    .toSorted()
    .map((name) => `${name}${fields[name]}`);
  const signature = createHmac('sha1', authToken)
    .update(`http://tocsin.example${url}${signed.join('')}`)
    .digest('base64');
  return office.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
    payload: new URLSearchParams({ ...fields, ...forged }).toString(),
  });
}

describe('Twilio', () => {
  test.each([
    ['status', { MessageSid: 'SM1', MessageStatus: 'sent' }, 'twilio:SM1', 'accepted'],
    ['status', { MessageSid: 'SM1', MessageStatus: 'delivered' }, 'twilio:SM1', 'delivered'],
    [
      'status',
      { MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30003' },
      'twilio:SM1',
      'refused 30003',
    ],
    ['voice', { CallSid: 'CA1', CallStatus: 'completed' }, 'twilio:CA1', 'delivered'],
    ['voice?page=1', { CallSid: 'CA1', CallStatus: 'no-answer' }, 'twilio:CA1', 'refused not-reached'],
  ])('tells by %s with %o what became of a message', async (path, fields, name, state) => {
    const answer = await twilio(path, fields as Record<string, string>);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/xml; charset=utf-8']);
    expect(answer.body).toBe('<?xml version="1.0" encoding="UTF-8"?><Response></Response>');
    expect(stateOf(name)).toBe(state);
  });

  test('may say the same again, and later what was before', async () => {
    const delivered = { MessageSid: 'SM1', MessageStatus: 'delivered' };
    for (const fields of [delivered, delivered, { ...delivered, MessageStatus: 'failed' }])
      expect((await twilio('status', fields)).statusCode).toBe(200);
    expect([stateOf('twilio:SM1'), office.provider.changes]).toEqual(['delivered', 1]);
  });

  test('passes an SMS on, and is told what to say back', async () => {
    office.provider.says = 'You <have> it & "thanks"\0';
    const answer = await twilio('inbound', {
      From: '+17343527045',
      To: '+1',
      Body: 'ack 123456 é',
      MessageSid: 'SM9',
    });
    expect(answer.body).toContain(
      '<Response><Message>You &lt;have&gt; it &amp; &quot;thanks&quot; </Message></Response>',
    );
    expect(office.provider.answered).toEqual([
      { kind: 'sms', address: '+17343527045', text: 'ack 123456 é', at: office.now },
    ]);
  });

  test('passes on what was keyed in during a call, and says the answer', async () => {
    const keyed = {
      CallSid: 'CA1',
      CallStatus: 'in-progress',
      Direction: 'outbound-api',
      From: '+1',
      To: '+2',
      Digits: '123456',
    };
    expect((await twilio('voice', keyed)).body).toContain('<Response><Say>You have it.</Say></Response>');
    expect(office.provider.answered).toMatchObject([{ kind: 'voice', address: '+2', text: '123456' }]);
  });

  test('says nothing back where there is nothing to say', async () => {
    office.provider.says = '';
    expect((await twilio('inbound', { From: '+1', Body: 'hello' })).body).toContain('<Response></Response>');
  });

  test('with another signature, none, or another form than was signed is not heard', async () => {
    const fields = { MessageSid: 'SM1', MessageStatus: 'delivered' };
    const answers = [
      await twilio('status', fields, { authToken: 'guessed' }),
      await twilio(
        'status',
        { ...fields, MessageStatus: 'sent' },
        { forged: { MessageStatus: 'delivered' } },
      ),
      await office.inject({ method: 'POST', url: '/v1/callbacks/twilio/status', payload: 'MessageSid=SM1' }),
      await office.inject({ method: 'POST', url: '/v1/callbacks/twilio/inbound' }),
    ];
    for (const answer of answers) expect(problemOf(answer).type).toBe('urn:tocsin:problem:not-signed-in');
    expect(stateOf('twilio:SM1')).toBe('accepted');
    expect(office.provider.answered).toEqual([]);
  });

  test.each([
    ['a message that is none of ours', 'status', { MessageSid: 'SM2', MessageStatus: 'delivered' }, 404],
    ['a form that says nothing', 'status', { Hello: 'there' }, 422],
    ['an SMS without a text', 'inbound', { From: '+1' }, 422],
  ])('with %s is refused', async (_, path, fields, status) => {
    expect(problemOf(await twilio(path, fields as Record<string, string>)).status).toBe(status);
  });

  test('with ten megabytes is refused', async () => {
    expect((await twilio('inbound', { From: '+1', Body: 'x'.repeat(10 * MEGABYTE) })).statusCode).toBe(413);
  });
});

/** As a provider signs a receipt. */
function receipt(
  body: unknown,
  { id = 'wh1', secret = WEBHOOK_SECRET, sentAt = office.now, payload = JSON.stringify(body) } = {},
) {
  const timestamp = String(Math.floor(sentAt / 1000));
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${payload}`).digest('base64');
  return office.inject({
    method: 'POST',
    url: '/v1/callbacks/receipts',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${digest}`,
    },
    payload,
  });
}

describe('a provider that signs as Standard Webhooks say', () => {
  test.each([
    [{ messageId: 'm1', outcome: 'delivered' }, 'delivered'],
    [{ messageId: 'm1', outcome: 'refused', code: 'no-such-number' }, 'refused no-such-number'],
    [{ messageId: 'm1', outcome: 'refused', code: null }, 'refused refused'],
  ])('tells by %o what became of a message', async (body, state) => {
    expect((await receipt(body)).json()).toEqual({ status: 'taken' });
    expect(stateOf('gateway:m1')).toBe(state);
  });

  test('sent again by whoever copied it does nothing twice', async () => {
    const body = { messageId: 'm1', outcome: 'delivered' };
    for (let time = 0; time < 3; time += 1) expect((await receipt(body)).statusCode).toBe(200);
    expect([stateOf('gateway:m1'), office.provider.changes]).toEqual(['delivered', 1]);
  });

  test('is not heard with another signature, or after five minutes', async () => {
    const body = { messageId: 'm1', outcome: 'delivered' };
    const answers = [
      await receipt(body, { secret: Buffer.alloc(32, 4) }),
      await receipt(body, { sentAt: office.now - 6 * MINUTE_MS }),
      await receipt(body, { sentAt: office.now + 6 * MINUTE_MS }),
      await office.post('/v1/callbacks/receipts', body, { as: 'lead1' }),
    ];
    expect(answers.map((answer) => problemOf(answer).status)).toEqual([401, 401, 401, 401]);
    expect(stateOf('gateway:m1')).toBe('accepted');
  });

  test.each([
    ['a message that is none of ours', { messageId: 'm2', outcome: 'delivered' }, 404],
    ['another outcome', { messageId: 'm1', outcome: 'read' }, 422],
    ['an unknown field', { messageId: 'm1', outcome: 'delivered', by: 'me' }, 422],
    ['no message', {}, 422],
  ])('with %s is refused', async (_, body, status) => {
    expect(problemOf(await receipt(body)).status).toBe(status);
  });

  test('with what is no JSON, or ten megabytes, is refused', async () => {
    expect((await receipt({}, { payload: '{' })).statusCode).toBe(400);
    expect((await receipt({}, { payload: 'x'.repeat(10 * MEGABYTE) })).statusCode).toBe(413);
  });
});

const ANNA = '@anna:matrix.example';
let events = 0;
const message = (body: string, more: object = {}) => ({
  type: 'm.room.message',
  sender: ANNA,
  room_id: '!room:matrix.example',
  event_id: `$${(events += 1)}`,
  content: { msgtype: 'm.text', body },
  ...more,
});

let transactions = 0;
function transaction(
  events: readonly unknown[],
  {
    txnId = `t${(transactions += 1)}`,
    token = HS_TOKEN,
    payload = JSON.stringify({ events, ephemeral: [] }),
  } = {},
) {
  return office.inject({
    method: 'PUT',
    url: `/_matrix/app/v1/transactions/${txnId}`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    payload,
  });
}

describe('a Matrix homeserver', () => {
  test('passes on what was said, and hears in the room what is said back', async () => {
    const event = message('ack 123456');
    const answer = await transaction([event]);
    expect([answer.statusCode, answer.json()]).toEqual([200, {}]);
    expect(office.provider.answered).toEqual([
      { kind: 'matrix', address: ANNA, text: 'ack 123456', at: office.now },
    ]);
    expect(office.provider.said).toEqual([
      { roomId: '!room:matrix.example', eventId: event.event_id, text: 'You have it.' },
    ]);
  });

  test('sends a transaction again, and it does nothing again, be it at the same time', async () => {
    const send = () => transaction([message('ack')], { txnId: 'again' });
    const answers = [...(await Promise.all([send(), send()])), await send()];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(office.provider.answered).toHaveLength(1);
  });

  test('sends an event again in another transaction, and nothing is said twice', async () => {
    const event = message('ack 123456');
    for (const events of [[event, event], [event]]) expect((await transaction(events)).statusCode).toBe(200);
    expect([office.provider.answered.length, office.provider.said.length]).toEqual([1, 1]);
  });

  test('hears nothing back where there is nothing to say', async () => {
    office.provider.says = '';
    expect((await transaction([message('hello all')])).statusCode).toBe(200);
    expect(office.provider.said).toEqual([]);
  });

  test('sends a transaction again that could not be taken, and then it is', async () => {
    office.provider.isAway = true;
    expect((await transaction([message('ack')], { txnId: 'later' })).statusCode).toBe(503);
    office.provider.isAway = false;
    expect((await transaction([message('ack')], { txnId: 'later' })).statusCode).toBe(200);
    expect(office.provider.answered).toHaveLength(1);
  });

  test.each([
    ['what we say ourselves', message('ack', { sender: '@tocsin:matrix.example' })],
    ['what a machine says', message('', { content: { msgtype: 'm.notice', body: 'ack' } })],
    [
      'an edit',
      message('', { content: { msgtype: 'm.text', body: 'ack', 'm.relates_to': { rel_type: 'm.replace' } } }),
    ],
    ['an image', message('', { content: { msgtype: 'm.image', body: 'ack.png' } })],
    ['a change of the room', { type: 'm.room.member', sender: ANNA, content: { membership: 'join' } }],
    ['a message without a sender', message('ack', { sender: undefined })],
    ['a message without a text', message('', { content: { msgtype: 'm.text', body: 7 } })],
    ['a message without a name', message('ack', { event_id: undefined })],
    ['what is no event', null],
    ['what is no event either', 'ack'],
  ])('passes on %s, and it is no answer', async (_, event) => {
    expect((await transaction([event, message('ack')])).statusCode).toBe(200);
    expect(office.provider.answered).toHaveLength(1);
    expect(office.provider.said).toHaveLength(1);
  });

  test('is not held up by broken text', async () => {
    expect((await transaction([message('\ud800 \0')])).statusCode).toBe(200);
  });

  test('is known by its token, before anything that it sends is read', async () => {
    for (const token of ['', 'guessed', `${HS_TOKEN}x`]) {
      const answer = await transaction([], { token, payload: 'x'.repeat(10 * MEGABYTE) });
      expect(problemOf(answer).status).toBe(401);
    }
    expect((await transaction([], { payload: 'x'.repeat(10 * MEGABYTE) })).statusCode).toBe(413);
    expect((await transaction([], { payload: '{}' })).statusCode).toBe(422);
  });
});

test('nobody else has a way to say what became of a message', async () => {
  for (const url of ['/v1/callbacks/twilio/other', '/v1/callbacks/vonage', '/_matrix/app/v1/ping'])
    expect((await office.post(url, {})).statusCode).toBe(404);
});
