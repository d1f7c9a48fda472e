import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

import type { FeedView } from '../../src/api/schemas/calendar-feeds.ts';
import type { RotaView } from '../../src/api/schemas/rotas.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';

const stand = ownStand({ policy: 'test/e2e/on-call-by-rota.yaml' });
const { phone, get, post, page } = handling(stand);

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Of the ladder's first rung. */
const RUNG_MS = 40 * SECOND_MS;
const instant = (ms: number): string => new Date(ms).toISOString();

const rota = async () => bodyOf<RotaView>(await get('owner1', '/v1/rotas/nights'), 200);

/** Somebody phones in a report, and the first rung is climbed at once. */
async function ringing(): Promise<string> {
  const { incidentId } = await phone('lead1', { summary: 'A key was stolen' });
  return `${incidentId}-P1`;
}

/** Whom a rung has called, and why, once it has. */
const calledBy = (pageId: string, rung: number, withinMs = PATIENCE_MS) =>
  eventually(async () => {
    const called = (await page(pageId)).attempts.filter((attempt) => attempt.rung === rung && attempt.sentAt);
    expect(called).not.toEqual([]);
    return called.map(({ person, why }) => ({ person, why }));
  }, withinMs);

const mailTo = (person: string, pageId: string) =>
  stand().waitForMail(
    ({ to, text }) => to.includes(`${person}@stand.example`) && text.includes(`/v1/pages/${pageId}\n`),
    PATIENCE_MS,
  );

describe('a rung that calls a rota', () => {
  test(
    'calls whom an override puts on call, and says so, until it is withdrawn',
    { timeout: 3 * PATIENCE_MS },
    async () => {
      const { username: planned = '', until: handOver } = (await rota()).onCall ?? {};
      const before = await ringing();
      expect(await calledBy(before, 1)).toEqual([
        { person: planned, why: `on call for nights, layer weekly, until ${handOver}` },
      ]);
      await mailTo(planned, before);
      bodyOf(await post(planned, `/v1/pages/${before}/acknowledge`), 200);

      const until = instant(Date.now() + 2 * 60 * MINUTE_MS);
      const reason = 'a wedding';
      const override = { from: instant(Date.now() - MINUTE_MS), until, username: 'sme1', reason };
      const overridden = bodyOf<RotaView>(await post('lead1', '/v1/rotas/nights/overrides', override), 200);
      expect(overridden.onCall?.username).toBe('sme1');
      const [made] = overridden.overrides;
      expect(made).toMatchObject({ by: 'lead1', reason, withdrawn: null });

      const pageId = await ringing();
      expect(await calledBy(pageId, 1)).toEqual([
        { person: 'sme1', why: `on call for nights, override by lead1, until ${until}` },
      ]);
      await mailTo('sme1', pageId);
      bodyOf(await post('sme1', `/v1/pages/${pageId}/acknowledge`), 200);

      bodyOf(
        await post('lead1', `/v1/rotas/nights/overrides/${made?.id}/withdraw`, { reason: 'arrived' }),
        200,
      );
      const after = await ringing();
      expect(await calledBy(after, 1)).toMatchObject([{ person: planned }]);
      bodyOf(await post(planned, `/v1/pages/${after}/acknowledge`), 200);
    },
  );

  test(
    'calls who is on call when it is climbed: the next one where a hand-over lies between two rungs',
    { timeout: MINUTE_MS + RUNG_MS + 2 * PATIENCE_MS },
    async () => {
      // Hand-overs are on the minute: far enough ahead for the first rung, near enough for the second.
      const handOverAt = Math.ceil((Date.now() + 15 * SECOND_MS) / MINUTE_MS) * MINUTE_MS;
      const [was] = (await rota()).layers;
      const startsAt = instant(handOverAt - 24 * 60 * MINUTE_MS).slice(0, 16);
      const layer = {
        ...was,
        name: 'daily',
        members: ['responder1', 'responder2'],
        handOver: 'FREQ=DAILY',
        startsAt,
      };
      const change = { title: 'Nights', timeZone: 'UTC', layers: [layer], replaces: 1, reason: 'by the day' };
      const changed = bodyOf<RotaView>(await post('sponsor1', '/v1/rotas/nights', change), 200);
      expect(changed.onCall).toMatchObject({ username: 'responder1', until: instant(handOverAt) });
      await sleep(Math.max(0, handOverAt - Date.now() - 12 * SECOND_MS));

      const pageId = await ringing();
      expect(await calledBy(pageId, 1)).toEqual([
        { person: 'responder1', why: `on call for nights, layer daily, until ${instant(handOverAt)}` },
      ]);
      const next = instant(handOverAt + 24 * 60 * MINUTE_MS);
      expect(await calledBy(pageId, 2, RUNG_MS + PATIENCE_MS)).toEqual([
        { person: 'responder2', why: `on call for nights, layer daily, until ${next}` },
      ]);
      await mailTo('responder2', pageId);
      bodyOf(await post('responder2', `/v1/pages/${pageId}/acknowledge`), 200);
    },
  );
});

describe('a calendar program', { timeout: 3 * PATIENCE_MS }, () => {
  /** As somebody types it. */
  async function feed(as: string, ...args: readonly string[]): Promise<FeedView> {
    const { stdout } = await promisify(execFile)(process.execPath, ['tocsin.mjs', ...args, '--json'], {
      env: { ...process.env, TOCSIN_URL: stand().api, TOCSIN_TOKEN: stand().token(as) },
    });
    return JSON.parse(stdout) as FeedView;
  }

  test('reads by its address alone who is on call, until the address is renewed, and no log has it', async () => {
    const { address } = await feed('responder1', 'calendar-feed', '--rota', 'nights');
    const first = await fetch(address);
    const text = await first.text();
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
    expect(text).toContain('SUMMARY:Nights: responder2');
    const again = await fetch(address, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);

    const renewed = await feed('responder1', 'calendar-feed-renew', '--rota', 'nights');
    const before = await fetch(address);
    expect(before.status).toBe(404);
    expect(await before.json()).toMatchObject({ type: 'urn:tocsin:problem:not-found' });
    expect((await fetch(renewed.address)).status).toBe(200);

    const directory = join(stand().dataDir, 'logs');
    const logs = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
    expect(logs.join('')).toContain('/calendars/:token/on-call.ics');
    for (const one of [address, renewed.address])
      for (const part of (one.split('/')[4] ?? '').split('.')) expect(logs.join('')).not.toContain(part);
  });
});
