import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Command } from '../domain/commands.ts';
import { answeredVersion } from '../domain/process.ts';
import { PROBLEM_STATUS, refuse, type ProblemCode, type Refusal } from '../domain/refusal.ts';
import type { Db, Database } from '../persistence/database.ts';
import { readFold } from '../persistence/fold.ts';
import { readState } from '../persistence/record.ts';
import { waitForVersion } from '../persistence/recorded.ts';
import { decisionUpdate, incidentWorkflowId, type Decided } from '../workflows/messages.ts';
import { startOperation } from './start.ts';
import { CALL_DEADLINE_MS } from './temporal.ts';

/** The engine is away, or did not answer in time: what was asked may have happened. The same command asks again. */
class EngineUnavailable extends Error {
  readonly code = 'unavailable';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineUnavailable';
  }
}

export interface DecisionsSettings {
  readonly client: Client;
  readonly database: Database;
  readonly taskQueue: string;
}

export interface Decisions {
  decide(incidentId: string, command: Command): Promise<Decided | Refusal>;
}

/** More updates in flight to one workflow make Temporal drop some; the rest queue here. Measured: it bites above ten. */
const IN_FLIGHT_PER_INCIDENT = 8;

/** Nobody waits longer, whoever else waits for the same incident. The rest of the 8 s is for what comes before and after. */
const ANSWERED_WITHIN_MS = 6000;

/** An answer means recorded. It usually is within 50 ms. */
const RECORDED_WITHIN_MS = 2000;

/**
 * Asks incidents' workflows for decisions. An answer is given when the step is visible in the record; a refusal is
 * final; anything else is unknown and thrown, as `EngineUnavailable`, or `RecordUnavailable` where Postgres is away.
 */
export function createDecisions({ client, database, taskQueue }: DecisionsSettings): Decisions {
  const queues = new Map<string, LimitFunction>();

  return {
    decide: (incidentId, command) => {
      const until = Date.now() + ANSWERED_WITHIN_MS;
      return before(
        until,
        inTurn(queues, incidentId, () => decideRecorded(incidentId, command, until)),
      );
    },
  };

  async function decideRecorded(
    incidentId: string,
    command: Command,
    until: number,
  ): Promise<Decided | Refusal> {
    // Its turn came too late: it was answered already, and nobody knows of a step that is taken now.
    if (Date.now() >= until) throw new EngineUnavailable('The step waited too long for its turn.');
    const outcome = await ask(incidentId, command, until);
    if ('refused' in outcome) return outcome;
    const isRecorded = await waitForVersion(database.pool, incidentId, outcome.version, RECORDED_WITHIN_MS);
    if (!isRecorded) throw new EngineUnavailable('The step is taken and not yet recorded.');
    // A record that was ahead of its workflow has that version too, and holds another step under it.
    const recorded = await readState(database.db, incidentId);
    if (recorded === null || answeredVersion(recorded.state, command.commandId) === null)
      throw new EngineUnavailable('The step was taken by a run that the record has overtaken.');
    return outcome;
  }

  async function ask(incidentId: string, command: Command, until: number): Promise<Decided | Refusal> {
    try {
      const deadline = Math.min(until, Date.now() + CALL_DEADLINE_MS);
      return await client.withDeadline(deadline, () => update(incidentId, command));
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal !== null) return refusal;
      throw isOfTheEngine(error)
        ? new EngineUnavailable('The engine did not answer; the outcome is unknown.', { cause: error })
        : error;
    }
  }

  /** The update's id is the command's: asked twice, it is taken once. */
  async function update(incidentId: string, command: Command): Promise<Decided> {
    const definition = decisionUpdate(command.step.verb);
    const options = { args: [command] as [Command], updateId: command.commandId };
    try {
      return await client.workflow
        .getHandle(incidentWorkflowId(incidentId))
        .executeUpdate(definition, options);
    } catch (error) {
      if (!isNotRunning(error)) throw error;
    }
    const input = await inputOf(database.db, incidentId);
    return client.workflow.executeUpdateWithStart(definition, {
      ...options,
      startWorkflowOperation: startOperation(input, taskQueue),
    });
  }
}

async function inputOf(db: Db, incidentId: string) {
  const input = await readFold(db, incidentId);
  if (input === null) throw new Error(`There is no incident ${incidentId} in the record.`);
  return input;
}

async function before<T>(until: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new EngineUnavailable('The engine did not answer in time; the outcome is unknown.')),
      until - Date.now(),
    );
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    work.catch(ignore);
  }
}

/** Whoever waited for it has been answered. */
function ignore(): void {}

function inTurn<T>(
  queues: Map<string, LimitFunction>,
  incidentId: string,
  task: () => Promise<T>,
): Promise<T> {
  const queue = queues.get(incidentId) ?? pLimit(IN_FLIGHT_PER_INCIDENT);
  queues.set(incidentId, queue);
  return queue(task).finally(() => {
    if (queue.activeCount + queue.pendingCount <= 1) queues.delete(incidentId);
  });
}

function refusalIn(error: unknown): Refusal | null {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !isProblemCode(cause.type)) return null;
  const [refusal] = cause.details ?? [];
  return isRefusalOf(refusal, cause.type) ? refusal : refuse(cause.type, cause.message);
}

function isProblemCode(type: string | null | undefined): type is ProblemCode {
  return typeof type === 'string' && type in PROBLEM_STATUS;
}

function isRefusalOf(value: unknown, code: ProblemCode): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === code;
}

/** The run has ended, or ended while the update waited for it: a new run takes the step. */
function isNotRunning(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow';
}

function isOfTheEngine(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof WorkflowUpdateFailedError ||
    isGrpcServiceError(error) ||
    (error instanceof Error && 'cause' in error && isGrpcServiceError(error.cause))
  );
}
