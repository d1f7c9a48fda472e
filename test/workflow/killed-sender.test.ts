import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy, SECOND } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import {
  laddersOf,
  openWorld,
  pause,
  type RealWorld,
  until,
  variant,
  workflowBundle,
} from '../support/workflow-world.ts';
import { startDoomedWorker } from './doomed-worker.ts';

/** Far longer than it takes to notice that a worker has died: what comes again is the same step, not the next one. */
const PATIENT = variant(policy('drill'), 'patient', {
  ladders: laddersOf(policy('drill').rules, { waitMs: 60 * SECOND, rounds: 1 }),
});

const directory = mkdtempSync(join(tmpdir(), 'tocsin-killed-'));
const bundlePath = join(directory, 'workflows.js');

beforeAll(async () => {
  writeFileSync(bundlePath, (await workflowBundle()).code);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a worker that is killed while it sends a page', { timeout: 90_000 }, () => {
  it.each([
    ['before', { arrivals: 1, tries: 1 }],
    // The far side has it and nobody heard so: it comes again, under the same name, and is marked.
    ['between', { arrivals: 2, tries: 2 }],
    ['after', { arrivals: 1, tries: 1 }],
  ] as const)('%s the answer leaves one message', async (when, expected) => {
    const world: RealWorld = await openWorld({
      databaseUrl: await createDatabase(),
      temporalAddress: temporalAddress(),
      policy: PATIENT,
      hasWorker: false,
    });
    try {
      const pageTo = 'responder1@stand.example';
      const doomed = await startDoomedWorker({ settings: world.workerSettings, bundlePath, when, pageTo });
      const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder2' });
      await doomed.death;
      await world.startWorker();

      const page = async () => (await world.pages(incidentId))[0];
      await until(
        'the message has its answer',
        async () => (await page())?.attempts[0]?.answer === 'accepted 250',
      );
      await pause(2 * SECOND);
      expect((await page())?.attempts).toMatchObject([
        { round: 1, rung: 1, person: 'responder1', answer: 'accepted 250', tries: expected.tries },
      ]);
      // The warning of the reply clock rings by itself meanwhile.
      const mails = world
        .mails()
        .filter(({ to, text }) => to === pageTo && text.includes(`${incidentId}-P1`));
      expect(mails).toHaveLength(expected.arrivals);
      expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
    } finally {
      await world.close();
    }
  });
});
