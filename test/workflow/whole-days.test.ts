import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PageReason } from '../../src/domain/vocabulary.ts';
import type { Page } from '../../src/persistence/pages.ts';
import { pageWorkflowId } from '../../src/workflows/messages.ts';
import { DAY, HOUR, MINUTE, policy, SECOND, steps } from '../support/incidents.ts';
import { createDatabase } from '../support/servers.ts';
import {
  type ArrivedMail,
  completeRow,
  completeRows,
  incidentStatus,
  openSkippingWorld,
  REPORTER,
  type SkippingWorld,
  statusOf,
  until,
} from '../support/workflow-world.ts';

/** The default policy at its own pace: what a responder would notice over hours and days. */
let world: SkippingWorld;
beforeAll(async () => {
  world = await openSkippingWorld({ databaseUrl: await createDatabase(), policy: policy('incommon') });
});
afterAll(async () => {
  await world?.close();
});

/**
 * Time is everybody's: what a test leaves open would page on in the next one. Pages end before their incident does: the
 * time-skipping server stands still for good once a child has outlived its parent, which the real one does not.
 */
afterEach(async () => {
  await world.settle();
  for (const { id } of await ringingPages()) await world.acknowledge(id, 'responder1');
  await world.settle();
  for (const { id, stage, kind } of await openIncidents()) {
    if (stage === 'received' || stage === 'triage') await world.take(id, 'responder1', steps.dismiss());
    else throw new Error(`${id} (${kind}) is left open in ${stage}`);
  }
  await world.settle();
});

const { reply } = policy('incommon').rules;

describe('the clock of the reply', () => {
  it('runs 24 hours from the receipt, however late the process began: a warning page comes 4 hours before', async () => {
    const receivedAt = world.clock.now() - 3 * HOUR;
    const { incidentId } = await world.report({ receivedAt });
    await world.settle();
    await world.take(incidentId, 'responder1', steps.lead('lead1'));
    await world.pass(receivedAt + reply.withinMs - reply.warnBeforeMs - MINUTE - world.clock.now());
    expect(pagesTo('responder1', incidentId)).toEqual([]);

    await world.pass(MINUTE + SECOND);
    const [warning, another] = pagesTo('responder1', incidentId);
    expect(another).toBeUndefined();
    expect(warning?.subject).toContain('a reply to a reporter is due soon');
    expectPromptly(warning?.at, receivedAt + 20 * HOUR);
  });

  it('is breached after 24 hours: the breach has a page of its own and silences the warning, taken or not', async () => {
    const { incidentId } = await triaged();
    const receivedAt = (await world.state(incidentId)).receivedAt;
    await world.pass(receivedAt + 23 * HOUR + 30 * MINUTE - world.clock.now());
    const warning = await pageFor(incidentId, 'reply-due');
    expect(await world.acknowledge(warning.id, 'responder2')).toBe(true);
    await world.pass(29 * MINUTE);
    const before = world.mails().length;

    await world.pass(MINUTE + SECOND);
    const breach = await pageFor(incidentId, 'reply-breached');
    expect(subjectsSince(before)).toEqual([expect.stringContaining('a reply to a reporter is overdue')]);
    expectPromptly(world.mails().at(-1)?.at, receivedAt + 24 * HOUR);
    expect(breach.state).toBe('ringing');
    expect(await world.page(warning.id)).toMatchObject({ state: 'cancelled', cancelledBecause: 'breached' });
    expect((await replyClock(incidentId)).state).toBe('breached');
  });

  it('stops when the mail server has taken the reply; then nobody is rung any more', async () => {
    const { incidentId } = await triaged();
    await world.pass(20 * HOUR + MINUTE);
    const ringing = await pageFor(incidentId, 'reply-due');
    await world.take(incidentId, 'responder1', steps.reply('mail'), { words: 'We took the page down.' });
    await world.settle();

    const answer = world
      .mails()
      .find(({ to, text }) => to === REPORTER && text.includes('We took the page down.'));
    expect(answer).toBeDefined();
    expect(await replyClock(incidentId)).toMatchObject({ state: 'met', stoppedAt: expect.any(Number) });
    expect(await world.page(ringing.id)).toMatchObject({ state: 'cancelled' });
    const before = world.mails().length;
    await world.pass(5 * HOUR);
    expect(subjectsSince(before)).toEqual([]);
    await untilPageRunEnded(ringing.id);
  });
});

describe('a page', () => {
  it('rings the triage rota when nobody is lead in time, and ends with the naming of one', async () => {
    const { incidentId } = await world.report();
    await world.settle();
    const due = (await world.state(incidentId)).clocks.find(({ name }) => name === 'lead')?.dueAt ?? 0;
    await world.pass(due + SECOND - world.clock.now());
    const page = await pageFor(incidentId, 'no-lead');
    expectPromptly(pagesTo('responder1', incidentId)[0]?.at, due);

    await world.take(incidentId, 'responder1', steps.lead('lead1'));
    await world.settle();
    const before = world.mails().length;
    await world.pass(30 * MINUTE);
    expect(subjectsSince(before)).toEqual([]);
    expect(await world.page(page.id)).toMatchObject({ state: 'cancelled', cancelledBecause: 'lead' });
  });

  it('climbs three rounds of its ladder, five minutes a rung and the sponsor last, and is then exhausted', async () => {
    const { incidentId } = await triaged();
    await world.take(incidentId, 'responder2', steps.callIn('sme1'));
    await world.settle();
    const page = await pageFor(incidentId, 'call-in');
    await world.pass(4 * HOUR);

    const rungs = pagesOf(page.id).map(({ to, at }) => [
      to.split('@')[0],
      Math.round((at - page.startsAt) / MINUTE),
    ]);
    expect(rungs).toEqual(
      [0, 60, 120].flatMap((start) => [
        ['sme1', start],
        ['lead1', start + 15],
        ['responder1', start + 30],
        ['responder2', start + 30],
        ['sponsor1', start + 45],
      ]),
    );
    expect((await world.page(page.id))?.state).toBe('exhausted');
    expect((await world.state(incidentId)).pages.find(({ id }) => id === page.id)?.state).toBe('exhausted');
    await untilPageRunEnded(page.id);
  });

  it('that is acknowledged climbs no further, although its process hears of it only afterwards', async () => {
    const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder2' });
    await world.settle();
    const page = await pageFor(incidentId, 'phone');
    await world.pass(6 * MINUTE);
    expect(pagesOf(page.id).map(({ to }) => to)).toEqual([
      'responder1@stand.example',
      'responder2@stand.example',
    ]);

    expect(await world.acknowledge(page.id, 'responder2')).toBe(true);
    expect(await world.acknowledge(page.id, 'lead1')).toBe(false);
    await world.pass(30 * MINUTE);
    expect(pagesOf(page.id)).toHaveLength(2);
    expect((await world.state(incidentId)).pages[0]).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'responder2',
    });
  });

  it('that was acknowledged and followed by nothing rings again after an hour, from its first rung', async () => {
    const { incidentId } = await world.report({ channel: 'phone', enteredBy: 'responder2' });
    await world.settle();
    const page = await pageFor(incidentId, 'phone');
    await world.pass(MINUTE);
    await world.acknowledge(page.id, 'responder1');
    const takenAt = world.clock.now();
    await world.pass(59 * MINUTE);
    expect(pagesOf(page.id)).toHaveLength(1);

    await world.pass(2 * MINUTE);
    const [, again] = pagesOf(page.id);
    expect(again?.to).toBe('responder1@stand.example');
    expectPromptly(again?.at, takenAt + HOUR);
    expect(await world.page(page.id)).toMatchObject({ state: 'ringing', ring: 2, acknowledgedBy: null });
  });
});

describe('an overdue row', () => {
  it('reminds its owner at once, pages them after four hours, and is told to the sponsor after a day', async () => {
    const { incidentId } = await assessedAsNormal();
    await completeRows(world, incidentId, ['engage-legal', 'insurance-notice', 'deliver-assessment']);
    const due =
      (await world.state(incidentId)).actions.find(({ key }) => key === 'protected-information')?.dueAt ?? 0;
    const before = world.mails().length;
    await world.pass(due + 25 * HOUR - world.clock.now());

    const told = world.mails().slice(before);
    const [reminder] = told;
    expect(reminder?.to).toBe('lead1@stand.example');
    expectPromptly(reminder?.at, due);
    const [first] = pagesOf((await pageFor(incidentId, 'action-overdue')).id);
    expect(first?.to).toBe('lead1@stand.example');
    expectPromptly(first?.at, due + 4 * HOUR);
    const word = told.find(({ to, subject }) => to === 'sponsor1@stand.example' && !subject.includes('PAGE'));
    expectPromptly(word?.at, due + DAY);
  });

  it('of Legal outlives the hand-off of a Normal incident: its process goes on until Legal has spoken, and then ends', async () => {
    const { incidentId } = await assessedAsNormal();
    await completeRows(world, incidentId, ['engage-legal', 'protected-information', 'deliver-assessment']);
    await world.take(incidentId, 'lead1', steps.handOff('normal'));
    await world.settle();
    expect(await incidentStatus(world, incidentId)).toBe('RUNNING');
    const due =
      (await world.state(incidentId)).actions.find(({ key }) => key === 'insurance-notice')?.dueAt ?? 0;
    const before = world.mails().length;

    await world.pass(due + 4 * HOUR + MINUTE - world.clock.now());
    const mails = world.mails().slice(before);
    expect(mails.map(({ to }) => to)).toEqual(['legal1@stand.example', 'legal1@stand.example']);
    expectPromptly(mails[0]?.at, due);
    expectPromptly(mails[1]?.at, due + 4 * HOUR);
    expect(due - world.clock.now()).toBeLessThan(0);

    const page = await pageFor(incidentId, 'action-overdue');
    expect(await world.acknowledge(page.id, 'legal1')).toBe(true);
    await completeRow(world, incidentId, 'insurance-notice');
    await world.settle();
    await untilEnded(incidentId);
    expect((await world.state(incidentId)).stage).toBe('handed-off');
  });
});

describe('a merge', () => {
  it('takes the reply clock along from the receipt of the report, and an undone merge brings it back', async () => {
    const source = await world.report({ receivedAt: world.clock.now() - 10 * HOUR });
    const target = await triaged();
    await world.take(source.incidentId, 'responder1', mergeInto(target.incidentId));
    await world.settle();
    await untilEnded(source.incidentId);
    expect(await owedIn(target.incidentId)).toEqual([target.reportId, source.reportId]);

    await world.pass(10 * HOUR + MINUTE);
    const [warning] = pagesTo('responder1', target.incidentId);
    expectPromptly(warning?.at, (await world.state(source.incidentId)).receivedAt + 20 * HOUR);
    expect(replyPagesTo('responder1', source.incidentId)).toEqual([]);

    await world.take(source.incidentId, 'responder1', steps.reopen());
    await world.settle();
    expect(await incidentStatus(world, source.incidentId)).toBe('RUNNING');
    expect(await owedIn(source.incidentId)).toEqual([source.reportId]);
    expect(await owedIn(target.incidentId)).toEqual([target.reportId]);
    expect((await pageFor(target.incidentId, 'reply-due')).state).toBe('cancelled');
    await world.pass(MINUTE);
    // The same contact has just been called for the other incident: it waits a moment for its turn.
    await vi.waitFor(
      () => expect(replyPagesTo('responder1', source.incidentId)).not.toEqual([]),
      TOLD_WITHIN,
    );
  });

  it('that went on into a third incident gives its reports back from there', async () => {
    const [first, second, third] = [await triaged(), await triaged(), await triaged()];
    await world.take(first.incidentId, 'responder1', mergeInto(second.incidentId));
    await untilOwed(second.incidentId, [second.reportId, first.reportId]);
    await world.take(second.incidentId, 'responder1', mergeInto(third.incidentId));
    await untilOwed(third.incidentId, [third.reportId, second.reportId, first.reportId]);

    await world.take(first.incidentId, 'responder1', steps.reopen());
    await untilOwed(first.incidentId, [first.reportId]);
    await untilOwed(third.incidentId, [third.reportId, second.reportId]);
    await vi.waitFor(async () => {
      const { reports } = await world.state(second.incidentId);
      expect(reports.map(({ id }) => id)).toEqual([second.reportId]);
    }, TOLD_WITHIN);
  });
});

describe('an incident that has ended', () => {
  it('is reopened by a new run from its record, where its clocks run on from the receipt', async () => {
    const { incidentId, reportId } = await triaged();
    const { receivedAt, version } = await world.state(incidentId);
    await world.take(incidentId, 'responder1', steps.dismiss());
    await world.settle();
    await untilEnded(incidentId);
    await world.pass(5 * HOUR);

    await world.take(incidentId, 'responder1', steps.reopen());
    await world.settle();
    const reopened = await world.state(incidentId);
    expect(reopened).toMatchObject({ stage: 'triage', lead: 'lead1' });
    expect(reopened.version).toBeGreaterThan(version);
    expect(await replyClock(incidentId)).toMatchObject({
      reportId,
      state: 'running',
      dueAt: receivedAt + DAY,
    });
    await world.pass(receivedAt + 20 * HOUR + MINUTE - world.clock.now());
    expectPromptly(pagesTo('responder1', incidentId)[0]?.at, receivedAt + 20 * HOUR);
  });

  it('refuses what an open one would take, in a run of its own that ends again', async () => {
    const { incidentId } = await triaged();
    await world.take(incidentId, 'responder1', steps.dismiss());
    await world.settle();
    await untilEnded(incidentId);
    const { version } = await world.state(incidentId);
    expect(await world.ask(incidentId, 'responder1', steps.reply('phone'))).toMatchObject({
      refused: 'wrong-stage',
    });
    expect((await world.state(incidentId)).version).toBe(version);
    await untilEnded(incidentId);
  });
});

async function untilEnded(incidentId: string): Promise<void> {
  await until(
    `${incidentId} has ended`,
    async () => (await incidentStatus(world, incidentId)) === 'COMPLETED',
  );
}

async function untilPageRunEnded(pageId: string): Promise<void> {
  const workflowId = pageWorkflowId(pageId, 1);
  await until(`${workflowId} has ended`, async () => (await statusOf(world, workflowId)) === 'COMPLETED');
}

/** A report taken in by form, led by lead1. */
async function triaged() {
  const reported = await world.report();
  await world.settle();
  await world.take(reported.incidentId, 'responder1', steps.lead('lead1'));
  return reported;
}

async function assessedAsNormal() {
  const reported = await triaged();
  await world.take(reported.incidentId, 'responder1', steps.reply('phone'));
  await world.take(reported.incidentId, 'lead1', steps.assess('normal'));
  return reported;
}

/** One incident tells another through the inbox, which takes a moment of the real clock. */
const TOLD_WITHIN = { timeout: 20_000, interval: 100 };

async function untilOwed(incidentId: string, reportIds: readonly string[]) {
  await vi.waitFor(async () => expect(await owedIn(incidentId)).toEqual(reportIds), TOLD_WITHIN);
}

function mergeInto(into: string) {
  return steps.merge({ into, target: { isOpen: true, criticality: null } });
}

/** Whatever the hour of the day is, which decides how soon somebody must be lead. */
function replyPagesTo(username: string, incidentId: string) {
  return pagesTo(username, incidentId).filter(({ subject }) => subject.includes('reply'));
}

async function pageFor(incidentId: string, reason: PageReason): Promise<Page> {
  const page = (await world.pages(incidentId)).findLast((candidate) => candidate.reason === reason);
  if (page === undefined) throw new Error(`${incidentId} has no page for ${reason}`);
  return page;
}

const isPage = ({ subject }: ArrivedMail) => subject.includes('PAGE');

function pagesTo(username: string, incidentId: string): readonly ArrivedMail[] {
  return world
    .mails()
    .filter(
      (mail) =>
        isPage(mail) && mail.to.startsWith(`${username}@`) && mail.subject.includes(`[${incidentId}]`),
    );
}

/** What one page sent, by the page's name in its link. */
function pagesOf(pageId: string): readonly ArrivedMail[] {
  return world
    .mails()
    .filter((mail) => isPage(mail) && mail.text.includes(`/v1/pages/${pageId}`))
    .toSorted((one, other) => Math.round((one.at - other.at) / MINUTE) || one.to.localeCompare(other.to));
}

function subjectsSince(index: number): readonly string[] {
  return world
    .mails()
    .slice(index)
    .map(({ subject }) => subject);
}

async function replyClock(incidentId: string) {
  const clock = (await world.state(incidentId)).clocks.find(({ name }) => name === 'reply');
  if (clock === undefined) throw new Error(`${incidentId} owes no reply`);
  return clock;
}

async function owedIn(incidentId: string): Promise<readonly string[]> {
  const { reports } = await world.state(incidentId);
  return reports.filter((report) => report.reply === 'owed').map(({ id }) => id);
}

async function ringingPages() {
  return world.database.db.selectFrom('pages').select('id').where('state', '=', 'ringing').execute();
}

async function openIncidents() {
  return world.database.db
    .selectFrom('incidents')
    .select(['id', 'stage', 'kind'])
    .where('ended_at', 'is', null)
    .execute();
}

/** Never early, and late by no more than a busy machine needs. */
function expectPromptly(at: number | undefined, due: number): void {
  expect(at).toBeGreaterThanOrEqual(due);
  expect(at).toBeLessThan(due + 5 * SECOND);
}
