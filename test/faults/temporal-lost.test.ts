import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { assessment, codeOf, eventually, handling, inTriage, readyToClose } from '../e2e/handling.ts';
import { ownStand } from '../support/stand.ts';
import {
  ARMED_EARLY,
  called,
  clocksOf,
  everyCall,
  expectSoundRecord,
  freeze,
  messages,
  onlyPage,
  RECOVERED_WITHIN_MS,
  TEST_WITHIN_MS,
  tocsin,
  withTemporal,
} from './faults.ts';

vi.setConfig({ testTimeout: TEST_WITHIN_MS });
const stand = ownStand({ policy: ARMED_EARLY });
const desk = handling(stand);
const { report, phone, step, ask, incident, timeline, page, acknowledge } = desk;

const WARNED_AFTER_MS = 50_000;
const REASON = 'It is a small matter.';

/** Row 4 stays with Legal as a duty. */
async function handedOff(): Promise<string> {
  const id = await inTriage(desk);
  await step('lead1', id, 'assessment', assessment({ criticality: 'normal', criteria: [] }));
  const legal = { contactedAt: '2026-01-05T15:00:00.000Z', method: 'phone', counsel: 'legal1' };
  await step('lead1', id, 'actions/engage-legal/complete', { outcome: legal });
  const data = { identity: 'no', health: 'no', basis: 'Only public metadata is there.' };
  await step('lead1', id, 'actions/protected-information/complete', { outcome: data });
  await step('lead1', id, 'actions/deliver-assessment/waive', { reason: REASON });
  await step('lead1', id, 'hand-off', { basis: 'normal', to: 'Operations', reason: REASON });
  return id;
}

async function closed(): Promise<string> {
  const id = await readyToClose(desk);
  await step('sponsor1', id, 'close', { determination: 'It is over.' });
  return id;
}

async function inResponse(): Promise<{ readonly id: string; readonly pageId: string }> {
  const id = await inTriage(desk);
  await step('lead1', id, 'assessment', assessment());
  await step('lead1', id, 'pages', { to: 'owner1' });
  const pageId = await onlyPage(desk, id);
  await untilCalled(pageId, '1.1 owner1');
  return { id, pageId };
}

async function acknowledged(): Promise<{ readonly id: string; readonly pageId: string }> {
  const { incidentId: id } = await phone('responder2', { summary: 'My keys are gone' });
  const pageId = await onlyPage(desk, id);
  await untilCalled(pageId, '1.1 responder1');
  await acknowledge('responder1', pageId);
  await step('responder1', id, 'reply', { text: 'Told on the phone.', method: 'phone' });
  return { id, pageId };
}

async function untilCalled(pageId: string, call: string): Promise<void> {
  await eventually(async () => expect(await called(stand(), pageId)).toContain(call), RECOVERED_WITHIN_MS);
}

/** Its page is there, and rings nobody before its instant. */
async function untilArmed(incidentId: string): Promise<void> {
  await withTemporal(stand(), (client) =>
    eventually(async () => {
      const ids: string[] = [];
      const query = 'WorkflowType = "page" AND ExecutionStatus = "Running"';
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      expect(ids.filter((id) => id.startsWith(`page-${incidentId}`))).toHaveLength(1);
    }, RECOVERED_WITHIN_MS),
  );
}

/** Temporal dies, and its store with it; what comes up in its place knows nothing. */
async function loseTemporal(): Promise<void> {
  freeze(stand(), 'temporal');
  const store = join(stand().dataDir, 'temporal');
  for (const name of readdirSync(store)) rmSync(join(store, name), { recursive: true, force: true });
  await stand().kill('temporal');
  await stand().untilRestarted('temporal');
  await stand().untilReady();
}

const versionsOf = (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await incident(id)).version));

const runOf = (workflowId: string) =>
  withTemporal(stand(), async (client) => {
    const { status, runId } = await client.workflow.getHandle(workflowId).describe();
    return { status: status.name, runId };
  });

test('every open incident goes on where it was after the loss of Temporal’s store, and nothing happens twice', async () => {
  const [responding, taken, handedOffId, closedId] = await Promise.all([
    inResponse(),
    acknowledged(),
    handedOff(),
    closed(),
  ]);
  const email = 'anna@reporter.example';
  const received = await report({ summary: 'Nobody has seen me yet', reporter: { email } });
  await stand().waitForMail(({ to }) => to.includes(email), RECOVERED_WITHIN_MS);
  await untilArmed(received.incidentId);
  const ids = [received.incidentId, responding.id, taken.id, handedOffId, closedId];
  const before = await Promise.all(ids.map((id) => incident(id)));
  expect(before.map(({ stage }) => stage)).toEqual([
    ...['received', 'response', 'received', 'handed-off', 'closed'],
  ]);

  await loseTemporal();
  const rebuilt = JSON.parse(await tocsin(stand(), 'rebuild')) as { incidents: number; pages: number };
  expect(rebuilt.incidents).toBe(ids.length - 1);
  expect(rebuilt.pages).toBeGreaterThanOrEqual(2);

  const after = await Promise.all(ids.map((id) => incident(id)));
  const view = ({ stage, lead, reports }: IncidentView) => ({ stage, lead, reports });
  expect(after.map(view)).toEqual(before.map(view));
  expect(after.map(clocksOf)).toEqual(before.map(clocksOf));

  // Decisions work in each.
  const [receivedId = ''] = ids;
  expect((await step('responder1', receivedId, 'lead', { username: 'lead1' })).stage).toBe('triage');
  const legal = { contactedAt: '2026-01-05T15:00:00.000Z', method: 'phone', counsel: 'legal1' };
  await step('lead1', responding.id, 'actions/engage-legal/complete', { outcome: legal });
  expect((await step('responder1', taken.id, 'lead', { username: 'lead1' })).stage).toBe('triage');
  const row4 = await step('legal1', handedOffId, 'actions/insurance-notice/complete', {
    outcome: { notify: false, reason: 'Nothing is lost.' },
  });
  expect(row4.stage).toBe('handed-off');
  expect(row4.actions.find(({ key }) => key === 'insurance-notice')?.state).toBe('done');
  const refused = await ask('lead1', closedId, 'reopen', { reason: REASON });
  expect([refused.status, codeOf(refused)]).toEqual([403, 'not-yours']);
  expect((await incident(closedId)).stage).toBe('closed');
  expect((await step('sponsor1', closedId, 'reopen', { reason: REASON })).stage).toBe('review');

  // A workflow that somebody terminates comes back by itself, and so does a page.
  const swept = await inTriage(desk);
  await step('responder1', swept, 'pages', { to: 'sme1' });
  const sweptPage = await onlyPage(desk, swept);
  await untilCalled(sweptPage, '1.1 sme1');
  const first = await runOf(`incident-${swept}`);
  await withTemporal(stand(), async (client) => {
    await client.workflow.getHandle(`page-${sweptPage}`).terminate('by the test');
    await client.workflow.getHandle(`incident-${swept}`).terminate('by the test');
  });

  // Ringing pages climb on, the armed one rings at its instant, and the taken one is silent.
  await eventually(async () => {
    expect((await page(responding.pageId)).state).toBe('exhausted');
  }, RECOVERED_WITHIN_MS);
  const climbed = await called(stand(), responding.pageId);
  const bothResponders = (call: string) => call.replace(/responder\d/, 'responder');
  expect(climbed.map(bothResponders)).toEqual(
    [1, 2].flatMap((round) =>
      ['1 owner1', '2 lead1', '3 responder', '3 responder', '4 sponsor1'].map((call) => `${round}.${call}`),
    ),
  );
  expect(new Set(climbed).size).toBe(climbed.length);
  const warningId = await onlyPage(desk, receivedId);
  await untilCalled(warningId, '1.1 responder1');
  const warning = await acknowledge('lead1', warningId);
  expect(warning.reason).toBe('reply-due');
  const warnsAt = Date.parse(received.receivedAt) + WARNED_AFTER_MS;
  expect(Date.parse(warning.startedAt)).toBe(warnsAt);
  const warned = (await stand().mails()).filter(({ text }) => text.includes(`/v1/pages/${warningId}\n`));
  expect(warned.filter(({ receivedAt }) => Date.parse(receivedAt) < warnsAt)).toEqual([]);
  const ladder = everyCall(['responder1', 'responder2', 'lead1', 'sponsor1'], 2);
  const calledByWarning = await called(stand(), warningId);
  expect(calledByWarning).toEqual(ladder.slice(0, calledByWarning.length));
  expect(await called(stand(), taken.pageId)).toEqual(ladder.slice(0, 1));
  expect(await page(taken.pageId)).toMatchObject({ state: 'acknowledged', ring: 1 });
  expect(messages((await stand().mails()).filter(({ to }) => to.includes(email)))).toHaveLength(1);
  await step('responder1', receivedId, 'reply', { unnecessary: true, reason: REASON });

  await eventually(async () => {
    const again = await runOf(`incident-${swept}`);
    expect(again.status).toBe('RUNNING');
    expect(again.runId).not.toBe(first.runId);
  }, RECOVERED_WITHIN_MS);
  await untilCalled(sweptPage, '1.2 lead1');
  await acknowledge('lead1', sweptPage);
  expect((await called(stand(), sweptPage)).slice(0, 2)).toEqual(['1.1 sme1', '1.2 lead1']);

  // Asked for again, a rebuild changes nothing.
  const all = [...ids, swept];
  await eventually(async () => {
    for (const id of all) {
      const lines = await timeline(id);
      expect(lines.filter(({ seq }) => seq === null)).toEqual([]);
    }
  });
  const versions = await versionsOf(all);
  // Who was called and has not taken a page is told a little later who has; that is no doubling.
  const ofWork = async () => (await stand().mails()).filter(({ subject }) => !subject.startsWith('Taken: '));
  const mails = await ofWork();
  await tocsin(stand(), 'rebuild');
  await step('responder1', receivedId, 'timeline', { text: 'Nothing was doubled.' });
  await eventually(async () => expect((await versionsOf([receivedId]))[0]).toBeGreaterThan(versions[0] ?? 0));
  expect((await versionsOf(all)).slice(1)).toEqual(versions.slice(1));
  expect((await ofWork()).map(({ id }) => id)).toEqual(mails.map(({ id }) => id));
  await expectSoundRecord(stand());
});
