import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

import { migrate } from '../src/persistence/migrate.ts';
import { CALM, type Walk, type Walked, WALKS } from '../test/replay/paths.ts';
import { openWorld, type RealWorld } from '../test/support/workflow-world.ts';
import { ensureDatabase } from './postgres-database.ts';
import { startPostgres } from './postgres.ts';
import { startTemporal } from './temporal.ts';

/**
 * Records the replay corpus anew: walks every path in a world of its own and keeps the histories of its runs. Run it after
 * a deliberate change of the workflows, before anything was released; later, a history joins and none is replaced: then
 * with the names of the walks that are new (`npm run histories -- answered-page`).
 */
const CORPUS = fileURLToPath(new URL('../test/replay/histories/', import.meta.url));

/** What runs at the same time; more would only make each other late. */
const WALKS_AT_ONCE = 4;

const PROMISED = 'escalation-three-pages-ten-notes';

/** Empty for every walk. */
const NAMED = process.argv.slice(2);

const startedAtMs = performance.now();
const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-histories-'));
const [postgres, temporal] = await Promise.all([startPostgres({ dataDir }), startTemporal({ dataDir })]);
try {
  const databaseUrl = await ensureDatabase(postgres.url, { name: 'histories' });
  await migrate(databaseUrl);
  const world = await openWorld({ databaseUrl, temporalAddress: temporal.address, policy: CALM });
  try {
    const names = await recordAll(world);
    for (const file of readdirSync(CORPUS)) {
      if (NAMED.length === 0 && !names.includes(file)) rmSync(join(CORPUS, file));
    }
  } finally {
    await world.close();
  }
} finally {
  await Promise.all([temporal.stop(), postgres.stop()]);
  rmSync(dataDir, { recursive: true, force: true });
}
console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(0)} s`);

async function recordAll(world: RealWorld): Promise<readonly string[]> {
  mkdirSync(CORPUS, { recursive: true });
  // The one whose length is promised goes first and alone: on a busy machine less falls together, and histories grow.
  const { [PROMISED]: promised, ...others } = walksToTake();
  const waiting = Object.entries(others);
  const files: string[] = [];
  if (promised !== undefined) {
    for (const walked of await walkAs(world, PROMISED, promised)) files.push(await keep(world, walked));
  }
  const walkNext = async (): Promise<void> => {
    for (;;) {
      const [name, walk] = waiting.shift() ?? [];
      if (name === undefined || walk === undefined) return;
      for (const walked of await walkAs(world, name, walk)) files.push(await keep(world, walked));
    }
  };
  await Promise.all(Array.from({ length: WALKS_AT_ONCE }, walkNext));
  return files;
}

function walksToTake(): Readonly<Record<string, Walk>> {
  const unknown = NAMED.filter((name) => !(name in WALKS));
  if (unknown.length > 0) throw new Error(`there is no walk ${unknown.join(', ')}`);
  return Object.fromEntries(
    Object.entries(WALKS).filter(([name]) => NAMED.length === 0 || NAMED.includes(name)),
  );
}

async function walkAs(world: RealWorld, name: string, walk: Walk): Promise<readonly Walked[]> {
  try {
    return await walk(world);
  } catch (cause) {
    throw new Error(`the walk ${name} did not get to its end`, { cause });
  }
}

async function keep(world: RealWorld, { name, workflowId, runId }: Walked): Promise<string> {
  const history = await world.history(workflowId, runId);
  const file = `${name}.json`;
  // Stack traces of failures name the folder that this was recorded in, which is nobody's business.
  writeFileSync(join(CORPUS, file), `${historyToJSON(history).replaceAll(`${process.cwd()}/`, '')}\n`);
  console.log(`${String(history.events?.length ?? 0).padStart(4)} events  ${name}`);
  return file;
}
