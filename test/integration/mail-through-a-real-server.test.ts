import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/mail-smtp.ts';
import { clear, type Labelled, type Recipient } from '../../src/domain/clearance.ts';
import type { Mail } from '../../src/domain/mail.ts';
import { encrypted } from '../../src/domain/mail-wording.ts';
import { authenticate } from '../../src/mail/authentication.ts';
import { readPgp } from '../../src/mail/pgp/reading.ts';
import { createMailWriting } from '../../src/mail/writing.ts';
import { type Mailer, MailerUnavailable } from '../../src/ports.ts';
import { MAY_RUN_OPENSMTPD, type OpenSmtpd, startOpenSmtpd } from '../support/vendors/opensmtpd.ts';
import { pgpPerson, type PgpPerson } from '../unit/mail/pgp-people.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const ANNA = 'anna@far.example';
const WORDS = 'Grüße: the key 4c1e-marker was stolen.\n.\nFrom here on it is over.';

let server: OpenSmtpd;
let csirt: PgpPerson;
let anna: PgpPerson;
let mailer: Mailer & { close(): void };

/** Only the superuser may start it: everybody else's tests do without, and say so. */
describe.skipIf(!MAY_RUN_OPENSMTPD)('OpenSMTPD, run by the superuser,', () => {
  beforeAll(async () => {
    [csirt, anna, server] = await Promise.all([
      pgpPerson('ir@csirt.example'),
      pgpPerson(ANNA),
      startOpenSmtpd(),
    ]);
    mailer = createSmtpMailer({
      smtpUrl: server.url,
      write: createMailWriting({
        from: 'Example CSIRT <ir@csirt.example>',
        loop: 'installation-1',
        dkim: { domain: 'csirt.example', selector: 'tocsin', privateKey },
        signer: csirt.own,
        now: () => Date.now(),
      }),
    });
  });
  afterAll(async () => {
    mailer.close();
    await server.close();
  });

  it('delivers what is still signed for our domain, and opens for Anna alone', async () => {
    const mail = encrypted(letter('1', 'RED'), 'INC-2026-0001', [anna.armoredPublic]);
    expect(await send(mail)).toMatchObject({ outcome: 'accepted', code: '250' });
    const bytes = await delivered('1');
    const key = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
    const found = await authenticate(bytes, {
      ourHosts: [],
      resolver: async (name) => {
        if (name === 'tocsin._domainkey.csirt.example')
          return [[`v=DKIM1; k=rsa; p=${key.toString('base64')}`]];
        throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      },
    });
    expect(found).toMatchObject({ from: 'verified', dkim: [{ domain: 'csirt.example', result: 'pass' }] });
    const senders = [{ address: csirt.address, certificate: csirt.certificate }];
    const opened = await readPgp(bytes, { keys: [anna.own], senders, from: csirt.address, at: new Date() });
    expect(opened).toMatchObject({ isEncrypted: true, signature: 'valid' });
    expect(Buffer.from(opened.content ?? []).toString()).toContain('4c1e-marker');
    expect(bytes.includes('4c1e-marker')).toBe(false);
  });

  it('delivers a letter in the clear whose signature of the CSIRT is still sound', async () => {
    expect(await send(letter('2', 'GREEN'))).toMatchObject({ outcome: 'accepted' });
    const bytes = await delivered('2');
    const senders = [{ address: csirt.address, certificate: csirt.certificate }];
    const read = await readPgp(bytes, { keys: [], senders, from: csirt.address, at: new Date() });
    expect(read).toMatchObject({ form: 'mime-signed', signature: 'valid' });
  });

  it('turns away whom it does not know, for good', async () => {
    const mail = letter('3', 'GREEN', 'nobody@far.example');
    expect(await send(mail)).toMatchObject({ outcome: 'refused', code: expect.stringMatching(/^5/) });
  });

  it('takes ten mails in a session and gets all twenty-five, each once', async () => {
    const ids = Array.from({ length: 25 }, (_, n) => `many-${n}`);
    await Promise.all(ids.map((id) => insist(letter(id, 'GREEN'))));
    await vi.waitFor(
      () => {
        const arrived = server.mails().flatMap((mail) => idOf(mail) ?? []);
        expect(arrived.filter((id) => id.startsWith('many-')).toSorted()).toEqual(ids.toSorted());
      },
      { timeout: 20_000 },
    );
  });

  it('is tried again after it was away', async () => {
    await server.stop();
    await expect(send(letter('4', 'GREEN'))).rejects.toThrow(MailerUnavailable);
    await server.start();
    await insist(letter('4', 'GREEN'));
    expect(idOf(await delivered('4'))).toBe('4');
  });
});

function letter(id: string, label: 'RED' | 'GREEN', to = ANNA): Labelled<Mail> {
  return {
    carriesWords: true,
    label,
    exchange: ['report-1'],
    content: {
      to,
      subject: `[INC-2026-0001] TLP:${label} Reply to your report`,
      text: WORDS,
      messageId: `<${id}@csirt.example>`,
      headers: {},
      isSigned: true,
    },
  };
}

function send(mail: Labelled<Mail>) {
  const recipient: Recipient = { kind: 'party', name: 'report-1', address: mail.content.to };
  const answer = clear(mail, recipient);
  if (!answer.isCleared) throw new Error(`withheld: ${answer.clearance.reason}`);
  return mailer.send(answer);
}

/** As an activity is tried again, only sooner. */
async function insist(mail: Labelled<Mail>, tries = 60): Promise<void> {
  try {
    expect(await send(mail)).toMatchObject({ outcome: 'accepted' });
  } catch (error) {
    if (!(error instanceof MailerUnavailable) || tries === 1) throw error;
    await sleep(100);
    await insist(mail, tries - 1);
  }
}

async function delivered(id: string): Promise<Buffer> {
  return vi.waitFor(
    () => {
      const mail = server.mails().find((one) => idOf(one) === id);
      if (mail === undefined) throw new Error(`${id} has not arrived`);
      return mail;
    },
    { timeout: 20_000 },
  );
}

function idOf(mail: Buffer): string | undefined {
  return /^Message-ID: <([^@]+)@/im.exec(mail.toString('latin1'))?.[1];
}
