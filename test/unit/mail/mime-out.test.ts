import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { authenticate } from '../../../src/mail/authentication.ts';
import {
  buildMail,
  LOOP_HEADER,
  type OutgoingMail,
  refuseUnusableKey,
  UnwritableMail,
} from '../../../src/mail/mime-out.ts';

const MAIL: OutgoingMail = {
  from: { name: 'CSIRT „Nord“', address: 'csirt@ours.example' },
  to: [{ address: 'anna@example.org' }],
  subject: 'Über den Vorfall INC-2026-0001',
  content: { text: 'Guten Tag,\n\nwir haben Ihre Meldung erhalten.\n' },
  messageId: '<INC-2026-0001.1@ours.example>',
  date: new Date('2026-11-25T10:00:00Z'),
  loop: 'csirt@ours.example',
};

describe('a mail of ours', () => {
  test('arrives as it was written', async () => {
    const { bytes, envelope } = await buildMail({
      ...MAIL,
      to: [...MAIL.to, { name: 'Müller, Bo', address: 'bo@example.org' }],
      replyTo: { address: 'ir+INC-2026-0001@ours.example' },
      inReplyTo: '<2@example.org>',
      references: ['<1@example.org>', '<2@example.org>'],
    });
    const mail = await simpleParser(bytes);
    expect(mail.from?.value).toEqual([MAIL.from]);
    expect(mail.to).toMatchObject({
      value: [...MAIL.to, { name: 'Müller, Bo', address: 'bo@example.org' }],
    });
    expect(mail.replyTo?.value).toMatchObject([{ address: 'ir+INC-2026-0001@ours.example' }]);
    expect(mail.subject).toBe(MAIL.subject);
    expect(mail.text).toBe('Guten Tag,\n\nwir haben Ihre Meldung erhalten.\n');
    expect(mail.messageId).toBe(MAIL.messageId);
    expect(mail.date).toEqual(MAIL.date);
    expect(mail.inReplyTo).toBe('<2@example.org>');
    expect(mail.references).toEqual(['<1@example.org>', '<2@example.org>']);
    expect(headersOf(bytes)).toMatchObject({
      [LOOP_HEADER.toLowerCase()]: 'csirt@ours.example',
    });
    expect(envelope).toEqual({ from: 'csirt@ours.example', to: ['anna@example.org', 'bo@example.org'] });
  });

  test('is plain text in lines that every server takes', async () => {
    const text = `${'word '.repeat(400)}\n${'x'.repeat(3000)}\n日本語 ${'長い'.repeat(500)}`;
    const { bytes } = await buildMail({ ...MAIL, content: { text } });
    const raw = bytes.toString('latin1');
    expect(raw).not.toMatch(/[^\r]\n|\r[^\n]|\P{ASCII}/u);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
    const mail = await simpleParser(bytes);
    expect(mail.text?.split('\n')[0]).toHaveLength(69);
    expect(mail.text?.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
    expect(mail.html).toBe(false);
  });

  test('is the same mail at every attempt', async () => {
    const [one, two] = [await buildMail(MAIL), await buildMail(MAIL)];
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });

  test('has no return path when nobody is to answer', async () => {
    const { envelope, bytes } = await buildMail({ ...MAIL, hasNullReturnPath: true });
    expect(envelope.from).toBe('');
    expect(headersOf(bytes)).not.toHaveProperty('return-path');
  });

  test('carries the first and the latest of a long thread', async () => {
    const references = Array.from({ length: 200 }, (_, index) => `<${index}@example.org>`);
    const mail = await simpleParser((await buildMail({ ...MAIL, references })).bytes);
    expect(mail.references).toHaveLength(30);
    expect(mail.references?.[0]).toBe('<0@example.org>');
    expect(mail.references?.at(-1)).toBe('<199@example.org>');
  });

  test('carries a body that was built before byte by byte', async () => {
    const body = Buffer.from('--b\r\nContent-Type: text/plain\r\n\r\nFrom here \r\n.\r\n--b--\r\n');
    const { bytes } = await buildMail({
      ...MAIL,
      content: { entity: { contentType: 'multipart/signed; boundary="b"; micalg=pgp-sha512', body } },
    });
    expect(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).equals(body)).toBe(true);
    expect(headersOf(bytes)['content-type']).toMatch(
      /^multipart\/signed; boundary=("?)b\1; micalg=pgp-sha512$/,
    );
  });
});

describe('an address', () => {
  test.each([
    ['"john doe"@example.org'],
    ['"a,b"@example.org'],
    [String.raw`"quo\"te"@example.org`],
    ['"x@evil.example"@example.org'],
    ["o'brien+tag@example.org"],
    ['anna@[192.0.2.1]'],
  ])('%s is one recipient, and that one', async (address) => {
    const { bytes, envelope } = await buildMail({ ...MAIL, to: [{ name: 'Anna, the first', address }] });
    expect(envelope.to).toEqual([address]);
    expect(headersOf(bytes)['to']).toBe(`"Anna, the first" <${address}>`);
  });

  test('in letters of other scripts is written as servers know it', async () => {
    expect((await buildMail({ ...MAIL, to: [{ address: 'anna@bücher.example' }] })).envelope.to).toEqual([
      'anna@xn--bcher-kva.example',
    ]);
  });

  test.each([
    [''],
    ['anna'],
    ['anna@'],
    ['a@example.org, b@example.org'],
    ['a@example.org b@example.org'],
    ['Anna <anna@example.org>'],
    ['<anna@example.org>'],
    ['a@b@example.org'],
    ['anna@example.org\r\nBcc: b@example.org'],
    ['"a\nb"@example.org'],
    ['"a\0b"@example.org'],
    ['"a<b"@example.org'],
    ['"open@example.org'],
    ['anna(comment)@example.org'],
    ['anna@example.org.'],
    ['group:anna@example.org;'],
    [`${'a'.repeat(400)}@example.org`],
  ])('%j is refused, wherever it stands', async (address) => {
    for (const mail of [
      { from: { address } },
      { to: [{ address: 'a@example.org' }, { address }] },
      { replyTo: { address } },
    ]) {
      await expect(buildMail({ ...MAIL, ...mail })).rejects.toBeInstanceOf(UnwritableMail);
    }
  });
});

describe('what would be another header', () => {
  const breaks = [
    '\r\nBcc: b@example.org',
    '\nX: y',
    '\rX: y',
    '\0',
    '\u{85}',
    '\u{2028}',
    '\u{7f}',
    '\u{D800}',
  ];
  const fields: readonly (readonly [string, (text: string) => Partial<OutgoingMail>])[] = [
    ['from', (text) => ({ from: { name: text, address: 'a@example.org' } })],
    ['to', (text) => ({ to: [{ name: text, address: 'a@example.org' }] })],
    ['replyTo', (text) => ({ replyTo: { name: text, address: 'a@example.org' } })],
    ['subject', (text) => ({ subject: text })],
    ['messageId', (text) => ({ messageId: `<a${text}@example.org>` })],
    ['references', (text) => ({ inReplyTo: `<a${text}@example.org>` })],
    ['references', (text) => ({ references: [`<a${text}@example.org>`] })],
    ['loop', (text) => ({ loop: text })],
    [
      'content type',
      (text) => ({ content: { entity: { contentType: `a/b${text}`, body: Buffer.alloc(0) } } }),
    ],
  ];

  test.each(fields)('is refused in %s, and the message says where', async (field, within) => {
    for (const text of breaks) {
      const refused = buildMail({ ...MAIL, ...within(`x${text}y`) });
      await expect(refused).rejects.toMatchObject({ code: 'unwritable-mail', field });
      await expect(refused).rejects.not.toThrow(/b@example/);
    }
  });

  test('cannot be written, whatever is tried: the mail that was meant goes out, or none', async () => {
    const tricky = fc.string({ unit: 'binary', maxLength: 60 });
    const specials = fc.string({
      unit: fc.constantFrom('"', '\\', '<', '>', '@', ',', ';', ':', '(', ')', '=', '?', '_', ' ', 'é', '😀'),
      maxLength: 60,
    });
    const words = fc.oneof(tricky, specials);
    let written = 0;
    await fc.assert(
      fc.asyncProperty(words, words, words, async (subject, name, text) => {
        const mail = { ...MAIL, subject, content: { text }, to: [{ name, address: 'a@example.org' }] };
        const built = await buildMail(mail).catch((error: unknown) => error);
        if (built instanceof UnwritableMail) return;
        written += 1;
        const { bytes, envelope } = built as Awaited<ReturnType<typeof buildMail>>;
        expect(envelope.to).toEqual(['a@example.org']);
        const others = Object.keys(headersOf(bytes)).filter((field) => !WRITTEN.includes(field));
        expect(others).toEqual([]);
        expect(bytes.toString('latin1')).not.toMatch(/[^\r]\n|\r[^\n]/);
        const read = await simpleParser(bytes);
        expect(read.to).toMatchObject({ value: [{ address: 'a@example.org' }] });
      }),
      { numRuns: 300 },
    );
    expect(written).toBeGreaterThan(100);
  });

  test('data cannot make us read a file or a page', async () => {
    for (const text of [{ path: '/etc/hostname' }, { href: 'http://127.0.0.1/' }, { raw: 'From: x' }]) {
      const mail = { ...MAIL, content: { text } } as unknown as OutgoingMail;
      await expect(buildMail(mail)).rejects.toThrow();
    }
  });

  test('a mail to nobody and one of no time are refused', async () => {
    await expect(buildMail({ ...MAIL, to: [] })).rejects.toMatchObject({ field: 'to' });
    await expect(buildMail({ ...MAIL, date: new Date(Number.NaN) })).rejects.toMatchObject({ field: 'date' });
  });
});

describe('a signature for our domain', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const key = { domain: 'ours.example', selector: 'tocsin', privateKey };

  test('is found good by whoever gets the mail', async () => {
    const { bytes } = await buildMail({ ...MAIL, references: ['<1@example.org>'] }, key);
    const found = await authenticate(bytes, {
      ourHosts: [],
      resolver: (name) =>
        name === 'tocsin._domainkey.ours.example'
          ? Promise.resolve([[`v=DKIM1; p=${publicKey.toString('base64')}`]])
          : Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' })),
    });
    expect(found).toMatchObject({ from: 'verified', dkim: [{ domain: 'ours.example', result: 'pass' }] });
  });

  test.each([
    ['no key', { privateKey: 'nothing' }],
    [
      'a key of another kind',
      {
        privateKey: generateKeyPairSync('ed25519').privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }) as string,
      },
    ],
    ['a domain that is none', { domain: 'ours.example; d=x' }],
    ['a selector that is none', { selector: 'a b' }],
  ])('with %s is refused at the start, and nothing goes out unsigned', async (_, part) => {
    expect(() => refuseUnusableKey({ ...key, ...part })).toThrow(UnwritableMail);
    await expect(buildMail(MAIL, { ...key, ...part })).rejects.toBeInstanceOf(UnwritableMail);
  });
});

const WRITTEN = [
  'from',
  'to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  LOOP_HEADER.toLowerCase(),
];

function headersOf(bytes: Buffer): Record<string, string> {
  const header = bytes.subarray(0, bytes.indexOf('\r\n\r\n')).toString();
  return Object.fromEntries(
    header
      .replaceAll(/\r\n[ \t]/g, ' ')
      .split('\r\n')
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
}
