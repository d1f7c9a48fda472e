import { describe, expect, test } from 'vitest';

import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { ownStand } from '../support/stand.ts';
import * as work from './handling.ts';
import { assessment, bodyOf, codeOf, eventually, PATIENCE_MS } from './handling.ts';

const stand = ownStand();
const desk = work.handling(stand);
const { report, step, ask, incident, timeline, document, status } = desk;

const CLOSE = { determination: 'It is over.' };
const LEGAL = { contactedAt: '2026-01-05T15:00:00.000Z', method: 'phone', counsel: 'legal1' };
const CONFERENCE = {
  channel: 'csirt-conference',
  heldAt: '2026-01-05T16:00:00.000Z',
  present: ['lead1', 'sponsor1'],
};

const rowOf = (view: IncidentView, key: string) => view.actions.find((action) => action.key === key);
const rowsIn = (view: IncidentView, state: string) =>
  view.actions.filter((action) => action.state === state).map(({ key }) => key);
const clocksOf = (view: IncidentView, name: string) => view.clocks.filter((clock) => clock.name === name);

async function refusal(as: string, id: string, path: string, body: object): Promise<string> {
  const answer = await ask(as, id, path, body);
  return `${answer.status} ${codeOf(answer)}`;
}

async function reported(summary: string, email?: string) {
  return report({ summary, ...(email !== undefined && { reporter: { email } }) });
}

describe('an outcome', () => {
  test('is corrected with a reason; the old one stays in the record', async () => {
    const id = await work.inTriage(desk);
    await step('lead1', id, 'assessment', assessment());
    expect(await refusal('lead1', id, 'actions/engage-legal/correct', { outcome: LEGAL, reason: 'x' })).toBe(
      '409 not-now',
    );
    await step('lead1', id, 'actions/engage-legal/complete', { outcome: LEGAL });
    expect(await refusal('lead1', id, 'actions/engage-legal/complete', { outcome: LEGAL })).toBe(
      '409 already-done',
    );
    const corrected = await step('lead1', id, 'actions/engage-legal/correct', {
      outcome: { ...LEGAL, method: 'encrypted-call' },
      reason: 'It was no plain telephone.',
    });
    expect(rowOf(corrected, 'engage-legal')).toMatchObject({
      state: 'done',
      parts: [{ by: 'lead1', outcome: { method: 'encrypted-call' } }],
      earlierParts: [{ by: 'lead1', outcome: { method: 'phone' } }],
    });
    expect(await document(id)).toContain(
      'corrected: Legal representative contacted by lead1@ via encrypted-call at 2026-01-05T15:00:00Z: legal1; ' +
        'reason: It was no plain telephone.',
    );
  });

  test('that is corrected to an unsettled one is due again', async () => {
    const id = await work.inTriage(desk);
    await step('lead1', id, 'assessment', assessment());
    const say = (verb: string, identity: string, more: object) =>
      step('lead1', id, `actions/protected-information/${verb}`, {
        outcome: { identity, health: 'no', basis: 'What we know so far.' },
        ...more,
      });
    expect(rowOf(await say('complete', 'no', {}), 'protected-information')?.state).toBe('done');
    const doubted = await say('correct', 'unknown', { reason: 'There was a second table.' });
    expect(rowOf(doubted, 'protected-information')?.state).toBe('due');
    expect(clocksOf(doubted, 'action:protected-information')).toMatchObject([{ state: 'running' }]);
    expect(rowOf(await say('complete', 'yes', {}), 'protected-information')?.state).toBe('done');
  });
});

describe('what was ended', () => {
  test('as no valid submission comes back, and its reply is owed from the receipt on', async () => {
    const { incidentId, receivedAt, replyDueAt } = await reported('$$$ cheap watches');
    const dismissed = await step('responder1', incidentId, 'dismiss', { reason: 'It is spam.' });
    expect(dismissed).toMatchObject({ stage: 'dismissed', reports: [{ reply: 'unnecessary' }] });
    expect(clocksOf(dismissed, 'reply')).toMatchObject([{ state: 'excused', reason: 'dismissed' }]);
    expect(await refusal('responder1', incidentId, 'dismiss', { reason: 'Again.' })).toBe('409 wrong-stage');

    const reopened = await step('responder2', incidentId, 'reopen', { reason: 'The watches are real.' });
    expect(reopened).toMatchObject({ stage: 'received', endedAt: null, reports: [{ reply: 'owed' }] });
    expect(clocksOf(reopened, 'reply')).toMatchObject([
      { state: 'running', startedAt: receivedAt, dueAt: replyDueAt },
    ]);
    expect(clocksOf(reopened, 'lead')).toMatchObject([{ state: 'running' }]);
  });

  test('by a hand-off comes back to triage and can be handed off again', async () => {
    const id = await work.inTriage(desk);
    const notOurs = { isIncident: false, dependsOnChangeManagement: false, scopeCriteria: [] };
    await step('lead1', id, 'assessment', { ...notOurs, tlp: 'GREEN', summary: 'A printer is out of paper' });
    const handOff = { basis: 'not-an-incident', to: 'Operations', reason: 'Paper is theirs.' };
    expect((await step('lead1', id, 'hand-off', handOff)).stage).toBe('handed-off');
    expect(await refusal('legal1', id, 'reopen', { reason: 'x' })).toBe('403 not-yours');
    expect((await step('responder1', id, 'reopen', { reason: 'It printed keys.' })).stage).toBe('triage');
    const raised = await step('lead1', id, 'reassessment', {
      ...assessment({ criticality: 'normal', criteria: [] }),
      reason: 'It printed keys.',
    });
    expect(raised).toMatchObject({ stage: 'triage', criticality: 'normal', isIncident: true });
    expect(await refusal('lead1', id, 'hand-off', { ...handOff, basis: 'normal' })).toBe(
      '409 predecessor-missing',
    );
  });

  test('by closing comes back to the review, or to the response with rows to be done again', async () => {
    const id = await work.readyToClose(desk);
    await step('sponsor1', id, 'close', CLOSE);
    const reopened = await step('sponsor1', id, 'reopen', { reason: 'The root cause was another one.' });
    expect(reopened).toMatchObject({ stage: 'review', endedAt: null });
    await step('sponsor1', id, 'close', CLOSE);

    const again = ['act-on-plan', 'after-action-review'];
    const toDo = await step('sponsor1', id, 'reopen', { reason: 'The fix was incomplete.', again });
    expect(toDo.stage).toBe('response');
    expect(rowsIn(toDo, 'due')).toEqual(['act-on-plan', 'after-action-review']);
    expect(await refusal('sponsor1', id, 'close', CLOSE)).toBe('409 wrong-stage');
    await step('responder1', id, 'actions/act-on-plan/complete', {
      outcome: { result: 'All keys replaced.' },
    });
    expect(await refusal('sponsor1', id, 'close', CLOSE)).toBe('409 predecessor-missing');
    const outcome = {
      heldAt: '2026-01-20T16:00:00.000Z',
      present: ['lead1'],
      rootCause: 'Two keys were copied.',
      remediation: [],
      followUps: [],
      documentedBy: 'lead1',
    };
    const reviewed = await step('lead1', id, 'actions/after-action-review/complete', { outcome });
    expect(rowOf(reviewed, 'after-action-review')?.earlierParts).toMatchObject([
      { outcome: { rootCause: 'A key was copied to a test system.' } },
    ]);
    expect((await step('sponsor1', id, 'close', CLOSE)).stage).toBe('closed');
    const stages = (await timeline(id)).filter(({ kind }) => kind === 'closed' || kind === 'reopened');
    expect(stages.map(({ kind }) => kind)).toEqual(['closed', 'reopened', 'closed', 'reopened', 'closed']);
  });

  test('is not opened twice, and what is open is not reopened', async () => {
    const { incidentId } = await reported('Nothing much');
    expect(await refusal('responder1', incidentId, 'reopen', { reason: 'x' })).toBe('409 wrong-stage');
    await step('responder1', incidentId, 'dismiss', { reason: 'Nothing.' });
    const both = await Promise.all(
      ['responder1', 'responder2'].map((as) => ask(as, incidentId, 'reopen', { reason: 'It is something.' })),
    );
    expect(both.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const kinds = (await timeline(incidentId)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'reopened')).toHaveLength(1);
  });
});

describe('a merge', () => {
  test('takes reports and their reply clocks along, and one reply answers everybody', async () => {
    const [one, other] = [
      await reported('A key is public', 'one@x.example'),
      await reported('The same key is public', 'other@x.example'),
    ];
    const target = other.incidentId;
    await step('responder1', target, 'lead', { username: 'lead1' });
    const merged = await step('responder1', one.incidentId, 'merge', {
      into: target,
      reason: 'The same key.',
    });
    expect(merged).toMatchObject({ stage: 'merged', mergedInto: target });
    expect(clocksOf(merged, 'reply')).toMatchObject([{ state: 'excused', reason: 'merged' }]);
    const joined = await eventually(async () => {
      const view = await incident(target);
      expect(view.reports).toHaveLength(2);
      return view;
    });
    expect(joined.mergedFrom).toEqual([one.incidentId]);
    expect(clocksOf(joined, 'reply').find(({ reportId }) => reportId === one.reportId)).toMatchObject({
      state: 'running',
      startedAt: one.receivedAt,
      dueAt: one.replyDueAt,
    });

    await step('lead1', target, 'reply', { text: 'The key is revoked.' });
    for (const address of ['one@x.example', 'other@x.example']) {
      const mail = await stand().waitForMail(
        ({ to, subject }) => to.includes(address) && subject.includes('Reply to your report'),
        PATIENCE_MS,
      );
      expect(mail.to).toEqual([address]);
    }
    await eventually(async () => expect((await status(one)).reply).toBe('sent'));

    // Taken back after the reply: nothing is owed a second time.
    await step('responder1', one.incidentId, 'reopen', { reason: 'It was another key.' });
    const apart = await eventually(async () => {
      const view = await incident(one.incidentId);
      expect(view.reports).toMatchObject([{ id: one.reportId, reply: 'sent' }]);
      expect((await incident(target)).reports.map(({ id }) => id)).toEqual([other.reportId]);
      return view;
    });
    expect(apart).toMatchObject({ stage: 'received', mergedInto: null });
    expect(clocksOf(apart, 'reply')).toMatchObject([{ state: 'met' }]);
  });

  test('that is taken back before a reply gives the clock back, running from the receipt', async () => {
    const [one, other] = [await reported('Odd sign-ins'), await reported('Odd sign-ins elsewhere')];
    await step('responder1', one.incidentId, 'merge', { into: other.incidentId, reason: 'Alike.' });
    await eventually(async () => expect((await incident(other.incidentId)).reports).toHaveLength(2));
    await step('responder2', one.incidentId, 'reopen', { reason: 'Not alike.' });
    await eventually(async () => {
      const [back, left] = [await incident(one.incidentId), await incident(other.incidentId)];
      expect(back.reports).toMatchObject([{ id: one.reportId, reply: 'owed' }]);
      expect(clocksOf(back, 'reply')).toMatchObject([{ state: 'running', startedAt: one.receivedAt }]);
      expect(left.reports.map(({ id }) => id)).toEqual([other.reportId]);
      expect(clocksOf(left, 'reply')).toHaveLength(1);
      expect(left.mergedFrom).toEqual([]);
    });
  });

  test('goes into another, open and known incident only, and into a less critical one by the sponsor', async () => {
    const [id, calm] = [await work.inTriage(desk), await work.inTriage(desk)];
    await step('lead1', id, 'assessment', assessment());
    const into = (target: string) => ({ into: target, reason: 'The same matter.' });
    expect(await refusal('lead1', id, 'merge', into(id))).toBe('422 invalid');
    expect(await refusal('lead1', id, 'merge', into('INC-2026-9999'))).toMatch(/^4\d\d /);
    expect(await refusal('lead1', id, 'merge', into(calm))).toBe('403 not-yours');
    expect(await refusal('responder1', id, 'merge', into(calm))).toBe('403 not-yours');
    await step('responder1', calm, 'dismiss', { reason: 'Nothing.' });
    expect(await refusal('sponsor1', id, 'merge', into(calm))).toBe('409 not-now');
    await step('responder1', calm, 'reopen', { reason: 'Something.' });
    expect((await step('sponsor1', id, 'merge', into(calm))).stage).toBe('merged');
  });
});

describe('the lead', () => {
  test('is handed over with a reason, and the former lead is lead no longer', async () => {
    const id = await work.inTriage(desk);
    expect(await refusal('lead1', id, 'lead', { username: 'responder2' })).toBe('422 reason-required');
    const reason = 'My shift is over.';
    expect(await refusal('responder2', id, 'lead', { username: 'responder2', reason })).toBe('403 not-yours');
    expect(await refusal('lead1', id, 'lead', { username: 'legal1', reason })).toBe('422 invalid');
    expect(await refusal('lead1', id, 'lead', { username: 'nobody', reason })).toBe('422 unknown-key');
    expect((await step('lead1', id, 'lead', { username: 'responder2', reason })).lead).toBe('responder2');
    expect(await refusal('lead1', id, 'assessment', assessment())).toBe('403 not-yours');
    expect((await step('responder2', id, 'assessment', assessment())).stage).toBe('response');
    expect(await document(id)).toContain(`Incident Lead handed over from lead1@ to responder2@: ${reason}`);
  });

  test('lets somebody do a row for them, and only that row', async () => {
    const id = await work.inTriage(desk);
    await step('lead1', id, 'assessment', assessment());
    await step('lead1', id, 'actions/engage-legal/designate', { username: 'sme1' });
    expect((await desk.excerpt('sme1', id)).waitingFor.map(({ what }) => what)).toEqual([
      'action:engage-legal',
    ]);
    const contacted = { outcome: { contactedAt: LEGAL.contactedAt, method: 'phone' } };
    expect(await refusal('sme1', id, 'actions/contact-executive/complete', contacted)).toBe('403 not-yours');
    bodyOf(await ask('sme1', id, 'actions/engage-legal/complete', { outcome: LEGAL }), 200);
    expect(rowOf(await incident(id), 'engage-legal')).toMatchObject({ parts: [{ by: 'sme1' }] });
  });
});

describe('a waiver', () => {
  test('satisfies the rows after it, and its row can be done all the same', async () => {
    const id = await work.inTriage(desk);
    await step('lead1', id, 'assessment', assessment());
    for (const key of ['convene-csirt', 'deliver-assessment']) {
      await step('lead1', id, `actions/${key}/waive`, { reason: 'We sit in one room.' });
    }
    const waived = await incident(id);
    expect(rowsIn(waived, 'waived')).toEqual(['convene-csirt', 'deliver-assessment']);
    expect(rowsIn(waived, 'due')).toContain('reassess');
    expect(rowOf(waived, 'convene-csirt')).toMatchObject({
      reason: 'We sit in one room.',
      parts: [{ by: 'lead1', isWaived: true, outcome: null }],
    });
    expect(await refusal('lead1', id, 'actions/convene-csirt/waive', { reason: 'x' })).toBe(
      '409 already-done',
    );

    const again = ['convene-csirt'];
    const reassessed = await step('lead1', id, 'reassessment', {
      ...assessment(),
      reason: 'It grew.',
      again,
    });
    expect(rowOf(reassessed, 'convene-csirt')).toMatchObject({
      state: 'due',
      earlierParts: [{ isWaived: true }],
    });
    const convened = {
      channel: 'csirt-conference',
      convenedAt: CONFERENCE.heldAt,
      present: CONFERENCE.present,
    };
    const done = await step('lead1', id, 'actions/convene-csirt/complete', { outcome: convened });
    expect(rowOf(done, 'convene-csirt')?.state).toBe('done');
  });

  test('is not to be had for the rows that nobody may skip, nor by somebody whose row it is not', async () => {
    const id = await work.inTriage(desk);
    await step('lead1', id, 'assessment', assessment());
    const waive = (as: string, key: string) =>
      refusal(as, id, `actions/${key}/waive`, { reason: 'No time.' });
    for (const key of [
      ...['initial-assessment', 'engage-legal', 'protected-information', 'reassess', 'after-action-review'],
    ]) {
      expect([key, await waive('lead1', key)]).toEqual([key, '422 not-waivable']);
      expect([key, await waive('sponsor1', key)]).toEqual([key, '422 not-waivable']);
    }
    expect(await waive('lead1', 'involve-others')).toBe('403 not-yours');
    expect(await waive('lead1', 'insurance-notice')).toBe('403 not-yours');
    expect(await waive('sponsor1', 'agree-plan')).toBe('403 not-yours');
    expect(await waive('responder1', 'agree-plan')).toBe('403 not-yours');
  });
});

describe('a criticality', () => {
  test('is raised at any time, and lowered only in conference; demoted, the lead hands it off', async () => {
    const id = await work.inTriage(desk);
    await step('lead1', id, 'assessment', assessment());
    const emergency = assessment({ criticality: 'emergency', criteria: ['health-and-safety'] });
    const raised = await step('lead1', id, 'reassessment', {
      ...emergency,
      reason: 'A hospital signs in with it.',
    });
    expect(raised).toMatchObject({ criticality: 'emergency', stage: 'response' });
    const normal = { ...assessment({ criticality: 'normal', criteria: [] }), reason: 'It does not.' };
    expect(await refusal('lead1', id, 'reassessment', normal)).toBe('422 conference-required');
    const lowered = await step('lead1', id, 'reassessment', { ...normal, conference: CONFERENCE });
    expect(lowered).toMatchObject({ criticality: 'normal', stage: 'response' });
    expect(rowOf(lowered, 'agree-plan')?.state).toBe('not-applicable');
    const sponsorOnly = assessment({ criticality: 'emergency', criteria: ['deemed-by-sponsor'] });
    expect(await refusal('lead1', id, 'reassessment', { ...sponsorOnly, reason: 'x' })).toMatch(/^4(03|22) /);
    const handedOff = await step('lead1', id, 'hand-off', {
      basis: 'demoted',
      to: 'Operations',
      reason: 'Not critical after all.',
    });
    expect(handedOff.stage).toBe('handed-off');
  });
});
