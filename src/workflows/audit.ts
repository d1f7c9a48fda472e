import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AuditActivities, AuditOutcome } from '../activities/audit.ts';
import { LOOK } from './activity-options.ts';
import { unlessAway } from './looking.ts';

/** One look of the watcher, started by a schedule each minute. Null when it could not look; then no heartbeat goes out. */
export async function audit(): Promise<AuditOutcome | null> {
  const { lookAround } = proxyActivities<AuditActivities>(LOOK);
  const outcome = await unlessAway(lookAround.executeWithOptions({ summary: 'look around' }, []));
  setCurrentDetails(
    outcome === null ? 'could not look' : `${outcome.findings} findings, heartbeat ${outcome.beat}`,
  );
  return outcome;
}
