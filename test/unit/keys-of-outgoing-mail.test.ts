import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, type ServiceConfig } from '../../src/config.ts';
import { mailerOf } from '../../src/wiring/mail.ts';
import { AT, pgpPerson, YEAR_MS } from './mail/pgp-people.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const tooShort = generateKeyPairSync('rsa', {
  modulusLength: 512,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

const dkim = (over: object) => ({
  dkim: { domain: 'csirt.example', selector: 's1', key: { path: 'dkim.pem', content: privateKey }, ...over },
});
const pgp = (content: string, passphrase?: string) => ({
  pgp: { key: { path: 'csirt.asc', content }, passphrase },
});

describe('a worker does not start', () => {
  test.each([
    ['TOCSIN_DKIM_KEY_FILE', 'is no key', dkim({ key: { path: 'dkim.pem', content: 'secret-words' } })],
    ['TOCSIN_DKIM_KEY_FILE', 'is too short', dkim({ key: { path: 'dkim.pem', content: tooShort } })],
    ['TOCSIN_DKIM_DOMAIN', 'is no domain', dkim({ domain: 'csirt example' })],
    ['TOCSIN_DKIM_SELECTOR', 'is none', dkim({ selector: 's1; t=y' })],
    ['TOCSIN_PGP_SIGNING_KEY_FILE', 'is no key', pgp('secret-words')],
  ])('where %s %s', async (name, _why, outgoingMail) => {
    const error = await refusal(outgoingMail);
    expect(error.problems).toMatchObject([{ name }]);
    expect(error.message).not.toContain('secret-words');
  });

  test('where the key of the CSIRT is locked, opened by another passphrase, or has expired', async () => {
    const locked = await pgpPerson('ir@csirt.example', { passphrase: 'right' });
    const expired = await pgpPerson('ir@csirt.example', {
      date: new Date(AT.getTime() - 2 * YEAR_MS),
      keyExpirationTime: 86_400,
    });
    const wrong = [
      pgp(locked.armoredPrivate),
      pgp(locked.armoredPrivate, 'wrong'),
      pgp(expired.armoredPrivate),
    ];
    for (const outgoingMail of wrong) {
      expect((await refusal(outgoingMail)).problems).toMatchObject([{ name: 'TOCSIN_PGP_SIGNING_KEY_FILE' }]);
    }
    const mailer = await mailerOf(configWith(pgp(locked.armoredPrivate, 'right')));
    mailer.close();
  });
});

async function refusal(outgoingMail: ServiceConfig['outgoingMail']): Promise<ConfigError> {
  const error: unknown = await mailerOf(configWith(outgoingMail)).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('expected a refusal', { cause: error });
  return error;
}

function configWith(outgoingMail: ServiceConfig['outgoingMail']): ServiceConfig {
  const env = { DATABASE_URL: 'postgres://db.example/tocsin', SMTP_URL: 'smtp://mail.example' };
  return { ...readConfig(env), signingKey: Buffer.alloc(32), outgoingMail };
}
