import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import pLimit from 'p-limit';
import type { Fact } from '../domain/commands.ts';
import { takeFact } from '../domain/process.ts';
import type { Database } from '../persistence/database.ts';
import { readFold, type Fold } from '../persistence/fold.ts';
import { listenToInbox, unfiled, unfiledAmong, type UnfiledFact } from '../persistence/inbox.ts';
import { endedAndRunning, hurriedPages, markHurryTold, markTold } from '../persistence/pages.ts';
import { record } from '../persistence/record.ts';
import {
  factSignal,
  incidentWorkflowId,
  pageEndedSignal,
  pageHurriedSignal,
  pageWorkflowId,
} from '../workflows/messages.ts';
import { INCIDENT_WORKFLOW, startOptions } from './start.ts';
import { CALL_DEADLINE_MS } from './temporal.ts';

export interface RelaySettings {
  readonly client: Client;
  readonly database: Pick<Database, 'db' | 'pool'>;
  readonly taskQueue: string;
  /** Told of what went wrong; the relay itself goes on. */
  readonly onError: (error: unknown) => void;
  /** For rehearsals: how soon an unfiled fact is told again for the first time. */
  readonly tellAgainMs?: number;
  /** What is told costs the process work: it waits so long for what is more urgent. */
  readonly giveWay?: () => Promise<void>;
}

export interface Relay {
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

/** A notification wakes the relay at once; this finds what was told while nobody listened. */
const LOOK_EVERY_MS = 1000;

/** The same while more waits than was told: what was told makes room as soon as it is filed. */
const LOOK_AGAIN_MS = 100;

/**
 * How long a fact may stay unfiled before it is told again. Each time doubles it: signals to an incident that is stuck
 * pile up in its history, and Temporal takes no more than 10,000 of them in one run.
 */
const TELL_AGAIN_MS = 5000;

/**
 * The longest that a fact waits to be told again: about 150 signals a day for one that nobody takes up, and no more than
 * so long until a fact that Temporal has lost is told to a process that is well.
 */
export const TELL_AGAIN_MAX_MS = 10 * 60_000;

const BATCH = 200;

/** Calls to Temporal under way at once. */
const CALLS_AT_ONCE = 20;

/**
 * Incidents that may be at their very beginning at once. A start costs several tasks of a worker, and after an outage
 * hundreds wait: started all together they are before every decision in its queue.
 */
const STARTS_AT_ONCE = 20;

interface Told {
  readonly incidentId: string;
  readonly at: number;
  /** Until it is told again, should it still be unfiled. */
  readonly patienceMs: number;
  readonly isStart: boolean;
}

/**
 * Carries facts from the inbox to the incidents' workflows, and to those of pages their end and their haste. Any number of workers may
 * run one: a fact told twice is taken up once.
 */
export function startRelay({
  client,
  database,
  taskQueue,
  onError,
  tellAgainMs = TELL_AGAIN_MS,
  giveWay = () => Promise.resolve(),
}: RelaySettings): Relay {
  const { db, pool } = database;
  /** What was told and is not filed, as far as we know. */
  const told = new Map<string, Told>();
  const inTurn = pLimit(CALLS_AT_ONCE);
  let isStopping = false;
  let wake = (): void => {};
  const stopListening = listenToInbox(pool, () => wake());
  const running = run();

  return {
    async stop() {
      isStopping = true;
      stopListening();
      wake();
      await running;
    },
  };

  async function run(): Promise<void> {
    while (!isStopping) {
      const isWoken = new Promise<void>((resolve) => (wake = resolve));
      await giveWay();
      const isMoreWaiting = await tellFacts().catch((error: unknown) => {
        onError(error);
        return false;
      });
      await tellEndedPages().catch(onError);
      await tellHurriedPages().catch(onError);
      await Promise.race([isWoken, pause(isMoreWaiting ? LOOK_AGAIN_MS : LOOK_EVERY_MS)]);
    }
  }

  /** @returns true when facts are left that could be told in a moment. */
  async function tellFacts(): Promise<boolean> {
    const stillUnfiled = await unfiledAmong(db, [...told.keys()]);
    const unfiledIds = new Set(stillUnfiled.map(({ fact }) => fact.factId));
    for (const factId of told.keys()) if (!unfiledIds.has(factId)) told.delete(factId);
    const fresh = await unfiled(db, { limit: BATCH, except: [...told.keys()] });
    const admitted = withRoom(fresh);
    await tellEach(admitted, tellNew);
    await tellEach(stillUnfiled.filter(isDue), tellAgain);
    return admitted.length < fresh.length || fresh.length === BATCH;
  }

  /** All but those that would begin too many incidents at once. */
  function withRoom(facts: readonly UnfiledFact[]): readonly UnfiledFact[] {
    const now = Date.now();
    const starting = new Set(
      [...told.values()]
        // One that takes longer is stuck, and holds up no other.
        .filter(({ isStart, at }) => isStart && now - at < tellAgainMs)
        .map(({ incidentId }) => incidentId),
    );
    return facts.filter(({ incidentId, isBegun }) => {
      if (isBegun || starting.has(incidentId)) return true;
      if (starting.size >= STARTS_AT_ONCE) return false;
      starting.add(incidentId);
      return true;
    });
  }

  function isDue({ fact }: UnfiledFact): boolean {
    const last = told.get(fact.factId);
    return last === undefined || Date.now() - last.at >= last.patienceMs;
  }

  /** The facts of one incident in their order, several incidents at once. One that fails holds up no other. */
  async function tellEach(
    facts: readonly UnfiledFact[],
    tell: (one: UnfiledFact) => Promise<void>,
  ): Promise<void> {
    const incidentIds = [...new Set(facts.map(({ incidentId }) => incidentId))];
    const outcomes = await Promise.allSettled(
      incidentIds.map((id) =>
        inTurn(async () => {
          for (const one of facts.filter(({ incidentId }) => incidentId === id))
            if (!isStopping) await tell(one);
        }),
      ),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async function tellNew({ incidentId, fact, isBegun }: UnfiledFact): Promise<void> {
    await tellFact(incidentId, fact);
    told.set(fact.factId, { incidentId, at: Date.now(), patienceMs: tellAgainMs, isStart: !isBegun });
  }

  /** What the incident says of itself decides whether there is something left to tell. */
  async function tellAgain({ incidentId, fact }: UnfiledFact): Promise<void> {
    if (await fileSilently(incidentId, fact)) return;
    await tellFact(incidentId, fact);
    const patienceMs = Math.min(2 * (told.get(fact.factId)?.patienceMs ?? tellAgainMs), TELL_AGAIN_MAX_MS);
    told.set(fact.factId, { incidentId, at: Date.now(), patienceMs, isStart: false });
  }

  /**
   * Files a fact that makes no event, such as a report told under a second id: no event ever will. The process takes
   * it up in the same way, and has nothing to record.
   *
   * @returns false when it does make one.
   */
  async function fileSilently(incidentId: string, fact: Fact): Promise<boolean> {
    const { incident, rules } = await foldOf(incidentId);
    if (incident === null || takeFact(incident, fact, rules, fact.at).events.length > 0) return false;
    await record(db, { incidentId, events: [], state: incident, silentFactIds: [fact.factId] });
    return true;
  }

  async function tellFact(incidentId: string, fact: Fact): Promise<void> {
    try {
      await soon(() => client.workflow.getHandle(incidentWorkflowId(incidentId)).signal(factSignal, fact));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const input = await foldOf(incidentId);
      await soon(() =>
        client.workflow.signalWithStart(INCIDENT_WORKFLOW, {
          ...startOptions(input, taskQueue),
          signal: factSignal,
          signalArgs: [fact],
        }),
      );
    }
  }

  async function foldOf(incidentId: string): Promise<Fold> {
    const fold = await readFold(db, incidentId);
    if (fold === null) throw new Error(`There is no incident ${incidentId} in the record.`);
    return fold;
  }

  /** A Temporal that answers nothing must not hold up the next round, nor the end of the worker. */
  function soon<T>(call: () => Promise<T>): Promise<T> {
    return client.withDeadline(Date.now() + CALL_DEADLINE_MS, call);
  }

  async function tellEndedPages(): Promise<void> {
    for (const { pageId, ring } of await endedAndRunning(db)) {
      if (isStopping) return;
      // One that has ended by itself knows all that was to be said.
      await tellPage(pageId, ring, pageEndedSignal);
      await markTold(db, { pageId, ring });
    }
  }

  async function tellHurriedPages(): Promise<void> {
    for (const hurried of await hurriedPages(db)) {
      if (isStopping) return;
      // One that was lost reads its row when it is brought back to life.
      await tellPage(hurried.pageId, hurried.ring, pageHurriedSignal);
      await markHurryTold(db, hurried);
    }
  }

  /** A workflow that is not there has to be told nothing. */
  async function tellPage(pageId: string, ring: number, signal: SignalDefinition): Promise<void> {
    try {
      await soon(() => client.workflow.getHandle(pageWorkflowId(pageId, ring)).signal(signal));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
