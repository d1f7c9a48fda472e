import { describe, expect, test } from 'vitest';
import { DAY, HOUR, incidentAt, normalIncident, RECEIVED_AT, steps } from '../../support/incidents.ts';

describe('a dismissal', () => {
  test('is the CSIRT’s, before the assessment or after a Normal one', () => {
    expect(incidentAt('received').take('responder1', steps.dismiss()).incident.stage).toBe('dismissed');
    expect(incidentAt('triage').take('comms1', steps.dismiss()).incident.stage).toBe('dismissed');
    expect(normalIncident().take('responder1', steps.dismiss()).incident.stage).toBe('dismissed');
  });

  test.each(['legal1', 'counsel1', 'ops1', 'auditor1', 'sme1'])('is not for %s', (username) => {
    expect(incidentAt('received').refusal(username, steps.dismiss()).refused).toBe('not-yours');
  });

  test.each(['response', 'review', 'closed', 'handed-off', 'merged', 'dismissed'] as const)(
    'is not for one that is in %s',
    (stage) => {
      expect(incidentAt(stage).refusal('responder1', steps.dismiss()).refused).toBe('wrong-stage');
    },
  );

  test('excuses the replies that are owed, and every other clock', () => {
    const walk = incidentAt('received')
      .wait(HOUR / 2)
      .take('responder1', steps.dismiss());
    const excused = { state: 'excused', stoppedAt: walk.now, by: 'responder1', reason: 'dismissed' };
    expect(walk.reply()).toMatchObject(excused);
    expect(walk.clock('lead')).toMatchObject(excused);
    expect(walk.reportOf().reply).toBe('unnecessary');
    expect(walk.incident).toMatchObject({ endedAt: walk.now, stageBeforeEnd: 'received' });
  });

  test('silences what rings', () => {
    const walk = incidentAt('received')
      .wait(25 * HOUR)
      .take('responder1', steps.dismiss());
    expect(walk.incident.pages.map(({ reason, state }) => [reason, state])).toEqual([
      ['no-lead', 'cancelled'],
      ['reply-due', 'cancelled'],
      ['reply-breached', 'cancelled'],
    ]);
    expect(walk.page('reply-breached').cancelledBecause).toBe('dismissed');
    expect(walk.wait(30 * DAY).incident.pages).toHaveLength(3);
  });

  test('leaves a reply that was given given', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('phone'))
      .take('responder1', steps.dismiss())
      .take('responder1', steps.reopen());
    expect(walk.reply().state).toBe('met');
    expect(walk.reportOf().reply).toBe('sent');
  });
});

describe('a dismissed report that is brought back', () => {
  test('comes back to where it was, its clocks running from the receipt', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.dismiss())
      .wait(HOUR / 2);
    walk.take('responder2', steps.reopen());
    expect(walk.incident).toMatchObject({ stage: 'received', endedAt: null });
    expect(walk.reply()).toMatchObject({
      state: 'running',
      startedAt: RECEIVED_AT,
      stoppedAt: null,
      reason: null,
    });
    expect(walk.clock('lead')).toMatchObject({ state: 'running', stoppedAt: null });
    expect(walk.reportOf().reply).toBe('owed');
  });

  test('pages at once for what is overdue by then', () => {
    const walk = incidentAt('triage')
      .take('responder1', steps.dismiss())
      .wait(30 * HOUR);
    walk.take('responder1', steps.reopen());
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.page('reply-breached').state).toBe('ringing');
    expect(walk.pages('reply-due')).toEqual([]);
  });

  test('pages anew for what somebody had taken before it was dismissed', () => {
    const walk = incidentAt('received').wait(HOUR).acknowledge('responder1', 'no-lead');
    walk.take('responder1', steps.dismiss());
    expect(walk.page('no-lead')).toMatchObject({ state: 'acknowledged', acknowledgedUntil: null });
    walk.wait(HOUR).take('responder2', steps.reopen());
    expect(walk.pages('no-lead').map(({ state }) => state)).toEqual(['acknowledged', 'ringing']);
  });

  test('still owes the reply whose mail was refused meanwhile', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('mail'))
      .take('responder1', steps.dismiss());
    walk.hear(walk.effect('reply'), 'refused', '550');
    expect(walk.reportOf().reply).toBe('unnecessary');
    walk.take('responder1', steps.reopen());
    expect(walk.reportOf().reply).toBe('owed');
    expect(walk.take('responder1', steps.reply('phone')).reply().state).toBe('met');
  });

  test('owes no second reply when its mail was accepted meanwhile', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('mail'))
      .take('responder1', steps.dismiss());
    walk.hear(walk.effect('reply'), 'accepted').take('responder1', steps.reopen());
    expect(walk.reportOf()).toMatchObject({ reply: 'sent', repliedAt: walk.now });
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: walk.now });
  });

  test('is brought back by the CSIRT', () => {
    const walk = incidentAt('dismissed');
    for (const username of ['legal1', 'counsel1', 'ops1', 'auditor1', 'admin1', 'sme1']) {
      expect(walk.refusal(username, steps.reopen()).refused).toBe('not-yours');
    }
    expect(walk.take('responder2', steps.reopen()).incident.stage).toBe('received');
  });

  test('keeps rows out of it: none was done', () => {
    expect(incidentAt('dismissed').refusal('responder1', steps.reopen('engage-legal')).refused).toBe(
      'invalid',
    );
  });
});

describe('reopening', () => {
  test.each(['received', 'triage', 'response', 'review'] as const)('is not for one in %s', (stage) => {
    expect(incidentAt(stage).refusal('sponsor1', steps.reopen()).refused).toBe('wrong-stage');
  });
});
