import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SEAL_SCRIPT } from '../../../src/api/uploads/scripts.ts';
import { type Browser, startChromium } from '../../support/chromium.ts';
import { apiOffice, MORNING, problemOf } from './api-office.ts';

const office = apiOffice();

const codeOf = (answer: Parameters<typeof problemOf>[0]): string =>
  problemOf(answer).type.replace('urn:tocsin:problem:', '');

const MARKER = 'quetzalcoatlus';
const DAY_MS = 86_400_000;

interface Seal {
  seal(file: {
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly publicKey: string;
    readonly about: string;
  }): Promise<Uint8Array>;
}

/** The script itself, as it is served. */
const { seal } = (await import(`data:text/javascript,${encodeURIComponent(SEAL_SCRIPT)}`)) as Seal;

let incidentId = '';
beforeEach(async () => {
  incidentId = await office.triage();
});

async function opened(body: object = {}, as = 'responder1') {
  const answer = await office.post(`/v1/incidents/${incidentId}/uploads`, body, { as });
  expect(answer.statusCode, answer.body).toBe(200);
  const { n, url, expiresAt } = answer.json<{ n: number; url: string; expiresAt: string }>();
  return { n, expiresAt, path: new URL(url).pathname };
}

const look = (path: string) => office.inject({ method: 'GET', url: path, headers: { accept: 'text/html' } });

const send = (path: string, payload: Uint8Array) =>
  office.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.from(payload),
  });

async function sealed(path: string, text: string, name = 'report.txt') {
  const { body } = await look(path);
  const publicKey = /data-public-key="([^"]+)"/.exec(body)?.[1] ?? '';
  const about = /data-about="([^"]+)"/.exec(body)?.[1] ?? '';
  return seal({ name, bytes: new TextEncoder().encode(text), publicKey, about });
}

const fileOf = (n: number, as = 'responder1') => office.get(`/v1/incidents/${incidentId}/uploads/${n}`, as);

describe('a secure upload', () => {
  test('takes one file, encrypted on the way and where it lies, and gives it to those who handle the incident', async () => {
    const { n, path, expiresAt } = await opened();
    expect(expiresAt).toBe(new Date(MORNING + 7 * DAY_MS).toISOString());
    // Mail programs and their scanners follow every link.
    for (const _ of [1, 2, 3]) expect((await look(path)).statusCode).toBe(200);
    const bytes = await sealed(path, `the key is ${MARKER}`, 'kéy\n../list.txt');
    expect((await send(path, bytes)).statusCode).toBe(200);

    const { rows } = await office.db
      .selectFrom('uploads')
      .select('sealed')
      .where('incident_id', '=', incidentId)
      .execute()
      .then((found) => ({ rows: found }));
    expect(rows[0]?.sealed?.toString('latin1')).not.toContain(MARKER);

    const file = await fileOf(n);
    expect(file.statusCode).toBe(200);
    expect(file.body).toBe(`the key is ${MARKER}`);
    expect(file.headers['content-type']).toBe('application/octet-stream');
    expect(file.headers['content-disposition']).toBe("attachment; filename*=UTF-8''k%C3%A9y%20.._list.txt");

    await office.process.file(incidentId);
    const timeline = await office.get(`/v1/incidents/${incidentId}/timeline`, 'responder1');
    const lines = timeline.json<{ items: readonly { kind: string; text: string }[] }>().items;
    expect(lines.filter(({ kind }) => kind === 'upload').map(({ text }) => text)).toEqual([
      'secure upload 1 opened by responder1@',
      expect.stringMatching(
        /^file received by secure upload 1 \(\d+ bytes encrypted, SHA-256 [0-9a-f]{64}\)$/,
      ),
    ]);
    expect(JSON.stringify(office.logged)).not.toContain(path.replace('/uploads/', ''));
  });

  test('is used up by its file, whoever sends again', async () => {
    const { n, path } = await opened();
    const [first, second] = [await sealed(path, 'one'), await sealed(path, 'two')];
    const answers = await Promise.all([send(path, first), send(path, second)]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 410]);
    expect(codeOf(await send(path, second))).toBe('link-expired');
    expect((await look(path)).statusCode).toBe(410);
    expect(['one', 'two']).toContain((await fileOf(n)).body);
  });

  test('runs out', async () => {
    const { path } = await opened({ expiresIn: 'PT1H' });
    const bytes = await sealed(path, 'late');
    office.now = MORNING + 3_600_000;
    expect((await look(path)).statusCode).toBe(410);
    expect(codeOf(await send(path, bytes))).toBe('link-expired');
  });

  test('takes nothing that its page did not encrypt, and stays open', async () => {
    const { n, path } = await opened();
    for (const bytes of [Buffer.from(''), Buffer.from(`plain ${MARKER} `.repeat(20))]) {
      expect(codeOf(await send(path, bytes))).toBe('malformed');
    }
    expect(codeOf(await send('/uploads/nobody-has-this', await sealed(path, 'x')))).toBe('not-found');
    expect(codeOf(await fileOf(n))).toBe('not-now');
    expect((await send(path, await sealed(path, 'at last'))).statusCode).toBe(200);
  });

  test('that was made for another upload, or changed, is not given out', async () => {
    const [one, other] = [await opened(), await opened()];
    expect([one.n, other.n]).toEqual([1, 2]);
    expect((await send(other.path, await sealed(one.path, 'astray'))).statusCode).toBe(200);
    expect(codeOf(await fileOf(2))).toBe('not-found');
    const changed = await sealed(one.path, 'changed');
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
    expect((await send(one.path, changed)).statusCode).toBe(200);
    expect(codeOf(await fileOf(1))).toBe('not-found');
  });

  test('larger than it may be is refused before it is read', async () => {
    const { path } = await opened();
    const answer = await send(path, Buffer.alloc(17 * 1024 * 1024, 1));
    expect(answer.statusCode).toBe(413);
  });

  test.each([
    [{ expiresIn: 'PT5M' }, '/expiresIn'],
    [{ expiresIn: 'P60D' }, '/expiresIn'],
    [{ expiresIn: 'soon' }, '/expiresIn'],
    [{ reportId: '00000000-0000-4000-8000-000000000000' }, '/reportId'],
  ])('is not opened with %j', async (body, pointer) => {
    const answer = await office.post(`/v1/incidents/${incidentId}/uploads`, body, { as: 'responder1' });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain(`"pointer":"${pointer}"`);
  });

  test('is opened by the CSIRT, and read by it and the lead', async () => {
    const answer = await office.post(`/v1/incidents/${incidentId}/uploads`, {}, { as: 'auditor1' });
    expect(codeOf(answer)).toBe('not-yours');
    const { n, path } = await opened();
    await send(path, await sealed(path, 'for few'));
    expect(codeOf(await fileOf(n, 'auditor1'))).toBe('not-yours');
    expect((await fileOf(n, 'lead1')).body).toBe('for few');
  });
});

describe('a browser', () => {
  let browser: Browser;
  let directory = '';
  beforeAll(async () => {
    browser = await startChromium();
    directory = mkdtempSync(join(tmpdir(), 'tocsin-upload-'));
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('encrypts and sends what was chosen, and says so', async () => {
    const { n, path } = await opened();
    const bytes = randomBytes(3 * 1024 * 1024);
    const file = join(directory, 'core dump.bin');
    writeFileSync(file, bytes);
    const address = await office.app.listen({ host: '127.0.0.1', port: 0 });
    await browser.sendFile(`${address}${path}`, file);
    await vi.waitFor(async () => expect(await browser.state()).toMatch(/^Received\./), {
      timeout: 30_000,
      interval: 100,
    });
    const received = await fileOf(n);
    expect(received.rawPayload.equals(bytes)).toBe(true);
    expect(received.headers['content-disposition']).toContain('core%20dump.bin');
  });
});
