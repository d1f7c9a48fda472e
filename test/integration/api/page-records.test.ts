import { createLocalJWKSet, flattenedVerify, type FlattenedJWSInput } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { ladderOf } from '../../../src/domain/ladder.ts';
import { canonicalJson } from '../../../src/persistence/canonical-json.ts';
import { beginSending, endMessage, takeMessages } from '../../../src/persistence/pager-messages.ts';
import { claimStep } from '../../support/page-steps.ts';
import { acknowledgePage, openPage } from '../../../src/persistence/pages.ts';
import { apiOffice, problemOf, tokenOf } from './api-office.ts';

const office = apiOffice();
let incidentId = '';
let pageId = '';

/** A page to two people: a message to one of them left 250 ms late, and then the other took it. */
beforeAll(async () => {
  incidentId = await office.triage();
  pageId = `${incidentId}-P1`;
  const note = { to: 'owner1', note: 'Nobody else may read this' };
  await office.post(`/v1/incidents/${incidentId}/pages`, note, { as: 'lead1' });
  const target = { person: 'owner1', then: 'triage' } as const;
  const at = office.now;
  const step = { round: 1, rung: 1, nextStepAt: at };
  const ladder = ladderOf({ ladder: 'triage' }, office.policy.rules);
  await openPage(office.db, {
    ...{ pageId, incidentId, reason: 'call-in', target, ladder, ring: 1, startsAt: at },
    ...{ noteTextId: null, next: step },
  });
  const people = [
    { person: 'owner1', why: '=HYPERLINK("x"), "by name"' },
    { person: 'sme1', why: 'on call for nights, layer weekly, until 2026-02-04T00:00:00.000Z' },
  ];
  const climbed = { pageId, ring: 1, round: 1, rung: 1, at, people, nextContactAfterMs: 60_000, next: null };
  await claimStep(office.db, { ...climbed, factId: `${pageId}-climbed` });
  const messages = await takeMessages(office.db, { pageIds: [pageId], at, oneMessagePerMs: 60_000 });
  const [message] = messages.filter(({ person }) => person === 'owner1');
  if (message === undefined) throw new Error('nothing to send');
  const clearance = { recipient: 'owner1', label: 'CLEAR', isAllowed: true, reason: 'no words' } as const;
  await beginSending(office.db, message, { at, clearance }, () => null);
  const end = { outcome: 'accepted', code: '250', farId: '<1@relay>', at: at + 250 } as const;
  await endMessage(office.db, message.id, end);
  await acknowledgePage(office.db, { pageId, by: 'sme1', at: at + 500, factId: `${pageId}-taken` });
});

const read = (accept: string, as = 'responder1') => office.get(`/v1/pages/${pageId}`, as, { accept });

describe('a page', () => {
  test('says of each attempt when it was to leave, when it left, and whether it was needed', async () => {
    const { attempts, declinedBy } = (await read('application/json')).json();
    expect(attempts).toMatchObject([
      {
        person: 'owner1',
        sendAfter: '2026-02-03T15:00:00.000Z',
        lateMs: 250,
        tries: 1,
        answer: 'accepted 250',
      },
      { person: 'sme1', sentAt: null, lateMs: null, tries: 0, answer: 'not-needed', receiptAt: null },
    ]);
    expect(declinedBy).toEqual([]);
  });

  test('is a table for who asks for one, in which no cell is a formula', async () => {
    const answer = await read('text/csv');
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    const [head, first, second, end] = answer.body.split('\r\n');
    expect(head).toBe(
      'page,incident,ring,round,rung,person,method,why,dueAt,sendAfter,sentAt,lateMs,tries,answer,receipt,receiptAt',
    );
    expect(first).toBe(
      `${pageId},${incidentId},1,1,1,owner1,mail,"'=HYPERLINK(""x""), ""by name""",2026-02-03T15:00:00.000Z,2026-02-03T15:00:00.000Z,2026-02-03T15:00:00.250Z,250,1,accepted 250,<1@relay>,`,
    );
    expect(second).toContain(',sme1,mail,"on call for nights, layer weekly,');
    expect(end).toBe('');
  });
});

describe('a signed record', () => {
  const signed = async () => (await read('application/jose+json')).json<FlattenedJWSInput>();
  const keys = async () => createLocalJWKSet((await office.get('/v1/keys')).json());

  test('is checked by anybody with the keys that are published', async () => {
    const { payload, protectedHeader } = await flattenedVerify(await signed(), await keys());
    const text = new TextDecoder().decode(payload);
    const record = JSON.parse(text);
    expect(text).toBe(canonicalJson(record));
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'JOSE+JSON', cty: 'json' });
    expect(record).toMatchObject({
      type: 'urn:tocsin:page-record:1',
      issuer: 'http://tocsin.example',
      exportedAt: '2026-02-03T15:00:00.000Z',
      exportedBy: 'responder1',
      page: { id: pageId, incidentId, reason: 'call-in', state: 'acknowledged' },
      ladder: { rounds: office.policy.rules.ladders['triage']?.rounds },
      attempts: (await read('application/json')).json().attempts,
      acknowledgement: { by: 'sme1', at: '2026-02-03T15:00:00.500Z' },
      declined: [],
    });
    expect(text).not.toContain('Nobody else may read this');
  });

  test('of before is checked by the keys that are published after the key was changed, and so is one of after', async () => {
    const before = await signed();
    const server = office.withRecordKey(new Uint8Array(32).fill(8));
    const url = `/v1/pages/${pageId}`;
    const headers = { accept: 'application/jose+json', authorization: `Bearer ${tokenOf('responder1')}` };
    const after = (await server.inject({ url, headers })).json<FlattenedJWSInput>();
    const { keys: published } = (await server.inject({ url: '/v1/keys' })).json();
    expect(published).toHaveLength(2);
    const set = createLocalJWKSet({ keys: published });
    const kids = [];
    for (const record of [before, after]) {
      const { protectedHeader, payload } = await flattenedVerify(record, set);
      expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ page: { id: pageId } });
      kids.push(protectedHeader?.['kid']);
    }
    expect(published.map(({ kid }: { readonly kid: string }) => kid)).toEqual([kids[1], kids[0]]);
    // What one key signed passes for nothing of the other.
    const [present] = published;
    await expect(flattenedVerify(before, createLocalJWKSet({ keys: [present] }))).rejects.toThrow();
    await server.close();
  });

  test.each(['payload', 'protected', 'signature'] as const)(
    'with one changed byte in its %s is none',
    async (part) => {
      const record = await signed();
      const bytes = Buffer.from(String(record[part]), 'base64url');
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      const changed = { ...record, [part]: bytes.toString('base64url') };
      await expect(flattenedVerify(changed, await keys())).rejects.toThrow();
    },
  );

  test('says which rungs had nobody, and why, as the page does', async () => {
    const skippingId = `${incidentId}-P2`;
    await office.post(`/v1/incidents/${incidentId}/pages`, { to: 'sme1' }, { as: 'lead1' });
    const at = office.now;
    const ladder = ladderOf({ ladder: 'triage' }, office.policy.rules);
    const first = { pageId: skippingId, ring: 1, round: 1, rung: 1, at };
    await openPage(office.db, {
      ...{ pageId: skippingId, incidentId, reason: 'call-in', target: { ladder: 'triage' }, ladder, ring: 1 },
      ...{ startsAt: at, noteTextId: null, next: { round: 1, rung: 1, nextStepAt: at } },
    });
    await claimStep(office.db, {
      ...{ ...first, people: [], whyNobody: 'nobody is on call for nights', nextContactAfterMs: 60_000 },
      ...{ next: { round: 1, rung: 2, nextStepAt: at }, factId: `${skippingId}-climbed` },
    });
    const skipped = [
      { ring: 1, round: 1, rung: 1, at: '2026-02-03T15:00:00.000Z', why: 'nobody is on call for nights' },
    ];
    const of = (accept: string) => office.get(`/v1/pages/${skippingId}`, 'responder1', { accept });
    expect((await of('application/json')).json()).toMatchObject({ skipped, attempts: [] });
    const { payload } = await flattenedVerify((await of('application/jose+json')).json(), await keys());
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ skipped });
  });

  test('is for those who may read the page', async () => {
    expect(problemOf(await read('application/jose+json', 'legal1')).status).toBe(403);
    expect(problemOf(await read('text/csv', 'admin1')).status).toBe(404);
  });
});
