import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { PageRun } from '../domain/page-run.ts';
import { isFinished } from '../domain/process.ts';
import type { Database, Db } from '../persistence/database.ts';
import { refold } from '../persistence/fold.ts';
import { readRules } from '../persistence/frozen-rules.ts';
import { unfinishedIncidentIds } from '../persistence/incidents.ts';
import { listPages, type Page } from '../persistence/pages.ts';
import { readState } from '../persistence/record.ts';
import {
  armedQueueOf,
  incidentWorkflowId,
  pageWorkflowId,
  WORKFLOW_TASK_TIMEOUT,
} from '../workflows/messages.ts';
import { ensureStarted } from './start.ts';

export interface RebuildSettings {
  readonly client: Client;
  readonly database: Pick<Database, 'db'>;
  readonly taskQueue: string;
}

/** How many were to be alive by the record and were not known to run; each runs now. */
export interface Rebuilt {
  readonly incidents: number;
  readonly pages: number;
  /** Their workflows' ids. */
  readonly ids: readonly string[];
}

/** What need not be asked for. */
export interface KnownAlive {
  /** Ids of workflows known to run. */
  readonly running: ReadonlySet<string>;
  /** Only what has shown no sign of life since this instant (epoch ms); null for everything. */
  readonly quietSince: number | null;
  /** Nor incidents that came in since this instant and are about to begin (epoch ms); null for everything. */
  readonly unbegunSince: number | null;
}

/**
 * Brings everything back to life from the record after Temporal's own store was lost: incidents by folding their
 * events, pages by their rows. What runs already is left alone, so that it may be run at any time.
 */
export async function rebuildAll(
  { client, database: { db }, taskQueue }: RebuildSettings,
  { running, quietSince, unbegunSince }: KnownAlive = {
    running: new Set(),
    quietSince: null,
    unbegunSince: null,
  },
): Promise<Rebuilt> {
  const ids: string[] = [];
  let incidents = 0;
  for (const incidentId of await unfinishedIncidentIds(db, { quietSince, unbegunSince })) {
    if (running.has(incidentWorkflowId(incidentId))) continue;
    const fold = await refold(db, incidentId);
    if (fold === null || (fold.incident !== null && fold.facts.length === 0 && isFinished(fold.incident)))
      continue;
    await ensureStarted(client, fold, taskQueue);
    incidents += 1;
    ids.push(incidentWorkflowId(incidentId));
  }
  let pages = 0;
  for await (const page of ringingPages(db)) {
    if (running.has(pageWorkflowId(page.id, page.ring))) continue;
    if (quietSince !== null && (page.climbed?.at ?? page.startsAt) > quietSince) continue;
    await ensurePageRuns(client, await pageInput(db, page, taskQueue), taskQueue);
    pages += 1;
    ids.push(pageWorkflowId(page.id, page.ring));
  }
  return { incidents, pages, ids };
}

const PAGES_AT_ONCE = 200;

async function* ringingPages(db: Db): AsyncGenerator<Page> {
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await listPages(db, {
      state: 'ringing',
      limit: PAGES_AT_ONCE,
      ...(cursor !== undefined && { cursor }),
    });
    yield* items;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function ensurePageRuns(client: Client, input: PageRun, taskQueue: string): Promise<void> {
  await client.workflow.start('page', {
    workflowId: pageWorkflowId(input.pageId, input.ring),
    taskQueue,
    args: [input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `${input.pageId} ${input.reason}`,
  });
}

async function pageInput(db: Db, page: Page, taskQueue: string): Promise<PageRun> {
  const row = await readState(db, page.incidentId);
  if (row === null)
    throw new Error(`Page ${page.id} belongs to ${page.incidentId}, which is not in the record.`);
  const { armAheadMs } = await readRules(db, row.state.policy.hash);
  const { id, incidentId, ring, reason, target, ladder, startsAt, noteTextId } = page;
  return {
    incidentId,
    pageId: id,
    ring,
    reason,
    target,
    ladder,
    startsAt,
    noteTextId,
    armAheadMs,
    armedTaskQueue: armedQueueOf(taskQueue),
  };
}
