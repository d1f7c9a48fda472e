import { proxyActivities } from '@temporalio/workflow';
import type { OnCallActivities } from '../activities/on-call.ts';
import { WEEKLY } from './activity-options.ts';

/** Tells who will be called and cannot be reached, started by a schedule once a week. */
export async function readiness(): Promise<void> {
  const { postReadinessDigest } = proxyActivities<OnCallActivities>(WEEKLY);
  await postReadinessDigest.executeWithOptions({ summary: 'post the digest' }, []);
}
