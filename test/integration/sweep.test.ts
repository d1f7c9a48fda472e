import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterEach, expect, test, vi } from 'vitest';

import type { Policy } from '../../src/domain/policy.ts';
import type { Rebuilt } from '../../src/engine/rebuild.ts';
import { startSweep, type Sweep } from '../../src/engine/sweep.ts';
import { answerKey, claimKey } from '../../src/persistence/idempotency.ts';
import { keepPolicy } from '../../src/persistence/policies.ts';
import { readTexts, storeTexts } from '../../src/persistence/texts.ts';
import { incidentWorkflowId } from '../../src/workflows/messages.ts';
import { policy } from '../support/incidents.ts';
import { ownDatabase } from './persistence/own-database.ts';
import { id, incident, named, POLICY_HASH, recordAll, report } from './persistence/sample.ts';

const database = ownDatabase();
const rules = { ...policy('incommon').rules, hash: POLICY_HASH };

let sweep: Sweep | undefined;
afterEach(() => sweep?.stop());

/** Rounds of a sweep against a Temporal that runs nothing and starts what it is asked to. */
function sweeping() {
  const started: string[] = [];
  const revived: Rebuilt[] = [];
  const errors: unknown[] = [];
  let rounds = 0;
  const client = {
    workflow: {
      async *list() {
        rounds += 1;
        yield* [];
      },
      async start(_: string, { workflowId }: { readonly workflowId: string }) {
        started.push(workflowId);
      },
    },
  };
  sweep = startSweep({
    client: client as unknown as Client,
    database,
    taskQueue: 'none',
    everyMs: 50,
    onRevived: (rebuilt) => revived.push(rebuilt),
    onError: (error) => errors.push(error),
  });
  return { started, revived, errors, rounds: () => rounds };
}

async function hoursAgo(incidentId: string, hours: number): Promise<void> {
  await sql`UPDATE incidents SET updated_at = clock_timestamp() - make_interval(hours => ${hours})
    WHERE id = ${incidentId}`.execute(database.db);
}

test('an incident that is only to begin has not lost its process; one that has begun has', async () => {
  await keepPolicy(database.db, { rules } as Policy);
  const begins = await report(database.db);
  const [lost] = [await report(database.db)];
  await recordAll(database.db, lost.incidentId, [named(1)]);
  // Accepted before an outage of Temporal that lasted an hour.
  for (const { incidentId } of [begins, lost]) await hoursAgo(incidentId, 1);
  const { started, revived, errors } = sweeping();
  await vi.waitFor(() => expect(revived.length).toBeGreaterThan(1));
  expect(new Set(started)).toEqual(new Set([incidentWorkflowId(lost.incidentId)]));
  expect(revived[0]).toEqual({ incidents: 1, pages: 0, ids: [incidentWorkflowId(lost.incidentId)] });
  expect(errors).toEqual([]);
});

test('old answers and words that no step took are forgotten', async () => {
  const { incidentId } = await report(database.db);
  await recordAll(database.db, incidentId, [named(1)], incident(incidentId));
  const textId = id();
  await storeTexts(database.db, incidentId, [{ id: textId, body: 'said' }]);
  await sql`UPDATE texts SET created_at = clock_timestamp() - interval '25 hours'
    WHERE id = ${textId}`.execute(database.db);
  const claim = { person: 'ann', key: id(), methodAndPath: 'POST /', fingerprint: Buffer.from('x') };
  await claimKey(database.db, claim);
  await answerKey(database.db, { ...claim, status: 200, body: null });
  await sql`UPDATE idempotency SET claimed_at = clock_timestamp() - interval '31 days'`.execute(database.db);
  const { errors } = sweeping();
  await vi.waitFor(async () => {
    expect((await readTexts(database.db, [textId])).size).toBe(0);
    const { rows } = await sql`SELECT FROM idempotency`.execute(database.db);
    expect(rows).toEqual([]);
  });
  expect(errors).toEqual([]);
});
