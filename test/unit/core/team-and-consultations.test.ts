import { describe, expect, test } from 'vitest';
import { isInvolved } from '../../../src/domain/access.ts';
import { HOUR, incidentAt, RECEIVED_AT, steps } from '../../support/incidents.ts';

describe('the handling team', () => {
  test('is made up by the lead and the Executive Sponsor', () => {
    const walk = incidentAt('triage')
      .take('lead1', steps.appoint('sme1', 'sme'))
      .take('sponsor1', steps.appoint('comms1', 'communications'));
    expect(walk.incident.team).toEqual([
      { username: 'sme1', role: 'sme' },
      { username: 'comms1', role: 'communications' },
    ]);
  });

  test.each(['responder1', 'legal1', 'auditor1'])('is not made up by %s', (username) => {
    const walk = incidentAt('triage');
    expect(walk.refusal(username, steps.appoint('sme1', 'sme')).refused).toBe('not-yours');
    expect(walk.refusal(username, steps.release('sme1')).refused).toBe('not-yours');
  });

  test('appoints each to a role once, and to several roles', () => {
    const walk = incidentAt('triage').take('lead1', steps.appoint('sme1', 'sme'));
    expect(walk.refusal('lead1', steps.appoint('sme1', 'sme')).refused).toBe('already-done');
    expect(walk.take('lead1', steps.appoint('sme1', 'operations')).incident.team).toHaveLength(2);
  });

  test('releases somebody from all their roles', () => {
    const walk = incidentAt('triage')
      .take('lead1', steps.appoint('sme1', 'sme'))
      .take('lead1', steps.appoint('sme1', 'operations'))
      .take('lead1', steps.release('sme1'));
    expect(walk.incident.team).toEqual([]);
    expect(isInvolved('sme1', walk.incident)).toBe(false);
    expect(walk.refusal('lead1', steps.release('sme1')).refused).toBe('invalid');
  });
});

describe('a consultation', () => {
  test('asks somebody, and takes their answer', () => {
    const walk = incidentAt('triage').take('responder1', steps.consult('sme1'));
    expect(walk.effect('notify')).toMatchObject({ notice: 'asked', to: { person: 'sme1' } });
    walk.wait(HOUR).tell({ type: 'consultation-answer', n: 1, textId: 'text-answer' }, { by: 'sme1' });
    expect(walk.incident.consultations).toEqual([
      {
        n: 1,
        asked: 'sme1',
        askedBy: 'responder1',
        askedAt: RECEIVED_AT,
        textId: 'text-question',
        answerTextId: 'text-answer',
        answeredAt: walk.now,
      },
    ]);
  });

  test('keeps what was answered before, when more is answered', () => {
    const walk = incidentAt('triage').take('responder1', steps.consult('sme1'));
    for (const textId of ['first', 'second', 'third']) {
      walk.wait(HOUR).tell({ type: 'consultation-answer', n: 1, textId }, { by: 'sme1' });
    }
    expect(walk.incident.consultations).toMatchObject([
      {
        answerTextId: 'third',
        answeredAt: RECEIVED_AT + 3 * HOUR,
        earlierAnswers: [
          { textId: 'first', at: RECEIVED_AT + HOUR },
          { textId: 'second', at: RECEIVED_AT + 2 * HOUR },
        ],
      },
    ]);
  });

  test.each(['legal1', 'ops1', 'auditor1', 'sme1'])('is not asked by %s', (username) => {
    expect(incidentAt('triage').refusal(username, steps.consult('sme1')).refused).toBe('not-yours');
  });

  test('has a number of its own', () => {
    const walk = incidentAt('triage')
      .take('responder1', steps.consult('sme1'))
      .take('lead1', steps.consult('ops1'));
    walk.tell({ type: 'consultation-answer', n: 2, textId: 'text-answer' }, { by: 'ops1' });
    expect(walk.incident.consultations.map(({ n, answerTextId }) => [n, answerTextId])).toEqual([
      [1, null],
      [2, 'text-answer'],
    ]);
    expect(walk.incident.effects.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['INC-2026-0001:asked:1', 'INC-2026-0001:asked:2']),
    );
  });
});
