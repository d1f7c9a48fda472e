import { describe, expect, test } from 'vitest';
import type { Criterion, SeverityFactor } from '../../../src/domain/vocabulary.ts';
import { incidentAt, normalIncident, steps, type Walk } from '../../support/incidents.ts';

const FACTORS: Readonly<Record<SeverityFactor, string>> = {
  vulnerabilityType: 'remote-code-execution',
  exploitability: 'network',
  disclosure: 'public',
  exposure: 'internet',
  exploitation: 'active',
  publicity: 'possible',
  dataAtRisk: 'trust-material',
};

describe('the initial assessment', () => {
  test('is row 1, done by the lead', () => {
    const walk = incidentAt('response');
    expect(walk.action('initial-assessment')).toMatchObject({
      state: 'done',
      parts: [{ part: 'lead', by: 'lead1', textId: 'text-escalation' }],
    });
  });

  test('may be the Executive Sponsor’s', () => {
    expect(incidentAt('triage').take('sponsor1', steps.assess('emergency')).incident.stage).toBe('response');
  });

  test.each(['responder1', 'legal1', 'counsel1', 'auditor1'])('is not for %s', (username) => {
    expect(incidentAt('triage').refusal(username, steps.assess('normal')).refused).toBe('not-yours');
  });

  test('waits until somebody is lead', () => {
    expect(incidentAt('received').refusal('sponsor1', steps.assess('normal')).refused).toBe('wrong-stage');
  });

  test('is made once', () => {
    expect(normalIncident().refusal('lead1', steps.assess('escalation')).refused).toBe('already-done');
    expect(incidentAt('response').refusal('lead1', steps.assess('escalation')).refused).toBe('wrong-stage');
  });

  test('of a Normal incident leaves it in triage', () => {
    expect(normalIncident().incident).toMatchObject({
      stage: 'triage',
      isIncident: true,
      inScope: true,
      nature: 'compromising-use',
      criticality: 'normal',
      criteria: [],
      tlp: 'AMBER',
      summaryTextId: 'text-normal',
    });
  });

  test.each(['escalation', 'emergency'] as const)('of an %s brings it into response', (criticality) => {
    expect(incidentAt('response', { criticality }).incident).toMatchObject({
      stage: 'response',
      criticality,
    });
  });

  test('finds it out of scope when mitigation depends on no change management', () => {
    const walk = triaged(steps.assess('out-of-scope'));
    expect(walk.incident).toMatchObject({ stage: 'triage', inScope: false, criticality: null });
  });

  test('finds it out of scope when it meets no criterion of scope', () => {
    expect(
      triaged(steps.assess('out-of-scope', { dependsOnChangeManagement: true, scopeCriteria: [] })),
    ).toMatchObject({ incident: { inScope: false } });
  });

  test('records the severity that its factors add up to, and keeps it where none are given', () => {
    const walk = triaged(steps.assess('normal', { severityFactors: FACTORS }));
    expect(walk.incident.severity).toMatchObject({ level: 'critical', factors: FACTORS });
    expect(walk.take('lead1', steps.reassess('normal')).incident.severity?.level).toBe('critical');
  });

  test('takes no factor that the policy does not list', () => {
    const factors = { ...FACTORS, exploitation: 'perhaps' };
    expect(refused(steps.assess('normal', { severityFactors: factors }))).toMatchObject({
      refused: 'invalid',
      pointer: '/severityFactors/exploitation',
    });
  });
});

describe('an assessment that contradicts itself', () => {
  test('an incident in scope has a nature', () => {
    expect(refused(steps.assess('normal', { nature: null }))).toMatchObject({
      refused: 'invalid',
      pointer: '/nature',
    });
  });

  test('what is out of scope need not have one', () => {
    expect(triaged(steps.assess('out-of-scope', { nature: null })).incident.inScope).toBe(false);
  });

  test('what is no incident has no nature', () => {
    expect(refused(steps.assess('not-an-incident', { nature: 'neglect' }))).toMatchObject({
      refused: 'invalid',
      pointer: '/nature',
    });
  });

  test('an incident in scope has a criticality', () => {
    expect(refused(steps.assess('normal', { criticality: null }))).toMatchObject({
      refused: 'invalid',
      pointer: '/criticality',
    });
  });

  test.each(['out-of-scope', 'not-an-incident'] as const)(
    'what is %s has neither criticality nor criteria',
    (judgement) => {
      expect(refused(steps.assess(judgement, { criticality: 'normal' })).refused).toBe('invalid');
      expect(refused(steps.assess(judgement, { criteria: ['production-systems'] })).refused).toBe('invalid');
    },
  );

  test('a Normal incident meets no criterion', () => {
    expect(refused(steps.assess('normal', { criteria: ['production-systems'] }))).toMatchObject({
      refused: 'invalid',
      pointer: '/criteria',
    });
  });

  test('an Escalation meets one of its own', () => {
    expect(refused(steps.assess('escalation', { criteria: [] }))).toMatchObject({
      refused: 'criteria-missing',
      pointer: '/criteria',
    });
  });

  test('an Escalation meets none of an Emergency', () => {
    const criteria: readonly Criterion[] = ['production-systems', 'health-and-safety'];
    expect(refused(steps.assess('escalation', { criteria })).refused).toBe('invalid');
  });

  test('an Emergency meets one of its own', () => {
    expect(refused(steps.assess('emergency', { criteria: [] })).refused).toBe('criteria-missing');
    expect(refused(steps.assess('emergency', { criteria: ['change-control-needed'] })).refused).toBe(
      'criteria-missing',
    );
  });

  test('an Emergency may meet those of an Escalation as well', () => {
    const criteria: readonly Criterion[] = ['production-systems', 'critical-trust-controls'];
    expect(triaged(steps.assess('emergency', { criteria })).incident.criteria).toEqual(criteria);
  });

  test('is refused without a trace', () => {
    const walk = incidentAt('triage');
    const { incident } = walk;
    walk.refusal('lead1', steps.assess('escalation', { criteria: [] }));
    expect(walk.incident).toBe(incident);
  });
});

describe('deemed by the sponsor', () => {
  const deemed = steps.assess('emergency', { criteria: ['deemed-by-sponsor'] });

  test('makes an Emergency when the Executive Sponsor says so', () => {
    expect(incidentAt('triage').take('sponsor1', deemed).incident.criticality).toBe('emergency');
  });

  test('is not the lead’s to say, not even beside another criterion', () => {
    expect(refused(deemed)).toMatchObject({ refused: 'not-yours', pointer: '/criteria' });
    const both = steps.assess('emergency', { criteria: ['health-and-safety', 'deemed-by-sponsor'] });
    expect(refused(both).refused).toBe('not-yours');
  });

  test('by policy is the lead’s to say', () => {
    expect(triaged(steps.assess('emergency', { criteria: ['deemed-by-policy'] })).incident.stage).toBe(
      'response',
    );
  });
});

describe('before an assessment', () => {
  test('no row is due, and none can be done or waived', () => {
    const walk = incidentAt('triage');
    expect(new Set(walk.incident.actions.map(({ state }) => state))).toEqual(new Set(['pending']));
    expect(walk.refusal('lead1', steps.complete('engage-legal')).refused).toBe('predecessor-missing');
    expect(walk.refusal('lead1', steps.waive('convene-csirt')).refused).toBe('predecessor-missing');
  });

  test('no row can be done while nobody is lead', () => {
    expect(incidentAt('received').refusal('lead1', steps.complete('engage-legal'))).toMatchObject({
      refused: 'not-yours',
      detail: 'Row engage-legal is for lead; nobody leads here yet.',
    });
  });

  test('nothing is re-assessed and nothing handed off', () => {
    const walk = incidentAt('triage');
    expect(walk.refusal('lead1', steps.reassess('normal')).refused).toBe('predecessor-missing');
    expect(walk.refusal('lead1', steps.handOff('out-of-scope')).refused).toBe('predecessor-missing');
  });
});

describe('what has no criticality', () => {
  test.each(['out-of-scope', 'not-an-incident'] as const)('(%s) has no row that applies', (judgement) => {
    const walk = triaged(steps.assess(judgement));
    expect(new Set(walk.incident.actions.map(({ state }) => state))).toEqual(new Set(['not-applicable']));
    expect(walk.refusal('lead1', steps.complete('engage-legal')).refused).toBe('predecessor-missing');
  });

  test('keeps what was said in row 1 for when it turns out to have one', () => {
    const walk = triaged(steps.assess('out-of-scope')).take('lead1', steps.reassess('escalation'));
    expect(walk.action('initial-assessment')).toMatchObject({
      state: 'done',
      parts: [{ textId: 'text-out-of-scope' }],
    });
    expect(walk.action('engage-legal').state).toBe('due');
  });
});

function triaged(step: ReturnType<typeof steps.assess>): Walk {
  return incidentAt('triage').take('lead1', step);
}

function refused(step: ReturnType<typeof steps.assess>) {
  return incidentAt('triage').refusal('lead1', step);
}
