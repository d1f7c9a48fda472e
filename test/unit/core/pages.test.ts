import { describe, expect, test } from 'vitest';
import { ladderOf } from '../../../src/domain/ladder.ts';
import { isFinished } from '../../../src/domain/process.ts';
import { DAY, HOUR, incidentAt, MINUTE, RECEIVED_AT, rules, steps, Walk } from '../../support/incidents.ts';

const LASTS = rules().acknowledgementLastsMs;

describe('a page', () => {
  test('has a number that is never used twice', () => {
    const walk = incidentAt('received')
      .wait(HOUR)
      .take('responder1', steps.callIn('ops1'))
      .wait(30 * HOUR);
    expect(walk.incident.pages.map(({ id, reason }) => [id, reason])).toEqual([
      ['INC-2026-0001-P1', 'no-lead'],
      ['INC-2026-0001-P2', 'call-in'],
      ['INC-2026-0001-P3', 'reply-due'],
      ['INC-2026-0001-P4', 'reply-breached'],
    ]);
  });

  test('shows the highest rung that it has climbed', () => {
    const walk = noLead().climb('no-lead', 1).climb('no-lead', 2).climb('no-lead', 1, 2);
    expect(walk.page('no-lead')).toMatchObject({ state: 'ringing', ring: 1, rung: 2 });
    expect(walk.effects('start-page')).toEqual([]);
  });

  test('can be exhausted, and is taken all the same', () => {
    const walk = noLead().exhaust('no-lead');
    expect(walk.page('no-lead').state).toBe('exhausted');
    expect(walk.acknowledge('responder2', 'no-lead').page('no-lead')).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'responder2',
    });
  });

  test('that is exhausted ends with its matter', () => {
    const walk = noLead().exhaust('no-lead').take('responder1', steps.lead('lead1'));
    expect(walk.page('no-lead').state).toBe('cancelled');
  });
});

describe('an acknowledgement', () => {
  test('silences the page, and is the first one’s', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead');
    expect(walk.page('no-lead')).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'responder1',
      acknowledgedUntil: walk.now + LASTS,
    });
    walk.wait(MINUTE).acknowledge('responder2', 'no-lead');
    expect(walk.page('no-lead')).toMatchObject({ acknowledgedBy: 'responder1' });
  });

  test('stops no clock', () => {
    expect(noLead().acknowledge('responder1', 'no-lead').clock('lead').stoppedAt).toBeNull();
  });

  test('expires when its owner does nothing: the page rings again from its first rung', () => {
    const walk = noLead()
      .climb('no-lead', 2)
      .acknowledge('responder1', 'no-lead')
      .wait(LASTS - 1);
    expect(walk.page('no-lead').state).toBe('acknowledged');
    walk.wait(1);
    expect(walk.page('no-lead')).toMatchObject({
      state: 'ringing',
      ring: 2,
      rung: 0,
      startsAt: walk.now,
      acknowledgedBy: null,
      acknowledgedUntil: null,
    });
    expect(walk.effects('start-page').at(-1)).toMatchObject({ key: 'INC-2026-0001-P1:ring:2', ring: 2 });
    expect(walk.of('page-rang-again')).toMatchObject([{ because: 'acknowledgement-expired' }]);
  });

  test('is lengthened by each step and each note of its owner', () => {
    const walk = noLead()
      .acknowledge('responder1', 'no-lead')
      .wait(LASTS - MINUTE);
    walk.take('responder1', steps.question());
    expect(walk.page('no-lead').acknowledgedUntil).toBe(walk.now + LASTS);
    walk.wait(LASTS - MINUTE);
    note(walk, 'responder1', RECEIVED_AT - DAY);
    expect(walk.page('no-lead')).toMatchObject({
      state: 'acknowledged',
      acknowledgedUntil: walk.now + LASTS,
    });
  });

  test('is not lengthened by others', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead').wait(MINUTE);
    walk.take('responder2', steps.question());
    note(walk, 'lead1');
    expect(walk.page('no-lead').acknowledgedUntil).toBe(walk.now - MINUTE + LASTS);
  });

  test('needs no further step once its matter is over', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead').take('responder1', steps.lead('lead1'));
    expect(walk.page('no-lead')).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'responder1',
      acknowledgedUntil: null,
    });
    expect(walk.wait(10 * HOUR).page('no-lead').state).toBe('acknowledged');
  });

  test('that comes after the page was cancelled wakes nothing up', () => {
    const walk = incidentAt('triage').wait(24 * HOUR);
    expect(walk.page('reply-due').state).toBe('cancelled');
    walk.acknowledge('responder1', 'reply-due').wait(2 * LASTS);
    expect(walk.page('reply-due')).toMatchObject({ state: 'cancelled', acknowledgedBy: null });
    expect(walk.of('page-rang-again')).toEqual([]);
  });

  test('of a page that its breach cancels keeps nothing waiting', () => {
    const walk = incidentAt('triage')
      .wait(24 * HOUR - MINUTE)
      .acknowledge('responder1', 'reply-due')
      .wait(MINUTE);
    expect(walk.page('reply-due')).toMatchObject({
      state: 'cancelled',
      acknowledgedBy: 'responder1',
      acknowledgedUntil: null,
    });
  });

  test('given before the page’s first message lasts into its time', () => {
    const walk = incidentAt('received').wait(HOUR - MINUTE / 10);
    expect(walk.page('no-lead').startsAt).toBe(RECEIVED_AT + HOUR);
    walk.acknowledge('responder1', 'no-lead').wait(MINUTE);
    expect(walk.pages('no-lead')).toHaveLength(1);
    expect(walk.page('no-lead').state).toBe('acknowledged');
  });

  test('that expires before the page’s first message leaves one page', () => {
    const brief = { ...rules(), acknowledgementLastsMs: MINUTE / 10 };
    const walk = incidentAt('received', { rules: brief }).wait(HOUR - MINUTE / 4);
    walk.acknowledge('responder1', 'no-lead').wait(MINUTE);
    expect(walk.pages('no-lead')).toHaveLength(1);
    expect(walk.page('no-lead')).toMatchObject({ state: 'ringing', ring: 2 });
  });

  test('that expired during an outage rings again once', () => {
    const walk = noLead()
      .acknowledge('responder1', 'no-lead')
      .outage(10 * LASTS);
    expect(walk.of('page-rang-again')).toHaveLength(1);
    expect(walk.page('no-lead').ring).toBe(2);
  });
});

describe('what an earlier ring did', () => {
  const rungAgain = () => noLead().acknowledge('responder1', 'no-lead').wait(LASTS);

  test('says nothing of the ring that runs: a rung told late climbs nothing and starts no page less', () => {
    const walk = rungAgain();
    const { id: pageId } = walk.page('no-lead');
    walk.tell({ type: 'page-climbed', pageId, ring: 1, round: 2, rung: 4, people: ['sponsor1'] });
    expect(walk.page('no-lead')).toMatchObject({ ring: 2, rung: 0 });
    expect(walk.effects('start-page').map(({ ring }) => ring)).toContain(2);
    expect(walk.of('page-climbed')).toMatchObject([{ people: ['sponsor1'] }]);
  });

  test('and its end told late ends nothing', () => {
    const walk = rungAgain();
    const { id: pageId } = walk.page('no-lead');
    walk.tell({ type: 'page-exhausted', pageId, ring: 1, rounds: 3 });
    expect(walk.page('no-lead').state).toBe('ringing');
    expect(walk.effects('start-page').map(({ ring }) => ring)).toContain(2);
  });

  test('while the present ring’s rungs and end count', () => {
    const walk = rungAgain().climb('no-lead', 3);
    expect(walk.page('no-lead')).toMatchObject({ ring: 2, rung: 3 });
    expect(walk.effects('start-page').map(({ ring }) => ring)).not.toContain(2);
    expect(walk.exhaust('no-lead').page('no-lead').state).toBe('exhausted');
  });
});

describe('a restart', () => {
  test('lets an exhausted page ring again from its first rung', () => {
    const walk = noLead().climb('no-lead', 4).exhaust('no-lead').wait(MINUTE);
    walk.take('responder1', steps.restart(walk.page('no-lead').id));
    expect(walk.page('no-lead')).toMatchObject({ state: 'ringing', ring: 2, rung: 0, startsAt: walk.now });
    expect(walk.effects('start-page').at(-1)?.ring).toBe(2);
    expect(walk.of('page-rang-again')).toMatchObject([{ because: 'restarted' }]);
  });

  test('is for an exhausted page', () => {
    const walk = noLead();
    const { id } = walk.page('no-lead');
    expect(walk.refusal('responder1', steps.restart(id)).refused).toBe('not-now');
    walk.acknowledge('responder1', 'no-lead');
    expect(walk.refusal('responder1', steps.restart(id)).refused).toBe('not-now');
    expect(walk.refusal('responder1', steps.restart('INC-2026-0001-P9')).refused).toBe('not-found');
  });

  test.each(['legal1', 'ops1', 'auditor1', 'sme1'])('is not for %s', (username) => {
    const walk = noLead().exhaust('no-lead');
    expect(walk.refusal(username, steps.restart(walk.page('no-lead').id)).refused).toBe('not-yours');
  });
});

describe('who declines', () => {
  test('changes nothing of the page, and it is recorded', () => {
    const walk = noLead().climb('no-lead', 1);
    const before = walk.page('no-lead');
    const said = walk.during(() => walk.decline('responder1', 'no-lead'));
    expect(said).toEqual([{ type: 'page-declined', pageId: before.id }]);
    expect(walk.page('no-lead')).toEqual(before);
    expect(walk.acknowledge('responder1', 'no-lead').page('no-lead').state).toBe('acknowledged');
  });

  test('has done nothing about another page that is theirs', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead').take('responder2', steps.callIn('ops1'));
    const until = walk.page('no-lead').acknowledgedUntil;
    walk.wait(MINUTE).decline('responder1', 'call-in');
    expect(walk.page('no-lead').acknowledgedUntil).toBe(until);
  });
});

describe('a page that is handed on', () => {
  const id = 'INC-2026-0001-P1';

  test('rings the named person first, and then the ladder it had, anew', () => {
    const walk = noLead().climb('no-lead', 3).wait(MINUTE);
    const { target } = walk.page('no-lead');
    expect(target).toEqual({ ladder: 'triage' });
    walk.take('responder1', steps.handOn(id, 'ops1', { textId: 'text-reason' }));
    expect(walk.page('no-lead')).toMatchObject({
      state: 'ringing',
      ring: 2,
      rung: 0,
      startsAt: walk.now,
      target: { person: 'ops1', then: 'triage' },
    });
    expect(walk.effect('start-page')).toMatchObject({
      key: `${id}:ring:2`,
      ring: 2,
      target: { person: 'ops1', then: 'triage' },
    });
    expect(walk.of('page-handed-on')).toMatchObject([{ to: 'ops1', textId: 'text-reason' }]);
  });

  test('a second time rings whom it is then for, and nobody of before', () => {
    const walk = incidentAt('triage').take('responder1', steps.callIn('ops1'));
    walk.take('ops1', steps.handOn(id, 'sme1', { isPaged: true }));
    expect(walk.page('call-in').target).toEqual({ person: 'sme1', then: 'handling' });
    expect(walk.effects('start-page').map(({ ring }) => ring)).toEqual([2]);
  });

  test('is no longer its owner’s, and expires for nobody', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead').take('responder1', steps.handOn(id, 'ops1'));
    expect(walk.page('no-lead')).toMatchObject({
      state: 'ringing',
      acknowledgedBy: null,
      acknowledgedUntil: null,
    });
    expect(walk.wait(2 * LASTS).page('no-lead').ring).toBe(2);
  });

  test('by its owner, also where they are not of the CSIRT; by others who were rung only while it rings', () => {
    const walk = incidentAt('triage').take('responder1', steps.callIn('ops1')).acknowledge('ops1', 'call-in');
    expect(walk.refusal('sme1', steps.handOn(id, 'owner1', { isPaged: true }))).toMatchObject({
      refused: 'not-yours',
      detail: expect.stringContaining('ops1'),
    });
    expect(walk.refusal('sme1', steps.handOn(id, 'owner1')).refused).toBe('not-yours');
    walk.take('ops1', steps.handOn(id, 'owner1', { isPaged: true }));
    walk.take('sme1', steps.handOn(id, 'sponsor1', { isPaged: true }));
    walk.exhaust('call-in');
    expect(walk.refusal('sme1', steps.handOn(id, 'owner1', { isPaged: true })).refused).toBe('not-yours');
    expect(walk.take('responder2', steps.handOn(id, 'owner1')).page('call-in').ring).toBe(4);
  });

  test('is not handed to its giver, to its owner, or when nobody is called for it any more', () => {
    const walk = noLead();
    expect(walk.refusal('responder1', steps.handOn(id, 'responder1'))).toMatchObject({
      refused: 'invalid',
      pointer: '/to',
    });
    walk.acknowledge('responder1', 'no-lead');
    expect(walk.refusal('responder2', steps.handOn(id, 'responder1')).refused).toBe('already-done');
    walk.take('responder1', steps.lead('lead1'));
    expect(walk.refusal('responder1', steps.handOn(id, 'ops1')).refused).toBe('not-now');
    const cancelled = noLead().take('responder1', steps.lead('lead1'));
    expect(cancelled.refusal('responder1', steps.handOn(id, 'ops1')).refused).toBe('not-now');
    expect(cancelled.refusal('responder1', steps.handOn(`${id}9`, 'ops1')).refused).toBe('not-found');
  });

  test('is none, nor put off, where its matter was over and came back: another page calls for that', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead');
    walk.take('responder1', steps.kind('law-enforcement')).take('responder1', steps.kind('incident'));
    expect(walk.pages('no-lead').map(({ state }) => state)).toEqual(['acknowledged', 'ringing']);
    expect(walk.refusal('responder1', steps.handOn(id, 'ops1')).refused).toBe('not-now');
    expect(walk.refusal('responder1', steps.snooze(id, MINUTE)).refused).toBe('not-now');
  });

  test('while it is only armed begins no earlier', () => {
    const walk = incidentAt('received').wait(HOUR - MINUTE / 10);
    walk.take('responder1', steps.handOn(id, 'ops1'));
    expect(walk.page('no-lead').startsAt).toBe(RECEIVED_AT + HOUR);
  });

  test('for a phone call is still the call for a lead', () => {
    const walk = new Walk().report({ channel: 'phone', enteredBy: 'responder1', leadWithinMs: 15 * MINUTE });
    walk.take('responder1', steps.handOn(id, 'ops1')).wait(20 * MINUTE);
    expect(ringing(walk)).toEqual(['phone']);
  });
});

describe('a page that is snoozed', () => {
  const id = 'INC-2026-0001-P1';
  const LIMIT = rules().snoozeAtMostMs ?? 0;
  const taken = () => noLead().acknowledge('responder1', 'no-lead');

  test('stays its owner’s until then, and then rings again', () => {
    const walk = taken().take('responder1', steps.snooze(id, LIMIT));
    expect(walk.page('no-lead')).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'responder1',
      acknowledgedUntil: walk.now + LIMIT,
    });
    expect(walk.wait(LIMIT - 1).page('no-lead').state).toBe('acknowledged');
    expect(walk.wait(1).page('no-lead')).toMatchObject({ state: 'ringing', ring: 2 });
    expect(walk.of('page-rang-again')).toMatchObject([{ because: 'acknowledgement-expired' }]);
  });

  test('can be so for less than an acknowledgement lasts', () => {
    const walk = taken().take('responder1', steps.snooze(id, MINUTE)).wait(MINUTE);
    expect(walk.page('no-lead').state).toBe('ringing');
  });

  test('is rung no earlier for what its owner does meanwhile, and later where that lasts longer', () => {
    const walk = taken().take('responder1', steps.snooze(id, LIMIT));
    const until = walk.now + LIMIT;
    walk.wait(MINUTE).take('responder1', steps.question());
    expect(walk.page('no-lead').acknowledgedUntil).toBe(until);
    walk.wait(LIMIT - 2 * MINUTE).take('responder1', steps.question());
    expect(walk.page('no-lead').acknowledgedUntil).toBe(walk.now + LASTS);
  });

  test('rings no more when its matter is over', () => {
    const walk = taken().take('responder1', steps.snooze(id, LIMIT)).take('responder1', steps.lead('lead1'));
    expect(walk.page('no-lead')).toMatchObject({ state: 'acknowledged', acknowledgedUntil: null });
  });

  test.each([0, -MINUTE, LIMIT + 1])('is not so for %i ms: the refusal says the limit', (forMs) => {
    expect(taken().refusal('responder1', steps.snooze(id, forMs))).toMatchObject({
      refused: 'invalid',
      pointer: '/for',
      detail: expect.stringContaining('PT4H'),
    });
  });

  test('is so by its owner alone, who has to take it first', () => {
    expect(noLead().refusal('responder1', steps.snooze(id, MINUTE))).toMatchObject({
      refused: 'not-now',
      detail: expect.stringContaining('take it first'),
    });
    expect(taken().refusal('responder2', steps.snooze(id, MINUTE))).toMatchObject({
      refused: 'not-yours',
      detail: expect.stringContaining('responder1'),
    });
    expect(taken().exhaust('no-lead').refusal('sme1', steps.snooze(id, MINUTE)).refused).toBe('not-yours');
  });

  test('is none in incidents that are older than this rule', () => {
    const { snoozeAtMostMs: _, ...older } = rules();
    const walk = incidentAt('received', { rules: older }).wait(HOUR).acknowledge('responder1', 'no-lead');
    expect(walk.refusal('responder1', steps.snooze(id, MINUTE))).toMatchObject({
      refused: 'not-now',
      detail: expect.stringContaining('policy'),
    });
  });
});

describe('a call-in', () => {
  test('rings whom it calls before the ladder', () => {
    const walk = incidentAt('triage').take('responder1', steps.callIn('ops1'));
    expect(walk.page('call-in')).toMatchObject({
      state: 'ringing',
      startsAt: walk.now,
      clock: null,
      target: { person: 'ops1', then: 'handling' },
    });
    const ladder = ladderOf(walk.page('call-in').target, rules());
    expect(ladder.rungs.map(({ targets }) => targets)).toEqual([
      [{ person: 'ops1' }],
      ...(rules().ladders['handling']?.rungs ?? []).map(({ targets }) => targets),
    ]);
    expect(ladder.rungs[0]?.waitMs).toBe(rules().ladders['handling']?.rungs[0]?.waitMs);
  });

  test('may call a role, and keeps its note for the page', () => {
    const walk = incidentAt('triage').take('responder1', {
      verb: 'pages',
      target: { role: 'legal', then: 'handling' },
      textId: 'text-note',
    });
    expect(ladderOf(walk.page('call-in').target, rules()).rungs[0]?.targets).toEqual([{ role: 'legal' }]);
    expect(walk.effect('start-page').noteTextId).toBe('text-note');
    expect(walk.page('call-in').noteTextId).toBe('text-note');
  });

  test('is settled by the first thing that its owner does', () => {
    const walk = incidentAt('triage').take('responder1', steps.callIn('ops1')).acknowledge('ops1', 'call-in');
    note(walk, 'ops1');
    expect(walk.page('call-in')).toMatchObject({ state: 'acknowledged', acknowledgedUntil: null });
    expect(walk.wait(2 * LASTS).page('call-in').state).toBe('acknowledged');
  });

  test('that was acknowledged and not followed up rings again', () => {
    const walk = incidentAt('triage').take('responder1', steps.callIn('ops1')).acknowledge('ops1', 'call-in');
    expect(walk.wait(LASTS).page('call-in')).toMatchObject({ state: 'ringing', ring: 2 });
  });

  test('ends with the incident', () => {
    const walk = incidentAt('triage')
      .take('responder1', steps.callIn('ops1'))
      .take('responder1', steps.dismiss());
    expect(walk.page('call-in')).toMatchObject({ state: 'cancelled', cancelledBecause: 'dismissed' });
  });

  test.each(['legal1', 'ops1', 'auditor1', 'sme1'])('is not for %s', (username) => {
    expect(incidentAt('triage').refusal(username, steps.callIn('ops1')).refused).toBe('not-yours');
  });
});

describe('several pages of one incident', () => {
  test('ring at once, each for its own matter', () => {
    const walk = incidentAt('received').wait(24 * HOUR);
    expect(ringing(walk)).toEqual(['no-lead', 'reply-breached']);
    walk.take('responder1', steps.reply('phone'));
    expect(ringing(walk)).toEqual(['no-lead']);
  });
});

describe('a phone call', () => {
  const called = ({ lateBy = 0, rules: given = rules() } = {}) =>
    new Walk({ now: RECEIVED_AT + lateBy, rules: given }).report({
      channel: 'phone',
      enteredBy: 'responder1',
      leadWithinMs: 15 * MINUTE,
    });

  test('that is entered after its lead time rings the ladder once, and the missing lead is recorded', () => {
    const walk = called({ lateBy: HOUR });
    expect(ringing(walk)).toEqual(['phone']);
    expect(walk.effects('start-page')).toMatchObject([{ reason: 'phone' }]);
    expect(walk.clock('lead')).toMatchObject({ state: 'breached', stoppedAt: null });
    expect(walk.of('clock-stepped')).toMatchObject([{ clock: 'lead', step: 'breached' }]);
    expect(ringing(walk.wait(HOUR))).toEqual(['phone']);
  });

  test('that still rings when the lead time is over is the call for a lead', () => {
    const walk = called().wait(20 * MINUTE);
    expect(ringing(walk)).toEqual(['phone']);
    expect(walk.take('responder1', steps.lead('lead1')).page('phone').state).toBe('cancelled');
  });

  test.each(['acknowledged', 'exhausted'] as const)(
    'whose page is %s before the lead time is over leaves the missing lead a page of its own',
    (state) => {
      const walk = called().wait(MINUTE);
      if (state === 'exhausted') walk.exhaust('phone');
      else walk.acknowledge('responder1', 'phone');
      expect(walk.page('phone').state).toBe(state);
      expect(ringing(walk.wait(15 * MINUTE))).toEqual(['no-lead']);
    },
  );

  test('taken just before the lead time is over leaves it a page that begins on time', () => {
    const walk = called()
      .wait(15 * MINUTE - 1)
      .acknowledge('responder1', 'phone');
    expect(walk.page('no-lead').startsAt).toBe(RECEIVED_AT + 15 * MINUTE);
  });

  test('whose acknowledgement expires without a lead rings again', () => {
    const walk = called({ lateBy: HOUR }).acknowledge('responder1', 'phone').wait(LASTS);
    expect(ringing(walk)).toEqual(['phone']);
    expect(walk.page('phone').ring).toBe(2);
  });

  test('climbs beside the missing lead where the two have ladders of their own', () => {
    const own = { ...rules(), ladderOf: { ...rules().ladderOf, phone: 'handling' } };
    expect(ringing(called({ lateBy: HOUR, rules: own }))).toEqual(['phone', 'no-lead']);
  });

  test('goes on as it began in incidents that are older than this rule', () => {
    const { phonePageCallsForLead: _, ...older } = rules();
    expect(ringing(called({ lateBy: HOUR, rules: older }))).toEqual(['phone', 'no-lead']);
  });
});

describe('the messages still to be sent', () => {
  test('are those of the other pages, when one of several ends before it was begun', () => {
    const walk = incidentAt('received').wait(24 * HOUR);
    expect(walk.effects('start-page').map(({ reason }) => reason)).toEqual(['no-lead', 'reply-breached']);
    walk.take('responder1', steps.reply('phone'));
    expect(walk.effects('start-page').map(({ reason }) => reason)).toEqual(['no-lead']);
    walk.climb('no-lead', 1);
    expect(walk.effects('start-page')).toEqual([]);
  });
});

describe('an incident', () => {
  test('is finished when it has ended and nothing is left to do', () => {
    const walk = incidentAt('closed');
    for (const effect of walk.incident.effects) walk.hear(effect, 'accepted');
    expect(isFinished(walk.incident)).toBe(true);
  });

  test('is finished though somebody was called in it', () => {
    const walk = noLead().acknowledge('responder1', 'no-lead').take('responder1', steps.dismiss());
    for (const effect of walk.incident.effects) walk.hear(effect, 'accepted');
    expect(walk.page('no-lead').state).toBe('acknowledged');
    expect(isFinished(walk.incident)).toBe(true);
  });

  test('is not finished while it is open, has something to send, or a row is left to Legal', () => {
    expect(isFinished(incidentAt('received').incident)).toBe(false);
    const sending = incidentAt('dismissed');
    expect(isFinished(sending.incident)).toBe(false);
    for (const effect of sending.incident.effects) sending.hear(effect, 'accepted');
    expect(isFinished(sending.incident)).toBe(true);
    const duty = incidentAt('handed-off');
    for (const effect of duty.incident.effects) duty.hear(effect, 'accepted');
    expect(isFinished(duty.incident)).toBe(false);
    expect(isFinished(duty.complete('insurance-notice').incident)).toBe(true);
  });
});

function noLead(): Walk {
  return incidentAt('received').wait(HOUR);
}

function note(walk: Walk, by: string, at = walk.now): Walk {
  return walk.tell(
    { type: 'note', kind: 'note', textId: 'text-note', tlp: 'AMBER', corrects: null },
    { by, at },
  );
}

function ringing(walk: Walk): readonly string[] {
  return walk.incident.pages.filter(({ state }) => state === 'ringing').map(({ reason }) => reason);
}
