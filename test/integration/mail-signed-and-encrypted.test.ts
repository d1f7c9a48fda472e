import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/mail-smtp.ts';
import { createMailPager } from '../../src/adapters/pager-mail.ts';
import { clear, type Labelled, type Recipient } from '../../src/domain/clearance.ts';
import type { PagerMessage } from '../../src/domain/contact.ts';
import type { Mail } from '../../src/domain/mail.ts';
import { encrypted } from '../../src/domain/mail-wording.ts';
import { authenticate } from '../../src/mail/authentication.ts';
import { UnwritableMail } from '../../src/mail/mime-out.ts';
import { readPgp } from '../../src/mail/pgp/reading.ts';
import { usableCertificates } from '../../src/mail/pgp/usable.ts';
import { createMailWriting } from '../../src/mail/writing.ts';
import { AT, pgpPerson, type PgpPerson, YEAR_MS } from '../unit/mail/pgp-people.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const DKIM = { domain: 'csirt.example', selector: 'tocsin', privateKey };

const reporter: Recipient = { kind: 'party', name: 'report-1', address: 'anna@example.org' };

/** Words that must be seen by nobody but Anna. */
const WORDS = 'The stolen key is 7f3a-marker and the door is open.';
const REPLY: Labelled<Mail> = {
  carriesWords: true,
  label: 'RED',
  exchange: ['report-1'],
  content: {
    to: 'anna@example.org',
    subject: '[INC-2026-0001] TLP:RED Reply to your report',
    text: `${WORDS}\n`,
    messageId: '<INC-2026-0001_3a_reply.report-1@csirt.example>',
    headers: {},
    isSigned: true,
  },
};

let csirt: PgpPerson;
let anna: PgpPerson;
let mallory: PgpPerson;
const arrived: Buffer[] = [];
let server: SMTPServer;
let mailer: ReturnType<typeof createSmtpMailer>;

beforeAll(async () => {
  [csirt, anna, mallory] = await Promise.all([
    pgpPerson('ir@csirt.example'),
    pgpPerson('anna@example.org'),
    pgpPerson('mallory@example.net'),
  ]);
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, callback) => {
      void buffer(stream).then((bytes) => {
        arrived.push(bytes);
        callback();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  mailer = mailerWith({ dkim: DKIM, signer: csirt.own });
});

afterAll(async () => {
  mailer.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

describe('every mail that leaves', () => {
  it.each([
    ['a letter to a reporter', () => sent(inTheClear('GREEN'))],
    ['one that is encrypted', async () => sent(await forAnna())],
    ['a page', () => paged()],
  ])('is signed for our domain as it arrives: %s', async (_what, send) => {
    expect(await authenticated(await send())).toMatchObject({
      from: 'verified',
      dkim: [{ domain: 'csirt.example', result: 'pass' }],
    });
  });

  it('and shows it when a word of it is altered on the way', async () => {
    const bytes = await sent(inTheClear('GREEN'));
    const altered = Buffer.from(bytes.toString('latin1').replace('the door', 'the gate'), 'latin1');
    expect(altered.equals(bytes)).toBe(false);
    expect(await authenticated(altered)).toMatchObject({ dkim: [{ result: 'fail' }] });
  });

  it('a key that signs nothing is refused at the start', () => {
    const broken = { ...DKIM, privateKey: 'not a key' };
    expect(() => mailerWith({ dkim: broken })).toThrow(UnwritableMail);
  });
});

describe('a letter in the clear', () => {
  it('is under the key of the CSIRT, and reads as plain text', async () => {
    const bytes = await sent(inTheClear('GREEN'));
    const { signature, content } = await readAs(anna, bytes);
    expect(signature).toBe('valid');
    expect(textIn(content)).toContain(WORDS);
    expect((await simpleParser(bytes)).text).toContain(WORDS);
  });

  it('leaves unsigned by a person where the CSIRT has no key, and a page always does', async () => {
    const unsigned = mailerWith({});
    const bytes = await sent(inTheClear('GREEN'), unsigned);
    unsigned.close();
    expect((await readAs(anna, bytes)).form).toBe('none');
    expect((await readAs(anna, await paged())).form).toBe('none');
  });
});

describe('a letter to somebody whose certificate we have', () => {
  it('is opened by that key alone, is ours, and keeps its subject inside', async () => {
    const bytes = await sent(await forAnna());
    const opened = await readAs(anna, bytes);
    expect(opened).toMatchObject({ form: 'mime-encrypted', isEncrypted: true, signature: 'valid' });
    expect(textIn(opened.content)).toContain(WORDS);
    expect(textIn(opened.content)).toContain('Reply to your report');
    expect(await readAs(mallory, bytes)).toMatchObject({ content: null, problem: 'no-key' });
  });

  it('says on the outside only which incident it is about, and the label', async () => {
    const bytes = await sent(await forAnna());
    expect((await simpleParser(bytes)).subject).toBe('[INC-2026-0001] TLP:RED');
    for (const secret of [WORDS, '7f3a-marker', 'Reply to your report']) {
      for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, 12)]) {
        expect(bytes.includes(form)).toBe(false);
      }
    }
  });

  it('is not let out in the clear, and not sent when its certificate cannot be encrypted to any more', async () => {
    expect(clear(inTheClear('RED'), reporter)).toMatchObject({
      isCleared: false,
      clearance: { reason: 'not-encrypted' },
    });
    const { armoredPublic } = await expiredAnna();
    const before = arrived.length;
    for (const certificate of [armoredPublic, 'no certificate at all']) {
      const mail = encrypted(REPLY, 'INC-2026-0001', [certificate]);
      expect(await answerTo(mail)).toMatchObject({ outcome: 'refused', code: 'cannot-encrypt' });
    }
    expect(arrived).toHaveLength(before);
  });

  it('is not sent as it is by an installation without a key of its own', async () => {
    const keyless = mailerWith({ dkim: DKIM });
    const before = arrived.length;
    expect(await answerTo(await forAnna(), keyless)).toMatchObject({
      outcome: 'refused',
      code: 'cannot-encrypt',
    });
    keyless.close();
    expect(arrived).toHaveLength(before);
  });

  it('counts a certificate only while it is in force', async () => {
    const given = [anna.armoredPublic, 'nonsense', anna.armoredPrivate, (await expiredAnna()).armoredPublic];
    expect(await usableCertificates(given, new Date())).toEqual([anna.armoredPublic]);
  });
});

function expiredAnna(): Promise<PgpPerson> {
  return pgpPerson('anna@example.org', {
    date: new Date(AT.getTime() - 2 * YEAR_MS),
    keyExpirationTime: 3600,
  });
}

function inTheClear(label: 'GREEN' | 'RED'): Labelled<Mail> {
  return { carriesWords: true, label, exchange: ['report-1'], content: REPLY.content };
}

async function forAnna(): Promise<Labelled<Mail>> {
  return encrypted(REPLY, 'INC-2026-0001', await usableCertificates([anna.armoredPublic], new Date()));
}

async function answerTo(mail: Labelled<Mail>, through = mailer) {
  const cleared = clear(mail, reporter);
  if (!cleared.isCleared) throw new Error(`withheld: ${cleared.clearance.reason}`);
  return through.send(cleared);
}

/** The bytes at the far end. */
async function sent(mail: Labelled<Mail>, through = mailer): Promise<Buffer> {
  expect(await answerTo(mail, through)).toMatchObject({ outcome: 'accepted' });
  return arrived.at(-1) ?? Buffer.alloc(0);
}

async function paged(): Promise<Buffer> {
  const content: PagerMessage = {
    id: '2026-0001-p1',
    to: 'anna@example.org',
    subject: 'A page',
    text: 'A page waits.\n',
    short: 'A page waits.',
    spoken: 'A page waits.',
    link: null,
    replyTo: null,
    isUrgent: true,
  };
  const cleared = clear({ carriesWords: false, content, addressee: 'report-1' }, reporter);
  if (!cleared.isCleared) throw new Error('a page carries no words');
  const pager = createMailPager({ mailer, senderAddress: 'ir@csirt.example' });
  expect(await pager.send(cleared)).toMatchObject({ outcome: 'accepted' });
  return arrived.at(-1) ?? Buffer.alloc(0);
}

function mailerWith(keys: Pick<Parameters<typeof createMailWriting>[0], 'dkim' | 'signer'>) {
  const { port } = server.server.address() as AddressInfo;
  return createSmtpMailer({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    write: createMailWriting({
      from: 'Example CSIRT <ir@csirt.example>',
      loop: 'installation-1',
      now: () => Date.now(),
      ...keys,
    }),
  });
}

/** What our domain publishes, and nobody else does. */
function authenticated(bytes: Buffer) {
  const key = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
  const zone: Readonly<Record<string, readonly (readonly string[])[]>> = {
    'tocsin._domainkey.csirt.example': [[`v=DKIM1; k=rsa; p=${key.toString('base64')}`]],
  };
  return authenticate(bytes, {
    ourHosts: [],
    resolver: async (name, type) => {
      const found = type === 'TXT' ? zone[name] : undefined;
      if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      return found;
    },
  });
}

function readAs({ own }: PgpPerson, bytes: Buffer) {
  const senders = [{ address: csirt.address, certificate: csirt.certificate }];
  return readPgp(bytes, { keys: [own], senders, from: csirt.address, at: new Date() });
}

function textIn(content: Uint8Array | null): string {
  return Buffer.from(content ?? [])
    .toString()
    .replaceAll('=\r\n', '');
}
