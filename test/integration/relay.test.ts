import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { afterEach, describe, expect, test, vi } from 'vitest';

import type { Fact } from '../../src/domain/commands.ts';
import { emptyIncident, evolve } from '../../src/domain/evolve.ts';
import { takeFact } from '../../src/domain/process.ts';
import { startRelay, type Relay } from '../../src/engine/relay.ts';
import { readFold } from '../../src/persistence/fold.ts';
import { unfiled, unfiledOf, writeFact } from '../../src/persistence/inbox.ts';
import { keepPolicy } from '../../src/persistence/policies.ts';
import { record } from '../../src/persistence/record.ts';
import { incidentWorkflowId } from '../../src/workflows/messages.ts';
import { policy } from '../support/incidents.ts';
import { ownDatabase } from './persistence/own-database.ts';
import { id, MORNING, report as storeReport } from './persistence/sample.ts';

const database = ownDatabase({ max: 20 });
const incommon = policy('incommon');
const TELL_AGAIN_MS = 1000;

let relay: Relay | undefined;
const relayErrors: unknown[] = [];
afterEach(async () => {
  await relay?.stop();
  for (const { incidentId } of await unfiled(database.db, { limit: 1000 })) await takeUp(incidentId);
  if (relayErrors.length > 0) throw new AggregateError(relayErrors.splice(0), 'the relay failed');
});

/** A Temporal that only keeps what it was told: no process of an incident takes anything up by itself. */
function deafTemporal({ isRunning = true } = {}) {
  const told: { readonly workflowId: string; readonly factId: string; readonly atMs: number }[] = [];
  const hear = (workflowId: string, fact: Fact) =>
    told.push({ workflowId, factId: fact.factId, atMs: performance.now() });
  const client = {
    withDeadline: <T>(_: number, call: () => Promise<T>) => call(),
    workflow: {
      getHandle: (workflowId: string) => ({
        async signal(_: unknown, fact: Fact) {
          if (!isRunning) throw new WorkflowNotFoundError('not found', workflowId, undefined);
          hear(workflowId, fact);
        },
      }),
      async signalWithStart(
        _: string,
        { workflowId, signalArgs: [fact] }: { readonly workflowId: string; readonly signalArgs: [Fact] },
      ) {
        hear(workflowId, fact);
      },
    },
  };
  return { told, client: client as unknown as Client };
}

function startTelling(client: Client, { tellAgainMs = TELL_AGAIN_MS } = {}): void {
  relay = startRelay({
    client,
    database,
    taskQueue: 'none',
    tellAgainMs,
    onError: (error) => relayErrors.push(error),
  });
}

async function reported(): Promise<string> {
  await keepPolicy(database.db, incommon);
  const { rules } = incommon;
  const { incidentId } = await storeReport(database.db, {
    policy: { name: rules.name, hash: rules.hash },
    initialState: (incidentId) => emptyIncident(incidentId, rules),
  });
  return incidentId;
}

/** What its process does with every fact that it can take up. */
async function takeUp(incidentId: string): Promise<void> {
  const { rules } = incommon;
  const fold = await readFold(database.db, incidentId);
  for (const fact of fold?.facts ?? []) {
    const { incident } = (await readFold(database.db, incidentId)) ?? {};
    const before = incident ?? emptyIncident(incidentId, rules);
    const { events } = takeFact(before, fact, rules, MORNING);
    const state = events.reduce((current, event) => evolve(current, event, rules), before);
    await record(database.db, { incidentId, events, state });
  }
}

async function begun(): Promise<string> {
  const incidentId = await reported();
  await takeUp(incidentId);
  return incidentId;
}

async function note(incidentId: string): Promise<string> {
  const [factId, textId] = [id(), id()];
  const fact = { type: 'note', kind: 'note', textId, tlp: 'AMBER', corrects: null } as const;
  await writeFact(database.db, { factId, incidentId, by: 'ann', at: MORNING, fact });
  return factId;
}

function eventually(check: () => void | Promise<void>, withinMs = 5000): Promise<void> {
  return vi.waitFor(check, { timeout: withinMs, interval: 20 });
}

describe('a fact that stays unfiled', () => {
  test('is told again, each time after twice as long', async () => {
    const factId = await note(await begun());
    const { told, client } = deafTemporal();
    startTelling(client);
    const times = () => told.filter((one) => one.factId === factId).map(({ atMs }) => atMs);
    await eventually(() => expect(times().length).toBe(4), 20_000);
    const pauses = times()
      .slice(1)
      .map((atMs, index) => atMs - (times()[index] ?? 0));
    for (const [index, pauseMs] of pauses.entries())
      expect(pauseMs).toBeGreaterThanOrEqual(TELL_AGAIN_MS * 2 ** index);
    expect((pauses[2] ?? 0) - (pauses[0] ?? 0)).toBeGreaterThan(1.5 * TELL_AGAIN_MS);
  });

  test('takes no place from a new one, however many there are', async () => {
    const stuck = await Promise.all(Array.from({ length: 210 }, () => begun()));
    await Promise.all(stuck.map(note));
    const { told, client } = deafTemporal();
    startTelling(client, { tellAgainMs: 60_000 });
    await eventually(() => expect(told.length).toBe(210), 20_000);
    const factId = await note(await begun());
    await eventually(() => expect(told.map((one) => one.factId)).toContain(factId));
  }, 60_000);
});

test('a report told under a second id makes no event, and is filed without being told for ever', async () => {
  const incidentId = await reported();
  const [first] = await unfiledOf(database.db, incidentId);
  await takeUp(incidentId);
  if (first?.fact.type !== 'report') throw new Error('expected a report');
  const factId = id();
  await writeFact(database.db, { factId, incidentId, by: first.by, at: first.at, fact: first.fact });
  const { told, client } = deafTemporal();
  startTelling(client);
  await eventually(async () => expect(await unfiledOf(database.db, incidentId)).toEqual([]));
  expect(told.filter((one) => one.factId === factId)).toHaveLength(1);
  expect((await readFold(database.db, incidentId))?.incident?.version).toBe(1);
});

test('of many incidents that are to begin, only so many begin at once; those under way are told meanwhile', async () => {
  const waiting = await Promise.all(Array.from({ length: 50 }, () => reported()));
  const { told, client } = deafTemporal({ isRunning: false });
  startTelling(client, { tellAgainMs: 60_000 });
  await eventually(() => expect(told.length).toBe(20));
  const factId = await note(await begun());
  await eventually(() => expect(told.map((one) => one.factId)).toContain(factId));
  expect(told).toHaveLength(21);

  const begunFirst = new Set(told.map(({ workflowId }) => workflowId));
  await Promise.all(waiting.filter((one) => begunFirst.has(incidentWorkflowId(one))).map(takeUp));
  await eventually(() => expect(told.length).toBe(41));
});
