import { Client, Connection, type ConnectionOptions } from '@temporalio/client';

/** The names under which Temporal knows us. */
export { armedQueueOf, incidentWorkflowId } from '../workflows/messages.ts';

/** How long one call to Temporal may take before its outcome counts as unknown. Nobody waits longer than 8 s in all. */
export const CALL_DEADLINE_MS = 5000;

export interface TemporalSettings {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
}

/** One connection for the process. It is made when it is first used, so that the API starts while Temporal is away. */
export function connectTemporal({ connection, namespace }: TemporalSettings): Client {
  return new Client({ connection: Connection.lazy(connection), namespace });
}
