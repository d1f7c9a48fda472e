import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { PROCESS, type Actor } from '../../src/domain/actor.ts';
import { ruleOf } from '../../src/domain/actions-matrix.ts';
import { nextInstant } from '../../src/domain/clocks.ts';
import type { AssessmentStep, EffectResult, FactBody, Step } from '../../src/domain/commands.ts';
import type { Effect } from '../../src/domain/effects.ts';
import type { EventBody, EventType, IncidentEvent, ReportFacts } from '../../src/domain/events.ts';
import { emptyIncident, evolve } from '../../src/domain/evolve.ts';
import type { Action, Clock, Incident, OutcomeFacts, PageRef, Report } from '../../src/domain/incident.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { elapse, takeCommand, takeFact, takeResult, type Advance } from '../../src/domain/process.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import type { ProcessRules } from '../../src/domain/rules.ts';
import type { Tlp } from '../../src/domain/tlp.ts';
import {
  ACTION_KEYS,
  type ActionKey,
  type Criticality,
  type HandOffBasis,
  type PageReason,
  type Part,
  type ReportKind,
  type Role,
  type Stage,
  type SuspensionAction,
  type SuspensionBasis,
  type TeamRole,
} from '../../src/domain/vocabulary.ts';
import { loadPolicy } from '../../src/policy.ts';

/** Incidents for tests: the shipped policies, people, steps with sensible defaults, and walks through the process. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When the first report of a walk comes in: a Monday at ten in the morning where the organization sits. */
export const RECEIVED_AT = Date.UTC(2026, 5, 15, 14);

const root = resolve(import.meta.dirname, '../..');
const POLICIES = {
  incommon: await loadPolicy(resolve(root, 'policy/incommon.yaml')),
  drill: await loadPolicy(resolve(root, 'policy/drill.yaml')),
};

export function policy(name: keyof typeof POLICIES = 'incommon'): Policy {
  return POLICIES[name];
}

export function rules(name: keyof typeof POLICIES = 'incommon'): ProcessRules {
  return POLICIES[name].rules;
}

/** Somebody of the policy, with their roles; anybody else has none. */
export function actor(username: string): Actor {
  const person = policy().people.find((candidate) => candidate.username === username);
  return { username, roles: person?.roles ?? [] };
}

/** Somebody with exactly these roles. */
export function holderOf(...roles: readonly Role[]): Actor {
  return { username: roles.length === 0 ? 'nobody' : roles.join('-'), roles };
}

export type Judgement = Criticality | 'out-of-scope' | 'not-an-incident';

/** What an assessment says, without contradiction. */
function judged(judgement: Judgement, over: Partial<AssessmentStep> = {}): AssessmentStep {
  const inScope: AssessmentStep = {
    isIncident: true,
    nature: 'compromising-use',
    dependsOnChangeManagement: true,
    scopeCriteria: ['operations-or-providers'],
    criticality: null,
    criteria: [],
    tlp: 'AMBER',
    severityFactors: null,
    textId: `text-${judgement}`,
  };
  return { ...inScope, ...DIFFERENCES[judgement], ...over };
}

const DIFFERENCES: Readonly<Record<Judgement, Partial<AssessmentStep>>> = {
  normal: { criticality: 'normal' },
  escalation: { criticality: 'escalation', criteria: ['production-systems'] },
  emergency: { criticality: 'emergency', criteria: ['health-and-safety'] },
  'out-of-scope': { dependsOnChangeManagement: false },
  'not-an-incident': { isIncident: false, nature: null },
};

type Over<Verb extends Step['verb']> = Partial<Extract<Step, { readonly verb: Verb }>>;

/** Steps with sensible defaults; the words behind `…TextId` are somewhere else. */
export const steps = {
  lead: (username: string, over: Over<'lead'> = {}): Step => ({
    verb: 'lead',
    username,
    isCsirt: actor(username).roles.includes('csirt'),
    reasonTextId: null,
    ...over,
  }),
  handOver: (username: string): Step => steps.lead(username, { reasonTextId: 'text-reason' }),
  kind: (kind: ReportKind): Step => ({ verb: 'kind', kind, textId: 'text-kind' }),
  label: (tlp: Tlp, over: Over<'label'> = {}): Step => ({
    verb: 'label',
    tlp,
    entry: null,
    textId: 'text-label',
    ...over,
  }),
  reply: (how: Extract<Step, { readonly verb: 'reply' }>['how'], over: Over<'reply'> = {}): Step => ({
    verb: 'reply',
    how,
    reportIds: null,
    textId: 'text-reply',
    tlp: 'AMBER',
    at: null,
    ...over,
  }),
  question: (): Step => ({ verb: 'question', textId: 'text-question', tlp: 'AMBER' }),
  assess: (judgement: Judgement, over: Partial<AssessmentStep> = {}): Step => ({
    verb: 'assessment',
    ...judged(judgement, over),
  }),
  reassess: (judgement: Judgement, over: Over<'reassessment'> = {}): Step => ({
    verb: 'reassessment',
    ...judged(judgement),
    hasConference: false,
    again: [],
    ...over,
  }),
  reassessInConference: (judgement: Judgement, over: Over<'reassessment'> = {}): Step =>
    steps.reassess(judgement, { hasConference: true, ...over }),
  handOff: (basis: HandOffBasis): Step => ({ verb: 'hand-off', basis, textId: 'text-hand-off' }),
  dismiss: (): Step => ({ verb: 'dismiss', textId: 'text-dismiss' }),
  merge: (over: Over<'merge'> = {}): Step => ({
    verb: 'merge',
    into: 'INC-2026-0002',
    target: { isOpen: true, criticality: null },
    textId: 'text-merge',
    ...over,
  }),
  reopen: (...again: readonly ActionKey[]): Step => ({ verb: 'reopen', again, textId: 'text-reopen' }),
  complete: (key: ActionKey, over: Over<'complete'> = {}): Step => ({
    verb: 'complete',
    key,
    part: null,
    textId: `text-${key}`,
    facts: {},
    ...over,
  }),
  correct: (key: ActionKey, over: Over<'correct'> = {}): Step => ({
    verb: 'correct',
    key,
    part: null,
    textId: `text-${key}-corrected`,
    facts: {},
    ...over,
  }),
  waive: (key: ActionKey, part: Part | null = null): Step => ({
    verb: 'waive',
    key,
    part,
    textId: `text-${key}-waived`,
  }),
  designate: (key: ActionKey, username: string): Step => ({ verb: 'designate', key, username }),
  verify: (result: 'confirmed' | 'refuted'): Step => ({
    verb: 'request-verification',
    result,
    textId: 'text-verification',
  }),
  suspend: (
    basis: SuspensionBasis,
    { hasImpact = true, action = 'revoke-credentials' as SuspensionAction } = {},
  ): Step => ({ verb: 'suspensions', action, basis, hasImpact, textId: 'text-suspension' }),
  suspensionDone: (n = 1): Step => ({ verb: 'suspension-done', n, textId: null }),
  liftSuspension: (n = 1): Step => ({ verb: 'suspension-lift', n, textId: null }),
  suspensionLifted: (n = 1): Step => ({ verb: 'suspension-lifted', n, textId: null }),
  consult: (asked: string): Step => ({ verb: 'consultations', asked, textId: 'text-question' }),
  appoint: (username: string, role: TeamRole): Step => ({ verb: 'team', username, role }),
  release: (username: string): Step => ({ verb: 'team-remove', username, textId: 'text-release' }),
  callIn: (person: string): Step => ({
    verb: 'pages',
    target: { person, then: rules().ladderOf['call-in'] },
    textId: null,
  }),
  restart: (pageId: string): Step => ({ verb: 'page-restart', pageId }),
  handOn: (pageId: string, to: string, over: Over<'page-hand-on'> = {}): Step => ({
    verb: 'page-hand-on',
    pageId,
    to,
    isPaged: false,
    textId: null,
    ...over,
  }),
  snooze: (pageId: string, forMs: number, over: Over<'page-snooze'> = {}): Step => ({
    verb: 'page-snooze',
    pageId,
    forMs,
    isPaged: false,
    ...over,
  }),
  close: (): Step => ({ verb: 'close', textId: 'text-determination' }),
  draftNotice: (audience: string, over: Over<'notice-draft'> = {}): Step => ({
    verb: 'notice-draft',
    audience,
    trigger: null,
    textId: 'text-notice',
    tlp: 'GREEN',
    ...over,
  }),
  releaseNotice: (n: number, over: Over<'notice-release'> = {}): Step => ({
    verb: 'notice-release',
    n,
    revision: 1,
    startsAt: null,
    everyMs: null,
    channel: null,
    format: 'plain-text',
    consulted: ['lead1'],
    reasonTextId: null,
    ...over,
  }),
  channel: (): Step => ({ verb: 'channel' }),
};

export function reportFacts(over: Partial<ReportFacts> = {}): ReportFacts {
  return {
    reportId: 'report-1',
    channel: 'form',
    kind: 'incident',
    receivedAt: RECEIVED_AT,
    enteredBy: null,
    leadWithinMs: HOUR,
    tlp: 'AMBER+STRICT',
    ...over,
  };
}

export interface WalkOptions {
  readonly id?: string;
  readonly rules?: ProcessRules;
  readonly now?: number;
}

/**
 * One incident on its way: commands, facts, results and time go in as they do in its workflow, all events are kept, and
 * after each of them the events still give the incident.
 */
export class Walk {
  readonly rules: ProcessRules;
  readonly events: IncidentEvent[] = [];
  incident: Incident;
  now: number;
  #commands = 0;

  constructor({ id = 'INC-2026-0001', rules: given = rules(), now = RECEIVED_AT }: WalkOptions = {}) {
    this.rules = given;
    this.now = now;
    this.incident = emptyIncident(id, given);
  }

  /** A step that is taken; that it is refused is a failure of the test. */
  take(who: string | Actor, step: Step, commandId = this.#nextId()): this {
    const outcome = this.#ask(who, step, commandId);
    if (isRefusal(outcome)) assert.fail(`${step.verb} was refused: ${outcome.refused}, ${outcome.detail}`);
    return this.#adopt(outcome).#elapse();
  }

  /** Why a step is refused. */
  refusal(who: string | Actor, step: Step): Refusal {
    const outcome = this.#ask(who, step, this.#nextId());
    if (!isRefusal(outcome)) assert.fail(`${step.verb} was taken: ${JSON.stringify(outcome.events)}`);
    return outcome;
  }

  tell(fact: FactBody, { by = PROCESS, at = this.now, factId = this.#nextId() } = {}): this {
    return this.#adopt(takeFact(this.incident, { factId, by, at, fact }, this.rules, this.now)).#elapse();
  }

  report(over: Partial<ReportFacts> = {}): this {
    return this.tell({ type: 'report', ...reportFacts(over) });
  }

  /** What became of outward work. */
  hear(
    effect: Effect,
    outcome: 'accepted' | 'refused' | 'withheld',
    detail: string | null = null,
    more: Pick<EffectResult, 'room' | 'told'> = {},
  ): this {
    const result = { key: effect.key, outcome, detail, at: this.now, ...more };
    return this.#adopt(takeResult(this.incident, result, this.rules, this.now)).#elapse();
  }

  /** Lets time pass with every instant met as it comes. */
  wait(ms: number): this {
    const end = this.now + ms;
    for (;;) {
      const next = nextInstant(this.incident, this.rules);
      if (next === null || next > end) break;
      assert.ok(next > this.now, 'the next instant lies ahead');
      this.now = next;
      this.#elapse();
    }
    this.now = end;
    return this.#elapse();
  }

  /** Lets time pass with nobody looking, as when the engine is away; everything missed is met at its end. */
  outage(ms: number): this {
    this.now += ms;
    return this.#elapse();
  }

  /** Runs a part of the walk and gives the bodies of the events that it made. */
  during(part: (walk: this) => unknown): readonly EventBody[] {
    const before = this.events.length;
    part(this);
    return this.events.slice(before).map(({ body }) => body);
  }

  /** A row done as the framework has it, by those whose it is. */
  complete(key: ActionKey): this {
    const { parts } = ruleOf(this.rules, key);
    return parts
      .filter((part) => !(key === 'external-help' && part === 'executive'))
      .reduce(
        (walk, part) => walk.take(OWNERS[part], steps.complete(key, { part, facts: FACTS[key] ?? {} })),
        this as this,
      );
  }

  of<Type extends EventType>(type: Type): readonly Extract<EventBody, { readonly type: Type }>[] {
    return this.events.flatMap(({ body }) =>
      body.type === type ? [body as Extract<EventBody, { readonly type: Type }>] : [],
    );
  }

  clock(name: string, reportId: string | null = null): Clock {
    return found(
      this.incident.clocks.find((clock) => clock.name === name && clock.reportId === reportId),
      `clock ${name}`,
    );
  }

  reply(reportId = 'report-1'): Clock {
    return this.clock('reply', reportId);
  }

  reportOf(id = 'report-1'): Report {
    return found(
      this.incident.reports.find((report) => report.id === id),
      `report ${id}`,
    );
  }

  action(key: ActionKey): Action {
    return found(
      this.incident.actions.find((action) => action.key === key),
      `row ${key}`,
    );
  }

  pages(reason: PageReason): readonly PageRef[] {
    return this.incident.pages.filter((page) => page.reason === reason);
  }

  page(reason: PageReason): PageRef {
    const [page, another] = this.pages(reason);
    assert.equal(another, undefined, `there is one page for ${reason}`);
    return found(page, `page for ${reason}`);
  }

  effect<Do extends Effect['do']>(what: Do): Extract<Effect, { readonly do: Do }> {
    const [effect, another] = this.effects(what);
    assert.equal(another, undefined, `there is one ${what}`);
    return found(effect, `effect ${what}`);
  }

  effects<Do extends Effect['do']>(what: Do): readonly Extract<Effect, { readonly do: Do }>[] {
    return this.incident.effects.flatMap((effect) =>
      effect.do === what ? [effect as Extract<Effect, { readonly do: Do }>] : [],
    );
  }

  acknowledge(by: string, reason: PageReason): this {
    return this.tell({ type: 'page-acknowledged', pageId: this.page(reason).id }, { by });
  }

  decline(by: string, reason: PageReason): this {
    return this.tell({ type: 'page-declined', pageId: this.page(reason).id }, { by });
  }

  climb(reason: PageReason, rung: number, round = 1): this {
    const { id: pageId, ring } = this.page(reason);
    return this.tell({ type: 'page-climbed', pageId, ring, round, rung, people: [`person-${rung}`] });
  }

  exhaust(reason: PageReason): this {
    const { id: pageId, ring } = this.page(reason);
    return this.tell({ type: 'page-exhausted', pageId, ring, rounds: 3 });
  }

  #ask(who: string | Actor, step: Step, commandId: string): Advance | Refusal {
    const by = typeof who === 'string' ? actor(who) : who;
    return takeCommand(this.incident, { commandId, by, step }, this.rules, this.now);
  }

  #elapse(): this {
    this.#adopt(elapse(this.incident, this.rules, this.now));
    const next = nextInstant(this.incident, this.rules);
    assert.ok(next === null || next > this.now, `nothing due is left behind: ${next}`);
    return this;
  }

  #adopt({ incident, events }: Advance): this {
    const seqs = events.map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => this.incident.version + index + 1),
      'events are numbered densely',
    );
    const folded = events.reduce((before, event) => evolve(before, event, this.rules), this.incident);
    assert.deepEqual(folded, incident, 'the events give the incident');
    this.events.push(...events);
    this.incident = incident;
    return this;
  }

  #nextId(): string {
    this.#commands += 1;
    return `command-${this.#commands}`;
  }
}

/** Who says the parts of a row in a walk. */
export const OWNERS: Readonly<Record<Part, string>> = {
  lead: 'lead1',
  legal: 'legal1',
  executive: 'sponsor1',
  csirt: 'responder1',
};

const FACTS: Readonly<Partial<Record<ActionKey, OutcomeFacts>>> = {
  'protected-information': { identity: 'no', health: 'no' },
  'external-help': { needed: false },
};

const ROWS_2_TO_7 = ACTION_KEYS.slice(1, 7);

const ROWS_9_TO_17 = ACTION_KEYS.slice(8, 17);

export interface IncidentOptions extends WalkOptions {
  readonly report?: Partial<ReportFacts>;
  /** Of `response` and what follows it. */
  readonly criticality?: 'escalation' | 'emergency';
}

/**
 * An incident that has come as far as this stage on the usual way: lead1 leads, nothing was answered yet before `closed`
 * and `handed-off` (a Normal one).
 */
export function incidentAt(stage: Stage, options: IncidentOptions = {}): Walk {
  const { report, criticality = 'escalation', ...walk } = options;
  switch (stage) {
    case 'received':
      return new Walk(walk).report(report);
    case 'triage':
      return incidentAt('received', options).take('responder1', steps.lead('lead1'));
    case 'response':
      return incidentAt('triage', options).take('lead1', steps.assess(criticality));
    case 'review':
      return inConference(incidentAt('response', options), criticality, ROWS_9_TO_17);
    case 'closed':
      return incidentAt('review', options)
        .complete('after-action-review')
        .take('responder1', steps.reply('phone'))
        .take('sponsor1', steps.close());
    case 'handed-off':
      return normalIncident(options)
        .take('responder1', steps.reply('phone'))
        .complete('engage-legal')
        .complete('protected-information')
        .complete('deliver-assessment')
        .take('lead1', steps.handOff('normal'));
    case 'merged':
      return incidentAt('received', options).take('responder1', steps.merge());
    case 'dismissed':
      return incidentAt('received', options).take('responder1', steps.dismiss());
  }
}

/** In triage, assessed as Normal: rows 2, 3 and 7 are due. */
export function normalIncident(options: IncidentOptions = {}): Walk {
  return incidentAt('triage', options).take('lead1', steps.assess('normal'));
}

/** In response, row 8 done by a conference that kept the criticality, and the rows named done after it. */
export function inConference(
  walk: Walk,
  judgement: 'escalation' | 'emergency' = 'escalation',
  then: readonly ActionKey[] = [],
): Walk {
  const ready = ROWS_2_TO_7.reduce((current, key) => current.complete(key), walk);
  const held = ready.take('lead1', steps.reassessInConference(judgement));
  return then.reduce((current, key) => current.complete(key), held);
}

function found<Value>(value: Value | undefined, what: string): Value {
  assert.ok(value !== undefined, `there is a ${what}`);
  return value;
}
