import fc from 'fast-check';
import { missingParts, ruleOf } from '../../../src/domain/actions-matrix.ts';
import { PROCESS } from '../../../src/domain/actor.ts';
import type { Command, Fact, FactBody, Step } from '../../../src/domain/commands.ts';
import type { IncidentEvent } from '../../../src/domain/events.ts';
import { emptyIncident } from '../../../src/domain/evolve.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import { elapse, takeCommand, takeFact, takeResult } from '../../../src/domain/process.ts';
import { isRefusal } from '../../../src/domain/refusal.ts';
import type { ProcessRules } from '../../../src/domain/rules.ts';
import {
  ACTION_KEYS,
  HAND_OFF_BASES,
  PARTS,
  REPORT_CHANNELS,
  REPORT_KINDS,
  type ActionKey,
  type ActionState,
  type Part,
} from '../../../src/domain/vocabulary.ts';
import {
  actor,
  DAY,
  HOUR,
  MINUTE,
  RECEIVED_AT,
  reportFacts,
  rules,
  SECOND,
  steps,
  type Judgement,
} from '../../support/incidents.ts';

/** What happens next, by chance: four numbers, which what is possible then gives their meaning. */
export type Move = readonly [number, number, number, number];

/** Evenly spread: small numbers are no likelier to find anything than others. */
const anyMove: fc.Arbitrary<Move> = fc.noBias(fc.tuple(fc.nat(15), fc.nat(999), fc.nat(999), fc.nat(999)));

export const moves = fc.array(anyMove, { minLength: 10, maxLength: 90, size: 'max' });

export interface Beginning {
  readonly channel: (typeof REPORT_CHANNELS)[number];
  readonly kind: (typeof REPORT_KINDS)[number];
  readonly policy: 'incommon' | 'drill';
  readonly isLate: boolean;
  /** How many sensible steps are taken before chance takes over: otherwise few would ever get as far as the review. */
  readonly headStart: number;
}

export const beginnings: fc.Arbitrary<Beginning> = fc.record({
  channel: fc.constantFrom(...REPORT_CHANNELS),
  // Most reports are ordinary ones.
  kind: fc.constantFrom('incident', 'incident', 'incident', 'vulnerability', ...REPORT_KINDS),
  policy: fc.constantFrom('incommon', 'drill'),
  isLate: fc.boolean(),
  headStart: fc.constantFrom(0, 0, 0, 20, 40),
});

/** One thing that was done to an incident, and what came of it. */
export interface Turn {
  readonly before: Incident;
  readonly after: Incident;
  readonly events: readonly IncidentEvent[];
  readonly now: number;
  readonly wasRefused: boolean;
  /** Null but for commands. */
  readonly command: Command | null;
  /** Whether time did it by itself. */
  readonly isTime: boolean;
}

const PEOPLE = [
  'responder1',
  'responder2',
  'lead1',
  'sponsor1',
  'comms1',
  'legal1',
  'counsel1',
  'ops1',
  'sme1',
  'auditor1',
  'admin1',
];
const JUDGEMENTS: readonly Judgement[] = [
  'normal',
  'escalation',
  'emergency',
  'out-of-scope',
  'not-an-incident',
];
const OUTCOMES = ['accepted', 'accepted', 'refused', 'withheld'] as const;
const REPORT_IDS = ['report-1', 'report-2', 'report-3', 'report-9'];

/** Runs a walk and gives every turn to who looks on. Time never stands still for long. */
export function walk(beginning: Beginning, path: readonly Move[], look: (turn: Turn) => void): Incident {
  const walker = new Walker(rules(beginning.policy), look);
  const { channel, kind, headStart } = beginning;
  if (beginning.isLate) walker.pass(30 * HOUR);
  walker.tell({ type: 'report', ...reportFacts({ channel, kind, tlp: 'GREEN' }) }, 'responder1');
  for (let n = 0; n < headStart; n += 1) walker.move([0, n, 1, 0]);
  for (const move of path) walker.move(move);
  return walker.incident;
}

class Walker {
  readonly #rules: ProcessRules;
  readonly #look: (turn: Turn) => void;
  readonly #commands: Command[] = [];
  readonly #facts: Fact[] = [];
  #now = RECEIVED_AT;
  #ids = 0;
  incident: Incident;

  constructor(given: ProcessRules, look: (turn: Turn) => void) {
    this.#rules = given;
    this.#look = look;
    this.incident = emptyIncident('INC-2026-0001', given);
  }

  move([kind, a, b, c]: Move): void {
    if (kind <= 4) return this.#takeSensibleStep(a, b);
    if (kind <= 9) return this.#take(pick(this.#people(), a), this.#anyStep(b, c));
    if (kind <= 11) return this.tell(this.#anyFact(a, b), pick([...PEOPLE, PROCESS], c));
    if (kind <= 12) return this.#hear(a, b);
    if (kind <= 13) return this.pass((b + 1) * pick([SECOND / 100, SECOND, MINUTE], a));
    if (kind <= 14) return this.pass(pick([MINUTE, HOUR, 5 * HOUR, DAY, 9 * DAY], a) + b);
    return this.#repeat(a);
  }

  pass(ms: number): void {
    this.#now += ms;
    this.#elapse();
  }

  tell(fact: FactBody, by: string): void {
    const told: Fact = { factId: this.#nextId(), by, at: this.#now, fact };
    this.#facts.push(told);
    this.#takeUp(told);
  }

  #takeUp(told: Fact): void {
    const before = this.incident;
    const { incident, events } = takeFact(before, told, this.#rules, this.#now);
    this.#turned({ before, after: incident, events, wasRefused: false, command: null, isTime: false });
    this.#elapse();
  }

  #take(who: string, step: Step): void {
    const command = { commandId: this.#nextId(), by: actor(who), step };
    this.#commands.push(command);
    this.#ask(command);
  }

  #ask(command: Command): void {
    const before = this.incident;
    const outcome = takeCommand(before, command, this.#rules, this.#now);
    const wasRefused = isRefusal(outcome);
    const { incident: after, events } = wasRefused ? { incident: before, events: [] } : outcome;
    this.#turned({ before, after, events, wasRefused, command, isTime: false });
    this.#elapse();
  }

  #hear(a: number, b: number): void {
    const { effects } = this.incident;
    if (effects.length === 0) return;
    const before = this.incident;
    const result = { key: pick(effects, a).key, outcome: pick(OUTCOMES, b), detail: null, at: this.#now };
    const { incident, events } = takeResult(before, result, this.#rules, this.#now);
    this.#turned({ before, after: incident, events, wasRefused: false, command: null, isTime: false });
    this.#elapse();
  }

  /** The same command or the same fact once more. */
  #repeat(a: number): void {
    const known = this.#commands.filter(({ commandId }) =>
      this.incident.answered.some((answered) => answered.commandId === commandId),
    );
    if (a % 2 === 0 && known.length > 0) return this.#ask(pick(known, a));
    this.#takeUp(pick(this.#facts, a));
  }

  #elapse(): void {
    const before = this.incident;
    const { incident, events } = elapse(before, this.#rules, this.#now);
    this.#turned({ before, after: incident, events, wasRefused: false, command: null, isTime: true });
  }

  #turned(turn: Omit<Turn, 'now'>): void {
    this.incident = turn.after;
    this.#look({ ...turn, now: this.#now });
  }

  #nextId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  /** What somebody who knows the process would do next. */
  #takeSensibleStep(a: number, b: number): void {
    const next = b % 5 === 0 ? this.#snoozes(a) : this.#sensibleSteps(b);
    if (next.length === 0) return this.pass(HOUR);
    const [who, step] = pick(next, a);
    this.#take(who, step);
  }

  /** By those who have a page; where nobody has one, what is sensible otherwise. */
  #snoozes(a: number): readonly (readonly [string, Step])[] {
    const snoozes = this.incident.pages.flatMap(({ id, state, acknowledgedBy }) =>
      state === 'acknowledged' && acknowledgedBy !== null
        ? [[acknowledgedBy, steps.snooze(id, (1 + (a % 7)) * 30 * MINUTE, { isPaged: true })] as const]
        : [],
    );
    return snoozes.length > 0 ? snoozes : this.#sensibleSteps(a);
  }

  #sensibleSteps(b: number): readonly (readonly [string, Step])[] {
    const { stage, lead, isIncident, kind, criticality } = this.incident;
    if (stage === 'closed' || stage === 'handed-off' || stage === 'merged' || stage === 'dismissed') {
      return b % 2 === 0 ? [['sponsor1', steps.reopen(...this.#doneRows(b))]] : [];
    }
    if (kind === 'law-enforcement') {
      return [
        ['counsel1', steps.handOff('law-enforcement')],
        ['counsel1', steps.kind('incident')],
      ];
    }
    if (lead === null) return [['responder1', steps.lead('lead1')]];
    if (isIncident === null) return [[lead, steps.assess(pick(JUDGEMENTS, b))]];
    if (stage === 'review') {
      return [['responder1', steps.reply('phone')], ['sponsor1', steps.close()], ...this.#dueRows()];
    }
    const judgement = criticality === 'emergency' ? 'emergency' : 'escalation';
    const conference: readonly [string, Step] = [lead, steps.reassessInConference(judgement)];
    const isRow8Due = this.incident.actions.some(({ key, state }) => key === 'reassess' && state === 'due');
    const isEnding = criticality === null || criticality === 'normal';
    return [
      ...this.#dueRows(),
      ...(isRow8Due ? [conference, conference] : []),
      ...(isEnding ? HAND_OFF_BASES.map((basis) => [lead, steps.handOff(basis)] as const) : []),
      ...(isEnding ? [['responder1', steps.reply('phone')] as const] : []),
    ];
  }

  #dueRows(): readonly (readonly [string, Step])[] {
    return this.incident.actions.flatMap((action) => {
      if (action.state !== 'due' || action.key === 'reassess') return [];
      const [part] = missingParts(ruleOf(this.#rules, action.key), action, this.incident.criticality);
      if (part === undefined) return [];
      const facts = { needed: part === 'lead' && action.dueAt !== null && action.dueAt % 2 === 0 };
      return [[this.#ownerOf(part), steps.complete(action.key, { part, facts })] as const];
    });
  }

  #ownerOf(part: Part): string {
    const owners = {
      lead: this.incident.lead ?? 'lead1',
      legal: 'legal1',
      executive: 'sponsor1',
      csirt: 'comms1',
    };
    return owners[part];
  }

  #keysThatAre(state: ActionState): readonly ActionKey[] {
    return this.incident.actions.filter((action) => action.state === state).map(({ key }) => key);
  }

  #doneRows(b: number): readonly ActionKey[] {
    const done = [...this.#keysThatAre('done'), ...this.#keysThatAre('waived')];
    const again = done.filter((key) => key !== 'initial-assessment' && key.length % 3 === b % 3);
    return b % 3 === 0 ? [] : again;
  }

  /** Anything at all, sensible or not. */
  #anyStep(b: number, c: number): Step {
    const key = pick([...this.#keysThatAre('due'), ...this.#keysThatAre('done'), ...ACTION_KEYS], c);
    const part = pick([null, ...ruleOf(this.#rules, key).parts, ...PARTS], c);
    const at = this.#now - c * MINUTE;
    const reportIds = c % 3 === 0 ? null : [pick(REPORT_IDS, c)];
    const known = pick(['yes', 'no', 'unknown'] as const, c);
    const facts = { needed: c % 2 === 0, identity: known, health: 'no' as const };
    const target = {
      isOpen: c % 5 !== 0,
      criticality: pick([null, 'normal', 'escalation', 'emergency'] as const, c),
    };
    const onRows = [
      steps.complete(key, { part, facts }),
      steps.correct(key, { part, facts }),
      steps.waive(key, part),
      steps.waive(key),
      steps.designate(key, pick(PEOPLE, c)),
    ];
    const all: readonly Step[] = [
      steps.lead(pick(PEOPLE, c)),
      steps.handOver(pick(PEOPLE, c)),
      steps.kind(pick(REPORT_KINDS, c)),
      steps.reply(pick(['mail', 'phone', 'unnecessary', 'unreachable'] as const, c), { reportIds }),
      steps.reply('mail'),
      steps.reply('phone', { at }),
      steps.question(),
      steps.assess(pick(JUDGEMENTS, c)),
      steps.reassess(pick(JUDGEMENTS, c), { hasConference: c % 2 === 0 }),
      steps.reassessInConference(pick(JUDGEMENTS, c), { again: this.#doneRows(c) }),
      steps.reassessInConference('normal'),
      steps.handOff(pick(HAND_OFF_BASES, c)),
      steps.dismiss(),
      steps.merge({ target: c % 7 === 0 ? null : target }),
      steps.reopen(...this.#doneRows(c)),
      ...onRows,
      ...onRows,
      ...onRows,
      steps.verify(c % 2 === 0 ? 'confirmed' : 'refuted'),
      steps.suspend(c % 2 === 0 ? 'verified-request' : 'unacceptable-risk', { hasImpact: c % 3 !== 0 }),
      steps.suspensionDone(1 + (c % 2)),
      steps.liftSuspension(1 + (c % 2)),
      steps.suspensionLifted(1 + (c % 2)),
      steps.consult(pick(PEOPLE, c)),
      steps.appoint(pick(PEOPLE, c), 'sme'),
      steps.release(pick(PEOPLE, c)),
      steps.callIn(pick(PEOPLE, c)),
      steps.restart(pick(this.#pageIds(), c)),
      this.#handOn(c),
      this.#handOn(c + 1),
      steps.snooze(pick(this.#pageIds(), c), pick([MINUTE, 3 * HOUR, 5 * HOUR, -HOUR], c), {
        isPaged: c % 2 === 0,
      }),
      steps.snooze(pick(this.#pageIds(), c + 1), MINUTE),
      steps.close(),
    ];
    return pick(all, b);
  }

  #handOn(c: number): Step {
    const over = { isPaged: c % 2 === 0, textId: c % 3 === 0 ? 'text-reason' : null };
    return steps.handOn(pick(this.#pageIds(), c), pick(PEOPLE, c), over);
  }

  #anyFact(a: number, b: number): FactBody {
    const pageId = pick(this.#pageIds(), b);
    const ring = Math.max(
      1,
      (this.incident.pages.find(({ id }) => id === pageId)?.ring ?? 1) - (b % 5 === 0 ? 1 : 0),
    );
    const id = pick(REPORT_IDS, b);
    const receivedAt = this.#now - b * MINUTE;
    const reply = pick(['owed', 'sent', 'unnecessary'] as const, b);
    const repliedAt = reply === 'owed' ? null : this.#now - b * SECOND;
    const joined = {
      id,
      channel: 'mail',
      kind: 'incident',
      receivedAt,
      enteredBy: null,
      reply,
      repliedAt,
    } as const;
    const all: readonly FactBody[] = [
      { type: 'note', kind: 'finding', textId: 'text-note', tlp: 'RED', corrects: null },
      { type: 'contact-attempt', textId: 'text-attempt' },
      { type: 'consultation-answer', n: 1 + (b % 2), textId: 'text-answer' },
      { type: 'reporter-answer', reportId: id, textId: 'text-answer' },
      { type: 'page-acknowledged', pageId },
      { type: 'page-acknowledged', pageId },
      { type: 'page-declined', pageId },
      {
        type: 'reply-returned',
        reportId: id,
        key: `INC-2026-0001:reply:${1 + (b % 3)}:${id}`,
        sentAt: this.incident.reports.find((report) => report.id === id)?.repliedAt ?? this.#now,
        code: '5.1.1',
        textId: 'text-returned',
      },
      { type: 'page-undelivered', pageId, person: 'responder1', method: 'sms', code: '21610' },
      { type: 'page-climbed', pageId, ring, round: 1 + (b % 3), rung: 1 + (b % 4), people: ['responder1'] },
      { type: 'page-exhausted', pageId, ring, rounds: 3 },
      {
        type: 'report',
        ...reportFacts({ reportId: pick(['report-1', 'report-2'], b), receivedAt, tlp: 'RED' }),
      },
      { type: 'reports-joined', from: 'INC-2026-0009', reports: [joined] },
      { type: 'reports-left', to: 'INC-2026-0009', reportIds: [pick(['report-3', 'report-9'], b)] },
    ];
    return pick(all, a);
  }

  /** Anybody, and those more often who have something to say. */
  #people(): readonly string[] {
    const lead = this.incident.lead ?? 'responder1';
    return [lead, lead, lead, 'sponsor1', 'sponsor1', 'responder1', 'responder2', ...PEOPLE];
  }

  #pageIds(): readonly string[] {
    return [...this.incident.pages.map(({ id }) => id), 'INC-2026-0001-P99'];
  }
}

function pick<Value>(values: readonly Value[], n: number): Value {
  return values[n % values.length] as Value;
}
