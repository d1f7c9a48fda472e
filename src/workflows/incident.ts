import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, DecisionVerb, EffectResult, Fact } from '../domain/commands.ts';
import type { IncidentEvent } from '../domain/events.ts';
import { emptyIncident } from '../domain/evolve.ts';
import { nextWake } from '../domain/clocks.ts';
import {
  answeredVersion,
  elapse,
  isFinished,
  takeCommand,
  takeFact,
  takeResult,
  type Advance,
} from '../domain/process.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { AlarmClock } from './alarm-clock.ts';
import { Display } from './display.ts';
import { DECISIONS, decisionUpdate, factSignal, type Decided, type IncidentInput } from './messages.ts';
import { Outward } from './outward.ts';
import { recordEvents } from './recording.ts';

/**
 * One incident, from its first notice to the end of what it still owes: people decide by updates, facts come by
 * signals, clocks run by themselves. What happened is recorded first; what it causes is performed after that.
 */
export async function incident(input: IncidentInput): Promise<void> {
  const { rules, incidentId, newRunAfterEvents = HISTORY_EVENTS_MAX } = input;
  let state = input.incident ?? emptyIncident(incidentId, rules);
  let unrecorded: readonly IncidentEvent[] = [];
  let mustRecord = false;
  const facts: Fact[] = [...input.facts];
  /** More than the state remembers: after an absence of Temporal hundreds wait, and each may be told twice. */
  const factsTaken = new Set<string>();
  const results: EffectResult[] = [];
  const outward = new Outward(input, (result) => results.push(result));
  const alarm = new AlarmClock();
  const display = new Display();

  // Before any handler is there: a decision that came along with the start must find the report taken up.
  takeUpFactsAndResults();

  // Updates: the validator refuses without a trace; the handler decides anew, because another decision may
  // have come between, and answers with the version. They never wait.
  for (const verb of Object.keys(DECISIONS) as DecisionVerb[]) {
    setHandler(
      decisionUpdate(verb),
      (command: Command): Decided => {
        const advance = takeCommand(state, command, rules, Date.now());
        if (isRefusal(advance)) throw refusalFailure(advance);
        adopt(advance);
        return { version: answeredVersion(state, command.commandId) ?? state.version };
      },
      {
        description: DECISIONS[verb],
        validator: (command: Command) => {
          const advance = takeCommand(state, command, rules, Date.now());
          if (isRefusal(advance)) throw refusalFailure(advance);
        },
      },
    );
  }
  // A signal: it cannot refuse, never waits and never throws.
  setHandler(factSignal, (fact) => {
    facts.push(fact);
  });

  for (;;) {
    takeUpFactsAndResults();
    adopt(elapse(state, rules, Date.now()));
    if (mustRecord) {
      await record();
      continue;
    }
    display.show(state, rules);
    outward.perform(state.effects);
    const isDone = isFinished(state) && !outward.isBusy();
    if (isDone || isTimeForANewRun()) {
      if (unrecorded.length > 0) await record();
      await condition(allHandlersFinished);
      if (hasNews()) continue;
      if (isDone) return;
      await continueAsNew<typeof incident>({ ...input, incident: state, facts: [] });
    }
    alarm.setFor(nextWake(state, rules));
    await condition(() => hasNews() || alarm.hasRung());
  }

  function adopt({ incident: next, events }: Advance): void {
    if (events.length === 0) return;
    state = next;
    unrecorded = [...unrecorded, ...events];
    mustRecord ||= events.some((event) => !outward.isBookkeeping(event));
  }

  function takeUpFactsAndResults(): void {
    for (const fact of facts.splice(0)) takeUp(fact);
    for (const result of results.splice(0)) adopt(takeResult(state, result, rules, Date.now()));
  }

  function takeUp(fact: Fact): void {
    if (factsTaken.has(fact.factId)) return;
    factsTaken.add(fact.factId);
    adopt(takeFact(state, fact, rules, Date.now()));
  }

  async function record(): Promise<void> {
    const recorded = unrecorded;
    const upTo = state;
    unrecorded = [];
    mustRecord = false;
    display.show(state, rules);
    await recordEvents(input, recorded);
    outward.perform(upTo.effects);
  }

  function hasNews(): boolean {
    return mustRecord || facts.length > 0 || results.length > 0;
  }

  function isTimeForANewRun(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || (historyLength >= newRunAfterEvents && !outward.isBusy());
  }
}

/** Half of what the server itself suggests: a replay after a lost worker stays well under a second. */
const HISTORY_EVENTS_MAX = 2000;

function refusalFailure(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.create({
    type: refusal.refused,
    message: refusal.detail,
    nonRetryable: true,
    details: [refusal],
  });
}
