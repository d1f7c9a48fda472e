import { encryptKey, generateKey, readKey, revokeKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { expiresWithin, readCertificate } from '../../../src/mail/pgp/certificates.ts';
import { openKey, UnusableKey } from '../../../src/mail/pgp/keys.ts';
import { AT, certificateOf, pgpPerson, YEAR_MS } from './pgp-people.ts';

const DAY_S = 86_400;
const MADE = new Date(AT.getTime() - YEAR_MS);

describe('a certificate', () => {
  test('says whose it is and that it can be encrypted to', async () => {
    const { certificate, own } = await pgpPerson('Anna@Example.org', {
      userIDs: [
        { name: 'Anna', email: 'Anna@Example.org' },
        { email: 'lead@example.org' },
        { name: 'no address' },
      ],
    });
    expect(certificate).toMatchObject({
      fingerprint: own.fingerprint,
      addresses: ['anna@example.org', 'lead@example.org'],
      expiresAt: null,
      isRevoked: false,
      canEncrypt: true,
    });
    expect(certificate.fingerprint).toMatch(/^[0-9A-F]{40}$/);
    expect(expiresWithin(certificate, 10_000, AT)).toBe(false);
  });

  test('warns of its end, and cannot be encrypted to after it', async () => {
    const lifetime = 400 * DAY_S;
    const { certificate, armoredPublic } = await pgpPerson('anna@example.org', {
      keyExpirationTime: lifetime,
    });
    const end = new Date(MADE.getTime() + lifetime * 1000);
    expect(certificate).toMatchObject({ expiresAt: end, canEncrypt: true });
    expect(expiresWithin(certificate, 34, AT)).toBe(false);
    expect(expiresWithin(certificate, 35, AT)).toBe(true);
    expect(await readCertificate(armoredPublic, end)).toMatchObject({
      expiresAt: end,
      canEncrypt: false,
      addresses: ['anna@example.org'],
    });
  });

  test('ends when the key ends that it is encrypted to', async () => {
    const { certificate } = await pgpPerson('anna@example.org', {
      subkeys: [{ keyExpirationTime: 370 * DAY_S }],
    });
    expect(certificate.expiresAt).toEqual(new Date(MADE.getTime() + 370 * DAY_S * 1000));
    expect(expiresWithin(certificate, 14, AT)).toBe(true);
  });

  test('that can only sign says so', async () => {
    const { certificate } = await pgpPerson('anna@example.org', { subkeys: [] });
    expect(certificate.canEncrypt).toBe(false);
  });

  test('that was withdrawn says so', async () => {
    const { own } = await pgpPerson('anna@example.org');
    const { publicKey } = await revokeKey({ key: own.key, date: AT, format: 'armored' });
    expect(await certificateOf(publicKey)).toMatchObject({ isRevoked: true, canEncrypt: false });
  });

  test('does not carry an address that its owner has not certified', async () => {
    const [anna, mallory] = await Promise.all([
      pgpPerson('anna@example.org'),
      pgpPerson('mallory@example.net'),
    ]);
    const stolen = await readKey({ armoredKey: anna.armoredPublic });
    const forged = await readKey({ armoredKey: mallory.armoredPublic });
    forged.users.push(...stolen.users);
    expect(await certificateOf(forged.armor())).toMatchObject({ addresses: ['mallory@example.net'] });
  });

  test.each([
    ['nothing', 'damaged', ''],
    ['a text', 'damaged', 'my key is on my page'],
    [
      'a torn one',
      'damaged',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ!\n-----END PGP PUBLIC KEY BLOCK-----',
    ],
    ['a flood', 'too-large', 'x'.repeat(1_000_001)],
  ])('is not to be had of %s: %s', async (_, problem, armored) => {
    expect(await readCertificate(armored, AT)).toEqual({ problem });
  });

  test('is not taken from a private key', async () => {
    const { armoredPrivate } = await pgpPerson('anna@example.org');
    expect(await readCertificate(armoredPrivate, AT)).toEqual({ problem: 'private-key' });
  });

  test('is one: of several nobody says which is meant', async () => {
    const [one, two] = await Promise.all([pgpPerson('anna@example.org'), pgpPerson('bo@example.org')]);
    expect(await readCertificate(`${one.armoredPublic}\n${two.armoredPublic}`, AT)).toEqual({
      problem: 'several',
    });
  });
});

describe('a key of ours', () => {
  test('opens with its passphrase, and with no other', async () => {
    const { privateKey } = await generateKey({
      userIDs: { email: 'csirt@ours.example' },
      passphrase: 'correct horse',
    });
    expect((await openKey(privateKey, 'correct horse')).key.isDecrypted()).toBe(true);
    await expect(openKey(privateKey)).rejects.toBeInstanceOf(UnusableKey);
    const wrong = openKey(privateKey, 'battery staple');
    await expect(wrong).rejects.toMatchObject({ code: 'unusable-pgp-key' });
    await expect(wrong).rejects.not.toThrow(/battery/);
  });

  test('is told from what is none', async () => {
    const { armoredPublic, own } = await pgpPerson('csirt@ours.example');
    await expect(openKey(armoredPublic)).rejects.toBeInstanceOf(UnusableKey);
    await expect(openKey('')).rejects.toBeInstanceOf(UnusableKey);
    const locked = await encryptKey({ privateKey: own.key, passphrase: 'x' });
    expect((await openKey(locked.armor(), 'x')).fingerprint).toBe(own.fingerprint);
  });
});
