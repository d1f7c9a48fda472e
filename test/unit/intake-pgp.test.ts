import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createLook } from '../../src/intake/look.ts';
import type { Reading } from '../../src/intake/reading.ts';
import { createExaminer } from '../../src/mail/examiner.ts';
import type { Entity } from '../../src/mail/mime-out.ts';
import { encryptedEntity, signedEntity } from '../../src/mail/pgp/writing.ts';
import { createReader } from '../../src/mail/reader.ts';
import { AT, type PgpPerson, pgpPerson } from './mail/pgp-people.ts';

const letters = createReader();
const examiner = createExaminer({
  resolver: async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  },
});
afterAll(() => Promise.all([letters.close(), examiner.close()]));

let [ours, anna, bob]: PgpPerson[] = [];
beforeAll(async () => {
  [ours, anna, bob] = await Promise.all([
    pgpPerson('csirt@example.org'),
    pgpPerson('anna@example.net'),
    pgpPerson('bob@example.net'),
  ]);
});

/** Anna's and Bob's certificates are known. */
function look(bytes: Buffer): Promise<Reading> {
  const read = createLook({
    ...{ letters, examiner, receivedBy: () => [], now: () => AT.getTime() },
    ours: { addresses: ['csirt@example.org'], mark: { name: 'X-Ours', value: 'mine' } },
    keysOf: (mailbox) => (mailbox === 'contact' ? [ours?.own.key.armor() ?? ''] : []),
    certificates: async () =>
      [anna, bob].map((person) => ({
        address: person?.address ?? '',
        armored: person?.armoredPublic ?? '',
      })),
  });
  const envelope = { mailFrom: null, rcptTo: [], remoteAddress: null, helo: null };
  return read({
    ...{ sha256: '0'.repeat(64), bytes, mailbox: 'contact', receivedAt: AT.getTime(), wholeSize: null },
    ...{ envelope, attempts: 0 },
  });
}

function mail({ contentType, body }: Entity, from = 'anna@example.net'): Buffer {
  const head = [
    `From: Anna <${from}>`,
    'To: csirt@example.org',
    'Subject: ...',
    'Message-ID: <1@example.net>',
    'MIME-Version: 1.0',
    `Content-Type: ${contentType}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

const textOf = (body: Uint8Array): string => Buffer.from(body).toString('latin1');

const said = (signer: PgpPerson | undefined) => ({
  text: 'TLP:AMBER Our keys are out.',
  subject: 'Keys are out',
  signer: (signer as PgpPerson).own,
  at: AT,
});

describe('a mail that is encrypted to a mailbox of ours', () => {
  test('is read, with the subject inside, and its owner is known by their signature', async () => {
    const entity = await encryptedEntity(said(anna), [(ours as PgpPerson).certificate]);
    expect(await look(mail(entity))).toMatchObject({
      subject: 'Keys are out',
      text: 'TLP:AMBER Our keys are out.',
      unparsedReason: null,
      isVerified: true,
      protection: {
        ...{ form: 'mime-encrypted', isEncrypted: true, hasOutside: false, problem: null },
        ...{ signature: 'valid', signer: anna?.own.fingerprint },
      },
    });
  });

  test('and signed by somebody else than its From address proves nobody', async () => {
    const entity = await encryptedEntity(said(bob), [(ours as PgpPerson).certificate]);
    expect(await look(mail(entity))).toMatchObject({
      isVerified: false,
      protection: { signature: 'other-signer', signer: bob?.own.fingerprint },
    });
  });
});

describe('a mail that is signed', () => {
  test('is read as it was signed', async () => {
    expect(await look(mail(await signedEntity(said(anna))))).toMatchObject({
      text: 'TLP:AMBER Our keys are out.',
      isVerified: true,
      protection: { form: 'mime-signed', isEncrypted: false, signature: 'valid' },
    });
  });

  test('and altered on its way is read, and counts for nobody', async () => {
    const { contentType, body } = await signedEntity(said(anna));
    const altered = Buffer.from(textOf(body).replace('Our keys', 'No keys'), 'latin1');
    expect(await look(mail({ contentType, body: altered }))).toMatchObject({
      text: 'TLP:AMBER No keys are out.',
      isVerified: false,
      protection: { form: 'mime-signed', signature: 'invalid', signer: null },
    });
  });
});

describe('a mail that we cannot open', () => {
  test('says why, and keeps the words outside without the ciphertext', async () => {
    const { body } = await encryptedEntity(said(anna), [(bob as PgpPerson).certificate]);
    const armored = textOf(body).match(/-----BEGIN PGP MESSAGE-----[^]*-----END PGP MESSAGE-----/)?.[0];
    const entity = {
      contentType: 'text/plain; charset=utf-8',
      body: Buffer.from(`Urgent, please call me.\r\n\r\n${armored}\r\n`),
    };
    expect(await look(mail(entity))).toMatchObject({
      unparsedReason: 'pgp-no-key',
      text: 'Urgent, please call me.',
      isVerified: false,
      protection: { form: 'inline-encrypted', isEncrypted: false, problem: 'no-key', signature: 'none' },
    });
  });
});

describe('a mail without PGP', () => {
  test('has no protection', async () => {
    const entity = { contentType: 'text/plain', body: Buffer.from('Seen at noon.') };
    expect(await look(mail(entity))).toMatchObject({ protection: null, text: 'Seen at noon.' });
  });
});
