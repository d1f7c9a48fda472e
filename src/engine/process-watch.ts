import type { ProcessWatch } from '../ports.ts';
import { rebuildAll, type RebuildSettings } from './rebuild.ts';
import { failingWorkflowIds, runningWorkflowIds } from './running.ts';
import { QUIET_MS } from './sweep.ts';

/** The workflow engine's side of the audit. */
export function createProcessWatch(settings: RebuildSettings): ProcessWatch {
  const { client } = settings;
  return {
    async revive() {
      const running = await runningWorkflowIds(client);
      const quietSince = Date.now() - QUIET_MS;
      const { ids } = await rebuildAll(settings, { running, quietSince, unbegunSince: 0 });
      return ids;
    },
    failing: async () => [...(await failingWorkflowIds(client))],
  };
}
