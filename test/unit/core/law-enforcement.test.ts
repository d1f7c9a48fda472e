import { describe, expect, test } from 'vitest';
import { HOUR, incidentAt, MINUTE, RECEIVED_AT, steps, Walk } from '../../support/incidents.ts';

const inquiry = { report: { kind: 'law-enforcement' } } as const;

describe('an inquiry of law enforcement', () => {
  test('pages the General Counsel as soon as it comes', () => {
    const walk = incidentAt('received', inquiry);
    expect(walk.page('law-enforcement')).toMatchObject({
      state: 'ringing',
      startsAt: RECEIVED_AT,
      target: { ladder: 'counsel' },
    });
    expect(walk.effects('start-page')).toHaveLength(1);
  });

  test('that is phoned in pages the General Counsel alone', () => {
    const walk = incidentAt('received', { report: { kind: 'law-enforcement', channel: 'phone' } });
    expect(walk.incident.pages.map(({ reason }) => reason)).toEqual(['law-enforcement']);
  });

  test('excuses its reply and its lead from the receipt on', () => {
    const walk = incidentAt('received', inquiry);
    const excused = { state: 'excused', reason: 'law-enforcement', stoppedAt: RECEIVED_AT };
    expect(walk.reply()).toMatchObject(excused);
    expect(walk.clock('lead')).toMatchObject(excused);
    expect(walk.reportOf().reply).toBe('unnecessary');
    expect(walk.wait(48 * HOUR).incident.pages).toHaveLength(1);
  });

  test('is assessed by nobody', () => {
    const walk = incidentAt('triage', inquiry);
    for (const username of ['lead1', 'sponsor1']) {
      expect(walk.refusal(username, steps.assess('normal')).refused).toBe('not-now');
    }
  });

  test('is not re-assessed either', () => {
    const walk = incidentAt('response').take('legal1', steps.kind('law-enforcement'));
    expect(walk.refusal('lead1', steps.reassess('emergency')).refused).toBe('not-now');
  });

  test('is handed off by the General Counsel, without a lead and without a reply', () => {
    const walk = incidentAt('received', inquiry).take('counsel1', steps.handOff('law-enforcement'));
    expect(walk.incident.stage).toBe('handed-off');
    expect(walk.page('law-enforcement').state).toBe('cancelled');
  });

  test.each(['responder1', 'lead1', 'sponsor1', 'legal1', 'auditor1'])(
    'is not handed off by %s',
    (username) => {
      const walk = incidentAt('triage', inquiry);
      expect(walk.refusal(username, steps.handOff('law-enforcement')).refused).toBe('not-yours');
    },
  );

  test('is no basis for what is none', () => {
    const walk = incidentAt('received');
    expect(walk.refusal('counsel1', steps.handOff('law-enforcement')).refused).toBe('not-now');
  });

  test('is the only thing that the General Counsel hands off', () => {
    const walk = incidentAt('triage').take('lead1', steps.assess('out-of-scope'));
    expect(walk.refusal('counsel1', steps.handOff('out-of-scope')).refused).toBe('not-yours');
  });

  test('may be dismissed, like any report', () => {
    const walk = incidentAt('received', inquiry).take('responder1', steps.dismiss());
    expect(walk.incident.stage).toBe('dismissed');
    expect(walk.page('law-enforcement')).toMatchObject({ state: 'cancelled', cancelledBecause: 'dismissed' });
  });
});

describe('what turns out to be an inquiry of law enforcement', () => {
  test('excuses reply and lead, and pages the General Counsel', () => {
    const walk = incidentAt('received')
      .wait(10 * MINUTE)
      .take('responder1', steps.kind('law-enforcement'));
    const excused = { state: 'excused', reason: 'law-enforcement', stoppedAt: walk.now, by: 'responder1' };
    expect(walk.reply()).toMatchObject(excused);
    expect(walk.clock('lead')).toMatchObject(excused);
    expect(walk.page('law-enforcement')).toMatchObject({ state: 'ringing', startsAt: walk.now });
    expect(walk.wait(48 * HOUR).incident.pages).toHaveLength(1);
  });

  test('ends the pages for reply and lead that ring', () => {
    const walk = incidentAt('received')
      .wait(25 * HOUR)
      .take('counsel1', steps.kind('law-enforcement'));
    expect(walk.page('no-lead').state).toBe('cancelled');
    expect(walk.page('reply-breached').state).toBe('cancelled');
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: walk.now });
  });

  test('can be so in every open stage, and is handed off from triage and response', () => {
    for (const stage of ['triage', 'response'] as const) {
      const walk = incidentAt(stage).take('responder1', steps.kind('law-enforcement'));
      expect(walk.take('counsel1', steps.handOff('law-enforcement')).incident).toMatchObject({
        stage: 'handed-off',
        stageBeforeEnd: stage,
      });
    }
    expect(incidentAt('review').take('legal1', steps.kind('law-enforcement')).incident.kind).toBe(
      'law-enforcement',
    );
  });

  test('is still answered by a mail that was on its way', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('mail'))
      .take('responder1', steps.kind('law-enforcement'));
    walk.hear(walk.effect('reply'), 'accepted');
    expect(walk.reportOf().reply).toBe('sent');
    walk.take('responder1', steps.kind('incident'));
    expect(walk.reply()).toMatchObject({ state: 'met' });
    expect(walk.reportOf().reply).toBe('sent');
  });

  test('owes nothing more when that mail is refused', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('mail'))
      .take('responder1', steps.kind('law-enforcement'));
    walk.hear(walk.effect('reply'), 'refused', '550');
    expect(walk.reportOf().reply).toBe('unnecessary');
    walk.take('responder1', steps.kind('incident'));
    expect(walk.reportOf().reply).toBe('owed');
    expect(walk.reply().state).toBe('running');
  });

  test('waits for no verification any more', () => {
    const walk = incidentAt('received', { report: { kind: 'suspension-request' } });
    walk.take('responder1', steps.kind('law-enforcement')).wait(2 * HOUR);
    expect(walk.clock('verification')).toMatchObject({ state: 'excused', reason: 'kind' });
    expect(walk.pages('verification')).toEqual([]);
  });
});

describe('what turns out to be no inquiry of law enforcement', () => {
  test('owes its reply and its lead from the receipt on', () => {
    const walk = incidentAt('received', inquiry)
      .wait(10 * MINUTE)
      .take('counsel1', steps.kind('incident'));
    expect(walk.reply()).toMatchObject({ state: 'running', startedAt: RECEIVED_AT, stoppedAt: null });
    expect(walk.clock('lead')).toMatchObject({ state: 'running', startedAt: RECEIVED_AT, stoppedAt: null });
    expect(walk.reportOf().reply).toBe('owed');
    expect(walk.wait(HOUR).page('no-lead').state).toBe('ringing');
  });

  test('is late at once when its time is over', () => {
    const walk = incidentAt('received', inquiry)
      .wait(30 * HOUR)
      .take('counsel1', steps.kind('incident'));
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(
      walk.incident.pages.filter(({ state }) => state === 'ringing').map(({ reason }) => reason),
    ).toEqual(['no-lead', 'reply-breached']);
  });

  test('rings the General Counsel no longer', () => {
    const walk = incidentAt('received', inquiry).take('counsel1', steps.kind('incident'));
    expect(walk.page('law-enforcement')).toMatchObject({ state: 'cancelled', cancelledBecause: 'kind' });
  });

  test('misses no lead where one was named meanwhile', () => {
    const walk = incidentAt('triage', inquiry)
      .wait(2 * HOUR)
      .take('counsel1', steps.kind('incident'));
    expect(walk.incident.lead).toBe('lead1');
    expect(walk.clock('lead').stoppedAt).not.toBeNull();
    expect(walk.pages('no-lead')).toEqual([]);
  });

  test('leaves a reply that was judged unnecessary unnecessary', () => {
    const walk = incidentAt('received')
      .take('responder1', steps.reply('unnecessary'))
      .take('responder1', steps.kind('law-enforcement'))
      .take('responder1', steps.kind('incident'));
    expect(walk.reportOf().reply).toBe('unnecessary');
    expect(walk.reply()).toMatchObject({ state: 'excused', reason: 'unnecessary' });
  });

  test('can be assessed', () => {
    const walk = incidentAt('triage', inquiry)
      .take('counsel1', steps.kind('incident'))
      .take('lead1', steps.assess('normal'));
    expect(walk.incident.criticality).toBe('normal');
  });
});

describe('the kind', () => {
  test.each(['responder1', 'legal1', 'counsel1'])('is corrected by %s', (username) => {
    const walk = incidentAt('received').take(username, steps.kind('vulnerability'));
    expect(walk.incident.kind).toBe('vulnerability');
  });

  test.each(['ops1', 'auditor1', 'admin1', 'sme1'])('is not corrected by %s', (username) => {
    expect(incidentAt('received').refusal(username, steps.kind('inquiry')).refused).toBe('not-yours');
  });

  test('is corrected to another one, while the incident is open', () => {
    expect(incidentAt('received').refusal('responder1', steps.kind('incident')).refused).toBe('already-done');
    expect(incidentAt('dismissed').refusal('responder1', steps.kind('inquiry')).refused).toBe('wrong-stage');
  });

  test('is that of the first report', () => {
    const walk = new Walk()
      .report({ kind: 'vulnerability' })
      .report({ reportId: 'report-2', kind: 'inquiry' });
    expect(walk.incident.kind).toBe('vulnerability');
  });
});
