import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, expect, test } from 'vitest';
import { connectTemporal } from '../../src/engine/temporal.ts';
import { scheduleIdOf } from '../../src/engine/schedules.ts';
import { incidentWorkflowId } from '../../src/workflows/messages.ts';
import { ownStand } from '../support/stand.ts';
import { quietRuntime } from '../support/workflow-world.ts';
import { startDeadMansSwitch } from './dead-mans-switch.ts';
import { bodyOf, eventually, handling, PATIENCE_MS } from './handling.ts';

const outside = await startDeadMansSwitch();
const stand = ownStand({ policy: 'test/e2e/watched.yaml', env: { TOCSIN_HEARTBEAT_URL: outside.url } });
afterAll(() => outside.stop());
const { get } = handling(stand);

/** Lets a schedule do now what it would do next. */
async function trigger(name: Parameters<typeof scheduleIdOf>[0]): Promise<void> {
  const client = connectTemporal({ connection: { address: stand().temporal }, namespace: 'default' });
  try {
    await client.schedule.getHandle(scheduleIdOf(name, 'incidents')).trigger();
  } finally {
    await client.connection.close();
  }
}

interface Audit {
  readonly at: string | null;
  readonly wellAt: string | null;
  readonly isLate: boolean;
  readonly findings: readonly { readonly kind: string; readonly subject: string }[];
}

const audit = async () => bodyOf<Audit>(await get('admin1', '/v1/audit'), 200);

/** Once the audit has looked around anew. */
async function lookedAround(): Promise<Audit> {
  const before = (await audit()).at;
  await trigger('audit');
  return eventually(async () => {
    const after = await audit();
    expect(after.at).not.toBe(before);
    return after;
  });
}

test('the audit looks around by its schedule, and finds nothing wrong with a stand at rest', async () => {
  await eventually(() => trigger('audit'));
  await eventually(async () => {
    expect(await audit()).toMatchObject({ isLate: false, findings: [], wellAt: expect.any(String) });
  });
});

test('the heartbeat goes out while all is well, and only then: a workflow whose task keeps failing is found, told of, and mended', async () => {
  await eventually(async () => {
    expect((await lookedAround()).findings).toEqual([]);
    expect(outside.calls.length).toBeGreaterThan(0);
  });
  expect(new Set(outside.calls.map(({ line, body }) => `${line}: ${body}`))).toEqual(
    new Set(['POST /beat: ']),
  );

  const workflowId = incidentWorkflowId('INC-2026-9999');
  const stuck = await startWorkerWith(new URL('./stuck-incident.ts', import.meta.url));
  await stuck.begin(workflowId);
  const found = await eventually(async () => {
    const { findings } = await lookedAround();
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'workflow-failing', subject: workflowId }),
    );
    return findings;
  }, FAILS_OFTEN_WITHIN_MS);
  expect(found).toHaveLength(1);
  const told = await stand().waitForMail(
    ({ to, text }) => to.includes('admin1@stand.example') && text.includes(workflowId),
    PATIENCE_MS,
  );
  expect(told.text).toContain('workflow-failing');

  const beats = outside.calls.length;
  const { wellAt } = await audit();
  for (let looks = 0; looks < 3; looks += 1) expect((await lookedAround()).wellAt).toBe(wellAt);
  expect(outside.calls).toHaveLength(beats);

  await stuck.stop();
  const mended = await startWorkerWith(new URL('./mended-incident.ts', import.meta.url));
  await eventually(async () => {
    expect((await lookedAround()).findings).toEqual([]);
    expect(outside.calls.length).toBeGreaterThan(beats);
  }, FAILS_OFTEN_WITHIN_MS);
  await mended.stop();
}, 240_000);

/** Temporal waits ever longer between two tries of a task: five of them take a while, and so does the next. */
const FAILS_OFTEN_WITHIN_MS = 120_000;

/** A worker with other workflows, on a queue of its own on the stand's Temporal. */
async function startWorkerWith(workflows: URL) {
  quietRuntime();
  const taskQueue = 'stuck';
  const connection = await NativeConnection.connect({ address: stand().temporal });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(workflows),
    stickyQueueScheduleToStartTimeout: '1s',
  });
  const stopped = worker.run();
  return {
    async begin(workflowId: string): Promise<void> {
      const client = connectTemporal({ connection: { address: stand().temporal }, namespace: 'default' });
      try {
        await client.workflow.start('incident', { workflowId, taskQueue });
      } finally {
        await client.connection.close();
      }
    },
    async stop(): Promise<void> {
      worker.shutdown();
      await stopped;
      await connection.close();
    },
  };
}

test('those who lead are told once a week who will be called and cannot be reached', async () => {
  await trigger('readiness');
  await trigger('readiness');
  const digests = await eventually(async () => {
    const mails = (await stand().mails()).filter(({ subject }) => /readiness|reached/i.test(subject));
    expect(new Set(mails.map(({ to }) => to[0]))).toEqual(
      new Set(['sponsor1@stand.example', 'admin1@stand.example']),
    );
    return mails;
  });
  expect(digests).toHaveLength(2);
  expect(digests[0]?.text).toContain('only by mail');
});
