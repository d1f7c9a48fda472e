import { rebuildAll, type Rebuilt, type RebuildSettings } from './rebuild.ts';

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
const QUIET_MS = 10_000;

/**
 * Holds what the record says must be alive against what Temporal runs, and starts what is missing. Nobody has to
 * notice that an incident lost its process; a workflow that somebody terminated by hand comes back too.
 */
export function startSweep({ everyMs, onRevived, onError, ...settings }: SweepSettings): Sweep {
  let underWay: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    underWay = underWay.then(sweep).catch(onError);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };

  async function sweep(): Promise<void> {
    const quietSince = Date.now() - QUIET_MS;
    const rebuilt = await rebuildAll(settings, { running: await runningWorkflowIds(), quietSince });
    if (rebuilt.incidents + rebuilt.pages > 0) onRevived(rebuilt);
  }

  async function runningWorkflowIds(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const query = 'WorkflowType IN ("incident", "page") AND ExecutionStatus = "Running"';
    for await (const { workflowId } of settings.client.workflow.list({ query })) ids.add(workflowId);
    return ids;
  }
}
