import { ACTION_KEYS, type ActionKey, type PageReason } from '../../src/domain/vocabulary.ts';
import { incidentWorkflowId, pageWorkflowId } from '../../src/workflows/messages.ts';
import type { NoticeState } from '../../src/domain/notices/notice.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Page } from '../../src/persistence/pages.ts';
import { HOUR, policy, SECOND, steps } from '../support/incidents.ts';
import {
  beginAnewInShortRuns,
  completeRow,
  completeRows,
  incidentStatus,
  laddersOf,
  type RealWorld,
  recordBehindTheBack,
  type ReportSaid,
  statusOf,
  until,
  variant,
} from '../support/workflow-world.ts';

/**
 * Every way an incident can go, walked in a real world. A walk answers with the runs whose histories join the corpus, by
 * the name of their file: what they are, and why they are there.
 */
export type Walk = (world: RealWorld) => Promise<readonly Walked[]>;

export interface Walked {
  readonly name: string;
  readonly workflowId: string;
  /** Where one workflow id had several runs. */
  readonly runId?: string;
}

/** Nothing but people moves anything within the minute that a walk takes. */
export const CALM: Policy = policy('incommon');

/** The drill, shorter still: a walk that waits for clocks waits for seconds. */
const QUICK: Policy = variant(
  { ...policy('drill'), leadTimes: [{ channel: 'any', hours: 'any', withinMs: 4 * SECOND }] },
  'quick-drill',
  {
    reply: { withinMs: 8 * SECOND, warnBeforeMs: 4 * SECOND },
    overdue: { pageAfterMs: 2 * SECOND, tellSponsorAfterMs: 4 * SECOND },
    actions: policy('drill').rules.actions.map((rule) => ({ ...rule, withinMs: 4 * SECOND })),
    ladders: laddersOf(policy('drill').rules, { waitMs: SECOND, rounds: 2 }),
    acknowledgementLastsMs: 4 * SECOND,
    armAheadMs: 500,
  },
);

/** The same with time to say something between two rungs. */
const PATIENT: Policy = variant(QUICK, 'patient-drill', {
  ladders: laddersOf(QUICK.rules, { waitMs: 6 * SECOND, rounds: 1 }),
  acknowledgementLastsMs: 30 * SECOND,
});

const { phonePageCallsForLead: _, ...OLDER_RULES } = CALM.rules;

/** Before the page of a phone call stood for that of a missing lead. */
const OLDER: Policy = variant({ ...CALM, rules: OLDER_RULES }, 'older', {});

/** With a chat channel for each incident in scope, however calm. */
const TALKING: Policy = variant(CALM, 'talking', { channelFor: ['normal', 'escalation'] });

const NORMAL_ROWS: readonly ActionKey[] = ['engage-legal', 'protected-information', 'deliver-assessment'];

const ROWS_2_TO_7 = ACTION_KEYS.slice(1, 7);

const ROWS_9_TO_18 = ACTION_KEYS.slice(8);

/** The words that are planted wherever somebody writes something; none of them may be seen by Temporal. */
export const MARKER = 'quetzalcoatlus';

const SAID = { words: `The ${MARKER} was seen here.` };
const REPORT: ReportSaid = {
  policy: CALM,
  summary: `A ${MARKER} on the login page`,
  description: `It says ${MARKER}.`,
  email: `${MARKER}@example.org`,
};

export const WALKS: Readonly<Record<string, Walk>> = {
  async 'normal-handed-off'(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.reply('mail'), SAID);
    await world.take(id, 'lead1', steps.assess('normal'), SAID);
    await completeRows(world, id, NORMAL_ROWS, SAID.words);
    await replied(world, id);
    await world.take(id, 'lead1', steps.handOff('normal'), SAID);
    // Legal's row outlives the hand-off, and the run with it.
    await completeRow(world, id, 'insurance-notice', SAID.words);
    await ended(world, id);
    return [run('normal-handed-off', id)];
  },

  async 'escalation-closed'(world) {
    const id = await triaged(world);
    await throughTheRows(world, id);
    await world.take(id, 'sponsor1', steps.close(), SAID);
    await ended(world, id);
    return [run('escalation-closed', id)];
  },

  /** The one whose length is promised: several people at work, steps in quick succession, notes as they are pasted in. */
  async 'escalation-three-pages-ten-notes'(world) {
    const id = await reported(world, { ...REPORT, channel: 'phone', enteredBy: 'responder1' });
    await acknowledgedBy(world, id, 'phone', 'responder1');
    await world.take(id, 'responder1', steps.lead('lead1'));
    await Promise.all(['sme1', 'ops1'].map((person) => world.take(id, 'lead1', steps.callIn(person), SAID)));
    await Promise.all([1, 2].map((nth) => acknowledgedNthCall(world, id, nth)));
    await throughTheRows(world, id, { notes: 10 });
    await world.take(id, 'sponsor1', steps.close(), SAID);
    await ended(world, id);
    return [run('escalation-three-pages-ten-notes', id)];
  },

  /** The same at its longest: whatever a step causes is over before the next one. */
  async 'escalation-at-a-persons-pace'(world) {
    const id = await reported(world, { ...REPORT, channel: 'phone', enteredBy: 'responder1' });
    const slowly: Take = async (...said) => {
      await world.take(...said);
      await idle(world, id);
    };
    await acknowledgedBy(world, id, 'phone', 'responder1');
    await idle(world, id);
    await slowly(id, 'responder1', steps.lead('lead1'));
    for (const [index, person] of ['sme1', 'ops1'].entries()) {
      await slowly(id, 'lead1', steps.callIn(person), SAID);
      await acknowledgedNthCall(world, id, index + 1);
      await idle(world, id);
    }
    await slowly(id, 'responder1', steps.reply('mail'), SAID);
    await slowly(id, 'lead1', steps.assess('escalation'), SAID);
    await rowByRow(world, id, ROWS_2_TO_7);
    for (let n = 1; n <= 10; n += 1) {
      await world.note(id, 'lead1', SAID.words);
      await told(world, id);
      await idle(world, id);
    }
    await slowly(id, 'lead1', steps.reassessInConference('escalation'), SAID);
    await rowByRow(world, id, ROWS_9_TO_18);
    await world.take(id, 'sponsor1', steps.close(), SAID);
    await ended(world, id);
    return [run('escalation-at-a-persons-pace', id)];
  },

  async 'emergency-closed'(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.reply('mail'), SAID);
    await world.take(id, 'lead1', steps.assess('emergency'), SAID);
    await completeRows(world, id, ROWS_2_TO_7, SAID.words);
    await world.take(id, 'lead1', steps.reassessInConference('emergency'), SAID);
    await completeRows(world, id, ROWS_9_TO_18, SAID.words);
    await replied(world, id);
    await world.take(id, 'sponsor1', steps.close(), SAID);
    await ended(world, id);
    return [run('emergency-closed', id)];
  },

  async 'demoted-in-conference'(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.reply('phone'), SAID);
    await world.take(id, 'lead1', steps.assess('escalation'), SAID);
    await completeRows(world, id, ROWS_2_TO_7, SAID.words);
    await world.take(id, 'lead1', steps.reassessInConference('normal'), SAID);
    await world.take(id, 'lead1', steps.handOff('demoted'), SAID);
    await ended(world, id);
    return [run('demoted-in-conference', id)];
  },

  async 'promoted-by-reassessment'(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.reply('phone'), SAID);
    await world.take(id, 'lead1', steps.assess('normal'), SAID);
    await completeRow(world, id, 'engage-legal', SAID.words);
    await world.take(id, 'lead1', steps.reassess('escalation'), SAID);
    await world.take(id, 'lead1', steps.reassess('emergency'), SAID);
    await completeRows(
      world,
      id,
      ROWS_2_TO_7.filter((key) => key !== 'engage-legal'),
      SAID.words,
    );
    await world.take(
      id,
      'lead1',
      steps.reassessInConference('escalation', { again: ['convene-csirt'] }),
      SAID,
    );
    await completeRows(world, id, ['convene-csirt', ...ROWS_9_TO_18], SAID.words);
    await world.take(id, 'sponsor1', steps.close(), SAID);
    await ended(world, id);
    return [run('promoted-by-reassessment', id)];
  },

  async 'handed-off-out-of-scope'(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.reply('unnecessary'), SAID);
    await world.take(id, 'lead1', steps.assess('out-of-scope'), SAID);
    await world.take(id, 'lead1', steps.handOff('out-of-scope'), SAID);
    await ended(world, id);
    return [run('handed-off-out-of-scope', id)];
  },

  async 'law-enforcement-to-counsel'(world) {
    const id = await reported(world, { ...REPORT, kind: 'law-enforcement' });
    await acknowledgedBy(world, id, 'law-enforcement', 'counsel1');
    await world.take(id, 'counsel1', steps.handOff('law-enforcement'), SAID);
    await ended(world, id);
    return [run('law-enforcement-to-counsel', id)];
  },

  async 'suspension-request-verified'(world) {
    const said = {
      ...REPORT,
      kind: 'suspension-request',
      channel: 'phone',
      enteredBy: 'responder1',
    } as const;
    const id = await reported(world, said);
    await acknowledgedBy(world, id, 'phone', 'responder1');
    await world.take(id, 'responder1', steps.lead('lead1'));
    await world.take(id, 'responder2', steps.verify('confirmed'), SAID);
    await world.take(id, 'lead1', steps.suspend('verified-request'), SAID);
    await world.take(id, 'ops1', steps.suspensionDone());
    await world.take(id, 'lead1', steps.liftSuspension(), SAID);
    await world.take(id, 'ops1', steps.suspensionLifted());
    await world.take(id, 'responder2', steps.reply('phone'), SAID);
    await world.take(id, 'lead1', steps.assess('not-an-incident'), SAID);
    await world.take(id, 'lead1', steps.handOff('not-an-incident'), SAID);
    await ended(world, id);
    return [run('suspension-request-verified', id)];
  },

  async 'dismissed-and-reopened'(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    const first = await runIdOf(world, id);
    await world.take(id, 'responder1', steps.reopen(), SAID);
    const second = await runIdOf(world, id);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    return [run('dismissed-then-reopened', id, first), run('reopened-from-the-fold', id, second)];
  },

  async relabelled(world) {
    const id = await triaged(world);
    await world.take(id, 'responder1', steps.label('RED'), SAID);
    await world.take(id, 'lead1', steps.label('AMBER', { entry: { seq: 1, tlp: 'AMBER+STRICT' } }), SAID);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    return [run('relabelled', id)];
  },

  async 'merged-and-unmerged'(world) {
    const [target, source] = await Promise.all([triaged(world), reported(world, REPORT)]);
    const merge = steps.merge({ into: target, target: { isOpen: true, criticality: null } });
    await world.take(source, 'responder1', merge, SAID);
    await ended(world, source);
    await until('the target has the report', async () => (await world.state(target)).reports.length === 2);
    const first = await runIdOf(world, source);
    await world.take(source, 'responder1', steps.reopen(), SAID);
    await until('the report is back', async () => (await world.state(target)).reports.length === 1);
    await told(world, source);
    const second = await runIdOf(world, source);
    for (const id of [source, target]) {
      await world.take(id, 'responder1', steps.dismiss(), SAID);
      await ended(world, id);
    }
    return [
      run('merged-source', source, first),
      run('merged-target-and-back', target),
      run('unmerged-source', source, second),
    ];
  },

  async 'every-other-step'(world) {
    const said = {
      ...REPORT,
      kind: 'inquiry',
      channel: 'mail',
      email: `other-${MARKER}@example.org`,
    } as const;
    const id = await reported(world, said);
    const [reportId = ''] = (await world.state(id)).reports.map((report) => report.id);
    await world.take(id, 'responder1', steps.kind('law-enforcement'), SAID);
    await acknowledgedBy(world, id, 'law-enforcement', 'counsel1');
    await world.take(id, 'counsel1', steps.kind('incident'), SAID);
    await world.take(id, 'responder1', steps.lead('responder1'));
    await world.take(id, 'responder1', steps.handOver('lead1'), SAID);
    await told(world, id);
    // The mail server refuses this one for good: it is owed again.
    world.sink.fail({ kind: 'answer', code: 550 }, { recipient: said.email, times: 1 });
    await world.take(id, 'responder1', steps.reply('mail'), SAID);
    await until('the reply is owed again', async () => (await world.state(id)).reports[0]?.reply === 'owed');
    await world.take(id, 'responder1', steps.question(), SAID);
    await world.tell(id, 'tocsin', { type: 'reporter-answer', reportId, textId: world.newId() });
    await world.tell(id, 'lead1', { type: 'contact-attempt', textId: world.newId() });
    await world.take(id, 'responder1', steps.consult('sme1'), SAID);
    await world.tell(id, 'sme1', { type: 'consultation-answer', n: 1, textId: world.newId() });
    await world.take(id, 'lead1', steps.assess('escalation'), SAID);
    await world.take(id, 'lead1', steps.appoint('sme1', 'sme'));
    await world.take(id, 'lead1', steps.designate('engage-legal', 'sme1'));
    await world.take(id, 'sme1', steps.complete('engage-legal'), SAID);
    await world.take(id, 'lead1', steps.correct('engage-legal'), SAID);
    await world.take(id, 'lead1', steps.waive('contact-executive'), SAID);
    await world.take(id, 'lead1', steps.suspend('unacceptable-risk'), SAID);
    await world.take(id, 'lead1', steps.release('sme1'), SAID);
    await world.take(id, 'responder1', steps.reply('unreachable'), SAID);
    await completeRows(world, id, ['protected-information', 'deliver-assessment'], SAID.words);
    await told(world, id);
    return [run('every-other-step', id)];
  },

  async 'notices-released-and-taken-back'(world) {
    const id = await reported(world, REPORT);
    await world.take(id, 'responder1', steps.lead('lead1'));
    await world.take(id, 'lead1', steps.assess('escalation'), SAID);
    const after = async (n: number, state: NoticeState) =>
      until(`notice ${n} is ${state}`, async () => {
        const { notices = [] } = await world.state(id);
        return notices.find((one) => one.n === n)?.state === state;
      });
    // The first is the draft that the assessment made.
    const n = 1;
    await world.take(id, 'comms1', { verb: 'notice-edit', n, textId: '', tlp: 'GREEN' }, SAID);
    await world.take(id, 'sponsor1', steps.releaseNotice(n, { revision: 2 }));
    await after(n, 'sent');
    await world.take(id, 'comms1', { verb: 'notice-correct', n, textId: '', tlp: null }, SAID);
    await world.take(id, 'sponsor1', steps.releaseNotice(2));
    await after(2, 'sent');
    await world.take(id, 'comms1', steps.draftNotice('csirt', { tlp: 'AMBER' }), SAID);
    await world.take(id, 'lead1', { verb: 'notice-label', n: 3, textId: '', tlp: 'AMBER+STRICT' }, SAID);
    const startsAt = Date.now() + 2 * SECOND;
    await world.take(id, 'lead1', steps.releaseNotice(3, { startsAt, everyMs: HOUR }));
    await until('it went out and waits', async () => {
      const { notices = [] } = await world.state(id);
      return notices[2]?.state === 'scheduled' && notices[2].instance === 1;
    });
    await world.take(id, 'responder1', { verb: 'notice-stop', n: 3, textId: '' }, SAID);
    const wordsTextId = world.newId();
    await world.take(id, 'sponsor1', { verb: 'notice-withdraw', n: 2, textId: '', wordsTextId }, SAID);
    await world.take(id, 'comms1', steps.draftNotice('public', { tlp: 'CLEAR' }), SAID);
    await world.take(id, 'comms1', { verb: 'notice-discard', n: 5, textId: '' }, SAID);
    await told(world, id);
    return [run('notices-released-and-taken-back', id)];
  },

  /** Opened by automation, told, replaced when the label was raised, closed; and by hand after that. */
  async 'chat-channel'(world) {
    const id = await reported(world, { ...REPORT, policy: TALKING });
    const channelIs = (state: string, n: number) =>
      until(`channel ${n} is ${state}`, async () => {
        const { channel } = await world.state(id);
        return channel?.state === state && channel.n === n;
      });
    await world.take(id, 'responder1', steps.lead('lead1'));
    await world.take(id, 'lead1', steps.assess('normal', { tlp: 'GREEN' }), SAID);
    await channelIs('open', 1);
    await world.take(id, 'lead1', steps.appoint('sme1', 'sme'));
    await world.take(id, 'lead1', steps.reassess('normal', { tlp: 'AMBER' }), SAID);
    await channelIs('open', 2);
    await world.take(id, 'responder1', steps.reply('unnecessary'), SAID);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await channelIs('closed', 2);
    await ended(world, id);
    const other = await triaged(world);
    await world.take(other, 'responder1', steps.channel());
    await until('a channel is open', async () => (await world.state(other)).channel?.state === 'open');
    await world.take(other, 'responder1', steps.reply('unnecessary'), SAID);
    await world.take(other, 'responder1', steps.dismiss(), SAID);
    await ended(world, other);
    return [run('chat-channel', id), run('chat-channel-by-hand', other)];
  },

  async breached(world) {
    const id = await reported(world, { ...REPORT, policy: QUICK });
    await world.take(id, 'responder1', steps.lead('lead1'));
    const warning = await pageFor(world, id, 'reply-due');
    const breach = await pageFor(world, id, 'reply-breached');
    await until(
      'the breach page climbs',
      async () => ((await world.page(breach.id))?.climbed?.rung ?? 0) >= 2,
    );
    await world.take(id, 'responder1', steps.reply('phone'), SAID);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    await pageRunEnded(world, breach.id, 1);
    return [
      run('breached-reply', id),
      pageRun('breached-warning-page-cancelled', warning.id),
      pageRun('breached-page-cancelled-by-the-reply', breach.id),
    ];
  },

  async 'exhausted-ladder'(world) {
    const id = await reported(world, { ...REPORT, policy: QUICK });
    await world.take(id, 'responder1', steps.reply('unnecessary'), SAID);
    const page = await pageFor(world, id, 'no-lead');
    await until('the ladder is exhausted', async () => (await world.page(page.id))?.state === 'exhausted');
    await told(world, id);
    await pageRunEnded(world, page.id, 1);
    await world.take(id, 'responder1', steps.restart(page.id));
    await until('it rings again', async () => (await world.page(page.id))?.ring === 2);
    await world.acknowledge(page.id, 'responder2');
    await told(world, id);
    await world.take(id, 'responder2', steps.dismiss(), SAID);
    await ended(world, id);
    await pageRunEnded(world, page.id, 2);
    return [
      run('exhausted-ladder', id),
      pageRun('exhausted-ladder-page', page.id),
      pageRun('restarted-page', page.id, 2),
    ];
  },

  async 'acknowledged-page'(world) {
    const id = await reported(world, { ...REPORT, channel: 'phone', enteredBy: 'responder1' });
    const page = await acknowledgedBy(world, id, 'phone', 'responder1');
    await world.take(id, 'responder1', steps.lead('responder1'));
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    return [run('acknowledged-page-incident', id), pageRun('acknowledged-page', page.id)];
  },

  async 'late-call'(world) {
    const id = await calledAnHourAgo(world, CALM);
    await pageFor(world, id, 'phone');
    await named(world, id);
    return [run('late-call', id)];
  },

  /** Recorded before its rule: one ladder rings twice, for the call and for the missing lead. */
  async 'late-call-in-two-pages'(world) {
    const id = await calledAnHourAgo(world, OLDER);
    await Promise.all([pageFor(world, id, 'phone'), pageFor(world, id, 'no-lead')]);
    await named(world, id);
    return [run('late-call-in-two-pages', id)];
  },

  async 'expired-acknowledgement'(world) {
    const id = await reported(world, { ...REPORT, policy: QUICK });
    await world.take(id, 'responder1', steps.lead('lead1'));
    await world.take(id, 'responder1', steps.reply('unnecessary'), SAID);
    await world.take(id, 'lead1', steps.callIn('sme1'), SAID);
    const page = await acknowledgedBy(world, id, 'call-in', 'sme1');
    await until('it rings again', async () => (await world.page(page.id))?.ring === 2);
    await acknowledgedBy(world, id, 'call-in', 'lead1');
    await world.note(id, 'lead1', SAID.words);
    await told(world, id);
    await world.take(id, 'lead1', steps.dismiss(), SAID);
    await ended(world, id);
    await pageRunEnded(world, page.id, 2);
    return [
      run('expired-acknowledgement', id),
      pageRun('expired-acknowledgement-first-ring', page.id),
      pageRun('expired-acknowledgement-second-ring', page.id, 2),
    ];
  },

  /** Declined, handed on while it rings, taken, put off, and taken again. */
  async 'answered-page'(world) {
    const id = await reported(world, { ...REPORT, policy: PATIENT });
    await world.take(id, 'responder1', steps.lead('lead1'));
    await world.take(id, 'responder1', steps.reply('unnecessary'), SAID);
    await world.take(id, 'lead1', steps.callIn('sme1'), SAID);
    const page = await pageFor(world, id, 'call-in');
    await world.decline(page.id, 'sme1');
    await until('it climbs on', async () => (await world.page(page.id))?.climbed?.rung === 2);
    await told(world, id);
    await world.take(id, 'lead1', steps.handOn(page.id, 'ops1', { textId: 'reason' }), SAID);
    await until('its next ring has called somebody', async () => {
      const now = await world.page(page.id);
      return now?.ring === 2 && now.climbed !== null;
    });
    await acknowledgedBy(world, id, 'call-in', 'ops1');
    await world.take(id, 'ops1', steps.snooze(page.id, 2 * SECOND, { isPaged: true }));
    await until('it rings again', async () => (await world.page(page.id))?.ring === 3);
    await acknowledgedBy(world, id, 'call-in', 'lead1');
    await world.note(id, 'lead1', SAID.words);
    await told(world, id);
    await world.take(id, 'lead1', steps.dismiss(), SAID);
    await ended(world, id);
    await Promise.all([1, 2, 3].map((ring) => pageRunEnded(world, page.id, ring)));
    return [
      run('answered-page-incident', id),
      pageRun('declined-then-handed-on-page', page.id),
      pageRun('handed-on-page', page.id, 2),
      pageRun('snoozed-page-rings-again', page.id, 3),
    ];
  },

  async 'overdue-row'(world) {
    const id = await reported(world, { ...REPORT, policy: QUICK });
    await world.take(id, 'responder1', steps.lead('lead1'));
    await world.take(id, 'responder1', steps.reply('phone'), SAID);
    await world.take(id, 'lead1', steps.assess('normal'), SAID);
    await completeRows(world, id, ['engage-legal', 'insurance-notice', 'deliver-assessment'], SAID.words);
    await until('the sponsor is told', async () =>
      (await world.eventsOf(id, 'clock-stepped')).some(({ body }) => body.step === 'sponsor-told'),
    );
    await completeRow(world, id, 'protected-information', SAID.words);
    await world.take(id, 'lead1', steps.handOff('normal'), SAID);
    await ended(world, id);
    return [run('overdue-row', id)];
  },

  async 'continued-as-new'(world) {
    const id = await triaged(world);
    await beginAnewInShortRuns(world, id, 60);
    const first = await runIdOf(world, id);
    await world.take(id, 'responder1', steps.reply('mail'), SAID);
    for (let n = 1; (await runIdOf(world, id)) === first; n += 1) {
      if (n > 30) throw new Error('no new run took over');
      await world.note(id, 'lead1', SAID.words);
      await told(world, id);
    }
    const second = await runIdOf(world, id);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    return [run('continued-as-new-first-run', id, first), run('continued-as-new-second-run', id, second)];
  },

  async 'record-ahead-of-the-history'(world) {
    const id = await triaged(world);
    const first = await runIdOf(world, id);
    await recordBehindTheBack(world, id);
    await world.note(id, 'lead1', SAID.words);
    await told(world, id);
    const second = await runIdOf(world, id);
    await world.take(id, 'responder1', steps.dismiss(), SAID);
    await ended(world, id);
    return [run('record-ahead-of-the-history', id, first), run('begun-anew-from-the-record', id, second)];
  },
};

/** From triage to the review, with all that an Escalation asks for. */
async function throughTheRows(world: RealWorld, id: string, { notes = 0 } = {}): Promise<void> {
  await Promise.all([
    world.take(id, 'responder1', steps.reply('mail'), SAID),
    world.take(id, 'lead1', steps.assess('escalation'), SAID),
  ]);
  // They fall due together, and more than one person is at work.
  await Promise.all(
    ROWS_2_TO_7.filter((key) => key !== 'insurance-notice').map((key) => row(world, id, key)),
  );
  await row(world, id, 'insurance-notice');
  await Promise.all(Array.from({ length: notes }, () => world.note(id, 'lead1', SAID.words)));
  await world.take(id, 'lead1', steps.reassessInConference('escalation'), SAID);
  await completeRows(world, id, ROWS_9_TO_18, SAID.words);
  await replied(world, id);
  await told(world, id);
}

function row(world: RealWorld, id: string, key: ActionKey): Promise<void> {
  return completeRow(world, id, key, SAID.words);
}

async function rowByRow(world: RealWorld, id: string, keys: readonly ActionKey[]): Promise<void> {
  for (const key of keys) {
    await row(world, id, key);
    await idle(world, id);
  }
}

type Take = (...said: Parameters<RealWorld['take']>) => Promise<void>;

/** Until nothing of it is under way in Temporal. */
async function idle(world: RealWorld, id: string): Promise<void> {
  const handle = world.client.workflow.getHandle(incidentWorkflowId(id));
  await until(`${id} is idle`, async () => {
    const { raw } = await handle.describe();
    return (raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null;
  });
}

async function acknowledgedNthCall(world: RealWorld, id: string, nth: number): Promise<void> {
  let page: Page | undefined;
  await until(`call ${nth} of ${id} rings`, async () => {
    page = (await world.pages(id)).filter(({ reason }) => reason === 'call-in')[nth - 1];
    return page?.climbed != null;
  });
  if (page === undefined || !('person' in page.target)) throw new Error('a call-in is for somebody');
  await world.acknowledge(page.id, page.target.person);
  await told(world, id);
  await pageRunEnded(world, page.id, page.ring);
}

async function reported(world: RealWorld, said: ReportSaid): Promise<string> {
  const { incidentId } = await world.report(said);
  await told(world, incidentId);
  return incidentId;
}

async function triaged(world: RealWorld): Promise<string> {
  const id = await reported(world, REPORT);
  await world.take(id, 'responder1', steps.lead('lead1'));
  return id;
}

/** Typed in after the time in which somebody should have been lead. */
function calledAnHourAgo(world: RealWorld, under: Policy): Promise<string> {
  const receivedAt = Date.now() - HOUR;
  return reported(world, {
    ...REPORT,
    policy: under,
    channel: 'phone',
    enteredBy: 'responder1',
    receivedAt,
  });
}

/** Somebody leads, which ends every call for a lead, and finds nothing in it. */
async function named(world: RealWorld, id: string): Promise<void> {
  await world.take(id, 'responder1', steps.lead('lead1'));
  await world.take(id, 'lead1', steps.dismiss(), SAID);
  await ended(world, id);
}

/** Until the incident has taken up every fact and sent all it had to send. */
async function told(world: RealWorld, id: string): Promise<void> {
  await until(`${id} has taken everything up`, async () => {
    const { version, effects } = await world.state(id);
    const isSending = effects.some(
      (effect) => !['start-page', 'cancel-page', 'move-reports'].includes(effect.do),
    );
    return version > 0 && !isSending && (await world.unfiled(id)) === 0;
  });
}

async function replied(world: RealWorld, id: string): Promise<void> {
  await until(`the reply of ${id} is sent`, async () =>
    (await world.state(id)).reports.every(({ reply }) => reply === 'sent'),
  );
}

async function ended(world: RealWorld, id: string): Promise<void> {
  await until(`${id} has come to its end`, async () => (await incidentStatus(world, id)) === 'COMPLETED');
}

/** The newest page for that reason, once it has rung somebody. */
async function pageFor(world: RealWorld, id: string, reason: PageReason): Promise<Page> {
  let found: Page | undefined;
  await until(`${id} has paged for ${reason}`, async () => {
    found = (await world.pages(id)).findLast((page) => page.reason === reason);
    return found?.climbed != null;
  });
  if (found === undefined) throw new Error('unreachable');
  return found;
}

async function acknowledgedBy(world: RealWorld, id: string, reason: PageReason, by: string): Promise<Page> {
  const page = await pageFor(world, id, reason);
  await world.acknowledge(page.id, by);
  await told(world, id);
  await pageRunEnded(world, page.id, page.ring);
  return page;
}

async function pageRunEnded(world: RealWorld, pageId: string, ring: number): Promise<void> {
  const workflowId = pageWorkflowId(pageId, ring);
  await until(`${workflowId} has ended`, async () => (await statusOf(world, workflowId)) === 'COMPLETED');
}

async function runIdOf(world: RealWorld, id: string): Promise<string> {
  return (await world.client.workflow.getHandle(incidentWorkflowId(id)).describe()).runId;
}

function run(name: string, incidentId: string, runId?: string): Walked {
  return { name, workflowId: incidentWorkflowId(incidentId), ...(runId !== undefined && { runId }) };
}

function pageRun(name: string, pageId: string, ring = 1): Walked {
  return { name, workflowId: pageWorkflowId(pageId, ring) };
}
