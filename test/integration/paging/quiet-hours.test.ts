import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';

import { shiftSheet } from '../../../src/domain/page-wording.ts';
import type { QuietHours } from '../../../src/domain/quiet-hours.ts';
import type { Policy } from '../../../src/domain/policy.ts';
import { whoIsQuiet } from '../../../src/paging/quiet-people.ts';
import { type Senders, startSenders } from '../../../src/paging/senders.ts';
import { type SendingDependencies, sendMessage } from '../../../src/paging/sending.ts';
import { findTroubles } from '../../../src/persistence/audit.ts';
import { claimStep } from '../../support/page-steps.ts';
import {
  postMessages,
  type PagerPurpose,
  takeDue,
  takeMessages,
  tellTheOthers,
} from '../../../src/persistence/pager-messages.ts';
import { acknowledgePage, openPage } from '../../../src/persistence/pages.ts';
import { setQuietHours } from '../../../src/persistence/quiet-hours.ts';
import { quietUntil } from '../../../src/rotas/quiet-hours.ts';
import { policy } from '../../support/incidents.ts';
import { ownDatabase } from '../persistence/own-database.ts';
import { HOUR, LADDER, MINUTE, report } from '../persistence/sample.ts';
import { scriptedPagers } from './scripted-pagers.ts';

const database = ownDatabase();
const at = (text: string) => Date.parse(text);

const NEWS = shiftSheet({
  ...{ title: 'Triage', from: 'ann', to: 'bob', at: at('2026-02-03T14:00Z'), timeZone: 'America/Detroit' },
  ...{ hasNote: false, url: 'http://127.0.0.1/v1/rotas/triage' },
});

/** Ten at night until seven, where everybody here lives. */
const NIGHT: QuietHours = { fromMinute: 22 * 60, untilMinute: 7 * 60, timeZone: 'America/Detroit' };

let senders: Senders | undefined;
afterEach(async () => {
  await senders?.stop();
  senders = undefined;
});

/** Somebody of whom nothing is known yet, and what reaches them. */
function somebody(now: number) {
  const username = `ann-${randomUUID().slice(0, 8)}`;
  const other = `bob-${randomUUID().slice(0, 8)}`;
  const far = scriptedPagers();
  const people = [username, other].map((name) => ({
    ...{ username: name, name, mail: `${name}@stand.example`, roles: [] },
  }));
  const person = { username, other, now, far };
  const inForce: Policy = { ...policy(), people };
  const dependencies: SendingDependencies = {
    ...{ db: database.db, clock: { now: () => person.now }, policy: inForce, publicUrl: 'http://127.0.0.1' },
    pagers: far.pagers,
    ways: { linkFor: () => 'http://127.0.0.1/p/1', codeFor: () => '123456', replyAddressFor: () => null },
  };
  return { ...person, person, dependencies };
}

type Somebody = ReturnType<typeof somebody>;

/** What the senders do at this moment. */
async function look({ person, dependencies }: Somebody): Promise<void> {
  const { db } = database;
  const take = { pageIds: null, at: person.now, oneMessagePerMs: MINUTE };
  const due = [
    ...(await takeMessages(db, take)),
    ...(await takeDue(db, person.now, await whoIsQuiet(db, person.now))),
  ];
  for (const message of due) await sendMessage(dependencies, message);
}

const arrived = ({ far, username }: Somebody) =>
  far.sent.filter(({ message }) => message.to === `${username}@stand.example`);

async function notice(
  one: Somebody,
  purpose: Extract<PagerPurpose, 'shift' | 'readiness' | 'code' | 'operators'>,
) {
  const message = { id: randomUUID(), person: one.username, contact: 'policy', method: 'mail' } as const;
  await postMessages(database.db, [{ ...message, purpose, content: NEWS, at: one.person.now }]);
}

async function page(one: Somebody, people: readonly string[] = [one.username]): Promise<string> {
  const { now } = one.person;
  const { incidentId } = await report(database.db);
  const pageId = `${incidentId}-P1`;
  await openPage(database.db, {
    ...{ pageId, incidentId, reason: 'no-lead', target: { ladder: 'triage' }, ladder: LADDER, ring: 1 },
    ...{ startsAt: now, noteTextId: null, next: { round: 1, rung: 1, nextStepAt: now } },
  });
  await claimStep(database.db, {
    ...{ pageId, ring: 1, round: 1, rung: 1, at: now, nextContactAfterMs: MINUTE, factId: randomUUID() },
    people: people.map((person) => ({ person, why: 'by name' })),
    next: { round: 1, rung: 2, nextStepAt: now + 5 * MINUTE },
  });
  return pageId;
}

test('at every instant a page goes at once, and news no earlier than the end of quiet hours, also when clocks change', async () => {
  const nights = ['2026-02-03', '2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25'];
  const minutes = fc.integer({ min: 0, max: 1439 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        ...{ fromMinute: minutes, untilMinute: minutes },
        timeZone: fc.constantFrom('America/Detroit', 'Europe/Vienna'),
        day: fc.constantFrom(...nights),
        minute: minutes,
        purpose: fc.constantFrom('shift' as const, 'readiness' as const),
      }),
      async ({ day, minute, purpose, ...hours }) => {
        fc.pre(hours.fromMinute !== hours.untilMinute);
        const start = at(`${day}T00:00Z`) + minute * MINUTE;
        const one = somebody(start);
        await setQuietHours(database.db, one.username, hours);
        await notice(one, purpose);
        await page(one);
        await look(one);
        const end = quietUntil(hours, start);
        const urgent = () => arrived(one).map(({ message }) => message.isUrgent);
        expect(urgent().filter(Boolean)).toHaveLength(1);
        expect(urgent()).toHaveLength(end === null ? 2 : 1);
        if (end === null) return;
        one.person.now = end - 1;
        await look(one);
        expect(urgent()).toHaveLength(1);
        // Two windows of nearly a day may touch in the night that is an hour longer.
        one.person.now = quietUntil(hours, end) ?? end;
        await look(one);
        expect(urgent()).toHaveLength(2);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('who has taken a page is told in the morning, of all that was taken in the night in one message', async () => {
  const one = somebody(at('2026-02-03T07:00Z'));
  const { username, other, person } = one;
  await setQuietHours(database.db, username, NIGHT);
  const pages = [await page(one, [username, other]), await page(one, [username, other])];
  await look(one);
  expect(arrived(one)).toHaveLength(1);
  for (const pageId of pages) {
    person.now += MINUTE;
    await acknowledgePage(database.db, { pageId, by: other, at: person.now, factId: randomUUID() });
    await tellTheOthers(database.db, { pageId, by: other, at: person.now });
    person.now += 10 * MINUTE;
    await look(one);
  }
  expect(arrived(one)).toHaveLength(1);
  person.now = at('2026-02-03T12:00Z');
  await look(one);
  const [, told] = arrived(one);
  expect(arrived(one)).toHaveLength(2);
  for (const pageId of pages) expect(told?.message.text).toContain(pageId);
});

test.each(['code', 'operators'] as const)('%s is not held back: somebody waits for it', async (purpose) => {
  const one = somebody(at('2026-02-04T07:00Z'));
  await setQuietHours(database.db, one.username, NIGHT);
  await notice(one, purpose);
  await look(one);
  expect(arrived(one)).toHaveLength(1);
});

test('what waits goes as soon as its person takes their quiet hours back', async () => {
  const one = somebody(at('2026-02-05T07:00Z'));
  await setQuietHours(database.db, one.username, NIGHT);
  await notice(one, 'shift');
  await look(one);
  expect(arrived(one)).toEqual([]);
  await setQuietHours(database.db, one.username, null);
  await look(one);
  expect(arrived(one)).toHaveLength(1);
});

test('what waits for the morning is not overdue, and is when nobody sends it then', async () => {
  const one = somebody(at('2026-02-06T07:00Z'));
  await setQuietHours(database.db, one.username, NIGHT);
  await notice(one, 'shift');
  await look(one);
  const overdue = async (now: number) =>
    (await findTroubles(database.db, now, Infinity)).filter(({ kind }) => kind === 'message-overdue');
  expect(await overdue(at('2026-02-06T11:59Z'))).toEqual([]);
  expect(await overdue(at('2026-02-06T12:03Z'))).toHaveLength(1);
  one.person.now = at('2026-02-06T12:03Z');
  await look(one);
  expect(arrived(one)).toHaveLength(1);
});

test('the senders of a worker keep to them', async () => {
  const one = somebody(at('2026-02-07T07:00Z'));
  await setQuietHours(database.db, one.username, NIGHT);
  await notice(one, 'shift');
  await page(one);
  const errors: unknown[] = [];
  senders = startSenders({
    dependencies: one.dependencies,
    pool: database.pool,
    onError: (error) => errors.push(error),
  });
  await expect.poll(() => arrived(one).length).toBe(1);
  expect(arrived(one)[0]?.message.isUrgent).toBe(true);
  one.person.now += 5 * HOUR;
  await expect.poll(() => arrived(one).length).toBe(2);
  expect(errors).toEqual([]);
});
