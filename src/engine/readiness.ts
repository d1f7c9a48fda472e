import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { ping, type Database } from '../persistence/database.ts';

export interface ReadinessSettings {
  readonly client: Client;
  readonly database: Pick<Database, 'db'>;
  readonly taskQueue: string;
}

/** Each answers null when all is well, else says in a few words what is not. They never throw and never hang. */
export interface Readiness {
  postgres(): Promise<string | null>;
  temporal(): Promise<string | null>;
  worker(): Promise<string | null>;
}

const PROBE_MS = 1000;

/** A worker asks for work at least once a minute; Temporal remembers it for longer. */
const POLLED_WITHIN_MS = 70_000;

const { TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType;

export function createReadiness({ client, database, taskQueue }: ReadinessSettings): Readiness {
  const { namespace } = client.options;
  return {
    postgres: () => probe(() => ping(database.db)),
    temporal: () => probe(async () => void (await client.workflowService.getSystemInfo({}))),
    worker: () =>
      probe(async () => {
        const { pollers } = await client.workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
          taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
        });
        const isPolled = (pollers ?? []).some(
          ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLED_WITHIN_MS,
        );
        return isPolled ? undefined : 'no worker asks for work';
      }),
  };

  async function probe(ask: () => Promise<string | void>): Promise<string | null> {
    try {
      return (await client.withDeadline(Date.now() + PROBE_MS, ask)) ?? null;
    } catch {
      return 'does not answer';
    }
  }
}
