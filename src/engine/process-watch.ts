import type { ProcessWatch } from '../ports.ts';
import { createReadiness } from './readiness.ts';
import { rebuildAll, type RebuildSettings } from './rebuild.ts';
import { failingWorkflowIds, runningWorkflowIds } from './running.ts';
import { QUIET_MS } from './sweep.ts';

/** The workflow engine's side of the audit. */
export function createProcessWatch(settings: RebuildSettings): ProcessWatch {
  const { client } = settings;
  const readiness = createReadiness(settings);
  return {
    async revive() {
      const running = await runningWorkflowIds(client);
      const quietSince = Date.now() - QUIET_MS;
      const { ids } = await rebuildAll(settings, { running, quietSince, unbegunSince: 0 });
      return ids;
    },
    answers: async () => (await readiness.temporal()) === null,
    failing: async () => [...(await failingWorkflowIds(client))],
  };
}
