import { cpus, loadavg, totalmem } from 'node:os';

import type { Client } from '@temporalio/client';
import { sql } from 'kysely';

import type { Db } from '../src/persistence/database.ts';

/** Without which a figure says nothing. */
export interface Surroundings {
  readonly at: string;
  readonly node: string;
  readonly postgres: string;
  readonly temporal: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the last minute, before anything was measured: well below the cores, or the figures are somebody else's too. */
  readonly loadBefore: number;
}

export function load(): number {
  return loadavg()[0] ?? 0;
}

export async function surroundings({
  client,
  db,
  loadBefore,
}: {
  readonly client: Client;
  readonly db: Db;
  readonly loadBefore: number;
}): Promise<Surroundings> {
  const { rows } = await sql<{
    version: string;
  }>`SELECT current_setting('server_version') AS version`.execute(db);
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return {
    at: new Date().toISOString(),
    node: process.versions.node,
    postgres: rows[0]?.version ?? 'unknown',
    temporal: serverVersion ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    loadBefore,
  };
}

export function describe({
  at,
  node,
  postgres,
  temporal,
  cores,
  memoryGiB,
  loadBefore,
}: Surroundings): string {
  return (
    `${at}, ${cores} cores, ${memoryGiB} GiB, load ${loadBefore.toFixed(1)} before; ` +
    `Node ${node}, PostgreSQL ${postgres}, Temporal ${temporal}`
  );
}
