import { forgetAnswers } from '../persistence/idempotency.ts';
import { dropOrphanedTexts } from '../persistence/texts.ts';
import { rebuildAll, type Rebuilt, type RebuildSettings } from './rebuild.ts';
import { runningWorkflowIds } from './running.ts';
import { TELL_AGAIN_MAX_MS } from './relay.ts';

export interface SweepSettings extends RebuildSettings {
  readonly everyMs: number;
  /** Told whenever something had to be brought back, which is nobody's normal day. */
  readonly onRevived: (rebuilt: Rebuilt) => void;
  readonly onError: (error: unknown) => void;
}

export interface Sweep {
  stop(): Promise<void>;
}

/** Temporal's lists are a moment behind: what did something within it is not missed. */
export const QUIET_MS = 10_000;

const DAY_MS = 24 * 60 * 60_000;

/** How long the same idempotency key is given the same answer. Promised in docs/errors.md. */
const ANSWERS_KEPT_MS = 30 * DAY_MS;

/** Far longer than any step may take to be recorded when all is well. */
const ORPHANS_KEPT_MS = DAY_MS;

/** Of each kind in one round: nobody's statement waits behind it. */
const FORGOTTEN_AT_ONCE = 500;

/**
 * Holds what the record says must be alive against what Temporal runs, and starts what is missing. Nobody has to
 * notice that an incident lost its process; a workflow that somebody terminated by hand comes back too. It also forgets
 * what nobody is promised any longer.
 */
export function startSweep({ everyMs, onRevived, onError, ...settings }: SweepSettings): Sweep {
  /** Since when Temporal answers us without a break; null while it does not. */
  let answersSince: number | null = null;
  let underWay: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    underWay = underWay.then(revive).catch(onError).then(forget).catch(onError);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };

  async function revive(): Promise<void> {
    const now = Date.now();
    const alive = await running();
    answersSince ??= now;
    const rebuilt = await rebuildAll(settings, {
      running: alive,
      quietSince: now - QUIET_MS,
      unbegunSince: unbegunSince(now, answersSince),
    });
    if (rebuilt.incidents + rebuilt.pages > 0) onRevived(rebuilt);
  }

  async function running(): Promise<ReadonlySet<string>> {
    try {
      return await runningWorkflowIds(settings.client);
    } catch (error) {
      answersSince = null;
      throw error;
    }
  }

  async function forget(): Promise<void> {
    const { db } = settings.database;
    await forgetAnswers(db, { olderThanMs: ANSWERS_KEPT_MS, limit: FORGOTTEN_AT_ONCE });
    await dropOrphanedTexts(db, { olderThanMs: ORPHANS_KEPT_MS, limit: FORGOTTEN_AT_ONCE });
  }
}

/**
 * An incident of which nothing is recorded has lost nothing: the relay is to start it, and has had as long as it ever
 * waits only when Temporal has answered all that time.
 */
function unbegunSince(now: number, answersSince: number): number {
  const patient = now - TELL_AGAIN_MAX_MS;
  return answersSince <= patient ? patient : 0;
}
