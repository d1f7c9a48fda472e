import { describe, expect, test } from 'vitest';
import type { ContactView, NewContactView } from '../../../src/api/schemas/contacts.ts';
import { takeDue } from '../../../src/persistence/pager-messages.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();
const MINUTE = 60_000;

const path = (username: string, rest = '') => `/v1/people/${username}/contacts${rest}`;

async function add(as: string, kind: string, address: string): Promise<NewContactView> {
  const answer = await office.post(path('me'), { kind, address }, { as });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

async function contacts(of: string, as = of): Promise<readonly ContactView[]> {
  return (await office.get(path(of), as)).json().items;
}

/** The code as it would arrive. */
async function codeSentTo(id: string): Promise<string> {
  const due = await takeDue(office.db, office.now);
  const message = due.findLast(({ contact }) => contact === id);
  return /"(\d{6}) is your code"/.exec(JSON.stringify(message?.content))?.[1] ?? '';
}

const verify = (as: string, id: string, code: string) =>
  office.post(path('me', `/${id}/verify`), { code }, { as });

describe('a contact', () => {
  test('counts once its owner has given back the code that was sent there', async () => {
    const contact = await add('responder1', 'sms', '+15550111');
    expect(contact).toMatchObject({
      kind: 'sms',
      address: '+15550111',
      place: 1,
      verifiedAt: null,
      secret: null,
    });
    const code = await codeSentTo(contact.id);
    const answer = await verify('responder1', contact.id, code);
    expect(answer.json()).toMatchObject({ id: contact.id, verifiedAt: new Date(office.now).toISOString() });
    // It is used up.
    expect((await verify('responder1', contact.id, code)).statusCode).toBe(409);
  });

  test('is not verified by guessing, nor late, nor by an earlier code', async () => {
    const { id } = await add('responder2', 'sms', '+15550112');
    const early = await codeSentTo(id);
    await office.post(path('me', `/${id}/code`), {}, { as: 'responder2' });
    const code = await codeSentTo(id);
    if (early !== code) expect((await verify('responder2', id, early)).statusCode).toBe(422);
    office.now += 15 * MINUTE;
    const late = await verify('responder2', id, code);
    expect(late.statusCode).toBe(409);
    expect(problemOf(late).detail).toContain('Ask for another.');

    await office.post(path('me', `/${id}/code`), {}, { as: 'responder2' });
    const right = await codeSentTo(id);
    const wrong = right === '000000' ? '000001' : '000000';
    for (let guess = 0; guess < 5; guess += 1) {
      expect((await verify('responder2', id, wrong)).statusCode).toBe(422);
    }
    const refused = await verify('responder2', id, right);
    expect(refused.statusCode).toBe(429);
    expect(problemOf(refused).detail).toBe(
      'Too many wrong codes for this contact: none is looked at before 2026-02-03T15:30:00.000Z.',
    );
    expect((await contacts('responder2'))[0]?.verifiedAt).toBeNull();
  });

  test('is not found by guessing code after code, nor by removing it and adding it again', async () => {
    const address = '+15550119';
    const guesses = async (id: string, count: number) => {
      const wrong = (await codeSentTo(id)) === '000000' ? '000001' : '000000';
      const answers = [];
      for (let guess = 0; guess < count; guess += 1) answers.push(await verify('lead1', id, wrong));
      return answers.map(({ statusCode }) => statusCode);
    };
    const { id } = await add('lead1', 'sms', address);
    expect(await guesses(id, 3)).toEqual([422, 422, 422]);
    await office.post(path('me', `/${id}/code`), {}, { as: 'lead1' });
    expect(await guesses(id, 3)).toEqual([422, 422, 429]);
    expect(office.logged).toContainEqual(
      expect.objectContaining({
        username: 'lead1',
        contact: id,
        msg: expect.stringContaining('wrong codes'),
      }),
    );
    await office.post(path('me', `/${id}/remove`), {}, { as: 'lead1' });
    const again = await add('lead1', 'sms', address);
    const right = await codeSentTo(again.id);
    expect((await verify('lead1', again.id, right)).statusCode).toBe(429);
    // Another contact of the same person is another matter, and this one is after a quarter of an hour.
    const other = await add('lead1', 'sms', '+15550118');
    expect((await verify('lead1', other.id, await codeSentTo(other.id))).statusCode).toBe(200);
    office.now += 15 * MINUTE;
    await office.post(path('me', `/${again.id}/code`), {}, { as: 'lead1' });
    expect((await verify('lead1', again.id, await codeSentTo(again.id))).statusCode).toBe(200);
  });

  test('of a webhook brings the secret that its messages are signed with, once', async () => {
    const { secret, id } = await add('lead1', 'webhook', 'https://hooks.example.org/page');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await contacts('lead1')).find((one) => one.id === id)).not.toHaveProperty('secret');
  });

  test.each([
    ['sms', '0555 0100', '/address', 'a number with its country'],
    ['mail', 'Anna <anna@example.org>', '/address', 'a bare mail address'],
    ['webhook', 'javascript:alert(1)', '/address', 'a URL'],
    ['irc', 'anna', '/kind', 'a kind that is set up here: mail, sms, webhook'],
  ])('%s %s is refused and says what was expected', async (kind, address, pointer, expected) => {
    const answer = await office.post(path('me'), { kind, address }, { as: 'sponsor1' });
    expect(answer.statusCode).toBe(422);
    const [error] = problemOf(answer).errors ?? [];
    expect(error).toMatchObject({ pointer, detail: expect.stringContaining(expected) });
  });

  test('that is there already is not added again', async () => {
    await add('comms1', 'mail', 'comms@home.example');
    const again = await office.post(
      path('me'),
      { kind: 'mail', address: 'comms@home.example' },
      { as: 'comms1' },
    );
    expect(again.statusCode).toBe(422);
  });
});

describe('contacts', () => {
  test('are tried in the order that their owner gives them, and those removed not at all', async () => {
    const ids = [];
    for (const address of ['+15550121', '+15550122', '+15550123']) {
      ids.push((await add('renisac1', 'sms', address)).id);
    }
    const [first, second, third] = ids;
    await office.post(path('me', `/${third}/place`), { place: 1 }, { as: 'renisac1' });
    expect((await contacts('renisac1')).map(({ id, place }) => [id, place])).toEqual([
      [third, 1],
      [first, 2],
      [second, 3],
    ]);
    await office.post(path('me', `/${first}/place`), { place: 50 }, { as: 'renisac1' });
    await office.post(path('me', `/${third}/remove`), {}, { as: 'renisac1' });
    expect((await contacts('renisac1')).map(({ id }) => id)).toEqual([second, first]);
    expect((await office.post(path('me', `/${third}/code`), {}, { as: 'renisac1' })).statusCode).toBe(404);
  });

  test('are changed by nobody but their owner, and shown to others without their addresses', async () => {
    const { id } = await add('legal1', 'sms', '+15550131');
    for (const as of ['sponsor1', 'admin1', 'lead1', 'auditor1', 'owner1']) {
      const answers = await Promise.all([
        office.post(path('legal1'), { kind: 'sms', address: '+15550199' }, { as }),
        office.post(path('legal1', `/${id}/remove`), {}, { as }),
        office.post(path('legal1', `/${id}/verify`), { code: '123456' }, { as }),
        office.post(path('legal1', `/${id}/place`), { place: 1 }, { as }),
        office.post(path('legal1', `/${id}/code`), {}, { as }),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
      expect(problemOf(answers[0]).detail).toContain('the person themselves');
    }
    expect(await contacts('legal1', 'admin1')).toMatchObject([{ id, kind: 'sms', address: '+1…131' }]);
    expect((await office.get(path('legal1'), 'owner1')).statusCode).toBe(403);
    expect((await office.get(path('nobody'), 'admin1')).statusCode).toBe(404);
    // Another's contact is not one's own, whatever its id.
    expect((await office.post(path('me', `/${id}/remove`), {}, { as: 'lead1' })).statusCode).toBe(404);
  });
});
