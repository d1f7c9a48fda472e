import { beforeAll, describe, expect, test } from 'vitest';
import { emptyIncident } from '../../src/domain/evolve.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { Step } from '../../src/domain/commands.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { elapse, takeCommand, takeFact, takeResult } from '../../src/domain/process.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { concerns, waitingFor } from '../../src/domain/waiting-for.ts';
import { actorOf } from '../../src/api/sign-in.ts';
import { loadPolicy } from '../../src/policy.ts';

const NINE = Date.UTC(2026, 1, 3, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let policy: Policy;

beforeAll(async () => {
  policy = await loadPolicy('policy/incommon.yaml');
});

/** An incident whose story is told step by step, one minute each. */
class Story {
  incident: Incident;
  now = NINE;

  constructor(
    kind: Incident['kind'] = 'incident',
    channel: 'form' | 'phone' = 'form',
    more: { readonly isUnread?: boolean } = {},
  ) {
    const { rules } = policy;
    const report = {
      type: 'report',
      reportId: 'r1',
      channel,
      kind,
      receivedAt: NINE,
      enteredBy: channel === 'phone' ? 'responder1' : null,
      leadWithinMs: HOUR,
      tlp: 'AMBER',
      ...more,
    } as const;
    const fact = { factId: 'f1', by: 'tocsin', at: NINE, fact: report };
    this.incident = takeFact(emptyIncident('INC-2026-0001', rules), fact, rules, NINE).incident;
  }

  take(username: string, step: Step): this {
    this.now += MINUTE;
    const by = actorOf(policy, username);
    if (by === null) throw new Error(username);
    const commandId = `${username}:${this.now}`;
    const advance = takeCommand(this.incident, { commandId, by, step }, policy.rules, this.now);
    if (isRefusal(advance)) throw new Error(advance.detail);
    this.incident = advance.incident;
    return this;
  }

  lead(username = 'lead1'): this {
    return this.take('responder1', { verb: 'lead', username, isCsirt: true, reasonTextId: null });
  }

  assess(said: Partial<Extract<Step, { verb: 'assessment' }>> = {}): this {
    return this.take('lead1', {
      verb: 'assessment',
      isIncident: true,
      nature: 'neglect',
      dependsOnChangeManagement: true,
      scopeCriteria: ['operations-or-providers'],
      criticality: 'normal',
      criteria: [],
      tlp: 'AMBER',
      textId: 't',
      severityFactors: null,
      ...said,
    });
  }

  complete(key: Extract<Step, { verb: 'complete' }>['key'], username = 'lead1', facts = {}): this {
    return this.take(username, { verb: 'complete', key, part: null, textId: 't', facts });
  }

  noReply(): this {
    return this.take('responder1', {
      verb: 'reply',
      how: 'unnecessary',
      reportIds: null,
      textId: 't',
      tlp: 'AMBER',
      at: null,
    });
  }

  get waits() {
    return waitingFor(this.incident, policy.rules, this.now);
  }

  get whats(): string[] {
    return this.waits.map(({ what, who }) => `${what} ${'person' in who ? who.person : who.role}`);
  }
}

const actor = (username: string): Actor => actorOf(policy, username) ?? { username, roles: [] };

describe('an incident waits for', () => {
  test('a lead and a reply when it was received', () => {
    expect(new Story().waits).toEqual([
      { what: 'lead', who: { role: 'csirt' }, since: NINE, dueAt: NINE + HOUR },
      {
        what: 'reply',
        who: { role: 'csirt' },
        since: NINE,
        dueAt: NINE + 24 * HOUR,
        reportId: 'r1',
        state: 'owed',
      },
    ]);
  });

  test('an assessment of its lead', () => {
    expect(new Story().lead().noReply().waits).toEqual([
      { what: 'assessment', who: { person: 'lead1' }, since: NINE + MINUTE, dueAt: null },
    ]);
  });

  test('the mail server while a reply is on its way, and for nobody when that took it', () => {
    const story = new Story().lead().assess();
    story.take('lead1', { verb: 'reply', how: 'mail', reportIds: null, textId: 't', tlp: 'AMBER', at: null });
    expect(story.waits.find(({ what }) => what === 'reply')).toMatchObject({
      who: { person: 'tocsin' },
      state: 'sending',
    });
    const [sending] = story.incident.effects.filter((effect) => effect.do === 'reply');
    const result = { key: sending?.key ?? '', outcome: 'accepted', detail: null, at: story.now } as const;
    story.incident = takeResult(story.incident, result, policy.rules, story.now).incident;
    expect(story.waits.find(({ what }) => what === 'reply')).toBeUndefined();
  });

  test('the rows that are due, each with its part, its person and its time', () => {
    const story = new Story().lead().noReply().assess();
    expect(story.whats).toEqual([
      'action:engage-legal lead1',
      'action:protected-information lead1',
      'action:deliver-assessment lead1',
    ]);
    expect(story.waits[0]).toEqual({
      what: 'action:engage-legal',
      who: { person: 'lead1' },
      since: story.now,
      dueAt: story.now + 2 * HOUR,
      part: 'lead',
    });
    story.take('lead1', { verb: 'designate', key: 'engage-legal', username: 'comms1' });
    expect(story.whats[0]).toBe('action:engage-legal comms1');
  });

  test('the hand-off once a Normal incident has its rows behind it, and Legal after it', () => {
    const story = new Story().lead().noReply().assess().complete('engage-legal');
    story.complete('protected-information', 'lead1', { identity: 'unknown', health: 'no' });
    expect(story.whats).not.toContain('hand-off lead1');
    story.complete('deliver-assessment');
    expect(story.whats).toEqual(['action:insurance-notice legal', 'hand-off lead1']);
    story.take('lead1', { verb: 'hand-off', basis: 'normal', textId: 't' });
    expect(story.whats).toEqual(['action:insurance-notice legal']);
    expect(story.complete('insurance-notice', 'legal1').whats).toEqual([]);
  });

  test('the hand-off of what is no incident', () => {
    const story = new Story().lead().noReply().assess({ isIncident: false, nature: null, criticality: null });
    expect(story.whats).toEqual(['hand-off lead1']);
  });

  test('the General Counsel alone, when law enforcement asks', () => {
    const story = new Story('law-enforcement');
    expect(story.whats).toEqual(['hand-off general-counsel', `page:INC-2026-0001-P1 general-counsel`]);
  });

  test('the verification of a request to suspend, and operations once it is decided', () => {
    const story = new Story('suspension-request').lead().noReply();
    expect(story.whats).toEqual(['verification csirt', 'assessment lead1']);
    story.take('responder1', { verb: 'request-verification', result: 'confirmed', textId: 't' });
    story.take('lead1', {
      verb: 'suspensions',
      action: 'revoke-credentials',
      basis: 'verified-request',
      hasImpact: false,
      textId: 't',
    });
    expect(story.whats).toContain('suspension:1 operations');
    story.take('ops1', { verb: 'suspension-done', n: 1, textId: null });
    expect(story.whats).not.toContain('suspension:1 operations');
    story.take('responder1', { verb: 'dismiss', textId: 't' });
    story.take('lead1', { verb: 'suspension-lift', n: 1, textId: null });
    expect(story.whats).toEqual(['suspension:1 operations']);
  });

  test('who was asked, until they answered', () => {
    const story = new Story()
      .lead()
      .take('responder1', { verb: 'consultations', asked: 'sme1', textId: 't' });
    expect(story.whats).toContain('consultation:1 sme1');
    const fact = { type: 'consultation-answer', n: 1, textId: 't' } as const;
    story.incident = takeFact(
      story.incident,
      { factId: 'f2', by: 'sme1', at: story.now, fact },
      policy.rules,
      story.now,
    ).incident;
    expect(story.whats).not.toContain('consultation:1 sme1');
  });

  test('a page that rings, but not for one that is only armed', () => {
    const story = new Story('incident', 'phone');
    expect(story.whats).toContain('page:INC-2026-0001-P1 csirt');
    const armed = new Story();
    const dueAt = armed.waits.find(({ what }) => what === 'lead')?.dueAt ?? 0;
    armed.now = dueAt - 1000;
    armed.incident = elapse(armed.incident, policy.rules, armed.now).incident;
    expect(armed.incident.pages).toHaveLength(1);
    expect(armed.whats).not.toContain('page:INC-2026-0001-P1 csirt');
    armed.now = dueAt;
    expect(armed.whats).toContain('page:INC-2026-0001-P1 csirt');
  });

  test('a page that is exhausted', () => {
    const story = new Story('incident', 'phone');
    const fact = { type: 'page-exhausted', pageId: 'INC-2026-0001-P1', ring: 1, rounds: 3 } as const;
    story.incident = takeFact(
      story.incident,
      { factId: 'f2', by: 'tocsin', at: story.now, fact },
      policy.rules,
      story.now,
    ).incident;
    expect(story.waits.find(({ what }) => what.startsWith('page:'))).toMatchObject({ state: 'exhausted' });
    expect(story.whats.filter((what) => what.startsWith('page:'))).toEqual(['page:INC-2026-0001-P1 csirt']);
  });

  test('a page of somebody else that is exhausted, which is the CSIRT’s to restart or take', () => {
    const story = new Story('law-enforcement');
    const fact = { type: 'page-exhausted', pageId: 'INC-2026-0001-P1', ring: 1, rounds: 3 } as const;
    story.incident = takeFact(
      story.incident,
      { factId: 'f2', by: 'tocsin', at: story.now, fact },
      policy.rules,
      story.now,
    ).incident;
    expect(story.whats.filter((what) => what.startsWith('page:'))).toEqual(['page:INC-2026-0001-P1 csirt']);
  });
});

describe('what waits concerns', () => {
  const concerned = (story: Story, what: string) =>
    policy.people
      .map(({ username }) => username)
      .filter((username) =>
        story.waits.some(
          (waiting) => waiting.what === what && concerns(actor(username), waiting, story.incident),
        ),
      );

  test('the lead and the designee, for a row of the lead', () => {
    const story = new Story().lead().assess();
    expect(concerned(story, 'action:engage-legal')).toEqual(['lead1']);
    story.take('lead1', { verb: 'designate', key: 'engage-legal', username: 'sme1' });
    expect(concerned(story, 'action:engage-legal')).toEqual(['lead1', 'sme1']);
  });

  test('the CSIRT and the team, for a lead and a reply', () => {
    const story = new Story();
    expect(concerned(story, 'lead')).toEqual([
      'responder1',
      'responder2',
      'lead1',
      'sponsor1',
      'comms1',
      'renisac1',
    ]);
    story.lead().take('lead1', { verb: 'team', username: 'sme1', role: 'sme' });
    expect(concerned(story, 'reply')).toContain('sme1');
  });

  test('Legal, for the insurance', () => {
    expect(
      concerned(new Story().lead().assess().complete('engage-legal'), 'action:insurance-notice'),
    ).toEqual(['legal1']);
  });
});

describe('a report that no machine could read', () => {
  const unread = () => new Story('incident', 'form', { isUnread: true });
  const waits = ({ incident, now }: Story) =>
    waitingFor(incident, policy.rules, now).filter(({ what }) => what === 'read-report');
  const noted = (story: Story, by: string) => {
    const fact = { type: 'note', kind: 'note', textId: 't', tlp: 'AMBER', corrects: null } as const;
    const told = { factId: `note by ${by}`, by, at: story.now, fact };
    story.incident = takeFact(story.incident, told, policy.rules, story.now).incident;
    return story;
  };

  test('waits for the CSIRT to read it', () => {
    expect(waits(unread())).toEqual([
      { what: 'read-report', who: { role: 'csirt' }, since: NINE, dueAt: null, reportId: 'r1' },
    ]);
    expect(waits(new Story())).toEqual([]);
  });

  test('has been read by whoever writes a note, and not by the process that writes one', () => {
    expect(waits(noted(unread(), 'tocsin'))).toHaveLength(1);
    expect(waits(noted(unread(), 'responder1'))).toEqual([]);
  });

  test('has been read by whoever answers it or assesses it', () => {
    const answered = unread().noReply();
    expect(waits(answered)).toEqual([]);
    expect(waits(unread().lead())).toHaveLength(1);
    expect(waits(unread().lead().assess())).toEqual([]);
  });
});
