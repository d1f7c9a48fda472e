import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AuditActivities, AuditOutcome } from '../activities/audit.ts';
import { LOOK } from './activity-options.ts';

/** One look of the watcher, started by a schedule each minute. */
export async function audit(): Promise<AuditOutcome> {
  const { lookAround } = proxyActivities<AuditActivities>(LOOK);
  const outcome = await lookAround.executeWithOptions({ summary: 'look around' }, []);
  setCurrentDetails(`${outcome.findings} findings, heartbeat ${outcome.beat}`);
  return outcome;
}
