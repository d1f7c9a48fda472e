import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBehind } from '../../../src/domain/actions-matrix.ts';
import { nextInstant, owedReplies, stepsOf } from '../../../src/domain/clocks.ts';
import type { IncidentEvent } from '../../../src/domain/events.ts';
import { fold } from '../../../src/domain/evolve.ts';
import type { Clock, Incident, PageRef } from '../../../src/domain/incident.ts';
import { elapse } from '../../../src/domain/process.ts';
import type { ProcessRules } from '../../../src/domain/rules.ts';
import { STAGES, type Stage } from '../../../src/domain/vocabulary.ts';
import { actor, rules } from '../../support/incidents.ts';
import { beginnings, moves, walk, type Turn } from './random-walk.ts';

/** Hundreds of incidents through which people, facts, answers of the world and time go in any order whatever. */

const RUNS = 300;
const TIMEOUT_MS = 120_000;

describe('whatever happens to an incident', () => {
  const reached = new Set<Stage>();
  const happened = new Set<string>();

  test(
    'what must hold holds after every turn',
    () => {
      fc.assert(
        fc.property(beginnings, moves, (beginning, path) => {
          const given = rules(beginning.policy);
          const record = new Record(given);
          const end = walk(beginning, path, (turn) => {
            reached.add(turn.after.stage);
            for (const { body } of turn.events) happened.add(body.type);
            record.add(turn);
            turnsAreClean(turn);
            timeLeavesNothingBehind(turn, given);
            onlyTheSponsorCloses(turn);
            clocksEnd(turn.after, given);
            rowsAndTheirClocksAgree(turn.after);
            repliesAndTheirClocksAgree(turn.after);
            pagesRingForWhatIsOpen(turn.after);
            pagesComeToAnEnd(turn, given);
            nobodyIsForgotten(turn.after, given);
            endsAreEnds(turn.after);
          });
          record.givesBack(end);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  test('and every stage was reached on the way', () => {
    expect(reached).toEqual(new Set(STAGES));
  });

  test.each(['page-declined', 'page-handed-on', 'page-snoozed'])('and so was %s', (type) => {
    expect(happened).toContain(type);
  });
});

/** All events of a walk, and all effects that they ever caused. */
class Record {
  readonly #rules: ProcessRules;
  readonly #events: IncidentEvent[] = [];
  readonly #effectKeys = new Set<string>();
  #lead: string | null = null;

  constructor(given: ProcessRules) {
    this.#rules = given;
  }

  add({ before, after, events }: Turn): void {
    assert.equal(after.version, before.version + events.length);
    for (const event of events) {
      this.#events.push(event);
      assert.equal(event.seq, this.#events.length, 'events are numbered densely');
      if (event.body.type !== 'lead-named') continue;
      assert.equal(event.body.from, this.#lead, 'the lead comes from the lead before: there are never two');
      this.#lead = event.body.lead;
    }
    assert.equal(after.lead, this.#lead);
    const old = new Set(before.effects.map(({ key }) => key));
    for (const { key } of after.effects.filter((effect) => !old.has(effect.key))) {
      assert.ok(!this.#effectKeys.has(key), `the effect ${key} is caused once`);
      this.#effectKeys.add(key);
    }
    assert.equal(new Set(after.effects.map(({ key }) => key)).size, after.effects.length);
  }

  /** Also after they travelled as JSON, as everything does that goes through the engine or the record. */
  givesBack(incident: Incident): void {
    assert.deepEqual(fold(incident.id, this.#events, this.#rules), incident);
    assert.deepEqual(travelled(this.#events), this.#events);
    assert.deepEqual(travelled(incident), incident);
    assert.deepEqual(fold(incident.id, travelled(this.#events), travelled(this.#rules)), incident);
  }
}

function turnsAreClean({ before, after, events, wasRefused, command }: Turn): void {
  if (wasRefused || events.length === 0) assert.equal(after, before, 'what makes no event changes nothing');
  const wasAnswered = before.answered.some(({ commandId }) => commandId === command?.commandId);
  if (wasAnswered) assert.deepEqual(events, [], 'a command is taken once');
  frozen(after);
}

/** Taken up once, time has nothing more to say until a later instant; and it never says much at once. */
function timeLeavesNothingBehind({ isTime, after, events, now }: Turn, given: ProcessRules): void {
  if (!isTime) return;
  assert.ok(events.length < 200, 'time comes to an end');
  assert.deepEqual(elapse(after, given, now).events, []);
  const next = nextInstant(after, given);
  assert.ok(next === null || (Number.isFinite(next) && next > now), 'the next instant lies ahead');
}

function onlyTheSponsorCloses({ before, after, events }: Turn): void {
  const closed = events.find(({ body }) => body.type === 'closed');
  if (after.stage === 'closed' && before.stage !== 'closed') assert.ok(closed);
  if (closed === undefined) return;
  assert.ok(actor(closed.by).roles.includes('executive'), 'only the Executive Sponsor closes');
  assert.equal(before.stage, 'review');
  assert.ok(before.actions.every(isBehind), 'every row is behind');
  assert.deepEqual(owedReplies(before), [], 'no reply is owed');
}

function clocksEnd(incident: Incident, given: ProcessRules): void {
  const names = incident.clocks.map(({ name, reportId }) => `${name} ${reportId}`);
  assert.equal(new Set(names).size, names.length, 'there is one clock of a name');
  for (const clock of incident.clocks) {
    if (clock.stoppedAt !== null) {
      assert.notEqual(clock.state, 'running');
      continue;
    }
    assert.ok(clock.state === 'running' || clock.state === 'breached');
    assert.equal(clock.reason, null);
    const ahead = stepsOf(clock, given).slice(clock.stepsTaken);
    assert.ok(clock.state === 'breached' || ahead.length > 0, 'a clock that runs has an instant ahead');
    assert.ok(ahead.every(({ at }) => Number.isFinite(at)));
  }
}

function rowsAndTheirClocksAgree(incident: Incident): void {
  const isOpen = incident.endedAt === null;
  for (const { key, state, dueAt } of incident.actions) {
    const clock = incident.clocks.find(({ name }) => name === `action:${key}`);
    const runs = clock !== undefined && clock.stoppedAt === null;
    assert.equal(state === 'due' && dueAt === null, false, 'a due row has its time');
    if (isOpen) assert.equal(runs, state === 'due', `the clock of ${key} runs while it is due`);
    else if (runs)
      assert.ok(key === 'insurance-notice' && incident.stage === 'handed-off' && state === 'due');
    if (runs) assert.equal(clock.dueAt, dueAt);
  }
}

function repliesAndTheirClocksAgree(incident: Incident): void {
  for (const { id, reply } of incident.reports) {
    const clock = incident.clocks.find(({ name, reportId }) => name === 'reply' && reportId === id);
    assert.ok(clock, 'a report has its clock');
    const isOpen = reply === 'owed' || reply === 'sending';
    if (clock.stoppedAt === null) assert.ok(isOpen, `${id} is ${reply} and its clock runs`);
    const isElsewhere = clock.reason === 'merged';
    const isUnderWay = reply === 'sending';
    if (clock.stoppedAt !== null && reply === 'owed')
      assert.ok(isElsewhere, `${id} is owed and no clock runs`);
    if (!isOpen || isUnderWay || isElsewhere) continue;
    assert.equal(clock.stoppedAt, null);
  }
}

function pagesRingForWhatIsOpen(incident: Incident): void {
  for (const page of incident.pages) {
    const clock = clockOf(page, incident);
    const isOver =
      page.clock === null
        ? incident.endedAt !== null ||
          (page.reason === 'law-enforcement' && incident.kind !== 'law-enforcement')
        : clock === undefined || clock.stoppedAt !== null;
    const isAlive = page.state === 'ringing' || page.state === 'exhausted' || page.acknowledgedUntil !== null;
    assert.ok(!isOver || !isAlive, `${page.id} (${page.reason}) is ${page.state} and its matter is over`);
    if (page.reason === 'reply-due')
      assert.ok(!isAlive || clock?.state !== 'breached', 'a breach ends its warning');
  }
}

/**
 * A page that was taken and is not settled rings again at an instant that lies ahead; one that rings anew has a run to be
 * started, for the ring and the target that it has now; and none is started for an earlier ring.
 */
function pagesComeToAnEnd({ after, events, now, isTime }: Turn, given: ProcessRules): void {
  for (const page of after.pages) {
    const { state, acknowledgedBy, acknowledgedUntil } = page;
    assert.equal(state === 'ringing' && acknowledgedBy !== null, false, 'who has a page is not rung for it');
    if (acknowledgedUntil === null) continue;
    assert.equal(state, 'acknowledged');
    if (isTime) assert.ok(acknowledgedUntil > now, 'an acknowledgement ends ahead');
    const longestMs = Math.max(given.acknowledgementLastsMs, given.snoozeAtMostMs ?? 0);
    assert.ok(
      acknowledgedUntil <= now + longestMs,
      'nobody puts a page off for longer than the policy lets them',
    );
  }
  const handedOn = events.findLast(({ body }) => body.type === 'page-handed-on')?.body;
  if (handedOn?.type !== 'page-handed-on') return;
  const page = after.pages.find(({ id }) => id === handedOn.pageId);
  const starts = after.effects.filter(
    (effect) => effect.do === 'start-page' && effect.pageId === handedOn.pageId,
  );
  assert.deepEqual(
    starts.map((effect) => effect.do === 'start-page' && [effect.ring, effect.target]),
    [[page?.ring, page?.target]],
  );
  assert.ok(page !== undefined && 'person' in page.target && page.target.person === handedOn.to);
}

/** Who is late is called, and goes on being called until it is done: never is a page the only thing that went missing. */
function nobodyIsForgotten(incident: Incident, given: ProcessRules): void {
  for (const clock of incident.clocks.filter(({ stoppedAt }) => stoppedAt === null)) {
    const taken = stepsOf(clock, given).slice(0, clock.stepsTaken);
    const reason = taken.findLast(({ page }) => page !== null)?.page;
    if (reason === undefined) continue;
    const standing = incident.pages.filter(
      (page) =>
        clockOf(page, incident) === clock &&
        (page.state === 'ringing' || page.state === 'exhausted' || page.acknowledgedUntil !== null),
    );
    const own = standing.filter((page) => page.reason === reason);
    // Who phoned has called for a lead already.
    const calls = own.length > 0 ? own : standing.filter((page) => page.reason === 'phone');
    assert.equal(calls.length, 1, `one page stands for the ${reason} of ${clock.name}`);
  }
}

function endsAreEnds(incident: Incident): void {
  const hasEnded = ['closed', 'handed-off', 'merged', 'dismissed'].includes(incident.stage);
  assert.equal(incident.endedAt !== null, hasEnded);
  assert.equal(incident.stageBeforeEnd !== null, hasEnded);
  assert.equal(incident.mergedInto !== null, incident.stage === 'merged');
  if (!hasEnded) return;
  const running = incident.clocks.filter(({ stoppedAt }) => stoppedAt === null).map(({ name }) => name);
  // A report that joined it late is owed its reply wherever it is.
  assert.ok(running.every((name) => name === 'reply' || name === 'action:insurance-notice'));
}

function clockOf(page: PageRef, incident: Incident): Clock | undefined {
  return incident.clocks.find(
    ({ name, reportId }) => name === page.clock?.name && reportId === page.clock.reportId,
  );
}

function travelled<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** Whoever would change a state in place fails at once. What is frozen already was looked at before. */
function frozen(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inside of Object.values(value)) frozen(inside);
}
