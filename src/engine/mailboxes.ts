import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';

import type { Database } from '../persistence/database.ts';
import { wantMailbox } from '../persistence/mailboxes.ts';

export interface WatchesSettings {
  readonly client: Client;
  readonly database: Database;
  readonly taskQueue: string;
  /** Of the mailboxes that this worker is set up to look into. */
  readonly keys: readonly string[];
  readonly onError: (error: unknown) => void;
}

/** Well under the time after which a mailbox that nobody wants any more is forgotten. */
const EVERY_MS = 30_000;

/** Sees to it that each mailbox is watched by one workflow, whoever started it, and again where somebody has ended it. */
export function startWatches({ client, database, taskQueue, keys, onError }: WatchesSettings): {
  stop(): Promise<void>;
} {
  const ensure = async (): Promise<void> => {
    for (const key of keys) {
      await wantMailbox(database.db, key, Date.now());
      await client.workflow.start('mailbox', {
        workflowId: mailboxWorkflowId(key),
        taskQueue,
        args: [key],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        staticSummary: `mailbox ${key}`,
      });
    }
  };
  let underWay = ensure().catch(onError);
  const timer = setInterval(() => {
    underWay = underWay.then(ensure).catch(onError);
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}

const mailboxWorkflowId = (key: string): string => `mailbox-${key}`;
