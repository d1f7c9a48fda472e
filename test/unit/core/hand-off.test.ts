import { describe, expect, test } from 'vitest';
import { DAY, HOUR, incidentAt, normalIncident, steps } from '../../support/incidents.ts';

describe('a Normal incident', () => {
  test('is handed off by the lead after rows 1, 2, 3 and 7', () => {
    const walk = incidentAt('handed-off');
    expect(walk.incident).toMatchObject({ stage: 'handed-off', stageBeforeEnd: 'triage', endedAt: walk.now });
  });

  test.each([
    ['engage-legal', ['protected-information', 'deliver-assessment']],
    ['protected-information', ['engage-legal', 'deliver-assessment']],
    ['deliver-assessment', ['engage-legal', 'protected-information']],
  ] as const)('is not handed off without row %s', (missing, rows) => {
    const walk = rows.reduce(
      (current, key) => current.complete(key),
      normalIncident().take('responder1', steps.reply('phone')),
    );
    const { refused, detail } = walk.refusal('lead1', steps.handOff('normal'));
    expect(refused).toBe('predecessor-missing');
    expect(detail).toContain(missing);
    expect(walk.complete(missing).take('lead1', steps.handOff('normal')).incident.stage).toBe('handed-off');
  });

  test('may have row 7 waived', () => {
    const walk = normalIncident()
      .take('responder1', steps.reply('phone'))
      .complete('engage-legal')
      .complete('protected-information')
      .take('lead1', steps.waive('deliver-assessment'))
      .take('lead1', steps.handOff('normal'));
    expect(walk.incident.stage).toBe('handed-off');
  });

  test.each(['sponsor1', 'responder1', 'legal1', 'counsel1'])('is not handed off by %s', (username) => {
    const walk = normalIncident().take('responder1', steps.reply('phone'));
    expect(walk.refusal(username, steps.handOff('normal')).refused).toBe('not-yours');
  });

  test('is not handed off on another basis', () => {
    const walk = normalIncident().take('responder1', steps.reply('phone'));
    for (const basis of ['out-of-scope', 'not-an-incident', 'demoted', 'law-enforcement'] as const) {
      expect(walk.refusal('lead1', steps.handOff(basis)).refused).toBe('not-now');
    }
  });

  test('is not handed off while a reply is owed', () => {
    const walk = normalIncident()
      .complete('engage-legal')
      .complete('protected-information')
      .complete('deliver-assessment');
    const { refused, detail } = walk.refusal('lead1', steps.handOff('normal'));
    expect(refused).toBe('reply-owed');
    expect(detail).toContain('report-1');
  });

  test('is not handed off while the mail is on its way', () => {
    const walk = normalIncident()
      .complete('engage-legal')
      .complete('protected-information')
      .complete('deliver-assessment')
      .take('responder1', steps.reply('mail'));
    expect(walk.refusal('lead1', steps.handOff('normal')).refused).toBe('reply-owed');
    walk.hear(walk.effect('reply'), 'accepted').take('lead1', steps.handOff('normal'));
    expect(walk.incident.stage).toBe('handed-off');
  });
});

describe('the insurance notice of a handed-off incident', () => {
  test('stays with Legal as a duty, its clock running', () => {
    const walk = incidentAt('handed-off');
    expect(walk.action('insurance-notice').state).toBe('due');
    expect(walk.clock('action:insurance-notice')).toMatchObject({ state: 'running', stoppedAt: null });
  });

  test('is told to Legal with the hand-off, where it is still open', () => {
    expect(incidentAt('handed-off').effect('notify')).toMatchObject({
      notice: 'handed-off',
      clock: 'action:insurance-notice',
      to: { role: 'legal' },
    });
    const settled = incidentAt('handed-off').complete('insurance-notice').take('responder1', steps.reopen());
    const again = settled.during(() => settled.take('lead1', steps.handOff('normal')));
    expect(again.map(({ type }) => type)).toEqual(['handed-off']);
    expect(settled.effects('notify')).toHaveLength(1);
  });

  test('is done by Legal after the end', () => {
    const walk = incidentAt('handed-off').wait(HOUR).complete('insurance-notice');
    expect(walk.action('insurance-notice').state).toBe('done');
    expect(walk.clock('action:insurance-notice').state).toBe('met');
    expect(walk.incident.stage).toBe('handed-off');
    expect(walk.take('legal1', steps.correct('insurance-notice')).incident.stage).toBe('handed-off');
  });

  test('is waived by the Executive Sponsor after the end', () => {
    const walk = incidentAt('handed-off').take('sponsor1', steps.waive('insurance-notice'));
    expect(walk.action('insurance-notice').state).toBe('waived');
  });

  test('reminds, pages and tells the sponsor when Legal is late', () => {
    const walk = incidentAt('handed-off').wait(3 * DAY);
    expect(walk.effects('notify').map(({ notice, to }) => [notice, to])).toEqual([
      ['handed-off', { role: 'legal' }],
      ['reminder', { role: 'legal' }],
      ['sponsor-told', { role: 'executive' }],
    ]);
    expect(walk.page('action-overdue')).toMatchObject({
      state: 'ringing',
      target: { role: 'legal', then: 'handling' },
    });
    expect(walk.complete('insurance-notice').page('action-overdue').state).toBe('cancelled');
  });

  test('is the only row that goes on', () => {
    const walk = incidentAt('handed-off');
    expect(walk.refusal('lead1', steps.correct('engage-legal')).refused).toBe('wrong-stage');
    expect(walk.refusal('lead1', steps.waive('deliver-assessment')).refused).toBe('wrong-stage');
    expect(
      walk.incident.clocks.filter(({ stoppedAt }) => stoppedAt === null).map(({ name }) => name),
    ).toEqual(['action:insurance-notice']);
  });
});

describe('an incident that was demoted', () => {
  const demoted = () =>
    incidentAt('response')
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.reassessInConference('normal'));

  test('is handed off by the lead as demoted', () => {
    const walk = demoted().take('lead1', steps.handOff('demoted'));
    expect(walk.incident).toMatchObject({ stage: 'handed-off', stageBeforeEnd: 'response' });
    expect(walk.clock('action:protected-information')).toMatchObject({
      state: 'excused',
      reason: 'handed-off',
    });
  });

  test('is not handed off as an ordinary Normal one, and not dismissed', () => {
    expect(demoted().refusal('lead1', steps.handOff('normal')).refused).toBe('wrong-stage');
    expect(demoted().refusal('responder1', steps.dismiss()).refused).toBe('wrong-stage');
  });

  test('is not handed off by the sponsor', () => {
    expect(demoted().refusal('sponsor1', steps.handOff('demoted')).refused).toBe('not-yours');
  });

  test('and raised again is not handed off', () => {
    const walk = demoted().take('lead1', steps.reassess('escalation'));
    expect(walk.refusal('lead1', steps.handOff('demoted')).refused).toBe('not-now');
  });

  test('is one after a conference: an Escalation is not handed off', () => {
    const walk = incidentAt('response').take('responder1', steps.reply('phone'));
    for (const basis of ['demoted', 'out-of-scope', 'not-an-incident'] as const) {
      expect(walk.refusal('lead1', steps.handOff(basis)).refused).toBe('not-now');
    }
  });
});

describe.each(['out-of-scope', 'not-an-incident'] as const)('what is %s', (basis) => {
  test('is handed off by the lead, no row asked for', () => {
    const walk = incidentAt('triage')
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.assess(basis))
      .take('lead1', steps.handOff(basis));
    expect(walk.incident.stage).toBe('handed-off');
    expect(walk.incident.clocks.filter(({ stoppedAt }) => stoppedAt === null)).toEqual([]);
  });

  test('is handed off on this basis alone', () => {
    const other = basis === 'out-of-scope' ? 'not-an-incident' : 'out-of-scope';
    const walk = incidentAt('triage')
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.assess(basis));
    expect(walk.refusal('lead1', steps.handOff(other)).refused).toBe('not-now');
    expect(walk.refusal('lead1', steps.handOff('normal')).refused).toBe('not-now');
  });

  test('found in a conference during the response, it is handed off from there', () => {
    const walk = incidentAt('response')
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.reassessInConference(basis))
      .take('lead1', steps.handOff(basis));
    expect(walk.incident).toMatchObject({ stage: 'handed-off', stageBeforeEnd: 'response' });
  });

  test('is not handed off while a reply is owed', () => {
    const walk = incidentAt('triage').take('lead1', steps.assess(basis));
    expect(walk.refusal('lead1', steps.handOff(basis)).refused).toBe('reply-owed');
  });
});

describe('a hand-off', () => {
  test.each(['received', 'review', 'closed', 'merged', 'dismissed'] as const)(
    'is not for one that is %s',
    (stage) => {
      const { refused } = incidentAt(stage).refusal('lead1', steps.handOff('out-of-scope'));
      expect(['wrong-stage', 'not-yours']).toContain(refused);
    },
  );

  test('excuses the clocks that run, with the stage as reason', () => {
    const walk = incidentAt('triage', { report: { kind: 'suspension-request' } })
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.assess('out-of-scope'))
      .take('lead1', steps.handOff('out-of-scope'));
    expect(walk.clock('verification')).toMatchObject({ state: 'excused', reason: 'handed-off', by: 'lead1' });
  });

  test('leaves what was breached breached', () => {
    const walk = incidentAt('response')
      .wait(3 * HOUR)
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.reassessInConference('normal'))
      .take('lead1', steps.handOff('demoted'));
    expect(walk.clock('action:engage-legal')).toMatchObject({
      state: 'breached',
      stoppedAt: walk.now,
      reason: 'handed-off',
    });
  });

  test('can be taken back by the CSIRT, and its rows run on', () => {
    const walk = incidentAt('response')
      .take('responder1', steps.reply('phone'))
      .take('lead1', steps.reassessInConference('normal'))
      .take('lead1', steps.handOff('demoted'))
      .wait(HOUR)
      .take('responder1', steps.reopen());
    expect(walk.incident).toMatchObject({ stage: 'response', endedAt: null, stageBeforeEnd: null });
    expect(walk.clock('action:protected-information')).toMatchObject({ state: 'running', stoppedAt: null });
    expect(walk.take('lead1', steps.handOff('demoted')).incident.stage).toBe('handed-off');
  });
});
