import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { simpleParser } from 'mailparser';
import { buildMail, type Entity } from '../../../src/mail/mime-out.ts';
import { readPgp } from '../../../src/mail/pgp/reading.ts';
import { CannotEncrypt, encryptedEntity, signedEntity } from '../../../src/mail/pgp/writing.ts';
import { AT, certificateOf, pgpPerson, type PgpPerson, YEAR_MS } from './pgp-people.ts';

/** What we write is read by GnuPG, and the other way round: Debian's package `gnupg`. */
const TEXT = 'Grüße.\nFrom here on it is secret.\nTrailing blanks   \n.\n-- \nCSIRT';

let us: PgpPerson;
let anna: PgpPerson;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tocsin-gnupg-'));
  [us, anna] = await Promise.all([pgpPerson('csirt@ours.example'), pgpPerson('anna@example.org')]);
  gpg(['--import'], anna.armoredPrivate);
  gpg(['--import'], us.armoredPublic);
});
afterAll(() => {
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
  rmSync(home, { recursive: true });
});

describe('GnuPG', () => {
  test('opens what we encrypt, and finds our signature good', async () => {
    const entity = await encryptedEntity(
      { text: TEXT, subject: 'Über INC-2026-0001', signer: us.own, at: AT },
      [anna.certificate, us.certificate],
    );
    const { bytes, parts } = await sent(entity);
    expect(bytes.toString()).not.toMatch(/secret|INC-2026/);
    expect(entity.contentType).toMatch(/^multipart\/encrypted; protocol="application\/pgp-encrypted"; /);
    expect(parts[0]).toBe('Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n');
    const opened = gpg(['--decrypt'], parts[1] ?? '');
    expect(opened.status).toContain(`[GNUPG:] VALIDSIG ${us.own.fingerprint}`);
    expect(opened.status).toContain('[GNUPG:] GOODMDC');
    const inner = await simpleParser(opened.output);
    expect(inner.text).toBe(`${TEXT}\n`);
    expect(inner.subject).toBe('Über INC-2026-0001');
  });

  test('finds the signature good of what we only sign', async () => {
    const entity = await signedEntity({ text: TEXT, signer: us.own, at: AT });
    const { bytes, parts } = await sent(entity);
    expect(entity.contentType).toMatch(
      /^multipart\/signed; micalg=pgp-sha\d+; protocol="application\/pgp-signature"; /,
    );
    expect(parts[0]).toMatch(/^[\x20-\x7e\r\n]+$/);
    expect(parts[0]).not.toMatch(/^From | $/m);
    expect(verifiedByGpg(parts)).toContain(`[GNUPG:] VALIDSIG ${us.own.fingerprint}`);
    expect(verifiedByGpg([parts[0]?.replace('secret', 'public') ?? '', parts[1] ?? ''])).toContain(
      '[GNUPG:] BADSIG',
    );
    expect((await simpleParser(bytes)).text).toBe(`${TEXT}\n`);
  });

  test('encrypts and signs for us: opened, and bound to its sender', async () => {
    const inner = `Content-Type: text/plain; charset=utf-8\r\n\r\n${TEXT}\r\n`;
    for (const packing of [
      [],
      ['--compress-algo', 'bzip2'],
      ['--compress-algo', 'none'],
      ['--hidden-recipient', us.address],
    ]) {
      const { output } = gpg(
        [
          '--trust-model',
          'always',
          '--armor',
          '--recipient',
          us.address,
          '--local-user',
          anna.address,
          ...packing,
          '--sign',
          '--encrypt',
        ],
        inner,
      );
      const { bytes } = await sent({
        contentType: 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
        body: Buffer.from(
          `--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n${output.toString()}\r\n--b--\r\n`,
        ),
      });
      const reading = await readByUs(bytes);
      expect(reading).toMatchObject({
        isEncrypted: true,
        signature: 'valid',
        signer: { fingerprint: anna.own.fingerprint },
      });
      expect(Buffer.from(reading.content ?? []).toString()).toBe(inner);
    }
  });

  test('signs for us: by MIME and in the text', async () => {
    const part = 'Content-Type: text/plain\r\n\r\nSigned.\r\n';
    for (const mode of [[], ['--textmode']]) {
      const { output } = gpg(['--armor', '--local-user', anna.address, ...mode, '--detach-sign'], part);
      const { bytes } = await sent({
        contentType: 'multipart/signed; protocol="application/pgp-signature"; boundary=b',
        body: Buffer.from(
          `--b\r\n${part}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n${output.toString()}\r\n--b--\r\n`,
        ),
      });
      expect(await readByUs(bytes)).toMatchObject({ form: 'mime-signed', signature: 'valid' });
    }
    const { output } = gpg(['--armor', '--local-user', anna.address, '--clear-sign'], TEXT);
    const mail = Buffer.concat([
      Buffer.from('From: anna@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'),
      output,
    ]);
    expect(await readByUs(mail)).toMatchObject({ form: 'inline-signed', signature: 'valid' });
  });
});

describe('nothing is encrypted', () => {
  test('to a certificate that has ended', async () => {
    const ended = await pgpPerson('old@example.org', { keyExpirationTime: 86_400 });
    const content = { text: TEXT, signer: us.own, at: AT };
    await expect(encryptedEntity(content, [anna.certificate, ended.certificate])).rejects.toMatchObject({
      code: 'cannot-encrypt',
      fingerprint: ended.certificate.fingerprint,
    });
    const then = new Date(AT.getTime() - YEAR_MS + 1000);
    await expect(encryptedEntity({ ...content, at: then }, [ended.certificate])).resolves.toBeDefined();
  });

  test('to one that can only sign, and to nobody', async () => {
    const signing = await pgpPerson('sign@example.org', { subkeys: [] });
    const content = { text: TEXT, signer: us.own, at: AT };
    await expect(encryptedEntity(content, [signing.certificate])).rejects.toBeInstanceOf(CannotEncrypt);
    await expect(encryptedEntity(content, [])).rejects.toBeInstanceOf(CannotEncrypt);
  });

  test('with a subject that would be another header', async () => {
    const content = { text: TEXT, signer: us.own, at: AT, subject: 'x\r\nContent-Type: text/html' };
    await expect(encryptedEntity(content, [anna.certificate])).rejects.toMatchObject({
      code: 'unwritable-mail',
    });
  });
});

async function readByUs(bytes: Uint8Array) {
  const senders = [{ address: anna.address, certificate: await certificateOf(anna.armoredPublic) }];
  // GnuPG's clock is the real one.
  return await readPgp(bytes, { keys: [us.own], senders, from: anna.address, at: new Date() });
}

/** The mail, and the parts of its body as they stand there. */
async function sent(entity: Entity): Promise<{ readonly bytes: Buffer; readonly parts: readonly string[] }> {
  const { bytes } = await buildMail({
    from: { address: us.address },
    to: [{ address: anna.address }],
    subject: '...',
    content: { entity },
    messageId: '<1@ours.example>',
    date: AT,
    loop: us.address,
  });
  const boundary = /boundary="?([^";\s]+)/.exec(entity.contentType)?.[1] ?? '';
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString('latin1');
  return { bytes, parts: body.split(new RegExp(`(?:^|\r\n)--${boundary}(?:--)?\r\n`)).slice(1, -1) };
}

function verifiedByGpg([signed = '', signature = '']: readonly string[]): string {
  const directory = mkdtempSync(join(home, 'signed-'));
  const file = join(directory, 'signature.asc');
  writeFileSync(file, signature);
  return gpg(['--verify', file, '-'], signed).status;
}

function gpg(args: readonly string[], input: string): { readonly output: Buffer; readonly status: string } {
  const options = [
    '--homedir',
    home,
    '--batch',
    '--no-tty',
    '--status-fd',
    '2',
    '--pinentry-mode',
    'loopback',
  ];
  const { status, stdout, stderr, error } = spawnSync('gpg', [...options, ...args], {
    input: Buffer.from(input),
  });
  if (error !== undefined) {
    throw new Error('There is no gpg to test PGP with: install the Debian package `gnupg`.', {
      cause: error,
    });
  }
  if (status === 2) throw new Error(stderr.toString());
  return { output: stdout, status: stderr.toString() };
}
