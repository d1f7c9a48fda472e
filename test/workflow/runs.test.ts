import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold } from '../../src/domain/evolve.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { readRules } from '../../src/persistence/frozen-rules.ts';
import { verifyChain } from '../../src/persistence/verify.ts';
import { incidentWorkflowId } from '../../src/workflows/messages.ts';
import { policy, steps } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import {
  beginAnewInShortRuns,
  isUnknownOutcome,
  openWorld,
  pause,
  type RealWorld,
  recordBehindTheBack,
  runsOf,
  until,
  workflowBundle,
} from '../support/workflow-world.ts';
import { startDoomedWorker } from './doomed-worker.ts';

/** One run of an incident's process gives way to the next: by its length, by a record that knows better, by a death. */
const world = realWorld();

describe('a run that has become too long', () => {
  it('gives way to a new one under load, which loses nothing and knows what was answered', async () => {
    const id = await triaged(world());
    await beginAnewInShortRuns(world(), id, 60);
    const people = Array.from({ length: 80 }, (_, n) => `person${n}`);
    const commandOf = (person: string) => `lead1:${id}:${person}`;
    const appoint = (person: string) =>
      world().take(id, 'lead1', steps.appoint(person, 'internal'), { commandId: commandOf(person) });

    const notes: string[] = [];
    const [answers] = await Promise.all([
      Promise.all(people.map(appoint)),
      (async () => {
        for (let n = 0; n < 30; n += 1) notes.push(await world().note(id, 'lead1'));
      })(),
    ]);
    await until('all notes are filed', async () => (await world().unfiled(id)) === 0);

    const joined = await world().eventsOf(id, 'team-joined');
    expect(joined.map(({ body }) => body.username).toSorted()).toEqual(people.toSorted());
    expect((await world().eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual(notes);
    const [firstPerson = ''] = people;
    expect(await appoint(firstPerson)).toEqual(answers[0]);
    expect(await world().eventsOf(id, 'team-joined')).toHaveLength(people.length);
    await until(
      'Temporal lists the runs',
      async () => (await runsOf(world(), incidentWorkflowId(id))).length > 3,
    );
    const statuses = (await runsOf(world(), incidentWorkflowId(id))).map(({ status }) => status);
    // The first was ended by the rehearsal itself.
    expect(statuses.slice(1, -1).every((status) => status === 'CONTINUED_AS_NEW')).toBe(true);
    expect(statuses.at(-1)).toBe('RUNNING');
    await expectWhole(world(), id);
  });
});

describe('a run whose record is ahead of it', () => {
  it('begins anew from the record: what stands there stays, and what it was just asked is taken after it', async () => {
    const id = await triaged(world());
    const foreign = await recordBehindTheBack(world(), id);
    const { version } = await world().take(id, 'lead1', steps.assess('escalation'));

    const events = await world().events(id);
    expect(events[foreign.seq - 1]).toEqual(foreign);
    const assessed = events.filter(({ body }) => body.type === 'assessed');
    expect(assessed).toHaveLength(1);
    expect(assessed[0]?.seq).toBeGreaterThan(foreign.seq);
    // Drafts of notices may follow from it, under the same command.
    expect(events[version - 1]?.commandId).toBe(assessed[0]?.commandId);
    expect((await world().state(id)).team).toEqual([{ username: 'sme1', role: 'sme' }]);
    await expectWhole(world(), id);
  });

  it('takes up a fact that it could not record, in the run that follows', async () => {
    const id = await triaged(world());
    await recordBehindTheBack(world(), id);
    const note = await world().note(id, 'lead1');
    await until('the note is filed', async () => (await world().unfiled(id)) === 0);
    expect((await world().eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual([note]);
    await expectWhole(world(), id);
  });
});

describe('a run whose record has lost its last event', () => {
  it('waits for it, instead of beginning anew from what is left over and over', async () => {
    const id = await triaged(world());
    const lost = await loseLastEvent(world(), id);
    const note = await world().note(id, 'lead1');
    await pause(3000);
    expect(await world().unfiled(id)).toBe(1);
    expect((await runsOf(world(), incidentWorkflowId(id))).map(({ status }) => status)).toEqual(['RUNNING']);

    await world().database.db.insertInto('events').values(lost).execute();
    await until('the note is filed', async () => (await world().unfiled(id)) === 0);
    expect((await world().eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual([note]);
    await expectWhole(world(), id);
  });
});

describe('a worker that dies', () => {
  const lonely = realWorld({ hasWorker: false });
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-doomed-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(['before', 'after'] as const)(
    'just %s Postgres has a step leaves it to the next one, and it is recorded once',
    async (when) => {
      const bundlePath = join(directory, 'workflows.js');
      writeFileSync(bundlePath, (await workflowBundle()).code);
      const doomed = await startDoomedWorker({
        settings: lonely().workerSettings,
        bundlePath,
        when,
        event: 'assessed',
      });
      const id = await triaged(lonely());
      const commandId = `lead1:${lonely().newId()}`;
      const asked = lonely()
        .ask(id, 'lead1', steps.assess('escalation'), { commandId })
        .catch((error: unknown) => {
          if (isUnknownOutcome(error)) return 'unknown';
          throw error;
        });
      await doomed.death;
      expect((await lonely().eventsOf(id, 'assessed')).length).toBe(when === 'before' ? 0 : 1);

      const next = await lonely().startWorker();
      const outcome = await asked;
      expect(typeof outcome === 'object' && isRefusal(outcome)).toBe(false);
      await lonely().take(id, 'lead1', steps.assess('escalation'), { commandId });
      expect((await lonely().eventsOf(id, 'assessed')).map((event) => event.commandId)).toEqual([commandId]);
      await expectWhole(lonely(), id);
      await next.stop();
    },
  );
});

/** A world for the tests of a file or a `describe`. */
function realWorld({ hasWorker = true } = {}): () => RealWorld {
  let world: RealWorld | undefined;
  beforeAll(async () => {
    world = await openWorld({
      databaseUrl: await createDatabase(),
      temporalAddress: temporalAddress(),
      policy: policy('incommon'),
      hasWorker,
    });
  });
  afterAll(async () => {
    await world?.close();
  });
  return () => {
    if (world === undefined) throw new Error('the world is there only while the tests run');
    return world;
  };
}

async function triaged(world: RealWorld): Promise<string> {
  const { incidentId } = await world.report();
  await until('the report is taken up', async () => (await world.state(incidentId)).version > 0);
  await world.take(incidentId, 'responder1', steps.lead('lead1'));
  return incidentId;
}

/** As somebody who owns the database could. Gives the row, to be put back. */
async function loseLastEvent(world: RealWorld, id: string) {
  const { db } = world.database;
  await until('nothing is being sent', async () => (await world.state(id)).effects.length === 0);
  const row = await db
    .selectFrom('events')
    .selectAll()
    .where('incident_id', '=', id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  await sql`ALTER TABLE events DISABLE TRIGGER events_append_only`.execute(db);
  await db.deleteFrom('events').where('incident_id', '=', id).where('seq', '=', row.seq).execute();
  await sql`ALTER TABLE events ENABLE TRIGGER events_append_only`.execute(db);
  return {
    ...row,
    body: JSON.stringify(row.body),
    text_digests: JSON.stringify(row.text_digests),
  };
}

/** The record holds: numbered without a gap, chained, each command once, and the state is what the events give. */
async function expectWhole(world: RealWorld, id: string): Promise<void> {
  expect(await verifyChain(world.database.db, id)).toMatchObject({ firstBad: null });
  const events = await world.events(id);
  const state = await world.state(id);
  const rules = await readRules(world.database.db, state.policy.hash);
  expect(fold(id, events, rules)).toEqual(state);
  const runs = await runsOf(world, incidentWorkflowId(id));
  expect(runs.map(({ status }) => status)).not.toContain('FAILED');
}
