import { describe, expect, test } from 'vitest';
import type { JoinedReport } from '../../../src/domain/events.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import {
  DAY,
  holderOf,
  HOUR,
  incidentAt,
  normalIncident,
  RECEIVED_AT,
  steps,
  Walk,
} from '../../support/incidents.ts';

const OTHER = 'INC-2026-0002';

describe('a merge', () => {
  test('is the CSIRT’s before the assessment', () => {
    const walk = incidentAt('received').take('responder1', steps.merge());
    expect(walk.incident).toMatchObject({ stage: 'merged', mergedInto: OTHER, endedAt: walk.now });
    expect(incidentAt('triage').take('comms1', steps.merge()).incident.stage).toBe('merged');
  });

  test('is the lead’s after it', () => {
    const walk = normalIncident();
    const same = steps.merge({ target: { isOpen: true, criticality: 'normal' } });
    expect(walk.refusal('responder1', same).refused).toBe('not-yours');
    expect(walk.take('lead1', same).incident.stage).toBe('merged');
  });

  test('is a lead’s before it, too, who is of the handling team only', () => {
    const walk = incidentAt('triage')
      .take('lead1', steps.appoint('sme1', 'sme'))
      .take('lead1', steps.handOver('sme1'));
    expect(walk.take('sme1', steps.merge()).incident.stage).toBe('merged');
  });

  test.each(['legal1', 'counsel1', 'ops1', 'auditor1'])('is not for %s', (username) => {
    expect(incidentAt('received').refusal(username, steps.merge()).refused).toBe('not-yours');
  });

  test('into a less critical one is the Executive Sponsor’s', () => {
    const less = steps.merge({ target: { isOpen: true, criticality: 'escalation' } });
    const walk = incidentAt('response', { criticality: 'emergency' });
    expect(walk.refusal('lead1', less).refused).toBe('not-yours');
    expect(walk.take('sponsor1', less).incident.stage).toBe('merged');
  });

  test('into one that is not assessed yet is into a less critical one', () => {
    expect(normalIncident().refusal('lead1', steps.merge()).refused).toBe('not-yours');
  });

  test('into a more critical one is the lead’s', () => {
    const more = steps.merge({ target: { isOpen: true, criticality: 'emergency' } });
    expect(incidentAt('response').take('lead1', more).incident.stage).toBe('merged');
  });

  test('is into another one that is there and open', () => {
    const walk = incidentAt('received');
    expect(walk.refusal('responder1', steps.merge({ into: walk.incident.id }))).toMatchObject({
      refused: 'invalid',
      pointer: '/into',
    });
    expect(walk.refusal('responder1', steps.merge({ target: null })).refused).toBe('invalid');
    const ended = steps.merge({ target: { isOpen: false, criticality: 'emergency' } });
    expect(walk.refusal('responder1', ended).refused).toBe('not-now');
  });

  test.each(['review', 'closed', 'handed-off', 'merged', 'dismissed'] as const)(
    'is not for one in %s',
    (stage) => {
      expect(incidentAt(stage).refusal('sponsor1', steps.merge()).refused).toBe('wrong-stage');
    },
  );

  test('waits for a mail that is on its way', () => {
    const walk = incidentAt('received').take('responder1', steps.reply('mail'));
    expect(walk.refusal('responder1', steps.merge()).refused).toBe('not-now');
    walk.hear(walk.effect('reply'), 'refused', '550');
    expect(walk.take('responder1', steps.merge()).incident.stage).toBe('merged');
  });

  test('stops its clocks, silences its pages and sends its reports along', () => {
    const walk = incidentAt('received')
      .wait(25 * HOUR)
      .take('responder1', steps.merge());
    expect(walk.reply()).toMatchObject({ state: 'breached', stoppedAt: walk.now, reason: 'merged' });
    expect(walk.clock('lead')).toMatchObject({ state: 'breached', stoppedAt: walk.now, reason: 'merged' });
    expect(walk.incident.pages.map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(walk.effect('move-reports')).toMatchObject({
      target: OTHER,
      reportIds: ['report-1'],
      direction: 'into',
    });
    expect(walk.wait(30 * DAY).incident.pages).toHaveLength(3);
  });

  test('takes no reply any more: the other incident gives it', () => {
    expect(incidentAt('merged').refusal('responder1', steps.reply('phone')).refused).toBe('wrong-stage');
  });
});

describe('the incident that a merge leads to', () => {
  const joined = (over: Partial<JoinedReport> = {}) =>
    incidentAt('triage', { id: OTHER, report: { reportId: 'report-9' } }).tell({
      type: 'reports-joined',
      from: 'INC-2026-0001',
      reports: [{ ...joinedReport(), ...over }],
    });

  test('owes the reply, from that report’s receipt on', () => {
    const walk = joined();
    expect(walk.reply('report-1')).toMatchObject({
      state: 'running',
      startedAt: RECEIVED_AT - 20 * HOUR,
      dueAt: RECEIVED_AT + 4 * HOUR,
    });
    expect(walk.reportOf('report-1')).toMatchObject({ reply: 'owed', mergedFrom: 'INC-2026-0001' });
    expect(walk.incident.mergedFrom).toEqual(['INC-2026-0001']);
    expect(walk.incident.reports).toHaveLength(2);
  });

  test('warns and pages for it', () => {
    const walk = joined();
    expect(walk.page('reply-due')).toMatchObject({ clock: { name: 'reply', reportId: 'report-1' } });
    expect(walk.wait(4 * HOUR).page('reply-breached').clock?.reportId).toBe('report-1');
  });

  test('is at once late when the reply was', () => {
    const walk = joined({ receivedAt: RECEIVED_AT - 30 * HOUR });
    expect(walk.reply('report-1')).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.page('reply-breached').state).toBe('ringing');
    expect(walk.pages('reply-due')).toEqual([]);
  });

  test('sends no second automatic answer', () => {
    expect(
      joined()
        .effects('auto-reply')
        .map(({ reportId }) => reportId),
    ).toEqual(['report-9']);
  });

  test('owes none where one was given before', () => {
    const repliedAt = RECEIVED_AT - 10 * HOUR;
    const walk = joined({ reply: 'sent', repliedAt });
    expect(walk.reportOf('report-1')).toMatchObject({ reply: 'sent', repliedAt });
    expect(walk.reply('report-1')).toMatchObject({ state: 'met', stoppedAt: repliedAt });
    const unnecessary = joined({ reply: 'unnecessary', repliedAt });
    expect(unnecessary.reply('report-1')).toMatchObject({ state: 'excused', reason: 'unnecessary' });
  });

  test('owes it where that one was only excused by how the other incident ended', () => {
    const walk = joined({ reply: 'unnecessary', repliedAt: null });
    expect(walk.reportOf('report-1').reply).toBe('owed');
    expect(walk.reply('report-1').stoppedAt).toBeNull();
  });

  test('was late where that one was late', () => {
    const walk = joined({
      receivedAt: RECEIVED_AT - 48 * HOUR,
      reply: 'sent',
      repliedAt: RECEIVED_AT - 2 * HOUR,
    });
    expect(walk.reply('report-1')).toMatchObject({ state: 'breached', stoppedAt: RECEIVED_AT - 2 * HOUR });
    expect(walk.incident.pages).toEqual([]);
  });

  test('answers all with one reply, or each', () => {
    const walk = joined().take('responder1', steps.reply('phone', { reportIds: ['report-1'] }));
    expect(walk.incident.reports.map(({ id, reply }) => [id, reply])).toEqual([
      ['report-9', 'owed'],
      ['report-1', 'sent'],
    ]);
    const both = joined().take('responder1', steps.reply('mail'));
    expect(both.effects('reply').map(({ reportIds }) => reportIds)).toEqual([['report-9'], ['report-1']]);
  });

  test('is not handed off or closed while that reply is owed', () => {
    const walk = joined()
      .take('responder1', steps.reply('phone', { reportIds: ['report-9'] }))
      .take('lead1', steps.assess('out-of-scope'));
    const { refused, detail } = walk.refusal('lead1', steps.handOff('out-of-scope'));
    expect([refused, detail.includes('report-1')]).toEqual(['reply-owed', true]);
  });

  test('takes up the same report once', () => {
    const walk = joined();
    walk.tell({ type: 'reports-joined', from: 'INC-2026-0001', reports: [joinedReport()] });
    expect(walk.incident.reports).toHaveLength(2);
    expect(walk.incident.clocks.filter(({ name }) => name === 'reply')).toHaveLength(2);
  });

  test('that ended just then can still be answered for', () => {
    const walk = incidentAt('handed-off', { id: OTHER, report: { reportId: 'report-9' } });
    walk.tell({ type: 'reports-joined', from: 'INC-2026-0001', reports: [joinedReport()] });
    expect(walk.reply('report-1').stoppedAt).toBeNull();
    walk.take('responder1', steps.reply('phone'));
    expect(walk.reply('report-1').state).toBe('met');
    expect(walk.incident.stage).toBe('handed-off');
    expect(walk.refusal('responder1', steps.reply('phone')).refused).toBe('wrong-stage');
  });

  test('gives the reports back, their clocks and pages with them', () => {
    const walk = joined().wait(4 * HOUR);
    expect(walk.page('reply-breached').state).toBe('ringing');
    walk.tell({ type: 'reports-left', to: 'INC-2026-0001', reportIds: ['report-1'] });
    expect(walk.incident.reports.map(({ id }) => id)).toEqual(['report-9']);
    expect(walk.incident.clocks.filter(({ reportId }) => reportId === 'report-1')).toEqual([]);
    expect(walk.page('reply-breached').state).toBe('cancelled');
    expect(walk.incident.mergedFrom).toEqual([]);
  });
});

describe('a report that came by way of a third incident', () => {
  const there = (from: string) => (walk: Walk) =>
    walk.tell({ type: 'reports-joined', from, reports: [joinedReport()] });

  test('goes back to whom it came from last, and to nobody else', () => {
    const walk = incidentAt('triage', { id: OTHER, report: { reportId: 'report-9' } });
    there('INC-2026-0001')(walk);
    there('INC-2026-0003')(walk);
    expect(walk.incident.mergedFrom).toEqual(['INC-2026-0003']);
    walk.tell({ type: 'reports-left', to: 'INC-2026-0001', reportIds: ['report-1'] });
    expect(walk.reply('report-1').stoppedAt).toBeNull();
    walk.tell({ type: 'reports-left', to: 'INC-2026-0003', reportIds: ['report-1'] });
    expect(walk.incident.reports.map(({ id }) => id)).toEqual(['report-9']);
    expect(walk.incident.mergedFrom).toEqual([]);
  });

  test('is never one’s own', () => {
    const walk = incidentAt('triage');
    there('INC-2026-0003')(walk);
    expect(walk.reportOf().mergedFrom).toBeNull();
    walk.tell({ type: 'reports-left', to: 'INC-2026-0003', reportIds: ['report-1'] });
    expect(walk.incident.reports).toHaveLength(1);
  });
});

describe('a merge that is taken back', () => {
  test('brings reports and clocks back, from the receipt on', () => {
    const walk = incidentAt('merged')
      .wait(2 * HOUR)
      .take('responder1', steps.reopen());
    expect(walk.incident).toMatchObject({ stage: 'received', mergedInto: null, endedAt: null });
    expect(walk.reply()).toMatchObject({ state: 'running', startedAt: RECEIVED_AT, stoppedAt: null });
    expect(walk.clock('lead')).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.page('no-lead').state).toBe('ringing');
    expect(walk.effects('move-reports').at(-1)).toMatchObject({ target: OTHER, direction: 'back' });
    expect(walk.of('reopened')).toMatchObject([{ wasMergedInto: OTHER }]);
  });

  test('comes back to the rows it had', () => {
    const into = steps.merge({ target: { isOpen: true, criticality: 'emergency' } });
    const walk = incidentAt('response').take('lead1', into);
    expect(walk.clock('action:engage-legal')).toMatchObject({ state: 'excused', reason: 'merged' });
    walk.take('responder1', steps.reopen());
    expect(walk.incident.stage).toBe('response');
    expect(walk.clock('action:engage-legal')).toMatchObject({ state: 'running', stoppedAt: null });
    expect(walk.complete('engage-legal').action('engage-legal').state).toBe('done');
  });

  test('owes no second reply where the other incident gave one', () => {
    const walk = incidentAt('merged')
      .wait(2 * HOUR)
      .take('responder1', steps.reopen());
    const repliedAt = walk.now - HOUR;
    walk.tell({ type: 'reports-joined', from: OTHER, reports: [{ ...own(walk), reply: 'sent', repliedAt }] });
    expect(walk.reportOf()).toMatchObject({ reply: 'sent', repliedAt, mergedFrom: null });
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: repliedAt });
    expect(walk.incident.mergedFrom).toEqual([]);
    expect(walk.incident.reports).toHaveLength(1);
  });

  test('and made again owes no second reply either, when word of the first comes in between', () => {
    const walk = incidentAt('merged')
      .wait(2 * HOUR)
      .take('responder1', steps.reopen())
      .take('responder1', steps.merge());
    const repliedAt = walk.now - HOUR;
    walk.tell({ type: 'reports-joined', from: OTHER, reports: [{ ...own(walk), reply: 'sent', repliedAt }] });
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: repliedAt });
    walk.take('responder1', steps.reopen());
    expect(walk.reportOf().reply).toBe('sent');
    expect(walk.reply()).toMatchObject({ state: 'met', stoppedAt: repliedAt });
  });

  test('and made again sends its reports once more, should word of the taking back come last', () => {
    const walk = incidentAt('merged').take('responder1', steps.reopen()).take('responder1', steps.merge());
    for (const effect of walk.effects('move-reports')) walk.hear(effect, 'accepted');
    walk.tell({
      type: 'reports-joined',
      from: OTHER,
      reports: [{ ...own(walk), reply: 'owed', repliedAt: null }],
    });
    expect(walk.effect('move-reports')).toMatchObject({
      target: OTHER,
      reportIds: ['report-1'],
      direction: 'into',
    });
  });

  test('keeps owing it where the other gave none', () => {
    const walk = incidentAt('merged').take('responder1', steps.reopen());
    walk.tell({
      type: 'reports-joined',
      from: OTHER,
      reports: [{ ...own(walk), reply: 'owed', repliedAt: null }],
    });
    expect(walk.reply().stoppedAt).toBeNull();
    expect(walk.reportOf().reply).toBe('owed');
  });

  test('is the CSIRT’s', () => {
    expect(incidentAt('merged').refusal('legal1', steps.reopen()).refused).toBe('not-yours');
    expect(incidentAt('merged').refusal(holderOf('operations'), steps.reopen()).refused).toBe('not-yours');
  });
});

function joinedReport(): JoinedReport {
  return {
    id: 'report-1',
    channel: 'mail',
    kind: 'incident',
    receivedAt: RECEIVED_AT - 20 * HOUR,
    enteredBy: null,
    reply: 'owed',
    repliedAt: null,
  };
}

function own(walk: Walk): Incident['reports'][number] {
  return walk.reportOf();
}
