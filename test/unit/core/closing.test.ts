import { describe, expect, test } from 'vitest';
import { DAY, holderOf, incidentAt, steps, type Walk } from '../../support/incidents.ts';

describe('closing', () => {
  test('is determined by the Executive Sponsor', () => {
    const walk = incidentAt('closed');
    expect(walk.incident).toMatchObject({ stage: 'closed', stageBeforeEnd: 'review', endedAt: walk.now });
    expect(walk.events.at(-1)).toMatchObject({ by: 'sponsor1', body: { textId: 'text-determination' } });
  });

  test.each(['lead1', 'responder1', 'comms1', 'legal1', 'counsel1', 'ops1', 'auditor1', 'admin1'])(
    'is not for %s',
    (username) => {
      expect(ready().refusal(username, steps.close()).refused).toBe('not-yours');
    },
  );

  test('needs nobody’s role but the executive’s', () => {
    expect(ready().take(holderOf('executive'), steps.close()).incident.stage).toBe('closed');
  });

  test.each(['received', 'triage', 'response', 'closed', 'handed-off', 'merged', 'dismissed'] as const)(
    'is not for one in %s',
    (stage) => {
      expect(incidentAt(stage).refusal('sponsor1', steps.close()).refused).toBe('wrong-stage');
    },
  );

  test('waits for the after-action review', () => {
    const walk = incidentAt('review').take('responder1', steps.reply('phone'));
    const { refused, detail } = walk.refusal('sponsor1', steps.close());
    expect([refused, detail.includes('after-action-review')]).toEqual(['predecessor-missing', true]);
  });

  test('waits for every row that applies, also one from before the conference', () => {
    const walk = incidentAt('response')
      .take('responder1', steps.reply('phone'))
      .complete('engage-legal')
      .complete('protected-information')
      .complete('contact-executive')
      .complete('convene-csirt')
      .complete('deliver-assessment')
      .take('lead1', steps.reassessInConference('escalation'));
    for (const key of [
      'external-help',
      'initial-remediation',
      'agree-plan',
      'engage-actors',
      'act-on-plan',
    ] as const) {
      walk.take('lead1', steps.waive(key));
    }
    walk.take('lead1', steps.waive('post-action-report')).take('sponsor1', steps.waive('involve-others'));
    for (const key of ['further-measures', 'act-on-next-steps'] as const) {
      walk.take('lead1', steps.waive(key)).take('sponsor1', steps.waive(key));
    }
    walk.complete('after-action-review');
    expect(walk.incident.stage).toBe('review');
    const { refused, detail } = walk.refusal('sponsor1', steps.close());
    expect([refused, detail.includes('insurance-notice')]).toEqual(['predecessor-missing', true]);
    expect(walk.complete('insurance-notice').take('sponsor1', steps.close()).incident.stage).toBe('closed');
  });

  test('waits for a reply that is owed, in time or late', () => {
    const walk = incidentAt('review').complete('after-action-review');
    expect(walk.refusal('sponsor1', steps.close()).refused).toBe('reply-owed');
    walk.wait(2 * DAY);
    expect(walk.reply().state).toBe('breached');
    expect(walk.refusal('sponsor1', steps.close()).refused).toBe('reply-owed');
  });

  test('waits for a reply that is being sent', () => {
    const walk = incidentAt('review').complete('after-action-review').take('responder1', steps.reply('mail'));
    expect(walk.refusal('sponsor1', steps.close()).refused).toBe('reply-owed');
    walk.hear(walk.effect('reply'), 'accepted').take('sponsor1', steps.close());
    expect(walk.incident.stage).toBe('closed');
  });

  test('stops everything: no clock runs and nobody is called again', () => {
    const walk = incidentAt('closed');
    const { pages } = walk.incident;
    expect(walk.incident.clocks.filter(({ stoppedAt }) => stoppedAt === null)).toEqual([]);
    expect(walk.wait(365 * DAY).incident.pages).toEqual(pages);
  });

  test('takes no step of the work any more', () => {
    const walk = incidentAt('closed');
    for (const [who, step] of [
      ['lead1', steps.complete('act-on-plan')],
      ['lead1', steps.reassess('emergency')],
      ['lead1', steps.handOff('demoted')],
      ['responder1', steps.reply('phone')],
      ['responder1', steps.question()],
      ['lead1', steps.appoint('sme1', 'sme')],
      ['responder1', steps.callIn('sme1')],
      ['responder1', steps.consult('sme1')],
      ['responder1', steps.kind('inquiry')],
    ] as const) {
      expect([step.verb, walk.refusal(who, step).refused]).toEqual([step.verb, 'wrong-stage']);
    }
  });
});

describe('reopening a closed incident', () => {
  test('is the Executive Sponsor’s alone', () => {
    const walk = incidentAt('closed');
    for (const username of ['responder1', 'lead1', 'legal1', 'counsel1', 'admin1']) {
      expect(walk.refusal(username, steps.reopen()).refused).toBe('not-yours');
    }
    expect(walk.take(holderOf('executive'), steps.reopen()).incident.stage).toBe('review');
  });

  test('leads to the review, from where it is closed again', () => {
    const walk = incidentAt('closed').take('sponsor1', steps.reopen());
    expect(walk.incident).toMatchObject({ stage: 'review', endedAt: null, stageBeforeEnd: null });
    expect(walk.take('sponsor1', steps.close()).incident.stage).toBe('closed');
  });

  test('leads to the response when rows are to be done again', () => {
    const walk = incidentAt('closed')
      .wait(DAY)
      .take('sponsor1', steps.reopen('act-on-plan', 'after-action-review'));
    expect(walk.incident.stage).toBe('response');
    expect(walk.action('act-on-plan')).toMatchObject({
      state: 'due',
      dueAt: walk.now + 3 * DAY,
      parts: [],
      earlierParts: [{ textId: 'text-act-on-plan' }],
    });
    expect(walk.refusal('sponsor1', steps.close()).refused).toBe('wrong-stage');
    walk.complete('act-on-plan');
    expect(walk.incident.stage).toBe('review');
    expect(walk.refusal('sponsor1', steps.close()).refused).toBe('predecessor-missing');
    expect(walk.complete('after-action-review').take('sponsor1', steps.close()).incident.stage).toBe(
      'closed',
    );
  });

  test('asks again only for rows that apply and were done', () => {
    const walk = incidentAt('closed');
    expect(walk.refusal('sponsor1', steps.reopen('initial-assessment')).refused).toBe('invalid');
    expect(incidentAt('handed-off').refusal('responder1', steps.reopen('convene-csirt')).refused).toBe(
      'invalid',
    );
  });

  test('of a handed-off one is the CSIRT’s, and may ask for rows again', () => {
    const walk = incidentAt('handed-off').take('responder1', steps.reopen('engage-legal'));
    expect(walk.incident.stage).toBe('triage');
    expect(walk.action('engage-legal').state).toBe('due');
    expect(walk.action('insurance-notice').state).toBe('pending');
    expect(walk.refusal('lead1', steps.handOff('normal')).refused).toBe('predecessor-missing');
  });
});

function ready(): Walk {
  return incidentAt('review').complete('after-action-review').take('responder1', steps.reply('phone'));
}
