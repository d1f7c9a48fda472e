import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Fact } from '../domain/commands.ts';
import type { Database } from '../persistence/database.ts';
import { listenToInbox, unfiled } from '../persistence/inbox.ts';
import { endedAndRunning, markTold } from '../persistence/pages.ts';
import { factSignal, incidentWorkflowId, pageEndedSignal, pageWorkflowId } from '../workflows/messages.ts';
import { readFold } from '../persistence/fold.ts';
import { INCIDENT_WORKFLOW, startOptions } from './start.ts';
import { CALL_DEADLINE_MS } from './temporal.ts';

export interface RelaySettings {
  readonly client: Client;
  readonly database: Database;
  readonly taskQueue: string;
  /** Told of what went wrong; the relay itself goes on. */
  readonly onError: (error: unknown) => void;
}

export interface Relay {
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

/** A notification wakes the relay at once; this finds what was told while nobody listened. */
const LOOK_EVERY_MS = 1000;

/** A fact told to its workflow and still unfiled after this long is told again. */
const TELL_AGAIN_MS = 5000;

const BATCH = 200;

/**
 * Carries facts from the inbox to the incidents' workflows, and the end of pages to theirs. Any number of workers may
 * run one: a fact told twice is taken up once.
 */
export function startRelay({ client, database, taskQueue, onError }: RelaySettings): Relay {
  const { db, pool } = database;
  const toldAt = new Map<string, number>();
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
      await tellFacts().catch(onError);
      await tellEndedPages().catch(onError);
      await Promise.race([isWoken, pause(LOOK_EVERY_MS)]);
    }
  }

  async function tellFacts(): Promise<void> {
    const now = Date.now();
    for (const [factId, at] of toldAt) if (now - at > TELL_AGAIN_MS) toldAt.delete(factId);
    const waiting = (await unfiled(db, { limit: BATCH })).filter(({ fact }) => !toldAt.has(fact.factId));
    const incidentIds = [...new Set(waiting.map(({ incidentId }) => incidentId))];
    await Promise.all(
      incidentIds.map((id) =>
        tellInOrder(
          id,
          waiting.filter(({ incidentId }) => incidentId === id).map(({ fact }) => fact),
        ),
      ),
    );
  }

  async function tellInOrder(incidentId: string, facts: readonly Fact[]): Promise<void> {
    for (const fact of facts) {
      await tellFact(incidentId, fact);
      toldAt.set(fact.factId, Date.now());
    }
  }

  async function tellFact(incidentId: string, fact: Fact): Promise<void> {
    try {
      await soon(() => client.workflow.getHandle(incidentWorkflowId(incidentId)).signal(factSignal, fact));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const input = await readFold(db, incidentId);
      if (input === null)
        throw new Error(`There is no incident ${incidentId} in the record.`, { cause: error });
      await soon(() =>
        client.workflow.signalWithStart(INCIDENT_WORKFLOW, {
          ...startOptions(input, taskQueue),
          signal: factSignal,
          signalArgs: [fact],
        }),
      );
    }
  }

  /** A Temporal that answers nothing must not hold up the next round, nor the end of the worker. */
  function soon<T>(call: () => Promise<T>): Promise<T> {
    return client.withDeadline(Date.now() + CALL_DEADLINE_MS, call);
  }

  async function tellEndedPages(): Promise<void> {
    for (const { pageId, ring } of await endedAndRunning(db)) {
      try {
        await soon(() => client.workflow.getHandle(pageWorkflowId(pageId, ring)).signal(pageEndedSignal));
      } catch (error) {
        // It has ended by itself, which is all that was to be said.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
      await markTold(db, { pageId, ring });
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
