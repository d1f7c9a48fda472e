import { describe, expect, test } from 'vitest';
import {
  HOUR,
  incidentAt,
  MINUTE,
  RECEIVED_AT,
  rules,
  SECOND,
  steps,
  Walk,
} from '../../support/incidents.ts';

describe('the reply clock', () => {
  test('runs 24 hours from the receipt, however late it is taken up', () => {
    const walk = new Walk({ now: RECEIVED_AT + 3 * HOUR }).report();
    expect(walk.reply()).toMatchObject({
      state: 'running',
      startedAt: RECEIVED_AT,
      dueAt: RECEIVED_AT + 24 * HOUR,
    });
    expect(walk.incident.receivedAt).toBe(RECEIVED_AT);
    expect(walk.events[0]).toMatchObject({ at: RECEIVED_AT, recordedAt: walk.now });
  });

  test('runs from when the call came', () => {
    const walk = new Walk({ now: RECEIVED_AT + HOUR }).report({ channel: 'phone', enteredBy: 'responder1' });
    expect(walk.reply().startedAt).toBe(RECEIVED_AT);
  });

  test('is not stopped by the automatic reply', () => {
    const walk = incidentAt('received');
    const effect = walk.effect('auto-reply');
    expect(effect).toMatchObject({ key: 'INC-2026-0001:auto-reply:report-1', reportId: 'report-1' });
    walk.hear(effect, 'accepted');
    expect(walk.reply().stoppedAt).toBeNull();
    expect(walk.reportOf().reply).toBe('owed');
    expect(walk.effects('auto-reply')).toEqual([]);
  });

  test('is not stopped by a question', () => {
    const walk = incidentAt('received').take('responder1', steps.question());
    expect(walk.reply().stoppedAt).toBeNull();
    expect(walk.effect('question')).toMatchObject({
      reportIds: ['report-1'],
      tlp: 'AMBER',
      by: 'responder1',
    });
    walk.tell({ type: 'reporter-answer', reportId: 'report-1', textId: 'text-answer' });
    expect(walk.reply().stoppedAt).toBeNull();
  });

  test('sends who phoned no automatic answer', () => {
    expect(incidentAt('received', { report: { channel: 'phone' } }).effects('auto-reply')).toEqual([]);
  });

  test('is one for each report', () => {
    const walk = incidentAt('received')
      .wait(HOUR)
      .report({ reportId: 'report-2', receivedAt: RECEIVED_AT + HOUR });
    expect(walk.reply('report-2').dueAt).toBe(RECEIVED_AT + 25 * HOUR);
    walk.take('responder1', steps.reply('phone', { reportIds: ['report-2'] }));
    expect(walk.reply('report-2').state).toBe('met');
    expect(walk.reply().state).toBe('running');
  });
});

describe('a reply that nobody gives', () => {
  test('pages before its time is over, and again when it is', () => {
    const walk = incidentAt('triage').wait(20 * HOUR - 1);
    expect(walk.reply().stepsTaken).toBe(0);
    const warned = walk.during(() => walk.wait(1));
    expect(warned).toEqual([
      { type: 'clock-stepped', clock: 'reply', reportId: 'report-1', step: 'warned', dueAt: walk.now },
    ]);
    expect(walk.page('reply-due')).toMatchObject({
      state: 'ringing',
      startsAt: walk.now,
      target: { ladder: 'triage' },
    });
    walk.wait(4 * HOUR - 1);
    expect(walk.reply().state).toBe('running');
    const breached = walk.during(() => walk.wait(1));
    expect(breached.map(({ type }) => type)).toEqual(['page-cancelled', 'clock-stepped']);
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: null, dueAt: walk.now });
    expect(walk.page('reply-due')).toMatchObject({ state: 'cancelled', cancelledBecause: 'breached' });
    expect(walk.page('reply-breached')).toMatchObject({ state: 'ringing', startsAt: walk.now });
  });

  test('is paged for once when both instants were missed, and both are recorded', () => {
    const walk = incidentAt('triage').outage(30 * HOUR);
    expect(walk.of('clock-stepped').map(({ step, dueAt }) => [step, dueAt])).toEqual([
      ['warned', RECEIVED_AT + 20 * HOUR],
      ['breached', RECEIVED_AT + 24 * HOUR],
    ]);
    expect(walk.incident.pages.map(({ reason }) => reason)).toEqual(['reply-breached']);
  });

  test('lets a warning that somebody had taken not ring again when its breach was missed, too', () => {
    const walk = incidentAt('triage')
      .wait(20 * HOUR)
      .acknowledge('responder1', 'reply-due')
      .outage(6 * HOUR);
    expect(walk.of('page-rang-again')).toEqual([]);
    expect(walk.page('reply-due').state).toBe('cancelled');
    expect(walk.page('reply-breached').state).toBe('ringing');
  });

  test('is warned of in the drill with the breach’s page handed over right after', () => {
    const walk = incidentAt('triage', { rules: rules('drill') });
    expect(walk.page('reply-due').startsAt).toBe(RECEIVED_AT + 10 * SECOND);
    walk.wait(10 * SECOND);
    expect(walk.page('reply-breached').startsAt).toBe(RECEIVED_AT + 20 * SECOND);
    walk.wait(10 * SECOND);
    expect(walk.reply().state).toBe('breached');
    expect(walk.page('reply-due').state).toBe('cancelled');
    expect(walk.wait(MINUTE).incident.pages).toHaveLength(2);
  });

  test('silences both pages when it comes', () => {
    const walk = incidentAt('triage')
      .wait(20 * HOUR)
      .take('responder1', steps.reply('phone'));
    expect(walk.page('reply-due')).toMatchObject({ state: 'cancelled', cancelledBecause: 'reply' });
    const late = incidentAt('triage')
      .wait(25 * HOUR)
      .take('responder1', steps.reply('phone'));
    expect(late.page('reply-breached').state).toBe('cancelled');
    expect(late.wait(48 * HOUR).incident.pages).toHaveLength(2);
  });

  test('stays breached when it comes late, with the instant it came', () => {
    const walk = incidentAt('triage')
      .wait(26 * HOUR)
      .take('responder1', steps.reply('phone'));
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: walk.now, by: 'responder1' });
    expect(walk.reportOf()).toMatchObject({ reply: 'sent', repliedAt: walk.now });
  });
});

describe('a reply by mail', () => {
  test('is being sent until the mail server has accepted it, and then stops the clock', () => {
    const walk = incidentAt('received').take('responder1', steps.reply('mail'));
    expect(walk.reportOf()).toMatchObject({ reply: 'sending', repliedAt: null });
    expect(walk.reply().stoppedAt).toBeNull();
    const effect = walk.effect('reply');
    expect(effect).toEqual({
      do: 'reply',
      key: 'INC-2026-0001:reply:1:report-1',
      reportIds: ['report-1'],
      textId: 'text-reply',
      tlp: 'AMBER',
      by: 'responder1',
    });
    walk.wait(MINUTE).hear(effect, 'accepted');
    expect(walk.reportOf()).toMatchObject({ reply: 'sent', repliedAt: walk.now });
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: walk.now, by: 'responder1' });
    expect(walk.effects('reply')).toEqual([]);
  });

  test.each(['refused', 'withheld'] as const)('that is %s is owed again, and can be sent anew', (outcome) => {
    const walk = incidentAt('received').take('responder1', steps.reply('mail'));
    walk.hear(walk.effect('reply'), outcome, outcome === 'refused' ? '550' : 'label');
    expect(walk.reportOf().reply).toBe('owed');
    expect(walk.reply().stoppedAt).toBeNull();
    expect(walk.of('effect-ended')).toMatchObject([{ outcome }]);
    walk.take('responder2', steps.reply('mail'));
    expect(walk.effect('reply').key).toBe('INC-2026-0001:reply:2:report-1');
  });

  test('breaches its clock while it is on its way, and is late when it is accepted', () => {
    const walk = incidentAt('triage')
      .take('responder1', steps.reply('mail'))
      .wait(25 * HOUR);
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.page('reply-breached').state).toBe('ringing');
    walk.hear(walk.effect('reply'), 'accepted');
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: walk.now });
  });

  test('is not sent a second time while the first is on its way', () => {
    const walk = incidentAt('received').take('responder1', steps.reply('mail'));
    expect(walk.refusal('responder2', steps.reply('mail')).refused).toBe('already-done');
    expect(walk.refusal('responder2', steps.reply('mail', { reportIds: ['report-1'] })).refused).toBe(
      'already-done',
    );
  });

  test('that the mail server does not take can be given by phone meanwhile', () => {
    const walk = incidentAt('received').take('responder1', steps.reply('mail')).wait(HOUR);
    const effect = walk.effect('reply');
    walk.take('responder2', steps.reply('phone'));
    expect(walk.reply()).toMatchObject({ state: 'met', by: 'responder2' });
    expect(walk.incident.effects).not.toContainEqual(effect);
    expect(walk.during(() => walk.hear(effect, 'accepted'))).toEqual([]);
  });

  test('goes to each report once, whatever its author named', () => {
    const reportIds = ['report-1', 'report-1'];
    const walk = incidentAt('received').take('responder1', steps.reply('mail', { reportIds }));
    expect(walk.effects('reply')).toHaveLength(1);
  });

  test('that was accepted is told once', () => {
    const walk = incidentAt('received').take('responder1', steps.reply('mail'));
    const effect = walk.effect('reply');
    walk.hear(effect, 'accepted');
    expect(walk.during(() => walk.hear(effect, 'accepted'))).toEqual([]);
    expect(walk.during(() => walk.hear(effect, 'refused'))).toEqual([]);
  });
});

describe('a reply by phone', () => {
  test('stops the clock when the call was made', () => {
    const walk = incidentAt('triage').wait(5 * HOUR);
    const at = RECEIVED_AT + 2 * HOUR;
    walk.take('responder1', steps.reply('phone', { at }));
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: at });
    expect(walk.reportOf().repliedAt).toBe(at);
    expect(walk.events.at(-1)).toMatchObject({ at, recordedAt: walk.now, body: { method: 'phone' } });
  });

  test('made in time and noted down after the breach met its clock', () => {
    const walk = incidentAt('triage').wait(25 * HOUR);
    const at = RECEIVED_AT + 23 * HOUR;
    walk.take('responder1', steps.reply('phone', { at }));
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: at });
    expect(walk.page('reply-breached').state).toBe('cancelled');
  });

  test('made late is late, also where nobody has seen the breach', () => {
    const walk = incidentAt('triage');
    walk.now += 30 * HOUR;
    walk.take('responder1', steps.reply('phone', { at: RECEIVED_AT + 25 * HOUR }));
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: RECEIVED_AT + 25 * HOUR });
  });

  test('at the very end of its time is in time', () => {
    const walk = incidentAt('triage').wait(24 * HOUR - 1);
    walk.now += 1;
    expect(walk.take('responder1', steps.reply('phone')).reply().state).toBe('met');
  });

  test('cannot have been made before the report came, or in the future', () => {
    const walk = incidentAt('received').wait(HOUR);
    expect(walk.refusal('responder1', steps.reply('phone', { at: RECEIVED_AT - 1 }))).toMatchObject({
      refused: 'invalid',
      pointer: '/at',
    });
    expect(walk.refusal('responder1', steps.reply('phone', { at: walk.now + 1 })).refused).toBe('invalid');
  });
});

describe('a reply that is not given', () => {
  test.each(['unnecessary', 'unreachable'] as const)('because it is %s excuses the clock', (how) => {
    const walk = incidentAt('received').take('responder1', steps.reply(how));
    expect(walk.reply()).toMatchObject({
      state: 'excused',
      reason: how,
      by: 'responder1',
      stoppedAt: walk.now,
    });
    expect(walk.reportOf().reply).toBe(how);
    expect(walk.of('replied')).toMatchObject([{ how, method: null, textId: 'text-reply' }]);
    expect(walk.effects('reply')).toEqual([]);
  });

  test('because it is unnecessary, found so late, leaves the clock breached', () => {
    const walk = incidentAt('triage')
      .wait(25 * HOUR)
      .take('responder1', steps.reply('unnecessary'));
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: walk.now, reason: 'unnecessary' });
  });

  test('can be said of a mail that does not get through', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('mail'))
      .take('responder1', steps.reply('unreachable'));
    expect(walk.reportOf().reply).toBe('unreachable');
    expect(walk.effects('reply')).toEqual([]);
  });
});

describe('a reply', () => {
  test.each(['legal1', 'counsel1', 'ops1', 'auditor1', 'admin1', 'sme1'])('is not for %s', (username) => {
    expect(incidentAt('received').refusal(username, steps.reply('phone')).refused).toBe('not-yours');
    expect(incidentAt('received').refusal(username, steps.question()).refused).toBe('not-yours');
  });

  test('is given in every open stage', () => {
    for (const stage of ['received', 'triage', 'response', 'review'] as const) {
      expect(incidentAt(stage).take('responder1', steps.reply('phone')).reply().stoppedAt).not.toBeNull();
    }
  });

  test('is given once', () => {
    const walk = incidentAt('received').take('responder1', steps.reply('phone'));
    expect(walk.refusal('responder1', steps.reply('phone')).refused).toBe('already-done');
    expect(walk.refusal('responder1', steps.reply('phone', { reportIds: ['report-1'] }))).toMatchObject({
      refused: 'already-done',
      pointer: '/reportIds',
    });
  });

  test('names reports of the incident', () => {
    const walk = incidentAt('received');
    expect(walk.refusal('responder1', steps.reply('phone', { reportIds: ['report-7'] })).refused).toBe(
      'invalid',
    );
    expect(walk.refusal('responder1', steps.reply('phone', { reportIds: [] })).refused).toBe('invalid');
  });
});
