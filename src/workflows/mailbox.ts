import { continueAsNew, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { MailboxActivities } from '../activities/mailboxes.ts';
import { WATCH } from './activity-options.ts';

/** Watches a mailbox of the policy, by its key, for as long as a worker is set up to look into it. */
export async function mailbox(key: string): Promise<void> {
  const { watchMailbox } = proxyActivities<MailboxActivities>(WATCH);
  setCurrentDetails(`looks into ${key}`);
  const isSetUp = await watchMailbox.executeWithOptions({ summary: `look into ${key}` }, [key]);
  if (isSetUp) await continueAsNew<typeof mailbox>(key);
}
