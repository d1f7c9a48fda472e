import { describe, expect, test } from 'vitest';
import type { FactBody } from '../../../src/domain/commands.ts';
import { isFinished } from '../../../src/domain/process.ts';
import { waitingFor } from '../../../src/domain/waiting-for.ts';
import { HOUR, incidentAt, MINUTE, RECEIVED_AT, SECOND, steps, type Walk } from '../../support/incidents.ts';

describe('a reply by mail that comes back', () => {
  test('is owed again by its first time, as if it had never been accepted', () => {
    const walk = sent().wait(HOUR);
    walk.tell(returned(walk));
    expect(walk.reply()).toMatchObject({
      state: 'running',
      startedAt: RECEIVED_AT,
      dueAt: RECEIVED_AT + 24 * HOUR,
      stoppedAt: null,
      by: null,
    });
    expect(walk.reportOf()).toMatchObject({
      reply: 'owed',
      repliedAt: null,
      returned: { at: walk.now, code: '5.1.1' },
    });
    expect(repliesAwaited(walk)).toMatchObject([
      { state: 'returned', who: { role: 'csirt' }, reportId: 'report-1' },
    ]);
  });

  test('is told to the lead at once, or to the CSIRT while there is none', () => {
    const led = sent();
    led.tell(returned(led));
    expect(led.effects('notify')).toMatchObject([{ notice: 'reply-returned', to: { person: 'lead1' } }]);
    const unled = sent(incidentAt('received'));
    unled.tell(returned(unled));
    expect(unled.effects('notify')).toMatchObject([{ notice: 'reply-returned', to: { role: 'csirt' } }]);
  });

  test('calls the ladder before its time is over, where nobody has looked', () => {
    const walk = sent();
    walk.tell(returned(walk)).wait(24 * HOUR);
    expect(walk.page('reply-due').startsAt).toBe(RECEIVED_AT + 20 * HOUR);
    expect(walk.page('reply-breached')).toMatchObject({ state: 'ringing' });
  });

  test('calls the ladder at once where its time is over already, and breaches its clock', () => {
    const walk = sent().wait(48 * HOUR);
    expect(walk.reply().state).toBe('met');
    const fact = returned(walk);
    walk.tell(fact);
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.page('reply-breached')).toMatchObject({
      state: 'ringing',
      startsAt: RECEIVED_AT + 24 * HOUR,
    });
  });

  test('can be given by phone, and is then no more one that came back', () => {
    const walk = sent();
    walk.tell(returned(walk)).wait(MINUTE).take('lead1', steps.reply('phone'));
    expect(walk.reportOf()).toMatchObject({ reply: 'sent', repliedAt: walk.now });
    expect(walk.reportOf()).not.toHaveProperty('returned');
    expect(walk.reply().state).toBe('met');
  });

  test('or by another mail, and the first one that comes back late is a line and no more', () => {
    const walk = sent();
    const first = returned(walk);
    walk.tell(first).wait(MINUTE).take('lead1', steps.reply('mail'));
    walk.wait(SECOND).hear(walk.effect('reply'), 'accepted');
    const said = walk.during(() => walk.tell(first));
    expect(said).toMatchObject([{ type: 'noted', textId: 'text-returned' }]);
    expect(walk.reply().state).toBe('met');
    expect(walk.reportOf().reply).toBe('sent');
  });

  test('told twice is owed once, and tells nobody a second time', () => {
    const walk = sent();
    walk.tell(returned(walk));
    const again = walk.during(() => walk.tell({ ...returned(walk), sentAt: RECEIVED_AT }));
    expect(again).toMatchObject([{ type: 'noted' }]);
    expect(walk.effects('notify')).toHaveLength(1);
  });

  test('is owed again also where the answer of our own mail server comes after the bounce', () => {
    const walk = incidentAt('triage').take('lead1', steps.reply('mail'));
    const effect = walk.effect('reply');
    walk.tell({ ...returned(walk), key: effect.key, sentAt: walk.now });
    expect(walk.reportOf().reply).toBe('owed');
    expect(walk.effects('reply')).toEqual([]);
    expect(walk.during(() => walk.hear(effect, 'accepted'))).toEqual([]);
    expect(walk.reply().stoppedAt).toBeNull();
  });

  test('keeps an incident that was dismissed meanwhile alive until somebody answers', () => {
    const walk = sent().wait(MINUTE).take('lead1', steps.dismiss());
    walk.tell(returned(walk));
    expect(isFinished(walk.incident)).toBe(false);
    expect(repliesAwaited(walk)).toHaveLength(1);
    walk.take('lead1', steps.reply('phone'));
    expect(repliesAwaited(walk)).toEqual([]);
  });
});

function sent(walk: Walk = incidentAt('triage')): Walk {
  walk.take('lead1', steps.reply('mail'));
  return walk.wait(SECOND).hear(walk.effect('reply'), 'accepted');
}

function returned(walk: Walk): Extract<FactBody, { readonly type: 'reply-returned' }> {
  return {
    type: 'reply-returned',
    reportId: 'report-1',
    key: 'INC-2026-0001:reply:1:report-1',
    sentAt: walk.reportOf().repliedAt ?? 0,
    code: '5.1.1',
    textId: 'text-returned',
  };
}

function repliesAwaited(walk: Walk) {
  return waitingFor(walk.incident, walk.rules, walk.now).filter(({ what }) => what === 'reply');
}
