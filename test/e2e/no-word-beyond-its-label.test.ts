import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { Client, Connection } from '@temporalio/client';
import { createTransport } from 'nodemailer';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { TLP_LABELS } from '../../src/domain/tlp.ts';
import { readPgp } from '../../src/mail/pgp/reading.ts';
import { findMarkers } from '../support/marker-search.ts';
import { type Answer, ownStand } from '../support/stand.ts';
import { startChatMatrix } from '../support/vendors/chat-matrix.ts';
import { MATRIX_TOKEN, MATRIX_USER } from '../support/vendors/matrix.ts';
import { tapOf } from '../support/wire-tap.ts';
import { pgpPerson } from '../unit/mail/pgp-people.ts';
import { bodyOf, eventually, handling, PATIENCE_MS, pathOf } from './handling.ts';
import { startPhones } from './phones.ts';
import { answered, type Asking, logsOf, mailsIn, pathsOf, type Piece, rawOf, temporalOf } from './places.ts';
import * as planted from './planted-words.ts';
import { Markers, type PlantedIncident, plant, plantMail } from './planted-words.ts';
import { placeOf, READERS, WORDS_AT, wordsAt } from './words-at-places.ts';

const keys = mkdtempSync(join(tmpdir(), 'tocsin-keys-'));
const csirt = await pgpPerson('tocsin@stand.example');
const reporterOfRed = await pgpPerson(planted.reporterOf('RED'));
const lead = await pgpPerson('lead1@stand.example');
writeFileSync(join(keys, 'csirt.asc'), csirt.armoredPrivate, { mode: 0o600 });

const phones = await startPhones();
const homeserver = await startChatMatrix();
const smsWire = await tapOf(phones.url);
const hookWire = await tapOf(phones.url);
const chatWire = await tapOf(homeserver.url);

const stand = ownStand({
  policy: 'test/e2e/every-place.yaml',
  env: {
    TOCSIN_PGP_SIGNING_KEY_FILE: join(keys, 'csirt.asc'),
    TOCSIN_TWILIO_URL: smsWire.url,
    TOCSIN_TWILIO_ACCOUNT: phones.account,
    TOCSIN_TWILIO_TOKEN: phones.token,
    TOCSIN_TWILIO_FROM: '+15005550006',
    TOCSIN_CHAT_PROVIDER: 'matrix',
    TOCSIN_CHAT_URL: chatWire.url,
    TOCSIN_CHAT_TOKEN: MATRIX_TOKEN,
    TOCSIN_CHAT_USER: MATRIX_USER,
  },
});
const desk = handling(stand);
const markers = new Markers();
const refusals: Answer[] = [];
let incidents: readonly PlantedIncident[] = [];
let client: Client;

beforeAll(async () => {
  client = new Client({ connection: await Connection.connect({ address: stand().temporal }) });
  for (const [kind, address] of [
    ['sms', '+17345550101'],
    ['webhook', `${hookWire.url}/hook`],
  ] as const) {
    await addContact(kind, address);
  }
  const certificates = [reporterOfRed, lead].map(({ address, armoredPublic: armored }) => ({
    address,
    armored,
  }));
  const planting = { desk, stand: stand(), markers, refusals, certificates, chat };
  await planted.prepare(planting);
  // What is tried again leaves more traces than what succeeds, and a server may quote what it does not take.
  const text = `try later: ${markers.of('AMBER', 'reply')}`;
  for (const recipient of [planted.reporterOf('AMBER'), planted.COMMUNITY, 'lead1@stand.example']) {
    await stand().failMail({ kind: 'answer', code: 451, text }, { recipient, times: 2 });
  }
  await homeserver.script('fail');
  incidents = await Promise.all(TLP_LABELS.map(async (label) => plant(planting, label)));
  for (const label of TLP_LABELS) await plantMail(planting, label);
  await settled();
}, 4 * PATIENCE_MS);

afterAll(async () => {
  await client?.connection.close();
  await Promise.all([smsWire.close(), hookWire.close(), chatWire.close()]);
  await Promise.all([phones.stop(), homeserver.close()]);
  rmSync(keys, { recursive: true });
});

test(
  'what is told is found where its label lets it go, in every place that there is, and nowhere else',
  async () => {
    const { leaks, seen } = await searched(await everywhere());
    expect(leaks).toEqual([]);
    const missing = Object.keys(WORDS_AT).flatMap((place) =>
      seen.has(place)
        ? wordsAt(place).flatMap((name) => (seen.get(place)?.has(name) === true ? [] : [`${place}: ${name}`]))
        : [`${place}: nothing came there`],
    );
    expect(missing).toEqual([]);
  },
  2 * PATIENCE_MS,
);

test(
  'who reads an incident whole finds all of it',
  async () => {
    const paths = pathsOf(await withPages());
    const whole = await askAll(paths.map((path) => ({ place: 'whole', as: 'auditor1', path })));
    const found = new Set(
      whole.flatMap(({ bytes }) => findMarkers(bytes, markers.planted())).map(({ marker }) => marker),
    );
    // The words of a reply and of a question that were refused are nobody's.
    const refused = ['AMBER+STRICT reply', 'AMBER+STRICT question', 'RED notice'];
    const lost = markers.planted().filter((marker) => !found.has(marker));
    expect(lost.map((marker) => markers.named(marker)).toSorted()).toEqual(refused.toSorted());
  },
  2 * PATIENCE_MS,
);

test(
  'a word that has leaked is found: in a mail, a log, a history, a chat, whatever it is written in',
  async () => {
    const red = markers.of('RED', 'reply');
    const { hostname: host, port } = new URL(stand().smtp);
    const transport = createTransport({ host, port: Number(port), secure: false, ignoreTLS: true });
    const envelope = { from: 'tocsin@stand.example', to: 'advisories@stand.example' };
    const base64 = Buffer.from(`The code is ${red}`).toString('base64');
    const broken = red.replaceAll(/.{10}/g, '$&=\r\n');
    for (const [encoding, body] of Object.entries({ base64, 'quoted-printable': broken })) {
      const raw = `Subject: Nothing\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`;
      await transport.sendMail({ envelope, raw });
    }
    transport.close();
    const percented = [...Buffer.from(red)].map((byte) => `%${byte.toString(16)}`).join('');
    appendFileSync(join(stand().dataDir, 'logs', 'worker.log'), `{"url":"/x?text=${percented}"}\n`);
    const handle = await client.workflow.start('none', {
      ...{ taskQueue: 'nobody-works-here', workflowId: 'leak', args: [{ text: red }] },
      memo: { about: red.toUpperCase() },
    });
    await fetch(chatWire.url, { method: 'POST', body: gzipSync(red) });

    const { leaks } = await searched(await everywhere());
    await handle.terminate();
    const places = leaks.map((leak) => leak.replace(/ \(.*\)/, ''));
    expect(new Set(places)).toEqual(
      new Set([
        'mail to the public list: RED reply as base64',
        'mail to the public list: RED reply as quoted-printable, plain',
        'logs: RED reply as per cent, plain',
        'histories: RED reply as plain',
        'descriptions of workflows: RED reply as plain',
        'store of Temporal: RED reply as plain',
        'chat: RED reply as gzip, plain',
      ]),
    );
  },
  2 * PATIENCE_MS,
);

/** Every look at every place. */
async function everywhere(): Promise<readonly Piece[]> {
  const all = await withPages();
  const pages = all.flatMap((one) => one.pages);
  const askings = [
    ...READERS.flatMap(([as, place]) => pathsOf(all).map((path) => ({ place, as, path }))),
    ...incidents.map(({ label, report }) => ({
      ...{ place: `status page of ${label}`, as: null, path: pathOf(report.statusUrl) },
    })),
    ...['/healthz', '/readyz', '/metrics', '/openapi.json', '/v1/keys', '/v1/policy', '/v1/figures/paging']
      .concat('/v1/audit', '/v1/readiness')
      .map((path) => ({ place: 'health and figures', as: 'lead1', path })),
    ...pages.flatMap((page) =>
      ['text/csv', 'application/jose+json'].map((accept) => ({
        ...{ place: 'exports', as: 'lead1', path: `/v1/pages/${page}`, accept },
      })),
    ),
    { place: 'exports', as: null, path: await calendarOf('lead1') },
    ...(await pageLinks()).map((path) => ({ place: 'links of pages', as: null, path })),
  ];
  const told = await askAll(askings);
  return [
    ...told,
    ...(await mailsIn(stand(), placeOf)),
    ...(await openedMails()),
    { place: 'text messages', from: 'Twilio', bytes: smsWire.sent() },
    { place: 'URLs of people', from: 'hook', bytes: hookWire.sent() },
    { place: 'chat', from: 'Matrix', bytes: chatWire.sent() },
    ...logsOf(stand()),
    ...(await temporalOf(stand(), client)),
    ...refusals.map(({ status, headers, body }) => ({
      ...{ place: 'refusals of the API', from: String(status) },
      bytes: Buffer.from(JSON.stringify([[...headers], body])),
    })),
  ];
}

function askAll(askings: readonly Asking[]): Promise<readonly Piece[]> {
  const atOnce = pLimit(4);
  return Promise.all(askings.map((asking) => atOnce(() => answered(stand(), asking))));
}

/** What is where it must not be, and by place the words that are where they may be. */
async function searched(pieces: readonly Piece[]) {
  const seen = new Map<string, Set<string>>();
  const leaks = new Set<string>();
  for (const { place, from, bytes } of pieces) {
    const may = wordsAt(place);
    const here = seen.get(place) ?? new Set();
    seen.set(place, here);
    for (const { marker, encoding } of findMarkers(bytes, markers.planted())) {
      const name = markers.named(marker);
      if (may.includes(name)) here.add(name);
      else leaks.add(`${place} (${from}): ${name} as ${encoding}`);
    }
  }
  return { seen, leaks: [...leaks].toSorted() };
}

/** What the holders of keys read, who alone can. */
async function openedMails(): Promise<readonly Piece[]> {
  const senders = [{ address: csirt.address, certificate: csirt.certificate }];
  const holders = [
    { ...reporterOfRed, place: 'mail to the reporter of RED, opened by them' },
    { ...lead, place: 'mail to the lead, opened by them' },
  ];
  const mails = await stand().mails();
  const pieces = holders.flatMap(({ address, own, place }) =>
    mails
      .filter(({ to }) => to.includes(address))
      .map(async (mail) => {
        const given = { keys: [own], senders, from: csirt.address, at: new Date() };
        const { content, isEncrypted } = await readPgp(await rawOf(stand(), mail), given);
        return isEncrypted ? [{ place, from: mail.subject, bytes: content ?? Buffer.alloc(0) }] : [];
      }),
  );
  return (await Promise.all(pieces)).flat();
}

/** All that there are: those that were planted, and those that the mails have opened. */
async function withPages() {
  const answer = await desk.get('auditor1', '/v1/incidents?limit=200');
  const { items } = bodyOf<{ readonly items: readonly IncidentView[] }>(answer, 200);
  expect(items.length).toBe(2 * TLP_LABELS.length);
  return items.map(({ id, pages }) => ({ id, pages }));
}

async function pageLinks(): Promise<readonly string[]> {
  const texts = (await stand().mails()).map(({ text }) => text).concat(phones.posts.map(({ body }) => body));
  return [...new Set(texts.flatMap((text) => text.match(/http[^\s"\\]+\/p\/[^\s"\\]+/g) ?? []))];
}

async function calendarOf(as: string): Promise<string> {
  const answer = await desk.post(as, '/v1/people/me/calendar-feeds', {});
  return bodyOf<{ readonly address: string }>(answer, 200).address;
}

async function addContact(kind: 'sms' | 'webhook', address: string): Promise<void> {
  const path = '/v1/people/me/contacts';
  const { id } = bodyOf<{ readonly id: string }>(await desk.post('owner1', path, { kind, address }), 200);
  const code = await eventually(async () => {
    const said = kind === 'sms' ? phones.messages.at(-1)?.words : phones.posts.at(-1)?.body;
    return /\b(\d{6})\b/.exec(said ?? '')?.[1] ?? Promise.reject(new Error('no code yet'));
  });
  bodyOf(await desk.post('owner1', `${path}/${id}/verify`, { code }), 200);
}

async function chat(incidentId: string, text: string): Promise<void> {
  await eventually(async () => expect((await desk.incident(incidentId)).channel?.state).toBe('open'));
  await homeserver.say(incidentId.toLowerCase(), text);
}

/** Until everything that was to go out is out. */
async function settled(): Promise<void> {
  await eventually(async () => {
    for (const { id, label } of incidents) {
      const { reports, pages } = await desk.incident(id);
      expect(reports).toMatchObject([{ reply: label === 'AMBER+STRICT' ? 'owed' : 'sent' }]);
      expect(pages).not.toEqual([]);
      expect((await planted.noticesOf(desk, id)).filter(({ state }) => state === 'sending')).toEqual([]);
      expect((await homeserver.found(id.toLowerCase()))[0]?.said).not.toEqual([]);
      expect((await desk.get('auditor1', `/v1/incidents/${id}/chat-log`)).body).toContain(
        markers.of(label, 'chat'),
      );
    }
    const mails = await stand().mails();
    const has = (to: string, about: RegExp) =>
      mails.some((mail) => mail.to.includes(to) && about.test(mail.subject));
    for (const label of TLP_LABELS) expect(has(planted.writerOf(label), /received/)).toBe(true);
    expect(has('owner1@stand.example', /PAGE/)).toBe(true);
    expect(phones.messages.some(({ words }) => words.includes('PAGE'))).toBe(true);
    expect(phones.posts.some(({ body }) => body.includes('PAGE'))).toBe(true);
  });
}
