import { describe, expect, test } from 'vitest';

import type { PageView } from '../../src/api/schemas/pages.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, codeOf, eventually, handling, PATIENCE_MS } from './handling.ts';

/** The drill: a reply within 20 s, a warning page after 10 s, 3 s for each rung, two rounds, 15 s for a taken page. */
const stand = ownStand({ policy: 'policy/drill.yaml' });
const { report, phone, step, post, get, incident, timeline, page, acknowledge, excerpt } = handling(stand);

const LADDER = ['responder1', 'responder2', 'lead1', 'sponsor1'];

/** In every report here, and in no page. */
const MARKER = 'xylophone';

const words = (what: string) => ({
  summary: `${MARKER}: ${what}`,
  description: `The ${MARKER} is out of tune.`,
  reporter: { name: `Anna ${MARKER}`, phone: '+1 734 555 0199' },
});

/** Whom a page has called so far, in the order in which the mails came. */
async function called(pageId: string): Promise<readonly string[]> {
  return (await mailsOf(pageId)).map(({ to }) => String(to[0]).replace('@stand.example', ''));
}

async function mailsOf(pageId: string) {
  return (await stand().mails()).filter(({ text }) => text.includes(`/v1/pages/${pageId}\n`));
}

async function pageFor(incidentId: string, reason: string): Promise<PageView> {
  return eventually(async () => {
    const { pages } = await incident(incidentId);
    const views = await Promise.all(pages.map((id) => page(id)));
    const found = views.find((view) => view.reason === reason);
    if (found === undefined) throw new Error(`${incidentId} has no page ${reason} yet`);
    return found;
  });
}

async function untilState(pageId: string, state: PageView['state']): Promise<PageView> {
  return eventually(async () => {
    const view = await page(pageId);
    expect(view.state).toBe(state);
    return view;
  });
}

async function untilCalled(pageId: string, people: readonly string[]): Promise<void> {
  await eventually(async () => {
    const soFar = await called(pageId);
    expect(soFar.slice(0, people.length)).toEqual(people);
  });
}

const waitingPages = async (incidentId: string) =>
  (await incident(incidentId)).waitingFor
    .filter(({ what }) => what.startsWith('page:'))
    .map(({ what, state }) => `${what} ${state}`);

describe.concurrent('a page climbs when it is unanswered', { timeout: 4 * PATIENCE_MS }, () => {
  test('a reply that nobody gives warns, climbs the ladder twice, is exhausted, and can still be taken', async () => {
    const { incidentId } = await report(words('nobody answers me'));
    const warning = await pageFor(incidentId, 'reply-due');
    await untilCalled(warning.id, ['responder1', 'responder2']);

    const breach = await pageFor(incidentId, 'reply-breached');
    expect(await untilState(warning.id, 'cancelled')).toMatchObject({ cancelledBecause: 'breached' });
    const warned = await called(warning.id);
    expect(warned).toEqual(LADDER.slice(0, warned.length));

    const exhausted = await untilState(breach.id, 'exhausted');
    expect(await called(breach.id)).toEqual([...LADDER, ...LADDER]);
    expect(exhausted.attempts.map(({ round, rung, person }) => `${round}.${rung} ${person}`)).toEqual([
      ...LADDER.map((person, index) => `1.${index + 1} ${person}`),
      ...LADDER.map((person, index) => `2.${index + 1} ${person}`),
    ]);
    const receipts = (await mailsOf(breach.id)).map(({ messageId }) => messageId);
    expect(exhausted.attempts.map(({ receipt }) => receipt)).toEqual(receipts);
    await eventually(async () => {
      expect(await waitingPages(incidentId)).toContain(`page:${breach.id} exhausted`);
      const lines = (await timeline(incidentId)).filter(({ kind }) => kind === 'exhausted');
      expect(lines.map(({ text }) => text)).toEqual([
        `nobody answered page ${breach.id} in 2 rounds: a reply to a reporter is overdue; any of the CSIRT can restart it or take it`,
      ]);
    });

    expect(await acknowledge('lead1', breach.id)).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'lead1',
    });
    expect(await waitingPages(incidentId)).not.toContain(`page:${breach.id} exhausted`);
  });

  test('a phone call rings at once; who takes it is told to the second, and so is everybody after them', async () => {
    const { incidentId, receivedAt } = await phone('responder2', words('my IdP signs for others'));
    const { id, startedAt } = await pageFor(incidentId, 'phone');
    await untilCalled(id, ['responder1']);
    // Well before the reply's warning, which comes ten seconds after the receipt.
    expect(Date.parse(startedAt) - Date.parse(receivedAt)).toBeLessThan(10_000);

    const askedAt = Date.now();
    const taken = await acknowledge('responder1', id);
    const answeredAt = Date.now();
    expect(taken).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'responder1' });
    const takenAt = Date.parse(taken.acknowledgedAt ?? '');
    expect(takenAt).toBeGreaterThanOrEqual(askedAt);
    expect(takenAt).toBeLessThanOrEqual(answeredAt);
    const second = await acknowledge('responder2', id);
    expect(second).toMatchObject({ acknowledgedBy: 'responder1', acknowledgedAt: taken.acknowledgedAt });
    await eventually(async () => {
      const lines = (await timeline(incidentId)).filter(({ kind }) => kind === 'acknowledged');
      expect(lines).toMatchObject([{ by: 'responder1', at: taken.acknowledgedAt }]);
    });

    // Nothing follows: then it rings again, from the first rung.
    const before = await called(id);
    const again = await eventually(async () => {
      const view = await page(id);
      expect(view.ring).toBe(2);
      return view;
    });
    expect(
      again.attempts.filter(({ ring, sentAt }) => ring === 1 && Date.parse(sentAt ?? '') > takenAt + 1000),
    ).toEqual([]);
    await untilCalled(id, [...before, 'responder1', 'responder2']);
    await acknowledge('responder2', id);
    await step('responder2', incidentId, 'reply', {
      unnecessary: true,
      reason: 'The caller was told on the phone.',
    });
    await step('responder2', incidentId, 'lead', { username: 'responder2' });
  });

  test('a taken page lasts while its owner does something, and is settled when its matter is', async () => {
    const { incidentId } = await phone('responder2', words('my keys are gone'));
    const { id } = await pageFor(incidentId, 'phone');
    await untilCalled(id, ['responder1']);
    await acknowledge('responder1', id);
    const untilOf = async () => Date.parse((await page(id)).acknowledgedUntil ?? '');
    const first = await eventually(async () => {
      const until = await untilOf();
      expect(until).not.toBeNaN();
      return until;
    });
    await step('responder1', incidentId, 'timeline', { text: 'Asked the caller which keys.' });
    await eventually(async () => expect(await untilOf()).toBeGreaterThan(first));
    await step('responder1', incidentId, 'lead', { username: 'responder1' });
    await eventually(async () =>
      expect(await page(id)).toMatchObject({
        state: 'acknowledged',
        acknowledgedBy: 'responder1',
        acknowledgedUntil: null,
      }),
    );
    await step('responder1', incidentId, 'reply', { text: 'Told on the phone.', method: 'phone' });
  });

  test('a call-in climbs from the called to the handling ladder; exhausted, it is restarted and taken', async () => {
    const { incidentId } = await report(words('the metadata is wrong'));
    await step('responder1', incidentId, 'lead', { username: 'lead1' });
    await step('responder1', incidentId, 'reply', { unnecessary: true, reason: 'It is known.' });
    await step('responder1', incidentId, 'pages', { to: 'owner1', note: `Bring your ${MARKER}.` });
    const { id } = await pageFor(incidentId, 'call-in');
    await untilCalled(id, ['owner1']);
    expect(await excerpt('owner1', incidentId)).toMatchObject({ id: incidentId, pages: [id] });
    const tooEarly = await post('responder1', `/v1/pages/${id}/restart`);
    expect([tooEarly.status, codeOf(tooEarly)]).toEqual([409, 'not-now']);

    await untilState(id, 'exhausted');
    const round = ['owner1', 'lead1', 'responder1', 'responder2', 'sponsor1'];
    const all = await called(id);
    // The two responders stand on one rung and are called at the same instant, in either order.
    expect(all.map((person) => person.replace(/\d$/, ''))).toEqual(
      [...round, ...round].map((person) => person.replace(/\d$/, '')),
    );
    await eventually(async () => expect(await waitingPages(incidentId)).toEqual([`page:${id} exhausted`]));

    const restarted = bodyOf<PageView>(await post('responder2', `/v1/pages/${id}/restart`), 200);
    expect(restarted).toMatchObject({ state: 'ringing', ring: 2 });
    await untilCalled(id, [...all, 'owner1']);
    expect(await acknowledge('owner1', id)).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'owner1',
    });
    await eventually(async () => expect(await waitingPages(incidentId)).toEqual([]));
  });

  test('a reply that is given in the end silences its page', async () => {
    const { incidentId } = await report(words('please answer'));
    const { id } = await pageFor(incidentId, 'reply-due');
    await untilCalled(id, ['responder1']);
    await step('responder2', incidentId, 'reply', { unnecessary: true, reason: 'A test of the alarm.' });
    const cancelled = await untilState(id, 'cancelled');
    expect(cancelled).toMatchObject({ cancelledBecause: 'reply', nextStepAt: null });
    await step('responder2', incidentId, 'lead', { username: 'lead1' });
  });

  test('only the CSIRT and the called take a page, and nobody else learns of it', async () => {
    const { incidentId } = await phone('responder1', words('is somebody there'));
    const { id } = await pageFor(incidentId, 'phone');
    await untilCalled(id, ['responder1']);
    const statusFor = async (as: string | undefined) =>
      (await post(as, `/v1/pages/${id}/acknowledge`)).status;
    expect(await statusFor(undefined)).toBe(401);
    expect(await statusFor('owner1')).toBe(404);
    expect(await statusFor('admin1')).toBe(404);
    expect(await statusFor('auditor1')).toBe(403);
    expect((await get('owner1', `/v1/pages/${id}`)).status).toBe(404);
    expect((await get('auditor1', `/v1/pages/${id}`)).status).toBe(200);
    expect(await page(id)).toMatchObject({ state: 'ringing', acknowledgedBy: null });
    await step('responder1', incidentId, 'dismiss', { reason: 'Nobody was there.' });
    await untilState(id, 'cancelled');
  });
});

describe('every page', () => {
  test('carries identifier, urgency, reason and link, and not a word of the report', async () => {
    const pages = (await stand().mails()).filter(({ subject }) => subject.includes('PAGE'));
    expect(pages.length).toBeGreaterThan(30);
    for (const { subject, text } of pages) {
      expect(subject).toMatch(/^\[INC-\d{4}-\d{4}.*\] PAGE (URGENT|SOON): [a-z0-9 ]+$/);
      expect(text).toContain(`${stand().api}/v1/pages/INC-`);
    }
    expect(JSON.stringify(await stand().mails())).not.toContain(MARKER);
  });

  test('calls nobody after it was taken or cancelled', async () => {
    const { items } = bodyOf<{ items: PageView[] }>(await get('responder1', '/v1/pages?limit=200'), 200);
    for (const view of items.filter(({ state, ring }) => state === 'cancelled' && ring === 1)) {
      const endedAt = Date.parse(view.endedAt ?? '');
      const late = (await mailsOf(view.id)).filter(
        ({ receivedAt }) => Date.parse(receivedAt) > endedAt + 2000,
      );
      expect(late.map(({ to }) => to)).toEqual([]);
    }
  });
});
