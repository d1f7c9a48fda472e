import { describe, expect, test } from 'vitest';
import { DAY, holderOf, HOUR, incidentAt, steps } from '../../support/incidents.ts';

const requested = { report: { kind: 'suspension-request' } } as const;
const phoned = {
  report: { kind: 'suspension-request', channel: 'phone', enteredBy: 'responder1' },
} as const;

describe('a request for suspension', () => {
  test('is verified by somebody else than who took it', () => {
    const walk = incidentAt('received', phoned);
    expect(walk.refusal('responder1', steps.verify('confirmed')).refused).toBe('not-yours');
    walk.take('responder2', steps.verify('confirmed'));
    expect(walk.incident.verification).toMatchObject({
      result: 'confirmed',
      by: 'responder2',
      at: walk.now,
      textId: 'text-verification',
    });
    expect(walk.clock('verification').state).toBe('met');
    expect(walk.incident.kind).toBe('suspension-request');
  });

  test('that came by itself may be verified by anybody of the CSIRT', () => {
    const walk = incidentAt('received', requested).take('responder1', steps.verify('confirmed'));
    expect(walk.incident.verification?.result).toBe('confirmed');
  });

  test.each(['ops1', 'legal1', 'counsel1', 'auditor1'])('is not verified by %s', (username) => {
    expect(incidentAt('received', requested).refusal(username, steps.verify('confirmed')).refused).toBe(
      'not-yours',
    );
  });

  test('pages when nobody verifies it in time', () => {
    const walk = incidentAt('received', requested).wait(HOUR);
    expect(walk.clock('verification')).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.page('verification')).toMatchObject({ state: 'ringing', target: { ladder: 'triage' } });
    walk.take('responder1', steps.verify('confirmed'));
    expect(walk.clock('verification')).toMatchObject({ state: 'breached', stoppedAt: walk.now });
    expect(walk.page('verification').state).toBe('cancelled');
  });

  test('that is refuted is triaged as an incident', () => {
    const walk = incidentAt('triage', requested).take('responder1', steps.verify('refuted'));
    expect(walk.incident).toMatchObject({ kind: 'incident', verification: { result: 'refuted' } });
    expect(walk.take('lead1', steps.assess('escalation')).incident.stage).toBe('response');
  });

  test('is verified once', () => {
    const walk = incidentAt('received', requested).take('responder1', steps.verify('confirmed'));
    expect(walk.refusal('responder2', steps.verify('refuted')).refused).toBe('already-done');
  });

  test('that was refuted and is one after all has to be verified again', () => {
    const walk = incidentAt('received', requested)
      .take('responder1', steps.verify('refuted'))
      .take('responder1', steps.kind('suspension-request'));
    expect(walk.clock('verification')).toMatchObject({ state: 'running', startedAt: walk.now });
    walk.take('responder2', steps.verify('confirmed'));
    expect(walk.incident.verification?.result).toBe('confirmed');
  });

  test('is what is verified, and nothing else', () => {
    expect(incidentAt('received').refusal('responder1', steps.verify('confirmed')).refused).toBe('not-now');
  });

  test('can be what a report turns out to be', () => {
    const walk = incidentAt('received')
      .wait(HOUR / 2)
      .take('responder1', steps.kind('suspension-request'));
    expect(walk.clock('verification')).toMatchObject({ state: 'running', dueAt: walk.now + HOUR });
    walk.take('responder1', steps.kind('vulnerability'));
    expect(walk.clock('verification')).toMatchObject({ state: 'excused', reason: 'kind' });
  });
});

describe('a suspension at the participant’s request', () => {
  test('waits for the confirmed verification', () => {
    const walk = incidentAt('triage', requested);
    expect(walk.refusal('lead1', steps.suspend('verified-request'))).toMatchObject({
      refused: 'predecessor-missing',
      pointer: '/basis',
    });
    walk.take('responder1', steps.verify('refuted'));
    expect(walk.refusal('lead1', steps.suspend('verified-request')).refused).toBe('predecessor-missing');
  });

  test('needs no impact once it is verified', () => {
    const walk = incidentAt('triage', requested)
      .take('responder1', steps.verify('confirmed'))
      .take('lead1', steps.suspend('verified-request', { hasImpact: false, action: 'remove-metadata' }));
    expect(walk.incident.suspensions).toEqual([
      {
        n: 1,
        action: 'remove-metadata',
        basis: 'verified-request',
        state: 'decided',
        decidedBy: 'lead1',
        decidedAt: walk.now,
        since: walk.now,
        textId: 'text-suspension',
      },
    ]);
  });
});

describe('a suspension for an unacceptable risk', () => {
  test('needs no request, but its impact', () => {
    const walk = incidentAt('received');
    expect(walk.refusal('sponsor1', steps.suspend('unacceptable-risk', { hasImpact: false }))).toMatchObject({
      refused: 'invalid',
      pointer: '/impact',
    });
    expect(walk.take('sponsor1', steps.suspend('unacceptable-risk')).incident.suspensions).toHaveLength(1);
  });

  test.each([
    'received',
    'triage',
    'response',
    'review',
    'closed',
    'handed-off',
    'merged',
    'dismissed',
  ] as const)('may be decided for one that is %s', (stage) => {
    const walk = incidentAt(stage).take('sponsor1', steps.suspend('unacceptable-risk'));
    expect(walk.incident).toMatchObject({ stage, suspensions: [{ state: 'decided' }] });
  });

  test('is for the lead and the Executive Sponsor', () => {
    const walk = incidentAt('triage');
    for (const username of ['responder1', 'ops1', 'legal1', 'counsel1']) {
      expect(walk.refusal(username, steps.suspend('unacceptable-risk')).refused).toBe('not-yours');
    }
    expect(walk.take('lead1', steps.suspend('unacceptable-risk')).incident.suspensions).toHaveLength(1);
  });
});

describe('a suspension that was decided', () => {
  const decided = () => incidentAt('triage').take('lead1', steps.suspend('unacceptable-risk'));

  test('is carried out by Operations, lifted by the lead, and that carried out again', () => {
    const walk = decided();
    const states = [
      walk.wait(HOUR).take('ops1', steps.suspensionDone()).incident.suspensions[0],
      walk.wait(HOUR).take('lead1', steps.liftSuspension()).incident.suspensions[0],
      walk.wait(HOUR).take('ops1', steps.suspensionLifted()).incident.suspensions[0],
    ].map((suspension) => [suspension?.state, suspension?.since]);
    expect(states).toEqual([
      ['done', walk.now - 2 * HOUR],
      ['lift-decided', walk.now - HOUR],
      ['lifted', walk.now],
    ]);
  });

  test('goes its way in this order only', () => {
    const walk = decided();
    expect(walk.refusal('lead1', steps.liftSuspension()).refused).toBe('not-now');
    expect(walk.refusal('ops1', steps.suspensionLifted()).refused).toBe('not-now');
    walk.take('ops1', steps.suspensionDone());
    expect(walk.refusal('ops1', steps.suspensionDone()).refused).toBe('already-done');
    walk.take('sponsor1', steps.liftSuspension());
    expect(walk.refusal('ops1', steps.suspensionDone()).refused).toBe('not-now');
  });

  test('is carried out by Operations alone, and lifted by lead and sponsor alone', () => {
    const walk = decided();
    for (const username of ['lead1', 'sponsor1', 'responder1']) {
      expect(walk.refusal(username, steps.suspensionDone()).refused).toBe('not-yours');
    }
    walk.take(holderOf('operations'), steps.suspensionDone());
    for (const username of ['ops1', 'responder1', 'legal1']) {
      expect(walk.refusal(username, steps.liftSuspension()).refused).toBe('not-yours');
    }
  });

  test('goes on after the end of the incident', () => {
    const walk = incidentAt('review').take('lead1', steps.suspend('unacceptable-risk'));
    walk
      .complete('after-action-review')
      .take('responder1', steps.reply('phone'))
      .take('sponsor1', steps.close());
    walk.wait(DAY).take('ops1', steps.suspensionDone()).take('sponsor1', steps.liftSuspension());
    expect(walk.incident).toMatchObject({ stage: 'closed', suspensions: [{ state: 'lift-decided' }] });
  });

  test('has a number of its own', () => {
    const walk = decided()
      .take('sponsor1', steps.suspend('unacceptable-risk'))
      .take('ops1', steps.suspensionDone(2));
    expect(walk.incident.suspensions.map(({ n, state }) => [n, state])).toEqual([
      [1, 'decided'],
      [2, 'done'],
    ]);
    expect(walk.refusal('ops1', steps.suspensionDone(3)).refused).toBe('not-found');
  });
});
