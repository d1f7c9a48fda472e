import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { Connection, type ConnectionOptions } from '@temporalio/client';
import proto from '@temporalio/proto';

import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

const TYPE_OF = {
  Keyword: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Datetime: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  Int: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;

const CALL_WITHIN_MS = 5000;
/** The server's parts learn of a new attribute one after the other. */
const KNOWN_WITHIN_MS = 30_000;
const A_WEEK_S = 7 * 24 * 3600;

/** Whether the server answers for this namespace. */
export async function isServing(server: {
  readonly address: string;
  readonly namespace: string;
}): Promise<boolean> {
  // gRPC waits a second after a refused connection; asking TCP first saves that second at every start.
  if (!(await accepts(server.address))) return false;
  return withConnection({ address: server.address }, async (connection) => {
    await connection.workflowService.describeNamespace({ namespace: server.namespace });
    return true;
  });
}

/** Whether the server answers at all, over TLS and with a key where those are asked. */
export async function isReachable(options: ConnectionOptions): Promise<boolean> {
  return withConnection(options, async () => true).catch(() => false);
}

/** Creates the namespace where it is missing. */
export async function ensureNamespace(options: ConnectionOptions, namespace: string): Promise<void> {
  await withConnection(options, async ({ workflowService }) => {
    const { namespaces } = await workflowService.listNamespaces({ pageSize: 1000 });
    if (namespaces.some((known) => known.namespaceInfo?.name === namespace)) return;
    await workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: A_WEEK_S as never },
    });
  });
}

/** Registers the search attributes that are missing, and waits until the server knows them. */
export async function ensureSearchAttributes(options: ConnectionOptions, namespace: string): Promise<void> {
  await withConnection(options, async (connection) => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPE_OF[type]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    await untilKnown(connection, namespace);
  });
}

async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  const query = Object.keys(SEARCH_ATTRIBUTES)
    .map((name) => `${name} IS NULL`)
    .join(' OR ');
  const untilMs = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query });
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(100);
    }
  }
}

async function withConnection<Result>(
  options: ConnectionOptions,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.connect({ ...options, connectTimeout: CALL_WITHIN_MS });
  try {
    return await connection.withDeadline(Date.now() + KNOWN_WITHIN_MS, () => work(connection));
  } finally {
    await connection.close();
  }
}

function accepts(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
