import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import {
  armor,
  createCleartextMessage,
  createMessage,
  encrypt,
  encryptSessionKey,
  enums,
  generateSessionKey,
  Message,
  PacketList,
  revokeKey,
  sign,
  SymmetricallyEncryptedDataPacket,
} from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildMail, type Entity } from '../../../src/mail/mime-out.ts';
import { type PgpReading, readPgp, type ReadingOptions } from '../../../src/mail/pgp/reading.ts';
import { encryptedEntity, signedEntity } from '../../../src/mail/pgp/writing.ts';
import { AT, certificateOf, pgpPerson, type PgpPerson, YEAR_MS } from './pgp-people.ts';

const SECRET = 'The key of the IdP is gone since 20:39.';

let us: PgpPerson;
let anna: PgpPerson;
let mallory: PgpPerson;
beforeAll(async () => {
  [us, anna, mallory] = await Promise.all([
    pgpPerson('csirt@ours.example'),
    pgpPerson('anna@example.org'),
    pgpPerson('mallory@example.net'),
  ]);
});

describe('a mail that was encrypted to us', () => {
  test('is opened, and its signature says who wrote it', async () => {
    const bytes = await mailOf(await encryptedEntity(said(anna, 'Stolen key'), [us.certificate]));
    expect(bytes.toString()).not.toContain('IdP');
    const reading = await read(bytes);
    expect(reading).toMatchObject({
      form: 'mime-encrypted',
      isEncrypted: true,
      hasOutside: false,
      problem: null,
      signature: 'valid',
      signer: { fingerprint: anna.own.fingerprint },
    });
    expect(textOf(reading)).toContain(SECRET);
    expect(textOf(reading)).toContain('Subject: Stolen key');
  });

  test('is opened where the signature is inside, by MIME', async () => {
    const inner = await signedEntity(said(anna));
    const message = await createMessage({ binary: entityBytes(inner) });
    const armored = await encrypt({ message, encryptionKeys: us.certificate.key });
    const reading = await read(await mailOf(encryptedAs(armored)));
    expect(reading).toMatchObject({ isEncrypted: true, signature: 'valid' });
    expect(textOf(reading)).toContain(SECRET);
    expect(textOf(reading)).not.toContain('PGP SIGNATURE');
  });

  test('is opened as Exchange leaves it', async () => {
    const { body } = await encryptedEntity(said(anna), [us.certificate]);
    const boundary = /^--(\S+)/.exec(Buffer.from(body).toString())?.[1] ?? '';
    const reading = await read(
      await mailOf({
        contentType: `multipart/mixed; boundary="${boundary}"`,
        body: Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Type: text/plain\r\n\r\n\r\n`), body]),
      }),
    );
    expect(reading).toMatchObject({ form: 'mime-encrypted', isEncrypted: true, signature: 'valid' });
  });

  test('unsigned is opened, and nobody has written it', async () => {
    const message = await createMessage({ text: SECRET });
    const armored = await encrypt({ message, encryptionKeys: us.certificate.key });
    expect(await read(await mailOf(encryptedAs(armored)))).toMatchObject({
      isEncrypted: true,
      signature: 'none',
    });
  });

  test('is opened by a key of ours that has ended since', async () => {
    const old = await pgpPerson(us.address, { keyExpirationTime: 86_400 });
    const message = await createMessage({ text: SECRET });
    const armored = await encrypt({
      message,
      encryptionKeys: old.certificate.key,
      date: new Date(AT.getTime() - YEAR_MS + 1000),
    });
    const reading = await read(await mailOf(encryptedAs(armored)), { keys: [us.own, old.own] });
    expect(reading).toMatchObject({ isEncrypted: true, problem: null });
    expect(textOf(reading)).toContain(SECRET);
  });

  test('inside its text is opened, and the words around it are not in it', async () => {
    const message = await createMessage({ text: SECRET });
    const armored = await encrypt({
      message,
      encryptionKeys: us.certificate.key,
      signingKeys: anna.own.key,
      date: AT,
    });
    const around = `Pay this bill first!\n\n${armored}\nRegards`;
    for (const bytes of [
      plainMail(around),
      plainMail(around, 'base64'),
      plainMail(around, 'quoted-printable'),
    ]) {
      const reading = await read(bytes);
      expect(reading).toMatchObject({
        form: 'inline-encrypted',
        isEncrypted: true,
        hasOutside: true,
        signature: 'valid',
      });
      expect(textOf(reading)).toContain(SECRET);
      expect(textOf(reading)).not.toContain('bill');
    }
    expect(await read(plainMail(armored))).toMatchObject({ hasOutside: false });
  });
});

describe('what cannot be had says why', () => {
  test('it is for another key', async () => {
    const bytes = await mailOf(await encryptedEntity(said(anna), [mallory.certificate]));
    expect(await read(bytes)).toMatchObject({ ...CLOSED, problem: 'no-key' });
    expect(await read(bytes, { keys: [] })).toMatchObject({ ...CLOSED, problem: 'no-key' });
  });

  test('it is for a password', async () => {
    const armored = await encrypt({ message: await createMessage({ text: SECRET }), passwords: 'x' });
    expect(await read(await mailOf(encryptedAs(armored)))).toMatchObject({ ...CLOSED, problem: 'no-key' });
  });

  test('its armor is damaged', async () => {
    const whole = (await mailOf(await encryptedEntity(said(anna), [us.certificate]))).toString();
    for (const damaged of [
      whole.replace('-----BEGIN PGP MESSAGE-----', '-----BEGIN PGP MESAGE-----'),
      whole.replace(/(MESSAGE-----\r\n\r\n.{10})./, '$1!'),
      whole.replace(/-----BEGIN[^]*END PGP MESSAGE-----/, ''),
      whole.replace('Content-Type: application/pgp-encrypted', 'Content-Type: text/plain'),
    ]) {
      expect(damaged).not.toBe(whole);
      expect(await read(Buffer.from(damaged))).toMatchObject({ ...CLOSED, problem: 'damaged' });
    }
  });

  test('it was altered', async () => {
    const message = await createMessage({ text: SECRET.repeat(50) });
    const binary = await encrypt({ message, encryptionKeys: us.certificate.key, format: 'binary' });
    binary[binary.length - 40]! ^= 1;
    const reading = await read(await mailOf(encryptedAs(armor(enums.armor.message, binary))));
    expect(reading).toMatchObject({ ...CLOSED, problem: 'damaged' });
  });

  test('it is encrypted in a way that hides alterations', async () => {
    const packet = new SymmetricallyEncryptedDataPacket() as unknown as {
      packets: unknown;
      encrypt(algorithm: enums.symmetric, key: Uint8Array): Promise<void>;
    };
    const encryptionKeys = us.certificate.key;
    const sessionKey = await generateSessionKey({ encryptionKeys });
    const keyMessage = await encryptSessionKey({ ...sessionKey, encryptionKeys, format: 'object' });
    packet.packets = (await createMessage({ text: SECRET })).packets;
    await packet.encrypt(enums.symmetric[sessionKey.algorithm as 'aes256'], sessionKey.data);
    const packets = new PacketList();
    packets.push(...keyMessage.packets, packet as never);
    const armored = new Message(packets as never).armor();
    expect(await read(await mailOf(encryptedAs(armored)))).toMatchObject({
      ...CLOSED,
      problem: 'unprotected',
    });
  });

  test('it is a bomb when unpacked', async () => {
    const config = { preferredCompressionAlgorithm: enums.compression.zlib };
    const packing = await pgpPerson(us.address, { config });
    const message = await createMessage({ binary: new Uint8Array(5_000_000) });
    const armored = await encrypt({ message, encryptionKeys: packing.certificate.key, config });
    expect(armored.length).toBeLessThan(50_000);
    const bytes = await mailOf(encryptedAs(armored));
    const keys = [packing.own];
    expect(await read(bytes, { keys, largestBytes: 1_000_000 })).toMatchObject({
      ...CLOSED,
      problem: 'too-large',
    });
    expect(await read(bytes, { keys })).toMatchObject({ isEncrypted: true, problem: null });
  });

  test('it is packed over and over', async () => {
    const packed = async (layers: number): Promise<PgpReading> => {
      let packet = (await createMessage({ text: SECRET })).write() as Uint8Array;
      for (let layer = 0; layer < layers; layer += 1) packet = packedOnceMore(packet);
      return await read(await mailOf(encryptedAs(armor(enums.armor.message, packet))));
    };
    expect(textOf(await packed(1))).toContain(SECRET);
    expect(await packed(2)).toMatchObject({ ...CLOSED, problem: 'damaged' });
    expect(await packed(500)).toMatchObject({ ...CLOSED, problem: 'damaged' });
  });

  const CLOSED = { content: null, isEncrypted: false, signature: 'none' } as const;
});

describe('what stands beside an encrypted part', () => {
  test('does not become part of it: a part among others is not opened at all', async () => {
    const { contentType, body } = await encryptedEntity(said(anna), [us.certificate]);
    const bytes = await mailOf(
      mixed([
        'Content-Type: text/html\r\n\r\n<img src="https://attacker.example/',
        `Content-Type: ${contentType}\r\n\r\n${Buffer.from(body).toString()}`,
        'Content-Type: text/html\r\n\r\n">',
      ]),
    );
    expect(await read(bytes)).toMatchObject({ form: 'none', content: null, isEncrypted: false });
  });

  test('does not go with it: a third part is no form of PGP/MIME', async () => {
    const { contentType, body } = await encryptedEntity(said(anna), [us.certificate]);
    const boundary = /boundary="([^"]+)"/.exec(contentType)?.[1] ?? '';
    const more = Buffer.from(body)
      .toString()
      .replace(`--${boundary}--`, `--${boundary}\r\nContent-Type: text/html\r\n\r\n<b>\r\n--${boundary}--`);
    expect(await read(await mailOf({ contentType, body: Buffer.from(more) }))).toMatchObject({
      content: null,
      problem: 'damaged',
    });
  });

  test('what is only signed is not encrypted, whatever the mail calls itself', async () => {
    const message = await createMessage({ text: SECRET });
    const armored = await sign({ message, signingKeys: anna.own.key, date: AT });
    expect(await read(await mailOf(encryptedAs(armored)))).toMatchObject({
      isEncrypted: false,
      signature: 'valid',
    });
    expect(await read(plainMail(armored))).toMatchObject({ form: 'inline-signed', isEncrypted: false });
  });
});

describe('a signature', () => {
  test('says that its owner wrote exactly this', async () => {
    const bytes = await mailOf(await signedEntity(said(anna)));
    const reading = await read(bytes);
    expect(reading).toMatchObject({ form: 'mime-signed', isEncrypted: false, signature: 'valid' });
    expect(textOf(reading)).toContain(SECRET);
    const altered = Buffer.from(bytes.toString().replace('20:39', '21:39'));
    expect(await read(altered)).toMatchObject({ signature: 'invalid' });
    const torn = Buffer.from(bytes.toString().replace(/(SIGNATURE-----\r\n\r\n.{10})./, '$1!'));
    expect(await read(torn)).toMatchObject({ signature: 'invalid' });
  });

  test('bears line breaks that a mailbox has made short', async () => {
    const bytes = await mailOf(await signedEntity(said(anna)));
    expect(await read(Buffer.from(bytes.toString().replaceAll('\r\n', '\n')))).toMatchObject({
      signature: 'valid',
    });
  });

  test('in the text covers what stands between its marks', async () => {
    const message = await createCleartextMessage({ text: `${SECRET}\n- done` });
    const armored = await sign({ message, signingKeys: anna.own.key, date: AT });
    const reading = await read(plainMail(`And pay this.\n${armored}`));
    expect(reading).toMatchObject({ form: 'inline-signed', signature: 'valid', hasOutside: true });
    expect(textOf(reading)).toContain(SECRET);
    expect(textOf(reading)).not.toContain('pay');
    expect(await read(plainMail(armored.replace('20:39', '21:39')))).toMatchObject({ signature: 'invalid' });
    expect(await read(plainMail(armored.replace('\n\n', '\nHash: \n')))).toMatchObject({
      problem: 'damaged',
    });
  });

  test('of somebody else’s key does not speak for the From address', async () => {
    const bytes = await mailOf(await signedEntity(said(mallory)));
    expect(await read(bytes)).toMatchObject({
      signature: 'other-signer',
      signer: { fingerprint: mallory.own.fingerprint },
    });
    expect(await read(bytes, { from: mallory.address })).toMatchObject({ signature: 'valid' });
    expect(await read(bytes, { from: null })).toMatchObject({ signature: 'other-signer' });
  });

  test('of a key that names the address, and was given to us for another, does not either', async () => {
    const pretender = await pgpPerson('anna@example.org');
    const senders = [
      { address: anna.address, certificate: anna.certificate },
      { address: mallory.address, certificate: pretender.certificate },
    ];
    const bytes = await mailOf(await signedEntity(said(pretender)));
    expect(await read(bytes, { senders })).toMatchObject({ signature: 'other-signer' });
  });

  test('of a key that was given to us for the address, and does not name it, does not either', async () => {
    const senders = [{ address: anna.address, certificate: mallory.certificate }];
    const bytes = await mailOf(await signedEntity(said(mallory)));
    expect(await read(bytes, { senders })).toMatchObject({ signature: 'other-signer' });
  });

  test('of a key that we do not know says nothing', async () => {
    const bytes = await mailOf(await signedEntity(said(await pgpPerson('anna@example.org'))));
    const reading = await read(bytes);
    expect(reading.signature).toBe('unknown-key');
    expect(reading).not.toHaveProperty('signer');
  });

  test('of a key that has ended counts no more, however old it says that it is', async () => {
    const ended = await pgpPerson(anna.address, { keyExpirationTime: 86_400 });
    const senders = [{ address: anna.address, certificate: ended.certificate }];
    const backdated = new Date(AT.getTime() - YEAR_MS + 1000);
    const bytes = await mailOf(await signedEntity({ ...said(ended), at: backdated }));
    expect(await read(bytes, { senders })).toMatchObject({ signature: 'expired-key' });
    expect(await read(bytes, { senders, at: new Date(backdated.getTime() + 1000) })).toMatchObject({
      signature: 'valid',
    });
  });

  test('of a key that was withdrawn counts no more', async () => {
    const { publicKey } = await revokeKey({ key: anna.own.key, date: AT, format: 'armored' });
    const senders = [{ address: anna.address, certificate: await certificateOf(publicKey) }];
    const bytes = await mailOf(await signedEntity({ ...said(anna), at: new Date(AT.getTime() - 60_000) }));
    expect(await read(bytes, { senders })).toMatchObject({ signature: 'revoked-key' });
  });

  test('from a clock that is a little ahead counts, from next week it does not', async () => {
    const ahead = async (ms: number) =>
      await read(await mailOf(await signedEntity({ ...said(anna), at: new Date(AT.getTime() + ms) })));
    expect(await ahead(60_000)).toMatchObject({ signature: 'valid' });
    expect(await ahead(7 * 86_400_000)).toMatchObject({ signature: 'invalid' });
  });
});

describe('anything', () => {
  test('without PGP is left to the reader of mail', async () => {
    expect(await read(plainMail('A scan on port 22.'))).toMatchObject({
      form: 'none',
      content: null,
      problem: null,
      signature: 'none',
    });
  });

  test('is read without throwing, however it was altered', async () => {
    const samples = [
      await mailOf(await encryptedEntity(said(anna), [us.certificate])),
      await mailOf(await signedEntity(said(anna))),
    ];
    const alteration = fc.record({
      at: fc.nat(),
      length: fc.nat(40),
      bytes: fc.uint8Array({ maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...samples),
        fc.array(alteration, { maxLength: 4 }),
        async (sample, all) => {
          let bytes = sample;
          for (const { at, length, bytes: put } of all) {
            const from = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + length)]);
          }
          const reading = await read(bytes);
          // Whatever happened to it, what passes for Anna's words are Anna's words.
          if (reading.signature === 'valid') expect(textOf(reading)).toContain(SECRET);
          expect(reading.problem === null || reading.content === null).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
        expect(await read(bytes)).toMatchObject({ content: null, signature: 'none' });
      }),
      { numRuns: 200 },
    );
  });
});

async function read(bytes: Uint8Array, options: Partial<ReadingOptions> = {}): Promise<PgpReading> {
  const senders = [anna, mallory].map(({ address, certificate }) => ({ address, certificate }));
  return await readPgp(bytes, { keys: [us.own], senders, from: anna.address, at: AT, ...options });
}

function said({ own }: PgpPerson, subject?: string) {
  return { text: SECRET, signer: own, at: AT, ...(subject !== undefined && { subject }) };
}

function textOf({ content }: PgpReading): string {
  return Buffer.from(content ?? []).toString();
}

async function mailOf(entity: Entity): Promise<Buffer> {
  const { bytes } = await buildMail({
    from: { address: 'anna@example.org' },
    to: [{ address: 'csirt@ours.example' }],
    subject: '...',
    content: { entity },
    messageId: '<1@example.org>',
    date: AT,
    loop: 'anna',
  });
  return bytes;
}

/** Compressed data around a packet. Source: RFC 9580, section 5.6 */
function packedOnceMore(packet: Uint8Array): Uint8Array {
  const content = Buffer.concat([Buffer.from([enums.compression.zip]), deflateRawSync(packet)]);
  const header = Buffer.alloc(6, 0xff);
  header[0] = 0xc0 + enums.packet.compressedData;
  header.writeUInt32BE(content.length, 2);
  return new Uint8Array(Buffer.concat([header, content]));
}

function plainMail(text: string, encoding: '8bit' | 'base64' | 'quoted-printable' = '8bit'): Buffer {
  const body = {
    '8bit': () => text,
    base64: () => Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\n'),
    'quoted-printable': () => text.replaceAll('=', '=3D').replaceAll(/.{60}/g, '$&=\n'),
  }[encoding]();
  const header = `From: anna@example.org\nContent-Transfer-Encoding: ${encoding}\n`;
  return Buffer.from(`${header}\n${body}\n`.replaceAll('\n', '\r\n'));
}

function encryptedAs(armored: string): Entity {
  const { body } = mixed([
    'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n',
    `Content-Type: application/octet-stream\r\n\r\n${armored}`,
  ]);
  return { contentType: 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b', body };
}

function mixed(parts: readonly string[]): Entity {
  const body = parts.map((part) => `--b\r\n${part}\r\n`).join('');
  return { contentType: 'multipart/mixed; boundary=b', body: Buffer.from(`${body}--b--\r\n`) };
}

function entityBytes({ contentType, body }: Entity): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(`Content-Type: ${contentType}\r\n\r\n`), body]));
}
