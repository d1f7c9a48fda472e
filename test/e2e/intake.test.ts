import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { Mail } from '../../dev/mail-store.ts';
import type { ReportAcceptedView } from '../../src/api/schemas/reports.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, codeOf, eventually, handling, pathOf, PATIENCE_MS, problemOf } from './handling.ts';

const stand = ownStand();
const { report, phone, step, ask, post, get, incident, timeline, status, page, acknowledge, excerpt } =
  handling(stand);

const HOUR_MS = 3_600_000;

/** A report by the bytes themselves, as no client of ours would send it. */
async function send(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: unknown }> {
  const response = await fetch(`${stand().api}/v1/reports`, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function mailTo(address: string, subject = ''): Promise<Mail> {
  return stand().waitForMail(
    (mail) => mail.to.includes(address) && mail.subject.includes(subject),
    PATIENCE_MS,
  );
}

async function incidentsInAll(): Promise<number> {
  return bodyOf<{ items: unknown[] }>(await get('auditor1', '/v1/incidents?limit=200'), 200).items.length;
}

const clockOf = async (incidentId: string, name: string) =>
  (await incident(incidentId)).clocks.find((clock) => clock.name === name);

describe('the automatic reply', () => {
  test('arrives at once with reference, hours and notices, and stops no clock', async () => {
    const sentAt = Date.now();
    const accepted = await report({
      summary: 'An IdP signs with a stolen key',
      description: 'Seen at 20:39 UTC.',
      reporter: { name: 'Anna Berg', email: 'anna@north.example.edu' },
    });
    const mail = await mailTo('anna@north.example.edu');
    // A second or less; generous, because others may keep the machine busy.
    expect(Date.parse(mail.receivedAt) - sentAt).toBeLessThan(10_000);
    expect(mail.subject).toBe(`[${accepted.incidentId}] We have received your report`);
    expect(mail.headers).toMatchObject({ 'auto-submitted': 'auto-replied' });
    const text = mail.text.replaceAll(/\s+/g, ' ');
    expect(text).toContain(`filed as ${accepted.incidentId}`);
    expect(text).toContain('24 hours after it arrived');
    expect(text).toContain('In a critical emergency please phone +1 734 352 7045');
    expect(text).toContain('Outside business hours (Monday to Friday 09:00-17:00 in America/Detroit)');
    expect(text).toContain('it may take up to 12 hours until somebody notices a mail');
    expect(text).toContain('Please send nothing sensitive over this channel');
    expect(text).toContain(accepted.statusUrl);
    expect(mail.text + mail.subject).not.toMatch(/stolen key|20:39/);

    await eventually(async () => {
      const lines = await timeline(accepted.incidentId);
      expect(lines.map(({ text: said }) => said)).toContain('automatic reply to the reporter sent');
    });
    const view = await incident(accepted.incidentId);
    expect(view.reports).toMatchObject([{ reply: 'owed', repliedAt: null }]);
    expect(view.clocks.find(({ name }) => name === 'reply')).toMatchObject({
      state: 'running',
      startedAt: accepted.receivedAt,
      dueAt: accepted.replyDueAt,
      stoppedAt: null,
    });
    expect(Date.parse(accepted.replyDueAt) - Date.parse(accepted.receivedAt)).toBe(24 * HOUR_MS);
    expect(accepted.notice).toContain('nothing sensitive');
  });

  test('cannot be sent where no address was left, and nothing waits for it', async () => {
    const { incidentId } = await report({ description: 'I would rather not say who I am.' });
    await step('responder1', incidentId, 'lead', { username: 'lead1' });
    // A reply by mail has nowhere to go: it is refused and stays owed, and the reporter can be found unreachable.
    await expect(step('responder1', incidentId, 'reply', { text: 'Thank you.' })).rejects.toThrow(/422/);
    expect((await incident(incidentId)).reports).toMatchObject([{ reply: 'owed' }]);
    const attempts = [{ method: 'phone', at: '2026-01-05T15:00:00.000Z' }];
    const view = await step('responder1', incidentId, 'reply', { unreachable: true, attempts });
    expect(view.reports).toMatchObject([{ reply: 'unreachable' }]);
    expect(view.clocks.find(({ name }) => name === 'reply')).toMatchObject({ state: 'excused' });
  });
});

describe('a report by form', () => {
  test('with fields that we do not know and values that we cannot use is taken, and they are kept aside', async () => {
    const accepted = await report({
      summary: 'An odd form',
      kind: 'catastrophe',
      reporter: { name: 'Bo', email: 'bo@x.example, eve@y.example', shoeSize: 44 },
      occurredAt: 'yesterday',
      affected: ['idp.example.org', 7],
      tlp: 'PURPLE',
      favouriteColour: { is: 'green' },
    });
    expect(accepted.keptAside?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/affected/1',
      '/favouriteColour',
      '/kind',
      '/occurredAt',
      '/reporter/email',
      '/reporter/shoeSize',
      '/tlp',
    ]);
    const { kind, tlp, summary } = await incident(accepted.incidentId);
    expect({ kind, tlp, summary }).toEqual({ kind: 'incident', tlp: 'AMBER+STRICT', summary: 'An odd form' });
  });

  test('with a NUL, a lone surrogate or bytes that are no UTF-8 is taken, and they become U+FFFD', async () => {
    const nul = bodyOf<ReportAcceptedView>(
      await send(String.raw`{"summary": "before\u0000after \ud800 end"}`),
      202,
    );
    expect((await incident(nul.incidentId)).summary).toBe('before\uFFFDafter \uFFFD end');
    const bytes = Buffer.concat([Buffer.from('{"summary": "caf'), Buffer.from([0xe9]), Buffer.from('"}')]);
    const latin1 = bodyOf<ReportAcceptedView>(await send(bytes), 202);
    expect((await incident(latin1.incidentId)).summary).toBe('caf\uFFFD');
  });

  test('in any script and with any emoji comes back as it was written', async () => {
    const summary = '不正アクセス · взлом · اختراق · 🔥👩‍💻 · e\u0301 · \u202Eevil';
    const { incidentId } = await report({ summary, description: summary });
    expect((await incident(incidentId)).summary).toBe(summary);
    const found = await get('responder1', `/v1/incidents?q=${encodeURIComponent('взлом')}`);
    expect(bodyOf<{ items: { id: string }[] }>(found, 200).items.map(({ id }) => id)).toContain(incidentId);
  });

  test('that cannot be parsed, says nothing or is too large is turned away, and leaves nothing', async () => {
    const before = await incidentsInAll();
    const refused = async (body: string) => {
      const answer = await send(body);
      return `${answer.status} ${codeOf(answer)}`;
    };
    expect(await refused('{"summary": ')).toBe('400 malformed');
    expect(await refused('')).toBe('400 malformed');
    expect(await refused('["a list"]')).toBe('400 malformed');
    expect(await refused('"a text"')).toBe('400 malformed');
    expect(await refused('{}')).toBe('422 invalid');
    expect(await refused('{"summary": "  ", "description": 7}')).toBe('422 invalid');
    expect(await refused(JSON.stringify({ summary: 'x'.repeat(1024 * 1024 + 1) }))).toBe('413 too-large');
    expect(await incidentsInAll()).toBe(before);
  });

  test('sent again under the same key gets the first answer, and under that key nothing else is taken', async () => {
    const before = await incidentsInAll();
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const body = JSON.stringify({ summary: 'Sent twice', reporter: { email: 'twice@x.example' } });
    const [first, second] = await Promise.all([send(body, headers), send(body, headers)]);
    const third = await send(body, headers);
    expect([first.status, second.status, third.status]).toEqual([202, 202, 202]);
    expect(second.body).toEqual(first.body);
    expect(third.body).toEqual(first.body);
    expect(third.headers.get('idempotency-replayed')).toBe('true');
    const other = await send(JSON.stringify({ summary: 'Something else' }), headers);
    expect([other.status, codeOf(other)]).toEqual([422, 'key-reused']);
    expect(await incidentsInAll()).toBe(before + 1);
    await mailTo('twice@x.example');
    const mails = (await stand().mails()).filter(({ to }) => to.includes('twice@x.example'));
    expect(mails).toHaveLength(1);
  });
});

describe('a report by phone', () => {
  test('starts its clock when the call came, gets no automatic reply, and pages at once', async () => {
    const receivedAt = new Date(Date.now() - HOUR_MS / 6).toISOString();
    const accepted = await phone('responder1', {
      summary: 'Somebody called about a stolen key',
      reporter: { name: 'Carl', phone: '+1 734 555 0110', email: 'carl@north.example.edu' },
      receivedAt,
    });
    expect(accepted.receivedAt).toBe(receivedAt);
    expect(Date.parse(accepted.replyDueAt)).toBe(Date.parse(receivedAt) + 24 * HOUR_MS);
    expect(await clockOf(accepted.incidentId, 'reply')).toMatchObject({ startedAt: receivedAt });
    const call = await mailTo('responder1@stand.example', accepted.incidentId);
    expect(call.subject).toBe(`[${accepted.incidentId}] PAGE URGENT: somebody phoned in a report`);
    const view = await step('responder1', accepted.incidentId, 'lead', { username: 'responder1' });
    expect(view.reports).toMatchObject([{ channel: 'phone', enteredBy: 'responder1' }]);
    const at = new Date(Date.parse(receivedAt) + 60_000).toISOString();
    const told = await step('responder1', accepted.incidentId, 'reply', {
      text: 'Told him to take the IdP off the net.',
      method: 'phone',
      at,
    });
    expect(told.clocks.find(({ name }) => name === 'reply')).toMatchObject({ state: 'met', stoppedAt: at });
    expect((await stand().mails()).filter(({ to }) => to.includes('carl@north.example.edu'))).toEqual([]);
  });

  test('is refused when it comes from the future, is not signed for, or says something unknown', async () => {
    const refused = async (as: string | undefined, body: object) => {
      const answer = await post(as, '/v1/reports/phone', body);
      return `${answer.status} ${codeOf(answer)}`;
    };
    const summary = 'It rang';
    const receivedAt = new Date(Date.now() + HOUR_MS).toISOString();
    expect(await refused('responder1', { summary, receivedAt })).toBe('422 invalid');
    expect(await refused(undefined, { summary })).toBe('401 not-signed-in');
    expect(await refused('ops1', { summary })).toBe('403 not-yours');
    const unknown = await post('responder1', '/v1/reports/phone', { summary, colour: 'green' });
    expect([unknown.status, codeOf(unknown)]).toEqual([422, 'invalid']);
    expect(problemOf(unknown).errors?.map(({ pointer }) => pointer)).toEqual(['/colour']);
  });
});

describe('an inquiry of law enforcement', () => {
  test('is directed to the General Counsel, triaged by nobody, and handed off by Counsel alone', async () => {
    const { incidentId } = await report({
      kind: 'law-enforcement',
      summary: 'A subpoena for sign-in records',
      reporter: { email: 'agent@police.example' },
    });
    const receipt = await mailTo('agent@police.example');
    expect(receipt.text.replaceAll(/\s+/g, ' ')).toContain(
      'directed to the General Counsel of InCommon Federation',
    );
    expect(receipt.text).not.toContain('24 hours');
    const call = await mailTo('counsel1@stand.example', incidentId);
    expect(call.subject).toBe(`[${incidentId}] PAGE URGENT: an inquiry of law enforcement came in`);
    expect(call.text).not.toContain('subpoena');

    const view = await incident(incidentId);
    expect(view.stage).toBe('received');
    expect(view.clocks.map(({ name, state, reason }) => `${name} ${state} ${reason}`).toSorted()).toEqual([
      'lead excused law-enforcement',
      'reply excused law-enforcement',
    ]);
    expect(view.waitingFor.map(({ what, who }) => `${what} ${who}`)).toContain('hand-off general-counsel');
    await step('responder1', incidentId, 'lead', { username: 'lead1' });
    const triaged = await ask('lead1', incidentId, 'assessment', {
      ...{ isIncident: false, dependsOnChangeManagement: false, scopeCriteria: [] },
      ...{ tlp: 'AMBER', summary: 'Not ours' },
    });
    expect([triaged.status, codeOf(triaged)]).toEqual([409, 'not-now']);

    const handOff = { basis: 'law-enforcement', to: 'General Counsel', reason: 'It is a subpoena.' };
    expect((await ask('lead1', incidentId, 'hand-off', handOff)).status).toBe(403);
    const handedOff = await step('counsel1', incidentId, 'hand-off', handOff);
    expect(handedOff.stage).toBe('handed-off');
    const [pageId = ''] = handedOff.pages;
    await eventually(async () => expect((await page(pageId)).state).toBe('cancelled'));
  });

  test('that turns out to be none gets its clocks back, and what turns out to be one loses them', async () => {
    const { incidentId, receivedAt } = await report({
      kind: 'law-enforcement',
      summary: 'A police host scans us',
    });
    await mailTo('counsel1@stand.example', incidentId);
    const asCounsel = await post('counsel1', `/v1/incidents/${incidentId}/kind`, {
      kind: 'incident',
      reason: 'Nobody asks for anything.',
    });
    expect(asCounsel.status).toBe(200);
    const view = await incident(incidentId);
    expect(
      view.clocks.map(({ name, state, startedAt }) => `${name} ${state} ${startedAt}`).toSorted(),
    ).toEqual([`lead running ${receivedAt}`, `reply running ${receivedAt}`]);
    const [pageId = ''] = view.pages;
    await eventually(async () => expect((await page(pageId)).state).toBe('cancelled'));

    const back = await step('responder1', incidentId, 'kind', {
      kind: 'law-enforcement',
      reason: 'A warrant came after all.',
    });
    expect(back.clocks.filter(({ state }) => state === 'running')).toEqual([]);
    const second = await eventually(async () => {
      const calls = (await stand().mails()).filter(({ to }) => to.includes('counsel1@stand.example'));
      const { pages } = await excerpt('counsel1', incidentId);
      const fresh = pages.find((id) => id !== pageId) ?? '';
      expect(calls.map(({ text }) => text)).toContainEqual(expect.stringContaining(`/v1/pages/${fresh}\n`));
      return fresh;
    });
    expect(await acknowledge('counsel1', second)).toMatchObject({ acknowledgedBy: 'counsel1' });
  });
});

describe('a request for suspension', () => {
  const suspension = {
    participant: 'North University',
    action: 'revoke-credentials',
    basis: 'verified-request',
    reason: 'Their signing key is in other hands.',
  };
  const verification = { contact: 'north-executive', channel: 'phone', result: 'confirmed' };

  test('is verified out of band, by somebody else than who took it, before anybody acts on it', async () => {
    const { incidentId } = await phone('responder1', {
      kind: 'suspension-request',
      summary: 'Revoke our keys',
    });
    await step('responder1', incidentId, 'lead', { username: 'lead1' });
    expect((await incident(incidentId)).waitingFor.map(({ what }) => what)).toContain('verification');
    const unverified = await ask('lead1', incidentId, 'suspensions', suspension);
    expect([unverified.status, codeOf(unverified)]).toEqual([409, 'predecessor-missing']);

    const refused = async (as: string, over: object) => {
      const answer = await ask(as, incidentId, 'request-verification', { ...verification, ...over });
      return `${answer.status} ${codeOf(answer)}`;
    };
    expect(await refused('responder1', {})).toBe('403 not-yours');
    expect(await refused('responder2', { contact: 'whoever-called' })).toBe('422 unknown-key');
    expect(await refused('responder2', { channel: 'direct-mail' })).toBe('422 invalid');
    const verified = await step('responder2', incidentId, 'request-verification', verification);
    expect(verified.verification).toMatchObject({ result: 'confirmed', by: 'responder2', channel: 'phone' });

    await step('lead1', incidentId, 'suspensions', suspension);
    for (const [as, move, state] of [
      ['ops1', 'done', 'done'],
      ['sponsor1', 'lift', 'lift-decided'],
      ['ops1', 'lifted', 'lifted'],
    ] as const) {
      const moved = await step(as, incidentId, `suspensions/1/${move}`);
      expect(moved.suspensions).toMatchObject([{ n: 1, state }]);
    }
  });

  test('that is refuted is an incident itself: somebody impersonated a participant', async () => {
    const { incidentId } = await report({ kind: 'suspension-request', summary: 'Take North University out' });
    const refuted = await step('responder2', incidentId, 'request-verification', {
      ...verification,
      result: 'refuted',
      note: 'Their CIO knows nothing of it.',
    });
    expect(refuted).toMatchObject({ kind: 'incident', verification: { result: 'refuted' } });
    const suspended = await ask('sponsor1', incidentId, 'suspensions', suspension);
    expect(suspended.status).toBe(409);
  });
});

describe('the reporter', () => {
  test('sees with their token that it was received and answered, and nothing of the work', async () => {
    const accepted = await report({ summary: 'Please look', reporter: { email: 'dora@x.example' } });
    const { incidentId } = accepted;
    await step('responder1', incidentId, 'lead', { username: 'lead1' });
    await step('lead1', incidentId, 'timeline', { text: 'An internal remark.' });
    await step('responder1', incidentId, 'question', { text: 'Which host was it?' });
    const asked = await mailTo('dora@x.example', 'A question about your report');
    expect(asked.text).toContain('Which host was it?');
    expect(asked.text).toContain(accepted.statusUrl);
    expect((await incident(incidentId)).reports).toMatchObject([{ reply: 'owed' }]);

    const [path, query] = pathOf(accepted.statusUrl).split('?');
    bodyOf(await post(undefined, `${path}/answer?${query}`, { text: 'idp.x.example' }), 200);
    const before = await status(accepted);
    expect(before).toMatchObject({ reply: 'owed', questions: [{ n: 1, text: 'Which host was it?' }] });
    expect(before.answers.map(({ text }) => text)).toEqual(['idp.x.example']);
    expect(JSON.stringify(before)).not.toContain('internal remark');
    await step('responder1', incidentId, 'reply', { text: 'Thank you, we are on it.' });
    await mailTo('dora@x.example', 'Reply to your report');
    await eventually(async () => expect((await status(accepted)).reply).toBe('sent'));
    await eventually(async () =>
      expect((await timeline(incidentId)).map(({ text }) => text)).toContain(
        'the reporter answered: idp.x.example',
      ),
    );
  });

  test('without the token of that very report sees nothing, and answers nothing', async () => {
    const [one, other] = [await report({ summary: 'One' }), await report({ summary: 'Other' })];
    const [path] = pathOf(one.statusUrl).split('?');
    const [, query] = pathOf(other.statusUrl).split('?');
    for (const address of [path, `${path}?token=`, `${path}?${query}`]) {
      const answer = await get(undefined, address ?? '');
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not-found']);
    }
    expect((await post(undefined, `${path}/answer?${query}`, { text: 'Let me in.' })).status).toBe(404);
  });
});
