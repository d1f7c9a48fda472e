import { describe, expect, test } from 'vitest';

import { PROCESS } from '../../src/domain/actor.ts';
import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { ownStand } from '../support/stand.ts';
import * as work from './handling.ts';
import { bodyOf, codeOf, eventually, PEOPLE, problemOf } from './handling.ts';

const stand = ownStand();
const desk = work.handling(stand);
const { step, ask, get, post, incident, timeline, excerpt } = desk;

const CSIRT = ['responder1', 'responder2', 'lead1', 'sponsor1', 'comms1', 'renisac1'];
const LEAD_OR_SPONSOR = ['lead1', 'sponsor1'];

/** Words that nobody may read who reads an excerpt. */
const MARKER = 'xylophone';

interface Step {
  readonly path: string;
  readonly body: object;
  readonly may: readonly string[];
}

const AT = '2026-01-05T15:00:00.000Z';
const reason = 'It is so.';

/** Every step of an incident in triage whose lead is `lead1`, of which `sme1` was asked something. */
const STEPS: readonly Step[] = [
  { path: 'lead', body: { username: 'responder2', reason }, may: LEAD_OR_SPONSOR },
  { path: 'label', body: { tlp: 'RED', reason }, may: [...CSIRT, 'legal1'] },
  { path: 'kind', body: { kind: 'vulnerability', reason }, may: [...CSIRT, 'legal1', 'counsel1'] },
  { path: 'reply', body: { unnecessary: true, reason }, may: CSIRT },
  { path: 'question', body: { text: 'Which host?' }, may: CSIRT },
  { path: 'assessment', body: work.assessment(), may: LEAD_OR_SPONSOR },
  { path: 'reassessment', body: { ...work.assessment(), reason }, may: LEAD_OR_SPONSOR },
  { path: 'hand-off', body: { basis: 'normal', to: 'Operations', reason }, may: ['lead1'] },
  { path: 'dismiss', body: { reason }, may: CSIRT },
  { path: 'merge', body: { into: 'INC-2026-9999', reason }, may: CSIRT },
  { path: 'reopen', body: { reason }, may: CSIRT },
  {
    path: 'actions/engage-legal/complete',
    body: { outcome: { contactedAt: AT, method: 'phone', counsel: 'legal1' } },
    may: ['lead1'],
  },
  {
    path: 'actions/engage-legal/correct',
    body: { outcome: { contactedAt: AT, method: 'phone', counsel: 'legal1' }, reason },
    may: ['lead1'],
  },
  {
    path: 'actions/insurance-notice/complete',
    body: { outcome: { notify: false, reason } },
    may: ['legal1'],
  },
  {
    path: 'actions/involve-others/complete',
    body: { outcome: { involve: [] } },
    may: ['sponsor1'],
  },
  { path: 'actions/act-on-plan/complete', body: { outcome: { result: 'It is done.' } }, may: CSIRT },
  { path: 'actions/contact-executive/waive', body: { reason }, may: LEAD_OR_SPONSOR },
  { path: 'actions/engage-legal/designate', body: { username: 'responder2' }, may: ['lead1'] },
  {
    path: 'request-verification',
    body: { contact: 'north-executive', channel: 'phone', result: 'confirmed' },
    may: CSIRT,
  },
  {
    path: 'suspensions',
    body: { participant: 'North University', action: 'remove-metadata', basis: 'verified-request', reason },
    may: LEAD_OR_SPONSOR,
  },
  { path: 'suspensions/1/done', body: {}, may: ['ops1'] },
  { path: 'suspensions/1/lift', body: {}, may: LEAD_OR_SPONSOR },
  { path: 'suspensions/1/lifted', body: {}, may: ['ops1'] },
  {
    path: 'contact-attempts',
    body: { party: 'North University', method: 'phone', at: AT, result: 'nobody there' },
    may: CSIRT,
  },
  { path: 'consultations', body: { asked: 'legal1', question: 'May we?' }, may: CSIRT },
  { path: 'consultations/1/answer', body: { answer: 'Yes.' }, may: ['sme1'] },
  { path: 'team', body: { username: 'owner1', role: 'internal' }, may: LEAD_OR_SPONSOR },
  { path: 'team', body: { remove: 'owner1', reason }, may: LEAD_OR_SPONSOR },
  { path: 'pages', body: { to: 'legal1' }, may: CSIRT },
  { path: 'timeline', body: { text: 'I was here.' }, may: CSIRT },
  { path: 'close', body: { determination: 'It is over.' }, may: ['sponsor1'] },
];

/** To them an incident in which they are not named is not there. */
const MAY_NOT_KNOW = ['owner1', 'admin1'];

/** What people have done to it, as the record holds it. The process may say something at any time: a clock goes on. */
async function record(id: string): Promise<object> {
  const [{ stage }, lines] = await Promise.all([incident(id), timeline(id)]);
  return { stage, byPeople: lines.filter(({ by }) => by !== PROCESS).map(({ hash }) => hash) };
}

/** Until nothing of it is on its way any more. */
async function settled(id: string): Promise<object> {
  return eventually(async () => {
    const lines = await timeline(id);
    expect(lines.filter(({ seq }) => seq === null)).toEqual([]);
    const before = await record(id);
    expect(await record(id)).toEqual(before);
    return before;
  });
}

test('a step by somebody whose it is not is refused, and leaves nothing in the record', async () => {
  const id = await work.inTriage(desk, { summary: `A ${MARKER} was stolen` });
  await step('responder1', id, 'consultations', { asked: 'sme1', question: 'Whose is it?' });
  await stand().waitForMail(({ to }) => to.includes('sme1@stand.example'), work.PATIENCE_MS);
  const before = await settled(id);
  const wrong = await Promise.all(
    PEOPLE.map(async (person) => {
      const wanted = MAY_NOT_KNOW.includes(person) ? '404 not-found' : '403 not-yours';
      const others: string[] = [];
      for (const { path, body } of STEPS.filter(({ may }) => !may.includes(person))) {
        const answer = await ask(person, id, path, body);
        const got = `${answer.status} ${codeOf(answer)}`;
        if (got !== wanted) others.push(`${person} ${path}: ${got} instead of ${wanted}`);
      }
      return others;
    }),
  );
  expect(wrong.flat()).toEqual([]);
  expect(await record(id)).toEqual(before);
});

test('of the thirteen people the Executive Sponsor closes it, and nobody else', async () => {
  const id = await work.readyToClose(desk);
  const before = await settled(id);
  const others = PEOPLE.filter((person) => person !== 'sponsor1');
  const answers = await Promise.all(
    others.map(async (person) => [
      person,
      (await ask(person, id, 'close', { determination: 'Over.' })).status,
    ]),
  );
  expect(Object.fromEntries(answers)).toEqual(
    Object.fromEntries(
      others.map((person) => [person, ['sme1', ...MAY_NOT_KNOW].includes(person) ? 404 : 403]),
    ),
  );
  expect(await record(id)).toEqual(before);
  const closed = await step('sponsor1', id, 'close', { determination: 'It is over.' });
  expect(closed.stage).toBe('closed');
  const [reopenByLead, reopenBySponsor] = [
    await ask('lead1', id, 'reopen', { reason }),
    await ask('sponsor1', id, 'reopen', { reason }),
  ];
  expect([reopenByLead.status, reopenBySponsor.status]).toEqual([403, 200]);
});

describe('who is not signed in', () => {
  const PATHS = [
    ...['/v1/incidents', '/v1/incidents/INC-2026-0001', '/v1/incidents/INC-2026-0001/timeline'],
    ...['/v1/pages', '/v1/pages/INC-2026-0001-P1', '/v1/duties', '/v1/policy'],
  ];

  test.each(PATHS)('is told so at %s, and not whether it is there', async (path) => {
    const answer = await get(undefined, path);
    expect([answer.status, codeOf(answer)]).toEqual([401, 'not-signed-in']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('is told so for every step, whatever the token looks like', async () => {
    const tokens = ['Bearer x', 'Bearer ', 'Basic bGVhZDE6bGVhZDE=', stand().token('lead1'), 'Bearer a b'];
    for (const authorization of tokens) {
      const answer = await stand().request('POST', '/v1/incidents/INC-2026-0001/close', {
        body: {},
        headers: { authorization },
      });
      expect([authorization, answer.status]).toEqual([authorization, 401]);
    }
    const phone = await post(undefined, '/v1/reports/phone', { summary: 'It rang.' });
    expect(phone.status).toBe(401);
  });
});

describe('who may not know of an incident', () => {
  test('is answered as if it were not there, down to the last word', async () => {
    const id = await work.inTriage(desk);
    for (const path of ['', '/timeline']) {
      const hidden = await get('owner1', `/v1/incidents/${id}${path}`);
      const missing = await get('owner1', `/v1/incidents/INC-2026-9999${path}`);
      const { instance: _one, ...hiddenBody } = problemOf(hidden);
      const { instance: _other, ...missingBody } = problemOf(missing);
      expect([hidden.status, hiddenBody]).toEqual([404, missingBody]);
    }
    const lists = await Promise.all(
      [...MAY_NOT_KNOW, 'ops1'].map(
        async (person) => bodyOf<{ items: unknown[] }>(await get(person, '/v1/incidents'), 200).items.length,
      ),
    );
    expect(lists).toEqual([0, 0, 0]);
  });
});

describe('an excerpt is all that', () => {
  const KEYS = [
    ...['consultations', 'criticality', 'id', 'lead', 'pages', 'stage', 'suspensions', 'tlp', 'waitingFor'],
  ];
  const id = { of: '' };

  test('the consulted reads: their question, and no word of the report', async () => {
    id.of = await work.inTriage(desk, { summary: `A ${MARKER} was stolen`, description: `A ${MARKER}.` });
    await step('lead1', id.of, 'consultations', { asked: 'sme1', question: 'Is the vault safe?' });
    const seen = await excerpt('sme1', id.of);
    expect(Object.keys(seen).toSorted()).toEqual(KEYS);
    expect(seen.consultations.map(({ question }) => question)).toEqual(['Is the vault safe?']);
    expect(JSON.stringify(seen)).not.toContain(MARKER);
    expect((await get('sme1', `/v1/incidents/${id.of}/timeline`)).status).toBe(403);
    const answered = await step('sme1', id.of, 'consultations/1/answer', { answer: 'It is.' });
    expect(Object.keys(answered).toSorted()).toEqual(KEYS);
  });

  test('Operations read: the suspension that they carry out', async () => {
    await step('lead1', id.of, 'suspensions', {
      participant: 'North University',
      action: 'remove-metadata',
      basis: 'unacceptable-risk',
      reason: 'Its key is public.',
      impact: 'Its people cannot sign in; that is less than what strangers could do.',
    });
    const seen = await excerpt('ops1', id.of);
    expect(Object.keys(seen).toSorted()).toEqual(KEYS);
    expect(seen.suspensions).toMatchObject([{ participant: 'North University', state: 'decided' }]);
    expect(seen.waitingFor.map(({ what }) => what)).toEqual(['suspension:1']);
    expect(JSON.stringify(seen)).not.toContain(MARKER);
    const done = await step('ops1', id.of, 'suspensions/1/done', { note: 'Out since 15:20.' });
    expect(done).toMatchObject({ waitingFor: [], suspensions: [{ state: 'done' }] });
  });

  test('the paged reads: their page; and once appointed, the whole', async () => {
    await step('lead1', id.of, 'pages', { to: 'owner1', note: `Bring the ${MARKER}.` });
    const seen = await excerpt('owner1', id.of);
    expect(Object.keys(seen).toSorted()).toEqual(KEYS);
    expect(seen.pages).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain(MARKER);
    await eventually(async () => {
      const own = bodyOf<{ items: { id: string }[] }>(await get('owner1', '/v1/pages'), 200);
      expect(own.items.map((one) => one.id)).toEqual(seen.pages);
    });
    await step('lead1', id.of, 'team', { username: 'owner1', role: 'internal' });
    const whole = bodyOf<IncidentView>(await get('owner1', `/v1/incidents/${id.of}`), 200);
    expect(whole.summary).toContain(MARKER);
    await step('lead1', id.of, 'team', { remove: 'owner1', reason: 'Their part is done.' });
    expect(Object.keys(await excerpt('owner1', id.of)).toSorted()).toEqual(KEYS);
  });
});
