import { describe, expect, test, vi } from 'vitest';

import { assessment, eventually, handling, inTriage } from '../e2e/handling.ts';
import { ownStand } from '../support/stand.ts';
import {
  ANSWERED_WITHIN_MS,
  asked,
  bustle,
  called,
  clocksOf,
  everyCall,
  expectEverythingOnce,
  expectSoundRecord,
  failedWorkflows,
  insisting,
  onlyPage,
  QUICK_LADDERS,
  RECOVERED_WITHIN_MS,
  TEST_WITHIN_MS,
} from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand({ policy: QUICK_LADDERS });
const desk = handling(stand);
const { report, phone, step, ask, incident, timeline, page, acknowledge } = desk;

const LADDER = ['responder1', 'responder2', 'lead1', 'sponsor1'];

describe('many at once', () => {
  test('forty decisions at once are each answered in time and recorded once', async () => {
    const { incidentId } = await report({ summary: 'Everybody asks' });
    const questions = Array.from({ length: 40 }, (_, n) => `Question ${n}?`);
    const people = ['responder1', 'responder2', 'lead1', 'comms1'];
    const { post, slowestMs } = insisting(stand);
    const answers = await Promise.all(
      questions.map((question, n) =>
        post(people[n % people.length], `/v1/incidents/${incidentId}/consultations`, {
          asked: 'legal1',
          question,
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(questions.map(() => 200));
    expect(slowestMs()).toBeLessThan(ANSWERED_WITHIN_MS);
    const { consultations } = await incident(incidentId);
    expect(consultations.map(({ n }) => n)).toEqual(questions.map((_, index) => index + 1));
    expect(consultations.map(({ question }) => String(question)).toSorted()).toEqual(questions.toSorted());
    await eventually(async () =>
      expect(await asked(stand(), 'legal1', incidentId)).toHaveLength(questions.length),
    );
  });

  test('of two who name themselves lead at the same instant one is lead', async () => {
    const { incidentId } = await report({ summary: 'Two want it' });
    const candidates = ['responder1', 'responder2'];
    const answers = await Promise.all(
      candidates.map((as) => ask(as, incidentId, 'lead', { username: as, reason: 'I am here.' })),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '403']);
    const winner = candidates[answers.findIndex(({ status }) => status === 200)];
    expect((await incident(incidentId)).lead).toBe(winner);
    const named = (await timeline(incidentId)).filter(({ kind }) => kind === 'lead');
    expect(named).toMatchObject([{ by: winner }]);
  });
});

describe.concurrent('a mail server that fails', () => {
  test('and refuses a reply for good leaves it owed, and says so', async () => {
    const email = 'nobody@reporter.example';
    const { incidentId } = await report({ summary: 'My address is wrong', reporter: { email } });
    await stand().waitForMail(({ to }) => to.includes(email), RECOVERED_WITHIN_MS);
    await stand().failMail({ kind: 'answer', code: 550 }, { recipient: email, times: 1 });
    await step('responder1', incidentId, 'lead', { username: 'lead1' });
    await step('responder1', incidentId, 'reply', { text: 'We look at it.' });
    await eventually(async () => {
      const { reports, clocks, waitingFor } = await incident(incidentId);
      expect(reports).toMatchObject([{ reply: 'owed', repliedAt: null }]);
      expect(clocks.find(({ name }) => name === 'reply')).toMatchObject({ state: 'running' });
      expect(waitingFor.find(({ what }) => what === 'reply')).toMatchObject({ state: 'owed', who: 'csirt' });
    });
    const lines = (await timeline(incidentId)).map(({ text }) => text);
    expect(lines.filter((text) => /reply.*refused by the mail server.*550/.test(text))).toHaveLength(1);

    await step('responder1', incidentId, 'reply', { text: 'We look at it, once more.' });
    const reply = await stand().waitForMail(
      ({ to, text }) => to.includes(email) && text.includes('once more'),
      RECOVERED_WITHIN_MS,
    );
    expect(reply.to).toEqual([email]);
    await eventually(async () =>
      expect((await incident(incidentId)).reports).toMatchObject([{ reply: 'sent' }]),
    );
  });

  test('and comes back within the time of a rung is tried until it has taken the call', async () => {
    const incidentId = await inTriage(desk);
    // Not 421: with that the connection ends, and the pool itself tries the next one within a blink.
    await stand().failMail({ kind: 'answer', code: 451 }, { recipient: 'owner1@stand.example', times: 1 });
    await step('responder1', incidentId, 'pages', { to: 'owner1' });
    const id = await onlyPage(desk, incidentId);
    await eventually(async () => expect(await called(stand(), id)).toContain('1.1 owner1'));
    await acknowledge('responder1', id);
    // The mail is there a moment before its row says so.
    await eventually(async () => {
      const { attempts } = await page(id);
      expect(attempts.filter(({ person }) => person === 'owner1')).toMatchObject([
        { round: 1, answer: 'accepted 250', sentAt: expect.any(String) },
      ]);
      // It was not there at first.
      const [first] = attempts;
      expect(Date.parse(first?.sentAt ?? '') - Date.parse(first?.dueAt ?? '')).toBeGreaterThan(900);
    });
  });

  test('and does not come back in time is written down, and the next rung rings', async () => {
    const incidentId = await inTriage(desk);
    await stand().failMail({ kind: 'answer', code: 451 }, { recipient: 'ops1@stand.example' });
    await step('responder1', incidentId, 'pages', { to: 'ops1' });
    const id = await onlyPage(desk, incidentId);
    await eventually(async () => expect(await called(stand(), id)).toContain('1.2 lead1'));
    // It is given up with the next try after the page has climbed on.
    await eventually(async () => {
      const { attempts } = await page(id);
      expect(attempts.slice(0, 2)).toMatchObject([
        { person: 'ops1', answer: expect.stringMatching(/^unavailable/), sentAt: null, receipt: null },
        { person: 'lead1', sentAt: expect.any(String) },
      ]);
    });
    await acknowledge('responder1', id);
    expect(await called(stand(), id)).not.toContain('1.1 ops1');
  });
});

describe('kill -9 in mid-incident', () => {
  test('of worker, server, Temporal and Postgres, one after the other, loses and doubles nothing', async () => {
    const id = await inTriage(desk);
    const before = await step('lead1', id, 'assessment', assessment());
    const mind = insisting(stand);
    const busy = bustle(mind, { incidentId: id, marker: 'kill' });
    const ringing = await phone('responder1', { summary: 'Is somebody there?' });
    const pageId = await onlyPage(desk, ringing.incidentId);
    await busy.untilGoesOn(1);

    for (const part of ['worker', 'server', 'temporal', 'postgres'] as const) {
      await stand().kill(part);
      await stand().untilRestarted(part);
      await stand().untilReady();
      await busy.untilGoesOn(2);
    }
    const done = await busy.stop();
    // A process was away, and people noticed.
    expect(mind.unknowns()).toBeGreaterThan(0);

    const exhausted = await eventually(async () => {
      const view = await page(pageId);
      expect(view.state).toBe('exhausted');
      return view;
    }, RECOVERED_WITHIN_MS);
    expect(await called(stand(), pageId)).toEqual(everyCall(LADDER, 2));
    expect(exhausted.attempts.map(({ round, rung, person }) => `${round}.${rung} ${person}`)).toEqual(
      everyCall(LADDER, 2),
    );
    expect(exhausted.attempts.filter(({ sentAt }) => sentAt === null)).toEqual([]);

    await expectEverythingOnce(stand(), desk, { incidentId: id, marker: 'kill', done });
    const after = await incident(id);
    expect(clocksOf(after)).toEqual(clocksOf(before));
    expect(after.stage).toBe('response');
    const legal = { contactedAt: new Date().toISOString(), method: 'phone', counsel: 'legal1' };
    const decided = await step('lead1', id, 'actions/engage-legal/complete', { outcome: legal });
    expect(decided.actions.find(({ key }) => key === 'engage-legal')?.state).toBe('done');
    expect(await acknowledge('lead1', pageId)).toMatchObject({ state: 'acknowledged' });
    expect(await failedWorkflows(stand())).toEqual([]);
    await expectSoundRecord(stand());
  });
});
