import { describe, expect, test } from 'vitest';
import { certificatesFor } from '../../../src/persistence/pgp-certificates.ts';
import { pgpPerson, YEAR_MS, AT } from '../../unit/mail/pgp-people.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();
const PATH = '/v1/certificates';

const give = (address: string, armored: string, as = 'responder1') =>
  office.post(PATH, { address, armored }, { as });

describe('a certificate of somebody outside', () => {
  test('is given by a responder for an address, found by it, and removed', async () => {
    const anna = await pgpPerson('Anna@Example.org');
    const given = await give('Anna@Example.org', anna.armoredPublic);
    expect(given.statusCode, given.body).toBe(200);
    const { id } = given.json();
    const view = {
      id,
      address: 'anna@example.org',
      fingerprint: anna.own.fingerprint,
      expiresAt: null,
      canEncrypt: true,
      addedBy: 'responder1',
      addedAt: new Date(office.now).toISOString(),
      removedBy: null,
      removedAt: null,
    };
    expect(given.json()).toEqual(view);
    const found = await office.get(`${PATH}?address=anna@EXAMPLE.org`, 'auditor1');
    expect(found.json()).toEqual({ items: [view], nextCursor: null });
    expect((await office.get(`${PATH}/${id}`, 'responder2')).json().armored).toBe(anna.armoredPublic);
    expect(await certificatesFor(office.db, ['ANNA@example.org'])).toMatchObject([{ id }]);

    const removed = await office.post(`${PATH}/${id}/remove`, {}, { as: 'responder2' });
    expect(removed.json()).toMatchObject({ removedBy: 'responder2' });
    await office.post(`${PATH}/${id}/remove`, {}, { as: 'responder1' });
    expect((await office.get(`${PATH}/${id}`, 'responder1')).json()).toMatchObject({
      removedBy: 'responder2',
    });
    expect(await certificatesFor(office.db, ['anna@example.org'])).toEqual([]);
    expect((await give('anna@example.org', anna.armoredPublic)).statusCode).toBe(200);
  });

  test('is one of several while keys are changed, the newest first, and each only once', async () => {
    const [before, after] = [await pgpPerson('bob@example.org'), await pgpPerson('bob@example.org')];
    await give('bob@example.org', before.armoredPublic);
    office.now += 60_000;
    await give('bob@example.org', after.armoredPublic);
    expect(await certificatesFor(office.db, ['bob@example.org'])).toMatchObject([
      { fingerprint: after.own.fingerprint },
      { fingerprint: before.own.fingerprint },
    ]);
    const again = await give('bob@example.org', before.armoredPublic);
    expect(problemOf(again).errors).toEqual([
      expect.objectContaining({ detail: expect.stringContaining('not in use for this address already') }),
    ]);
  });

  test('that would be worth nothing is refused, and says what was expected', async () => {
    const carol = await pgpPerson('carol@example.org');
    const ended = await pgpPerson('carol@example.org', { keyExpirationTime: 1 });
    const cases = [
      [carol.armoredPrivate, '/armored', 'Expected a public key'],
      ['no key', '/armored', 'Expected one armored public key'],
      [`${carol.armoredPublic}\n${ended.armoredPublic}`, '/armored', 'Expected one key'],
      [ended.armoredPublic, '/armored', 'Expected one in force'],
      [(await pgpPerson('dave@example.org')).armoredPublic, '/address', 'dave@example.org'],
    ] as const;
    office.now = Math.max(office.now, AT.getTime() - YEAR_MS + 10_000);
    for (const [armored, pointer, expected] of cases) {
      const answer = await give('carol@example.org', armored);
      expect(answer.statusCode, answer.body).toBe(422);
      expect(problemOf(answer).errors).toEqual([
        expect.objectContaining({ pointer, detail: expect.stringContaining(expected) }),
      ]);
    }
    expect((await give('Carol <carol@example.org>', carol.armoredPublic)).statusCode).toBe(422);
    expect(await certificatesFor(office.db, ['carol@example.org'])).toEqual([]);
  });

  test('is given by responders alone, since its owner is believed from then on', async () => {
    const erin = await pgpPerson('erin@example.org');
    for (const as of ['auditor1', 'admin1', 'legal1', 'owner1']) {
      expect((await give('erin@example.org', erin.armoredPublic, as)).statusCode).toBe(403);
    }
    expect((await office.get(`${PATH}/none`, 'responder1')).statusCode).toBe(404);
    expect((await office.get(PATH, 'owner1')).statusCode).toBe(403);
  });
});
