import { describe, expect, test } from 'vitest';
import type { ActionKey } from '../../../src/domain/vocabulary.ts';
import { HOUR, inConference, incidentAt, normalIncident, steps } from '../../support/incidents.ts';

describe('a re-assessment upwards', () => {
  test('needs no conference', () => {
    const walk = normalIncident().take('lead1', steps.reassess('escalation'));
    expect(walk.incident).toMatchObject({ stage: 'response', criticality: 'escalation' });
    expect(walk.take('lead1', steps.reassess('emergency')).incident.criticality).toBe('emergency');
  });

  test('makes rows due that did not apply', () => {
    const walk = normalIncident();
    expect(walk.action('convene-csirt').state).toBe('not-applicable');
    walk.take('lead1', steps.reassess('escalation'));
    expect(walk.action('convene-csirt').state).toBe('due');
    expect(walk.action('external-help').state).toBe('pending');
  });

  test('leaves done rows done, even one that only a Normal incident may answer with unknown', () => {
    const walk = normalIncident()
      .complete('engage-legal')
      .take(
        'lead1',
        steps.complete('protected-information', { facts: { identity: 'unknown', health: 'no' } }),
      )
      .take('lead1', steps.reassess('escalation'));
    expect(walk.action('engage-legal').state).toBe('done');
    expect(walk.action('protected-information').state).toBe('done');
  });

  test('brings in scope what was out of it', () => {
    const walk = incidentAt('triage')
      .take('lead1', steps.assess('out-of-scope'))
      .take('lead1', steps.reassess('normal'));
    expect(walk.incident).toMatchObject({ inScope: true, criticality: 'normal', stage: 'triage' });
    expect(walk.action('engage-legal').state).toBe('due');
  });

  test('may be the Executive Sponsor’s, who alone deems an Emergency', () => {
    const deemed = steps.reassess('emergency', { criteria: ['deemed-by-sponsor'] });
    const walk = incidentAt('response');
    expect(walk.refusal('lead1', deemed).refused).toBe('not-yours');
    expect(walk.take('sponsor1', deemed).incident.criticality).toBe('emergency');
  });

  test.each(['responder1', 'legal1', 'counsel1'])('is not for %s', (username) => {
    expect(incidentAt('response').refusal(username, steps.reassess('emergency')).refused).toBe('not-yours');
  });

  test('is held to the same criteria as the first assessment', () => {
    const walk = incidentAt('response');
    expect(walk.refusal('lead1', steps.reassess('emergency', { criteria: [] })).refused).toBe(
      'criteria-missing',
    );
  });
});

describe('a re-assessment', () => {
  test('says from which criticality it comes', () => {
    const walk = normalIncident()
      .take('lead1', steps.reassess('emergency'))
      .take('lead1', steps.reassessInConference('escalation'))
      .take('lead1', steps.reassessInConference('out-of-scope'))
      .take('lead1', steps.reassess('normal'));
    expect(
      walk.of('reassessed').map(({ criticalityBefore, criticality }) => [criticalityBefore, criticality]),
    ).toEqual([
      ['normal', 'emergency'],
      ['emergency', 'escalation'],
      ['escalation', null],
      [null, 'normal'],
    ]);
  });
});

describe('a re-assessment downwards', () => {
  test.each(['normal', 'out-of-scope', 'not-an-incident'] as const)(
    'to %s is made in conference only',
    (judgement) => {
      const walk = incidentAt('response');
      expect(walk.refusal('lead1', steps.reassess(judgement))).toMatchObject({
        refused: 'conference-required',
        pointer: '/conference',
      });
      walk.take('lead1', steps.reassessInConference(judgement));
      expect(walk.incident).toMatchObject({ stage: 'response', isDemoted: true });
    },
  );

  test('from Emergency to Escalation is made in conference, and the response goes on', () => {
    const walk = incidentAt('response', { criticality: 'emergency' });
    expect(walk.refusal('lead1', steps.reassess('escalation')).refused).toBe('conference-required');
    walk.take('lead1', steps.reassessInConference('escalation'));
    expect(walk.incident).toMatchObject({ stage: 'response', criticality: 'escalation', isDemoted: false });
    expect(walk.action('contact-executive').state).toBe('due');
  });

  test.each(['out-of-scope', 'not-an-incident'] as const)(
    'of a Normal incident to %s needs a conference',
    (judgement) => {
      expect(normalIncident().refusal('lead1', steps.reassess(judgement)).refused).toBe(
        'conference-required',
      );
      expect(normalIncident().take('lead1', steps.reassessInConference(judgement)).incident.stage).toBe(
        'triage',
      );
    },
  );

  test('that finds no incident what was out of scope needs a conference', () => {
    const walk = incidentAt('triage').take('lead1', steps.assess('out-of-scope'));
    expect(walk.refusal('lead1', steps.reassess('not-an-incident')).refused).toBe('conference-required');
  });

  test('that finds out of scope, too, what was no incident needs a conference', () => {
    const walk = incidentAt('triage').take('lead1', steps.assess('not-an-incident'));
    const both = steps.reassess('not-an-incident', { dependsOnChangeManagement: false });
    expect(walk.refusal('lead1', both).refused).toBe('conference-required');
    expect(walk.take('lead1', steps.reassess('not-an-incident', { tlp: 'RED' })).incident.tlp).toBe('RED');
  });

  test('makes open rows not applicable, and leaves done and waived ones', () => {
    const walk = inConference(incidentAt('response'))
      .complete('initial-remediation')
      .take('lead1', steps.waive('agree-plan'))
      .take('lead1', steps.reassessInConference('normal'));
    const states = Object.fromEntries(walk.incident.actions.map(({ key, state }) => [key, state]));
    expect(states).toMatchObject({
      'contact-executive': 'done',
      reassess: 'done',
      'external-help': 'not-applicable',
      'initial-remediation': 'done',
      'agree-plan': 'waived',
      'after-action-review': 'not-applicable',
    });
    expect(walk.clock('action:external-help')).toMatchObject({ state: 'excused', reason: 'not-applicable' });
  });

  test('and up again makes them due again, with their time anew', () => {
    const walk = inConference(incidentAt('response'))
      .take('lead1', steps.reassessInConference('normal'))
      .wait(HOUR)
      .take('lead1', steps.reassess('escalation'));
    expect(walk.action('external-help')).toMatchObject({ state: 'due', dueAt: walk.now + 4 * HOUR });
    expect(walk.clock('action:external-help')).toMatchObject({ state: 'running', startedAt: walk.now });
    expect(walk.incident.isDemoted).toBe(false);
  });

  test('in the review leads back into the response, to be handed off', () => {
    const walk = incidentAt('review').take('lead1', steps.reassessInConference('normal'));
    expect(walk.incident).toMatchObject({ stage: 'response', isDemoted: true });
  });
});

describe('row 8', () => {
  test('is done by a re-assessment in conference after rows 6 and 7', () => {
    const walk = inConference(incidentAt('response'));
    expect(walk.action('reassess')).toMatchObject({ state: 'done', parts: [{ by: 'lead1' }] });
    expect(walk.clock('action:reassess').state).toBe('met');
    expect(walk.action('external-help').state).toBe('due');
  });

  test('may be the Executive Sponsor’s', () => {
    const walk = incidentAt('response').complete('convene-csirt').complete('deliver-assessment');
    walk.take('sponsor1', steps.reassessInConference('escalation'));
    expect(walk.action('reassess')).toMatchObject({ state: 'done', parts: [{ by: 'sponsor1' }] });
  });

  test('is not done without a conference', () => {
    const walk = incidentAt('response').complete('convene-csirt').complete('deliver-assessment');
    walk.take('lead1', steps.reassess('escalation'));
    expect(walk.action('reassess').state).toBe('due');
  });

  test('is not done before rows 6 and 7', () => {
    const walk = incidentAt('response').take('lead1', steps.reassessInConference('escalation'));
    expect(walk.action('reassess').state).toBe('pending');
    walk.complete('convene-csirt').take('lead1', steps.reassessInConference('escalation'));
    expect(walk.action('reassess').state).toBe('pending');
  });

  test('is done by the conference that demotes, and no row after it falls due for a moment', () => {
    const walk = incidentAt('response').complete('convene-csirt').complete('deliver-assessment');
    walk.take('lead1', steps.reassessInConference('normal'));
    expect(walk.action('reassess').state).toBe('done');
    expect(walk.incident.clocks.map(({ name }) => name)).not.toContain('action:external-help');
  });

  test('is not done by the conference that raises a Normal incident', () => {
    const walk = normalIncident().take('lead1', steps.reassessInConference('escalation'));
    expect(walk.action('reassess').state).toBe('pending');
  });
});

describe('rows to be done again', () => {
  test('are due again, their earlier outcomes kept', () => {
    const walk = inConference(incidentAt('response'))
      .complete('initial-remediation')
      .wait(HOUR)
      .take('lead1', steps.reassess('escalation', { again: ['initial-remediation'] }));
    expect(walk.action('initial-remediation')).toMatchObject({
      state: 'due',
      dueAt: walk.now + 4 * HOUR,
      parts: [],
      earlierParts: [{ textId: 'text-initial-remediation' }],
    });
    expect(walk.clock('action:initial-remediation')).toMatchObject({ state: 'running', startedAt: walk.now });
    expect(walk.complete('initial-remediation').action('initial-remediation')).toMatchObject({
      state: 'done',
      parts: [{ textId: 'text-initial-remediation' }],
      earlierParts: [{ textId: 'text-initial-remediation' }],
    });
  });

  test('hold up those after them that are not done yet', () => {
    const walk = inConference(incidentAt('response')).complete('initial-remediation');
    expect(walk.action('agree-plan').state).toBe('due');
    walk.take('lead1', steps.reassess('escalation', { again: ['initial-remediation'] }));
    expect(walk.action('agree-plan').state).toBe('pending');
    expect(walk.clock('action:agree-plan')).toMatchObject({ state: 'excused', reason: 'pending' });
    expect(walk.complete('initial-remediation').action('agree-plan').state).toBe('due');
  });

  test('may be waived ones, and lead out of the review back into the response', () => {
    const walk = inConference(incidentAt('response'), 'escalation', [
      'external-help',
      'initial-remediation',
      'involve-others',
      'agree-plan',
      'engage-actors',
      'act-on-plan',
      'post-action-report',
      'further-measures',
    ])
      .take('lead1', steps.waive('act-on-next-steps'))
      .take('sponsor1', steps.waive('act-on-next-steps'));
    expect(walk.incident.stage).toBe('review');
    walk.take('sponsor1', steps.reassess('escalation', { again: ['act-on-next-steps'] }));
    expect(walk.incident.stage).toBe('response');
    expect(walk.action('act-on-next-steps')).toMatchObject({ state: 'due', reasonTextId: null });
  });

  test('may be row 8: another conference is held', () => {
    const walk = inConference(incidentAt('response'));
    walk.take('lead1', steps.reassess('escalation', { again: ['reassess'] }));
    expect(walk.action('reassess').state).toBe('due');
    walk.take('lead1', steps.reassessInConference('escalation'));
    expect(walk.action('reassess').state).toBe('done');
  });

  test('are rows that were done or waived, and apply', () => {
    const walk = inConference(incidentAt('response'));
    const refused = (again: ActionKey) =>
      walk.refusal('lead1', steps.reassess('escalation', { again: [again] }));
    expect(refused('agree-plan')).toMatchObject({ refused: 'invalid', pointer: '/again' });
    expect(refused('external-help').refused).toBe('invalid');
    expect(refused('initial-assessment').refused).toBe('invalid');
    const demoting = steps.reassessInConference('normal', { again: ['convene-csirt'] });
    expect(walk.refusal('lead1', demoting).refused).toBe('invalid');
  });
});
