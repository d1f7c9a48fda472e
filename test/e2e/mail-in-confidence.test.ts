import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Mail } from '../../dev/mail-store.ts';
import { authenticate } from '../../src/mail/authentication.ts';
import { readPgp } from '../../src/mail/pgp/reading.ts';
import { ownStand } from '../support/stand.ts';
import { pgpPerson } from '../unit/mail/pgp-people.ts';
import { eventually, handling, PATIENCE_MS } from './handling.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const csirt = await pgpPerson('tocsin@stand.example', { passphrase: 'stands in the environment' });
const anna = await pgpPerson('anna@north.example.edu');
const lead = await pgpPerson('lead1@stand.example');

const keys = mkdtempSync(join(tmpdir(), 'tocsin-keys-'));
const [dkimFile, pgpFile] = [join(keys, 'dkim.pem'), join(keys, 'csirt.asc')];
writeFileSync(dkimFile, privateKey, { mode: 0o600 });
writeFileSync(pgpFile, csirt.armoredPrivate, { mode: 0o600 });

const stand = ownStand({
  env: {
    TOCSIN_DKIM_DOMAIN: 'stand.example',
    TOCSIN_DKIM_SELECTOR: 'tocsin',
    TOCSIN_DKIM_KEY_FILE: dkimFile,
    TOCSIN_PGP_SIGNING_KEY_FILE: pgpFile,
    TOCSIN_PGP_SIGNING_PASSPHRASE: 'stands in the environment',
  },
});
const { report, step, ask, post, incident, timeline } = handling(stand);

const MARKER = 'marker-9e1d';

test('a RED reply is refused without a certificate, and with one reaches its reporter and nobody on the way', async () => {
  const { incidentId } = await report({ summary: 'A key is out', reporter: { email: anna.address } });
  const words = { text: `The door code is ${MARKER}.`, tlp: 'RED' };
  expect(await ask('responder1', incidentId, 'reply', words)).toMatchObject({ status: 422 });
  const given = { address: anna.address, armored: anna.armoredPublic };
  expect((await post('responder1', '/v1/certificates', given)).status).toBe(200);
  await step('responder1', incidentId, 'reply', words);

  const mail = await mailTo(anna.address, ({ subject }) => subject === `[${incidentId}] TLP:RED`);
  const bytes = await rawOf(mail);
  expect(await opened(anna, bytes)).toMatchObject({ isEncrypted: true, signature: 'valid' });
  expect(Buffer.from((await opened(anna, bytes)).content ?? []).toString()).toContain(MARKER);
  for (const one of await stand().mails()) {
    const raw = await rawOf(one);
    expect(raw.includes(MARKER)).toBe(false);
    expect(raw.includes(Buffer.from(MARKER).toString('base64').slice(0, 12))).toBe(false);
  }
  await eventually(async () => {
    expect((await incident(incidentId)).reports).toMatchObject([{ reply: 'sent' }]);
  });
  expect(stand().output()).not.toContain(MARKER);
});

test('one whose certificate is taken away before it leaves is withheld, and owed', async () => {
  const address = 'bo@north.example.edu';
  const bo = await pgpPerson(address);
  const { incidentId } = await report({ summary: 'Another key is out', reporter: { email: address } });
  await mailTo(address, ({ subject }) => subject.includes('received'));
  const armored = bo.armoredPublic;
  const { body } = await post('responder1', '/v1/certificates', { address, armored });
  const { id } = body as { readonly id: string };
  await stand().failMail({ kind: 'answer', code: 451 }, { recipient: address });
  await step('responder1', incidentId, 'reply', { text: `Not for others: ${MARKER}.`, tlp: 'RED' });
  expect((await post('responder1', `/v1/certificates/${id}/remove`)).status).toBeLessThan(300);
  // Only then could it leave: a try that began with the certificate would have been right to use it.
  await eventually(async () => {
    const lines = (await timeline(incidentId)).map(({ text }) => text);
    expect(lines).toContain('reply to the reporter: withheld (not encrypted)');
  });
  await stand().healMail();
  expect((await incident(incidentId)).reports).toMatchObject([{ reply: 'owed' }]);
  expect(
    (await stand().mails()).filter(({ to, subject }) => to.includes(address) && subject.includes('RED')),
  ).toEqual([]);
});

test('every mail is signed for our domain; letters are under the key of the CSIRT, pages are not', async () => {
  const email = 'carl@north.example.edu';
  const { incidentId } = await report({ summary: 'Something', reporter: { email } });
  const answer = await rawOf(await mailTo(email, ({ subject }) => subject.includes(incidentId)));
  expect((await opened(anna, answer)).form).toBe('mime-signed');
  expect((await opened(anna, answer)).signature).toBe('valid');
  await step('responder1', incidentId, 'pages', { to: 'responder2' });
  const page = await rawOf(
    await mailTo('responder2@stand.example', ({ subject }) => subject.includes(incidentId)),
  );
  expect((await opened(anna, page)).form).toBe('none');
  for (const bytes of [answer, page]) {
    expect(await authenticated(bytes)).toMatchObject({
      from: 'verified',
      dkim: [{ domain: 'stand.example', result: 'pass' }],
    });
  }
});

test('one of our own people who has a certificate gets notices encrypted for it', async () => {
  await post('responder1', '/v1/certificates', { address: lead.address, armored: lead.armoredPublic });
  const { incidentId } = await report({ summary: 'A question', reporter: { email: 'dora@far.example' } });
  await step('responder1', incidentId, 'lead', { username: 'responder1' });
  await step('responder1', incidentId, 'consultations', {
    asked: 'lead1',
    question: 'What do you think?',
  });
  const notice = await mailTo(lead.address, ({ subject }) => subject === `[${incidentId}]`);
  const { content } = await opened(lead, await rawOf(notice));
  expect(Buffer.from(content ?? []).toString()).toContain('You are asked a question');
});

function mailTo(address: string, fits: (mail: Mail) => boolean): Promise<Mail> {
  return stand().waitForMail((mail) => mail.to.includes(address) && fits(mail), PATIENCE_MS);
}

async function rawOf({ id }: Mail): Promise<Buffer> {
  const response = await fetch(`${stand().mail}/mails/${id}/raw`);
  return Buffer.from(await response.arrayBuffer());
}

function opened({ own }: typeof anna, bytes: Buffer) {
  const senders = [{ address: csirt.address, certificate: csirt.certificate }];
  return readPgp(bytes, { keys: [own], senders, from: csirt.address, at: new Date() });
}

function authenticated(bytes: Buffer) {
  const key = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return authenticate(bytes, {
    ourHosts: [],
    resolver: async (name) => {
      if (name === 'tocsin._domainkey.stand.example')
        return [[`v=DKIM1; k=rsa; p=${key.toString('base64')}`]];
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    },
  });
}
