import { describe, expect, test } from 'vitest';
import { HOUR, holderOf, incidentAt, MINUTE, RECEIVED_AT, rules, steps } from '../../support/incidents.ts';

describe('the lead', () => {
  test('is named by anybody of the CSIRT, and brings the incident into triage', () => {
    const walk = incidentAt('received').take('responder1', steps.lead('lead1'));
    expect(walk.incident).toMatchObject({ lead: 'lead1', stage: 'triage' });
    expect(walk.clock('lead')).toMatchObject({ state: 'met', by: 'responder1', stoppedAt: RECEIVED_AT });
  });

  test('may be named by the Executive Sponsor', () => {
    const walk = incidentAt('received').take(holderOf('executive'), steps.lead('lead1'));
    expect(walk.incident.lead).toBe('lead1');
  });

  test.each(['legal1', 'ops1', 'auditor1', 'admin1', 'sme1'])('is not named by %s', (username) => {
    expect(incidentAt('received').refusal(username, steps.lead('lead1')).refused).toBe('not-yours');
  });

  test('is a member of the CSIRT', () => {
    expect(incidentAt('received').refusal('responder1', steps.lead('ops1'))).toMatchObject({
      refused: 'invalid',
      pointer: '/username',
    });
  });

  test('may be a member of the handling team', () => {
    const walk = incidentAt('triage')
      .take('lead1', steps.appoint('sme1', 'sme'))
      .take('lead1', steps.handOver('sme1'));
    expect(walk.incident.lead).toBe('sme1');
  });

  test('may name themselves', () => {
    expect(incidentAt('received').take('responder2', steps.lead('responder2')).incident.lead).toBe(
      'responder2',
    );
  });

  test('hands over with a reason', () => {
    const walk = incidentAt('response').take('lead1', steps.handOver('responder2'));
    expect(walk.incident).toMatchObject({ lead: 'responder2', stage: 'response' });
    expect(walk.of('lead-named').at(-1)).toMatchObject({ from: 'lead1', textId: 'text-reason' });
  });

  test('does not hand over without a reason', () => {
    const walk = incidentAt('triage');
    expect(walk.refusal('lead1', steps.lead('responder2'))).toMatchObject({
      refused: 'reason-required',
      pointer: '/reason',
    });
  });

  test('is handed over by the Executive Sponsor, too', () => {
    expect(incidentAt('triage').take('sponsor1', steps.handOver('responder2')).incident.lead).toBe(
      'responder2',
    );
  });

  test('is not handed over by others of the CSIRT, whatever they ask', () => {
    const walk = incidentAt('triage');
    const { refused, detail } = walk.refusal('responder1', steps.handOver('responder1'));
    expect(refused).toBe('not-yours');
    expect(detail).toContain('lead1');
    expect(walk.refusal('responder1', steps.handOver('ops1')).refused).toBe('not-yours');
  });

  test('is not named twice', () => {
    expect(incidentAt('triage').refusal('lead1', steps.handOver('lead1')).refused).toBe('already-done');
  });

  test('loses what is the lead’s with the hand-over', () => {
    const walk = incidentAt('triage').take('lead1', steps.handOver('responder2'));
    expect(walk.refusal('lead1', steps.assess('normal')).refused).toBe('not-yours');
    expect(walk.take('responder2', steps.assess('normal')).incident.criticality).toBe('normal');
  });

  test.each(['closed', 'handed-off', 'merged', 'dismissed'] as const)(
    'is not named once it is %s',
    (stage) => {
      expect(incidentAt(stage).refusal('sponsor1', steps.handOver('responder2')).refused).toBe('wrong-stage');
    },
  );
});

describe('an incident without a lead', () => {
  test('pages after the time that the policy gave the report', () => {
    const walk = incidentAt('received', { report: { leadWithinMs: 20 * MINUTE } });
    walk.wait(20 * MINUTE - 1);
    expect(walk.clock('lead').state).toBe('running');
    expect(walk.page('no-lead')).toMatchObject({
      state: 'ringing',
      startsAt: RECEIVED_AT + 20 * MINUTE,
      target: { ladder: 'triage' },
    });
    walk.wait(1);
    expect(walk.clock('lead')).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.pages('no-lead')).toHaveLength(1);
  });

  test('hands its page to the worker shortly before its instant, and not earlier', () => {
    const walk = incidentAt('received').wait(HOUR - rules().armAheadMs - 1);
    expect(walk.pages('no-lead')).toEqual([]);
    walk.wait(1);
    expect(walk.effect('start-page')).toMatchObject({ reason: 'no-lead', startsAt: RECEIVED_AT + HOUR });
  });

  test('pages nobody when the lead is named before that', () => {
    const walk = incidentAt('received')
      .wait(HOUR - 1)
      .take('responder1', steps.lead('lead1'));
    expect(walk.page('no-lead')).toMatchObject({ state: 'cancelled', rung: 0 });
    expect(walk.wait(HOUR).pages('no-lead')).toHaveLength(1);
  });

  test('that gets one late was late all the same, and its page ends', () => {
    const walk = incidentAt('received')
      .wait(2 * HOUR)
      .take('responder1', steps.lead('lead1'));
    expect(walk.clock('lead')).toMatchObject({ state: 'breached', stoppedAt: RECEIVED_AT + 2 * HOUR });
    expect(walk.page('no-lead').state).toBe('cancelled');
    expect(walk.effects('cancel-page')).toHaveLength(1);
  });

  test('got it in time when the page was started and no instant has passed', () => {
    const walk = incidentAt('received')
      .wait(HOUR - 1)
      .take('responder1', steps.lead('lead1'));
    expect(walk.clock('lead').state).toBe('met');
  });

  test('that came by phone rings the ladder at once', () => {
    const walk = incidentAt('received', { report: { channel: 'phone', enteredBy: 'responder1' } });
    expect(walk.page('phone')).toMatchObject({ state: 'ringing', startsAt: RECEIVED_AT });
    expect(walk.take('responder1', steps.lead('lead1')).page('phone').state).toBe('cancelled');
  });
});
