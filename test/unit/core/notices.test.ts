import { describe, expect, it, test } from 'vitest';
import { nextWake } from '../../../src/domain/clocks.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import { type Notice, noticesOf } from '../../../src/domain/notices/notice.ts';
import { isFinished } from '../../../src/domain/process.ts';
import { waitingFor } from '../../../src/domain/waiting-for.ts';
import { incidentAt, rules, steps, type Walk } from '../../support/incidents.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** An Escalation in response, and a draft for this audience as its last notice. */
function drafted(audience: string, over: Parameters<typeof steps.draftNotice>[1] = {}): Walk {
  return incidentAt('response').take('comms1', steps.draftNotice(audience, over));
}

function last(incident: Incident): Notice {
  const notice = noticesOf(incident).at(-1);
  if (notice === undefined) throw new Error('no notice');
  return notice;
}

function released(
  audience: string,
  over: Parameters<typeof steps.releaseNotice>[1] = {},
  draft: Parameters<typeof steps.draftNotice>[1] = {},
): Walk {
  const walk = drafted(audience, draft);
  return walk.take('sponsor1', steps.releaseNotice(last(walk.incident).n, over));
}

/** The batch of the last notice is over. */
function gone(walk: Walk, sent = 3): Walk {
  const told = { sent, refused: 0, withheld: 0, stopped: 0 };
  return walk.hear(walk.effect('send-notice'), 'accepted', null, { told });
}

describe('a trigger of the matrix', () => {
  const standing = (incident: Incident) =>
    noticesOf(incident).map(({ audience, trigger, state }) => [audience, trigger, state]);

  it('makes drafts that go to nobody by themselves', () => {
    const { incident } = incidentAt('response');
    expect(standing(incident)).toEqual([['internal-open', 'discovery', 'drafted']]);
    expect(incident.effects.some((effect) => effect.do === 'send-notice')).toBe(false);
  });

  it('makes none for a Normal incident', () => {
    const { incident } = incidentAt('triage').take('lead1', steps.assess('normal'));
    expect(noticesOf(incident)).toEqual([]);
  });

  it('makes none where the incident began under a policy without audiences', () => {
    const { audiences: _, notices: __, ...before } = rules();
    const { incident } = incidentAt('response', { rules: before });
    expect(incident).not.toHaveProperty('notices');
  });

  it('makes drafts of the scope, the action items and the review, each once', () => {
    const triggers = noticesOf(incidentAt('review').incident).map(
      ({ audience, trigger }) => `${trigger} ${audience}`,
    );
    expect(triggers).toEqual([
      'discovery internal-open',
      'scope-known developers-and-operations',
      'scope-known participants',
      'action-items developers-and-operations',
      'resolved internal-open',
      'resolved developers-and-operations',
      'resolved leaders',
      'resolved participants',
    ]);
  });

  it('makes another draft of a further finding only when the first is released', () => {
    const finding = (n: number) => ({
      type: 'note' as const,
      ...{ kind: 'finding' as const, textId: `finding-${n}`, tlp: 'AMBER' as const, corrects: null },
    });
    const two = incidentAt('response').tell(finding(1)).tell(finding(2));
    const findings = ({ incident }: Walk) =>
      noticesOf(incident).filter(({ trigger }) => trigger === 'finding');
    expect(findings(two)).toHaveLength(1);
    const n = findings(two)[0]?.n ?? 0;
    const third = two
      .take('comms1', { verb: 'notice-edit', n, textId: 'text-edited', tlp: 'GREEN' })
      .take('sponsor1', steps.releaseNotice(n, { revision: 2 }))
      .tell(finding(3));
    expect(findings(third)).toHaveLength(2);
  });

  it('raises a draft that nobody has edited with its incident, and no other', () => {
    const walk = drafted('internal-open').take('lead1', steps.reassess('escalation', { tlp: 'RED' }));
    const labels = noticesOf(walk.incident).map(({ tlp, revision }) => [tlp, revision]);
    expect(labels).toEqual([
      ['RED', 2],
      ['GREEN', 1],
    ]);
  });

  it('labels a draft as its incident is', () => {
    expect(last(incidentAt('response').incident).tlp).toBe('AMBER');
  });
});

describe('the release', () => {
  test.each(['lead1', 'comms1'])('to an audience outside the CSIRT is not that of %s', (username) => {
    const walk = drafted('participants');
    const { n } = last(walk.incident);
    const refusal = walk.refusal(username, steps.releaseNotice(n));
    expect(refusal).toMatchObject({
      refused: 'not-yours',
      detail: expect.stringContaining('Executive Sponsor'),
    });
  });

  test.each(['lead1', 'comms1', 'sponsor1'])('within the CSIRT is that of %s', (username) => {
    const walk = drafted('csirt');
    const { n } = last(walk.incident);
    expect(last(walk.take(username, steps.releaseNotice(n)).incident).state).toBe('sending');
  });

  it('is that of the communications representative who is named, once one is', () => {
    const walk = incidentAt('response')
      .take('lead1', steps.appoint('sme1', 'communications'))
      .take('sme1', steps.draftNotice('csirt'));
    const { n } = last(walk.incident);
    expect(walk.refusal('comms1', steps.releaseNotice(n))).toMatchObject({ refused: 'not-yours' });
    expect(last(walk.take('sme1', steps.releaseNotice(n)).incident).state).toBe('sending');
  });

  it('of a text that is stricter than the audience may see is refused, naming both', () => {
    const { incident } = incidentAt('response');
    const { n } = last(incident);
    const refusal = incidentAt('response').refusal('sponsor1', steps.releaseNotice(n));
    expect(refusal).toMatchObject({
      refused: 'invalid',
      detail: expect.stringMatching(/TLP:AMBER.*TLP:GREEN/),
    });
  });

  it('names the lead among those consulted, or says why not', () => {
    const walk = drafted('participants');
    const { n } = last(walk.incident);
    expect(walk.refusal('sponsor1', steps.releaseNotice(n, { consulted: [] }))).toMatchObject({
      refused: 'reason-required',
    });
    const unasked = steps.releaseNotice(n, { consulted: [], reasonTextId: 'text-reason' });
    expect(last(walk.take('sponsor1', unasked).incident).state).toBe('sending');
  });

  it('is of the revision that was read', () => {
    const walk = drafted('participants');
    const { n } = last(walk.incident);
    const edited = walk.take('comms1', { verb: 'notice-edit', n, textId: 'text-edited', tlp: null });
    expect(edited.refusal('sponsor1', steps.releaseNotice(n))).toMatchObject({ refused: 'not-now' });
    expect(last(edited.take('sponsor1', steps.releaseNotice(n, { revision: 2 })).incident).textId).toBe(
      'text-edited',
    );
  });

  it('for later goes out at its instant, which wakes the process', () => {
    const walk = drafted('participants');
    const startsAt = walk.now + 30 * MINUTE;
    const { n } = last(walk.incident);
    const waiting = walk.take('sponsor1', steps.releaseNotice(n, { startsAt }));
    expect(last(waiting.incident)).toMatchObject({ state: 'scheduled', nextAt: startsAt });
    expect(nextWake(last2(waiting), rules())).toEqual({ at: startsAt, what: `notice ${n}` });
    expect(last(waiting.wait(30 * MINUTE).incident)).toMatchObject({ state: 'sending', instance: 1 });
  });

  it('is void once the text is edited', () => {
    const walk = released('participants', { startsAt: incidentAt('response').now + DAY });
    const { n } = last(walk.incident);
    const edited = walk.take('comms1', { verb: 'notice-edit', n, textId: 'text-edited', tlp: null });
    expect(last(edited.incident)).toMatchObject({ state: 'drafted', release: null, nextAt: null });
    const later = edited.wait(2 * DAY).incident;
    expect(last(later).state).toBe('drafted');
  });

  it('for again and again covers the released text until somebody stops it', () => {
    const first = gone(released('participants', { everyMs: DAY }));
    expect(last(first.incident)).toMatchObject({ state: 'scheduled', instance: 1 });
    const second = first.wait(DAY);
    expect(last(second.incident)).toMatchObject({ state: 'sending', instance: 2 });
    const { n } = last(second.incident);
    const stopped = gone(second).take('lead1', { verb: 'notice-stop', n, textId: 'text-reason' });
    expect(last(stopped.incident)).toMatchObject({ state: 'sent', nextAt: null });
    expect(last(stopped.wait(3 * DAY).incident).instance).toBe(2);
  });
});

/** Only its notices: the other clocks of an incident wake it too. */
function last2({ incident }: Walk): Incident {
  return { ...incident, clocks: [], pages: [] };
}

describe('what is going out', () => {
  it('stops when the label of its incident is raised, and says so', () => {
    const walk = released('participants');
    const raised = walk.take('lead1', steps.reassess('escalation', { tlp: 'RED' }));
    expect(last(raised.incident).state).toBe('stopped');
    expect(raised.events.map(({ body }) => body)).toContainEqual({
      type: 'notice-stopped',
      ...{ n: last(walk.incident).n, because: 'label-raised', textId: null },
    });
  });

  it('goes on when a re-assessment keeps the label', () => {
    const walk = released('participants').take('lead1', steps.reassess('emergency'));
    expect(noticesOf(walk.incident).map(({ state }) => state)).toContain('sending');
  });

  it('stops when its own label is raised, by anybody of the CSIRT; nobody lowers it so', () => {
    const walk = released('participants');
    const { n } = last(walk.incident);
    const label = (tlp: 'CLEAR' | 'AMBER') => ({ verb: 'notice-label', n, tlp, textId: 'why' }) as const;
    expect(walk.refusal('responder1', label('CLEAR'))).toMatchObject({ refused: 'invalid' });
    expect(last(walk.take('responder1', label('AMBER')).incident)).toMatchObject({
      state: 'stopped',
      tlp: 'AMBER',
    });
  });

  it('is released again for those who have it not, under the same instance', () => {
    const walk = released('participants');
    const { n } = last(walk.incident);
    const stopped = gone(walk.take('lead1', { verb: 'notice-stop', n, textId: 'why' }), 1);
    const again = stopped.take('sponsor1', steps.releaseNotice(n));
    expect(last(again.incident)).toMatchObject({ state: 'sending', instance: 1 });
    expect(again.incident.effects.filter((effect) => effect.do === 'send-notice')).toHaveLength(1);
  });
});

describe('taking back', () => {
  it('before its instant tells nobody', () => {
    const walk = released('participants', { startsAt: incidentAt('response').now + DAY });
    const { n } = last(walk.incident);
    const withdraw = { verb: 'notice-withdraw', n, textId: 'why', wordsTextId: null } as const;
    const withdrawn = walk.take('comms1', withdraw);
    expect(last(withdrawn.incident)).toMatchObject({ n, state: 'withdrawn' });
    expect(last(withdrawn.wait(2 * DAY).incident).state).toBe('withdrawn');
  });

  it('after it is the Executive Sponsor’s, and tells those who have it', () => {
    const walk = gone(released('participants'));
    const { n } = last(walk.incident);
    const withdraw = { verb: 'notice-withdraw', n, textId: 'why', wordsTextId: 'words' } as const;
    expect(walk.refusal('comms1', withdraw)).toMatchObject({ refused: 'not-yours' });
    expect(walk.refusal('sponsor1', { ...withdraw, wordsTextId: null })).toMatchObject({
      refused: 'reason-required',
    });
    const withdrawn = walk.take('sponsor1', withdraw).incident;
    expect(noticesOf(withdrawn).find((one) => one.n === n)?.state).toBe('withdrawn');
    expect(last(withdrawn)).toMatchObject({
      state: 'sending',
      textId: 'words',
      follows: { n, as: 'withdrawal' },
    });
  });

  it('by a correction waits for a release like any other text', () => {
    const walk = gone(released('participants'));
    const { n } = last(walk.incident);
    const corrected = walk.take('comms1', { verb: 'notice-correct', n, textId: 'right', tlp: null });
    expect(last(corrected.incident)).toMatchObject({
      state: 'drafted',
      tlp: 'GREEN',
      follows: { n, as: 'correction' },
    });
  });
});

describe('the end of an incident', () => {
  it('ends what is told again and again, and what was scheduled of one that is dismissed', () => {
    const walk = incidentAt('triage').take('comms1', steps.draftNotice('participants'));
    const scheduled = walk.take('sponsor1', steps.releaseNotice(1, { startsAt: walk.now + DAY }));
    const { incident } = scheduled.take('responder1', steps.dismiss());
    expect(last(incident)).toMatchObject({ state: 'drafted', nextAt: null });
  });

  it('leaves what was scheduled of one that is closed, and its process waits for it', () => {
    const walk = incidentAt('closed').take('comms1', steps.draftNotice('participants'));
    const { n } = last(walk.incident);
    const { incident, now } = walk.take('sponsor1', steps.releaseNotice(n, { startsAt: walk.now + DAY }));
    expect(last(incident)).toMatchObject({ state: 'scheduled', nextAt: now + DAY });
    expect(isFinished({ ...incident, effects: [] })).toBe(false);
  });
});

describe('a communications representative', () => {
  const isWaitedFor = ({ incident, now }: Walk) =>
    waitingFor(incident, rules(), now).find(({ what }) => what === 'communications');

  it('is waited for from an Escalation on, until one is named', () => {
    expect(isWaitedFor(incidentAt('triage'))).toBeUndefined();
    const walk = incidentAt('response');
    expect(isWaitedFor(walk)).toMatchObject({ who: { person: 'lead1' } });
    expect(isWaitedFor(walk.take('lead1', steps.appoint('comms1', 'communications')))).toBeUndefined();
  });
});
