import { describe, expect, test } from 'vitest';
import type { Step } from '../../../src/domain/commands.ts';
import type { OutcomeFacts } from '../../../src/domain/incident.ts';
import { ACTION_KEYS, type ActionKey, type Part } from '../../../src/domain/vocabulary.ts';
import {
  DAY,
  HOUR,
  inConference,
  incidentAt,
  normalIncident,
  rules,
  steps,
  Walk,
} from '../../support/incidents.ts';

/** The matrix of the framework as the requirements have it: number, key, parts, after, and for which criticality. */
const MATRIX: readonly (readonly [ActionKey, readonly Part[], readonly ActionKey[], string])[] = [
  ['initial-assessment', ['lead'], [], 'NEM'],
  ['engage-legal', ['lead'], ['initial-assessment'], 'NEM'],
  ['protected-information', ['lead'], ['initial-assessment'], 'NEM'],
  ['insurance-notice', ['legal'], ['engage-legal'], 'NEM'],
  ['contact-executive', ['lead'], ['initial-assessment'], 'EM'],
  ['convene-csirt', ['lead'], ['initial-assessment'], 'EM'],
  ['deliver-assessment', ['lead'], ['initial-assessment'], 'NEM'],
  ['reassess', ['lead'], ['convene-csirt', 'deliver-assessment'], 'EM'],
  ['external-help', ['lead', 'executive'], ['reassess'], 'EM'],
  ['initial-remediation', ['lead'], ['reassess'], 'EM'],
  ['involve-others', ['executive'], ['reassess'], 'EM'],
  ['agree-plan', ['csirt'], ['initial-remediation'], 'EM'],
  ['engage-actors', ['csirt'], ['agree-plan'], 'EM'],
  ['act-on-plan', ['csirt'], ['engage-actors'], 'EM'],
  ['post-action-report', ['csirt'], ['act-on-plan'], 'EM'],
  ['further-measures', ['csirt', 'executive'], ['post-action-report'], 'EM'],
  ['act-on-next-steps', ['csirt', 'executive'], ['further-measures'], 'EM'],
  ['after-action-review', ['lead'], ['act-on-next-steps'], 'EM'],
];
const UNWAIVABLE: readonly ActionKey[] = [
  'initial-assessment',
  'engage-legal',
  'protected-information',
  'reassess',
  'after-action-review',
];
const BY_STEP_OF_ITS_OWN: readonly ActionKey[] = ['initial-assessment', 'reassess'];

/** Who of the stand may say a part, where lead1 is the lead and sme1 is on the team. */
const MAY_SAY: Readonly<Record<Part, readonly string[]>> = {
  lead: ['lead1'],
  legal: ['legal1'],
  executive: ['sponsor1'],
  csirt: ['responder1', 'responder2', 'lead1', 'sponsor1', 'comms1', 'renisac1', 'sme1'],
};
const PEOPLE = [
  ...new Set(Object.values(MAY_SAY).flat()),
  'counsel1',
  'ops1',
  'owner1',
  'auditor1',
  'admin1',
];

describe('the shipped matrix', () => {
  test('is the framework’s, row by row', () => {
    const shipped = rules().actions.map(({ key, parts, after, applies }) => [
      key,
      parts,
      after,
      (['normal', 'escalation', 'emergency'] as const)
        .map((criticality, index) => (applies.includes(criticality) ? 'NEM'[index] : ''))
        .join(''),
    ]);
    expect(shipped).toEqual(MATRIX);
  });

  test('lets 1, 2, 3, 8 and 18 not be waived', () => {
    expect(
      rules()
        .actions.filter(({ isWaivable }) => !isWaivable)
        .map(({ key }) => key),
    ).toEqual(UNWAIVABLE);
  });
});

describe.each(MATRIX.filter(([key]) => !BY_STEP_OF_ITS_OWN.includes(key)))('row %s', (key, parts, after) => {
  test('falls due when those before it are behind, and not earlier', () => {
    const walk = before(key);
    const rule = rules().actions.find((row) => row.key === key);
    expect(walk.action(key)).toMatchObject({ state: 'due', dueAt: walk.now + (rule?.withinMs ?? 0) });
    expect(walk.clock(`action:${key}`)).toMatchObject({ state: 'running', startedAt: walk.now });
    const [last = 'initial-assessment'] = after;
    const earlier = last === 'initial-assessment' ? incidentAt('triage') : before(last);
    expect(earlier.action(key)).toMatchObject({ state: 'pending', dueAt: null });
    const [part = 'lead'] = parts;
    expect(earlier.refusal(MAY_SAY[part][0] ?? '', said(key, part)).refused).toBe('predecessor-missing');
  });

  test('is said by those whose it is, each part once', () => {
    const walk = before(key);
    for (const part of parts) {
      const others = PEOPLE.filter((person) => !MAY_SAY[part].includes(person));
      for (const person of others) {
        expect([person, walk.refusal(person, said(key, part)).refused]).toEqual([person, 'not-yours']);
      }
      walk.take(MAY_SAY[part].at(-1) ?? '', said(key, part));
      const isLast = part === parts.at(-1);
      expect(walk.action(key).state).toBe(isLast ? 'done' : 'due');
      if (!isLast) expect(walk.refusal(MAY_SAY[part][0] ?? '', said(key, part)).refused).toBe('already-done');
    }
    expect(walk.clock(`action:${key}`)).toMatchObject({ state: 'met', stoppedAt: walk.now });
    expect(walk.action(key).parts.map(({ part, textId, isWaived }) => ({ part, textId, isWaived }))).toEqual(
      parts.map((part) => ({ part, textId: `text-${key}`, isWaived: false })),
    );
    const [part = 'lead'] = parts;
    expect(walk.refusal(MAY_SAY[part][0] ?? '', said(key, part)).refused).toBe('already-done');
  });

  test('takes no part that it has not', () => {
    const wrong = (['lead', 'legal', 'executive', 'csirt'] as const).find((part) => !parts.includes(part));
    const [part = 'lead'] = parts;
    const walk = before(key);
    expect(walk.refusal(MAY_SAY[part][0] ?? '', said(key, wrong ?? null))).toMatchObject({
      refused: 'invalid',
      pointer: '/part',
    });
    expect(walk.refusal('auditor1', said(key, wrong ?? null)).refused).toBe('not-yours');
  });

  test('is waived by those whose waiver it is, or by nobody', () => {
    const walk = before(key);
    if (UNWAIVABLE.includes(key)) {
      expect(walk.refusal('lead1', steps.waive(key)).refused).toBe('not-waivable');
      expect(walk.refusal('sponsor1', steps.waive(key)).refused).toBe('not-waivable');
      return;
    }
    for (const part of parts) {
      const isLeads = part === 'lead' || part === 'csirt';
      const [waives, doesNot] = isLeads ? ['lead1', 'sponsor1'] : ['sponsor1', 'lead1'];
      const externalHelpIsWaived = walk.action(key).state === 'waived';
      if (externalHelpIsWaived) continue;
      expect(walk.refusal(doesNot, steps.waive(key, part)).refused).toBe('not-yours');
      expect(walk.refusal('legal1', steps.waive(key, part)).refused).toBe('not-yours');
      expect(walk.refusal('responder1', steps.waive(key, part)).refused).toBe('not-yours');
      walk.take(waives, steps.waive(key, part));
    }
    expect(walk.action(key)).toMatchObject({ state: 'waived', reasonTextId: `text-${key}-waived` });
    expect(walk.clock(`action:${key}`)).toMatchObject({ state: 'excused', reason: 'waived' });
    expect(walk.refusal(parts[0] === 'lead' ? 'lead1' : 'sponsor1', steps.waive(key)).refused).toBe(
      'already-done',
    );
  });
});

describe('a waived row', () => {
  test('holds up those after it no longer', () => {
    const walk = incidentAt('response').take('lead1', steps.waive('convene-csirt'));
    expect(walk.action('reassess').state).toBe('pending');
    walk.take('lead1', steps.waive('deliver-assessment'));
    expect(walk.action('reassess').state).toBe('due');
  });

  test('may be waived before it is due', () => {
    const walk = incidentAt('response').take('lead1', steps.waive('act-on-plan'));
    expect(walk.action('act-on-plan').state).toBe('waived');
  });

  test('of two parts is done when only one of them was waived', () => {
    const walk = before('act-on-next-steps')
      .take('lead1', steps.waive('act-on-next-steps', 'csirt'))
      .take('sponsor1', said('act-on-next-steps', 'executive'));
    expect(walk.action('act-on-next-steps').state).toBe('done');
  });

  test('waives without a part only what is its author’s', () => {
    const walk = before('act-on-next-steps').take('lead1', steps.waive('act-on-next-steps'));
    expect(walk.action('act-on-next-steps')).toMatchObject({ state: 'due', parts: [{ part: 'csirt' }] });
    expect(walk.take('sponsor1', steps.waive('act-on-next-steps')).action('act-on-next-steps').state).toBe(
      'waived',
    );
  });

  test('cannot be one that does not apply', () => {
    expect(normalIncident().refusal('lead1', steps.waive('convene-csirt')).refused).toBe('not-now');
  });

  test('has no outcome to correct', () => {
    const walk = incidentAt('response').take('lead1', steps.waive('convene-csirt'));
    expect(walk.refusal('lead1', steps.correct('convene-csirt')).refused).toBe('not-now');
  });
});

describe('rows 1 and 8', () => {
  test('are done by the assessments, never as rows', () => {
    const walk = before('reassess');
    expect(walk.refusal('lead1', steps.complete('reassess')).refused).toBe('invalid');
    expect(walk.refusal('lead1', steps.correct('initial-assessment')).refused).toBe('invalid');
    expect(walk.refusal('lead1', steps.designate('reassess', 'responder1')).refused).toBe('invalid');
    expect(walk.refusal('lead1', steps.waive('reassess')).refused).toBe('not-waivable');
    expect(walk.refusal('sponsor1', steps.complete('reassess')).refused).toBe('not-yours');
  });
});

describe('a designee', () => {
  test('does the lead’s part of the row in place of the lead, who still may', () => {
    const walk = incidentAt('response').take('lead1', steps.designate('engage-legal', 'sme1'));
    expect(walk.take('sme1', steps.complete('engage-legal')).action('engage-legal')).toMatchObject({
      state: 'done',
      parts: [{ part: 'lead', by: 'sme1' }],
    });
    const another = incidentAt('response').take('lead1', steps.designate('engage-legal', 'sme1'));
    expect(another.complete('engage-legal').action('engage-legal').state).toBe('done');
  });

  test('does that row only', () => {
    const walk = incidentAt('response').take('lead1', steps.designate('engage-legal', 'sme1'));
    expect(walk.refusal('sme1', steps.complete('convene-csirt')).refused).toBe('not-yours');
    expect(walk.refusal('sme1', steps.waive('engage-legal')).refused).toBe('not-yours');
  });

  test('is named by the lead alone', () => {
    const walk = incidentAt('response');
    for (const username of ['responder1', 'sponsor1']) {
      expect(walk.refusal(username, steps.designate('engage-legal', 'sme1')).refused).toBe('not-yours');
    }
  });

  test('is for a part of the lead that is still to be said', () => {
    const walk = incidentAt('response');
    expect(walk.refusal('lead1', steps.designate('insurance-notice', 'sme1')).refused).toBe('invalid');
    walk.take('lead1', steps.designate('engage-legal', 'sme1'));
    expect(walk.refusal('lead1', steps.designate('engage-legal', 'sme1')).refused).toBe('already-done');
    walk.complete('engage-legal');
    expect(walk.refusal('lead1', steps.designate('engage-legal', 'responder1')).refused).toBe('already-done');
  });

  test('for what is neither done nor documented by the lead is refused', () => {
    const walk = before('act-on-plan');
    for (const key of ['insurance-notice', 'engage-actors', 'act-on-plan', 'involve-others'] as const) {
      expect(walk.refusal('lead1', steps.designate(key, 'sme1'))).toMatchObject({ refused: 'invalid' });
    }
  });

  test('is reminded instead of the lead', () => {
    const walk = incidentAt('response')
      .take('lead1', steps.designate('engage-legal', 'responder2'))
      .wait(2 * HOUR);
    const reminders = walk.effects('notify').filter(({ clock }) => clock === 'action:engage-legal');
    expect(reminders).toMatchObject([{ notice: 'reminder', to: { person: 'responder2' } }]);
  });
});

describe.each([
  ['agree-plan', 'csirt', 'responder1'],
  ['further-measures', 'executive', 'sponsor1'],
  ['after-action-review', 'lead', 'lead1'],
] as const)('what is decided in row %s', (key, part, decider) => {
  const documented = (documentedBy: string) => ({ part, facts: { documentedBy } });
  const due = () =>
    key === 'further-measures' ? before(key).take('responder1', said(key, 'csirt')) : before(key);

  test('is documented by the lead', () => {
    const walk = due().take(decider, steps.complete(key, documented('lead1')));
    expect(walk.action(key)).toMatchObject({ state: 'done' });
    expect(walk.action(key).parts.at(-1)).toMatchObject({ facts: { documentedBy: 'lead1' } });
  });

  test('is documented by nobody else', () => {
    const walk = due();
    for (const other of ['responder2', 'sponsor1', 'sme1']) {
      expect(walk.refusal(decider, steps.complete(key, documented(other)))).toMatchObject({
        refused: 'invalid',
        pointer: '/outcome/documentedBy',
        detail: expect.stringContaining('expected lead1'),
      });
    }
    expect(walk.action(key).state).toBe('due');
  });

  test('is documented by the row’s designee, and the designee of another row is none', () => {
    const walk = due();
    const other = key === 'after-action-review' ? 'further-measures' : 'after-action-review';
    if (walk.action(other).state !== 'done') walk.take('lead1', steps.designate(other, 'responder2'));
    walk.take('lead1', steps.designate(key, 'comms1'));
    expect(walk.refusal(decider, steps.complete(key, documented('responder2'))).refused).toBe('invalid');
    expect(walk.take(decider, steps.complete(key, documented('comms1'))).action(key).state).toBe('done');
  });

  test('goes on naming who documented it when it is corrected under another lead', () => {
    const walk = due()
      .take(decider, steps.complete(key, documented('lead1')))
      .take('lead1', steps.handOver('responder2'));
    const corrector = part === 'lead' ? 'responder2' : decider;
    walk.take(corrector, steps.correct(key, documented('lead1')));
    walk.take(corrector, steps.correct(key, documented('responder2')));
    expect(walk.refusal(corrector, steps.correct(key, documented('sme1'))).refused).toBe('invalid');
  });

  test('and was recorded before anybody looked at that stands as it is', () => {
    expect(due().take(decider, steps.complete(key, { part })).action(key).state).toBe('done');
  });
});

describe('the representative for Legal on the team', () => {
  test('says Legal’s part', () => {
    const walk = incidentAt('response')
      .take('lead1', steps.appoint('owner1', 'legal'))
      .complete('engage-legal')
      .take('owner1', steps.complete('insurance-notice'));
    expect(walk.action('insurance-notice').state).toBe('done');
  });

  test('is not any member of the team', () => {
    const walk = incidentAt('response')
      .take('lead1', steps.appoint('owner1', 'sme'))
      .complete('engage-legal');
    expect(walk.refusal('owner1', steps.complete('insurance-notice')).refused).toBe('not-yours');
  });
});

describe('protected information', () => {
  const unknown = said('protected-information', 'lead', { identity: 'unknown', health: 'no' });

  test('that is unknown completes the row of a Normal incident', () => {
    const walk = normalIncident().take('lead1', unknown);
    expect(walk.action('protected-information').state).toBe('done');
  });

  test.each(['escalation', 'emergency'] as const)(
    'that is unknown keeps the row of an %s due',
    (criticality) => {
      const walk = incidentAt('response', { criticality }).take('lead1', unknown);
      expect(walk.action('protected-information')).toMatchObject({ state: 'due', parts: [{ by: 'lead1' }] });
      expect(walk.clock('action:protected-information').state).toBe('running');
      walk.wait(8 * HOUR);
      expect(walk.effects('notify').map(({ clock }) => clock)).toContain('action:protected-information');
      expect(walk.complete('protected-information').action('protected-information')).toMatchObject({
        state: 'done',
        earlierParts: [{ facts: { identity: 'unknown' } }],
      });
    },
  );

  test('that becomes unknown again is asked for again', () => {
    const walk = incidentAt('response').complete('protected-information').wait(HOUR);
    const facts: OutcomeFacts = { identity: 'no', health: 'unknown' };
    walk.take('lead1', steps.correct('protected-information', { facts }));
    expect(walk.action('protected-information')).toMatchObject({ state: 'due', dueAt: walk.now + 8 * HOUR });
    expect(walk.clock('action:protected-information')).toMatchObject({
      state: 'running',
      startedAt: walk.now,
    });
  });

  test('that was unknown is settled by a demotion to Normal', () => {
    const walk = incidentAt('response')
      .take('lead1', unknown)
      .take('lead1', steps.reassessInConference('normal'));
    expect(walk.action('protected-information').state).toBe('done');
  });
});

describe('external help', () => {
  test('that is not needed completes the row', () => {
    const walk = before('external-help').complete('external-help');
    expect(walk.action('external-help')).toMatchObject({ state: 'done', parts: [{ part: 'lead' }] });
    expect(walk.refusal('sponsor1', said('external-help', 'executive')).refused).toBe('already-done');
  });

  test('that is needed waits for the executive to engage it', () => {
    const walk = before('external-help').take('lead1', said('external-help', 'lead', { needed: true }));
    expect(walk.action('external-help').state).toBe('due');
    expect(walk.take('sponsor1', steps.complete('external-help')).action('external-help').state).toBe('done');
  });

  test('is not engaged before the lead has asked for it', () => {
    const walk = before('external-help');
    expect(walk.refusal('sponsor1', said('external-help', 'executive')).refused).toBe('predecessor-missing');
  });

  test('that turns out to be needed reopens the row, and the response with it', () => {
    const walk = incidentAt('review').take(
      'lead1',
      steps.correct('external-help', { facts: { needed: true } }),
    );
    expect(walk.action('external-help')).toMatchObject({
      state: 'due',
      parts: [{ facts: { needed: true } }],
      earlierParts: [{ facts: { needed: false } }],
    });
    expect(walk.incident.stage).toBe('response');
    expect(walk.take('sponsor1', steps.complete('external-help')).incident.stage).toBe('review');
  });

  test('whose question the lead waives is nobody’s to engage', () => {
    const walk = before('external-help').take('lead1', steps.waive('external-help'));
    expect(walk.action('external-help').state).toBe('waived');
  });

  test('whose engagement the sponsor waives is settled', () => {
    const walk = before('external-help')
      .take('lead1', said('external-help', 'lead', { needed: true }))
      .take('sponsor1', steps.waive('external-help'));
    expect(walk.action('external-help').state).toBe('done');
  });
});

describe('further measures', () => {
  test('are proposed by the CSIRT before the executive determines them', () => {
    const walk = before('further-measures');
    expect(walk.refusal('sponsor1', said('further-measures', 'executive')).refused).toBe(
      'predecessor-missing',
    );
    walk.take('responder1', steps.complete('further-measures'));
    expect(walk.take('sponsor1', steps.complete('further-measures')).action('further-measures').state).toBe(
      'done',
    );
  });

  test('are acted on by CSIRT and executive in any order', () => {
    const walk = before('act-on-next-steps')
      .take('sponsor1', said('act-on-next-steps', 'executive'))
      .take('comms1', said('act-on-next-steps', 'csirt'));
    expect(walk.action('act-on-next-steps').state).toBe('done');
  });
});

describe('a correction', () => {
  test('replaces the outcome and keeps the old one', () => {
    const walk = incidentAt('response').complete('engage-legal').wait(HOUR);
    walk.take('lead1', steps.correct('engage-legal'));
    expect(walk.action('engage-legal')).toMatchObject({
      state: 'done',
      parts: [{ textId: 'text-engage-legal-corrected' }],
      earlierParts: [{ textId: 'text-engage-legal' }],
    });
    expect(walk.clock('action:engage-legal').stoppedAt).toBe(walk.now - HOUR);
  });

  test('is for whose the row is', () => {
    const walk = incidentAt('response').complete('engage-legal');
    expect(walk.refusal('responder1', steps.correct('engage-legal')).refused).toBe('not-yours');
    expect(walk.refusal('sponsor1', steps.correct('engage-legal')).refused).toBe('not-yours');
  });

  test('needs an outcome to correct', () => {
    const walk = before('act-on-next-steps').take('responder1', said('act-on-next-steps', 'csirt'));
    expect(walk.refusal('sponsor1', steps.correct('act-on-next-steps', { part: 'executive' })).refused).toBe(
      'already-done',
    );
    expect(walk.refusal('lead1', steps.correct('after-action-review')).refused).toBe('not-now');
  });

  test('of one part leaves the other', () => {
    const walk = before('after-action-review').take(
      'sponsor1',
      steps.correct('act-on-next-steps', { part: 'executive' }),
    );
    expect(walk.action('act-on-next-steps').parts.map(({ part, textId }) => [part, textId])).toEqual([
      ['csirt', 'text-act-on-next-steps'],
      ['executive', 'text-act-on-next-steps-corrected'],
    ]);
  });

  test.each([
    ['closed', 'lead1', 'engage-legal'],
    ['merged', 'legal1', 'insurance-notice'],
    ['dismissed', 'legal1', 'insurance-notice'],
    ['received', 'legal1', 'insurance-notice'],
  ] as const)('is not for an incident that is %s', (stage, username, key) => {
    expect(incidentAt(stage).refusal(username, steps.correct(key)).refused).toBe('wrong-stage');
  });
});

describe('a row of a higher criticality', () => {
  test('does not apply to a Normal incident', () => {
    const walk = normalIncident();
    expect(walk.action('convene-csirt').state).toBe('not-applicable');
    expect(walk.refusal('lead1', steps.complete('convene-csirt')).refused).toBe('not-now');
  });
});

describe('a row done late', () => {
  test('was late, even where nobody was there to see its time run out', () => {
    const walk = incidentAt('response');
    walk.now += 3 * HOUR;
    walk.complete('engage-legal');
    expect(walk.clock('action:engage-legal').state).toBe('breached');
  });
});

describe('a policy whose rows wait for a later number', () => {
  test('lets them fall due by the same step all the same', () => {
    const { actions, ...rest } = rules();
    const turned = actions.map((rule) =>
      rule.key === 'engage-legal' ? { ...rule, after: ['deliver-assessment' as const] } : rule,
    );
    const walk = incidentAt('response', { rules: { ...rest, actions: turned } });
    expect(walk.action('engage-legal').state).toBe('pending');
    expect(walk.complete('deliver-assessment').action('engage-legal').state).toBe('due');
  });
});

describe('a response', () => {
  test('is in review when rows 9 to 17 are behind, and only then', () => {
    const walk = before('act-on-next-steps').take('lead1', steps.waive('act-on-next-steps'));
    expect(walk.incident.stage).toBe('response');
    expect(walk.take('sponsor1', steps.waive('act-on-next-steps')).incident.stage).toBe('review');
    expect(walk.action('after-action-review')).toMatchObject({ state: 'due', dueAt: walk.now + 14 * DAY });
  });
});

/** Every row that comes before it in the framework's order is done; sme1 is on the team. */
function before(key: ActionKey): Walk {
  const walk = incidentAt('response').take('lead1', steps.appoint('sme1', 'sme'));
  const upTo = ACTION_KEYS.slice(1, ACTION_KEYS.indexOf(key));
  if (!upTo.includes('reassess')) return upTo.reduce((current, row) => current.complete(row), walk);
  return inConference(walk, 'escalation', upTo.slice(upTo.indexOf('reassess') + 1));
}

function said(key: ActionKey, part: Part | null, facts?: OutcomeFacts): Step {
  const needed: OutcomeFacts = key === 'external-help' ? { needed: true } : {};
  const known: OutcomeFacts = key === 'protected-information' ? { identity: 'no', health: 'yes' } : {};
  return steps.complete(key, { part, facts: facts ?? { ...needed, ...known } });
}
