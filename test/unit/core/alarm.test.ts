import { describe, expect, test } from 'vitest';

import { courseOf, isAlarming, type OpenAlarm, operatorsLadder } from '../../../src/domain/alarm.ts';
import { alarmSheet } from '../../../src/domain/alarm-wording.ts';
import { policy } from '../../support/incidents.ts';

const NOON = Date.UTC(2026, 1, 3, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ringing: OpenAlarm = { state: 'ringing', settledAt: null, knownKinds: [] };
const taken: OpenAlarm = { state: 'acknowledged', settledAt: NOON, knownKinds: ['page-overdue'] };

describe('a finding is alarming', () => {
  test('once it has lasted for a second look', () => {
    expect(isAlarming({ kind: 'page-overdue', firstAt: NOON }, NOON)).toBe(false);
    expect(isAlarming({ kind: 'page-overdue', firstAt: NOON }, NOON + MINUTE)).toBe(true);
  });

  test.each(['workflow-failing', 'temporal-away', 'audit-silent'])(
    'at once where it has lasted before it is found: %s',
    (kind) => expect(isAlarming({ kind, firstAt: NOON }, NOON)).toBe(true),
  );
});

describe('the alarm', () => {
  test('begins with the first alarming finding, and not before', () => {
    expect(courseOf(null, [], NOON)).toBe('go-on');
    expect(courseOf(null, ['page-overdue'], NOON)).toBe('begin');
  });

  test('goes on while it rings, whatever else is found: a storm is one call', () => {
    expect(courseOf(ringing, ['page-overdue', 'fact-unfiled'], NOON + HOUR)).toBe('go-on');
  });

  test.each([ringing, taken, { ...taken, state: 'exhausted' as const }])(
    'ends when nothing is alarming any more: $state',
    (alarm) => expect(courseOf(alarm, [], NOON)).toBe('end'),
  );

  test('that somebody has rings again for something else, and not for more of the same', () => {
    expect(courseOf(taken, ['page-overdue'], NOON + MINUTE)).toBe('go-on');
    expect(courseOf(taken, ['page-overdue', 'fact-unfiled'], NOON + MINUTE)).toBe('ring-again');
  });

  test.each(['acknowledged', 'exhausted'] as const)('that was %s rings again after an hour', (state) => {
    const alarm = { ...taken, state };
    expect(courseOf(alarm, ['page-overdue'], NOON + HOUR - 1)).toBe('go-on');
    expect(courseOf(alarm, ['page-overdue'], NOON + HOUR)).toBe('ring-again');
  });
});

describe('the ladder of the operators', () => {
  test('is the policy’s', () => {
    expect(operatorsLadder(policy())).toEqual(policy().rules.ladders['operators']);
  });

  test('ends with the executives where the policy has none', () => {
    const shipped = policy();
    const { operators: _, ...ladders } = shipped.rules.ladders;
    const ladder = operatorsLadder({ rules: { ...shipped.rules, ladders } });
    expect(ladder.rungs.map(({ targets }) => targets)).toEqual([
      [{ role: 'admin' }],
      [{ role: 'executive' }],
    ]);
  });
});

describe('the call', () => {
  const call = {
    ...{ id: 'ALARM-7', step: { round: 1, rung: 2 }, nextCallAt: NOON + 5 * MINUTE },
    ...{ timeZone: 'America/Detroit', url: 'http://127.0.0.1/v1/audit' },
    findings: [
      {
        kind: 'page-overdue',
        subject: 'INC-2026-0001-P1',
        detail: 'its next step was due at 2026-02-03 12:00',
      },
    ],
  };

  test('says what was found, how to take it and when the next one goes out', () => {
    const { subject, body, short } = alarmSheet(call);
    expect(subject).toBe('OPERATORS [ALARM-7]: the audit has 1 finding (page-overdue)');
    expect(body.join('\n')).toContain('page-overdue  INC-2026-0001-P1: its next step was due at');
    expect(body.join('\n')).toContain('npx tocsin audit-acknowledge ALARM-7');
    expect(body.join('\n')).toContain('the next call goes out at 2026-02-03 12:05 UTC');
    expect(short).toContain('npx tocsin audit-acknowledge ALARM-7');
  });

  test('counts what it does not name, and says when it is the last', () => {
    const findings = Array.from({ length: 30 }, (_, n) => ({
      kind: 'fact-unfiled',
      subject: `I${n}`,
      detail: '1',
    }));
    const text = alarmSheet({ ...call, findings, nextCallAt: null }).body.join('\n');
    expect(text).toContain('and 10 more');
    expect(text).toContain('This is the last call of this ring.');
  });
});
