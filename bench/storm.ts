import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { floorOf, LOST_AFTER_MS, type Pace, paceOf, pageRun, SPARE_MS, startAll } from './lag.ts';
import { sleepUntil } from './pace.ts';
import { personOf } from './policy.ts';
import { endAllPages, freeAllTurns, openedAt, untilQuiet } from './record.ts';

/** To so few all pages of a storm go. */
const STORM_PEOPLE = [200, 5] as const;

/** For how long after the instant messages are counted: much less than a contact's turn. */
const COUNTED_MS = 15_000;

/** Pages of the same instant to few people, under the default minute between two messages to one contact. */
export async function measureStorm(bench: Bench): Promise<readonly Row[]> {
  const count = Math.max(...bench.sizes.steps);
  const pace = await paceOf(bench, count);
  const rows: Row[] = [];
  for (const people of STORM_PEOPLE) rows.push(await stormOf(bench, pace, { count, people }));
  return rows;
}

/** How late each person's first message is, and how many everybody got. */
async function stormOf(
  bench: Bench,
  pace: Pace,
  { count, people }: { readonly count: number; readonly people: number },
): Promise<Row> {
  const { incidentIds, perPageMs } = pace;
  const { database, policy, arrivals } = bench;
  const { armAheadMs } = policy.rules;
  const dueAt = Date.now() + SPARE_MS + armAheadMs + Math.ceil(count * perPageMs);
  await freeAllTurns(database.db);
  const runs = incidentIds
    .slice(0, count)
    .map((incidentId, index) =>
      pageRun(bench, { incidentId, startsAt: dueAt, person: personOf(index % people) }),
    );
  const addresses = new Set(
    Array.from({ length: Math.min(people, count) }, (_, index) => `${personOf(index)}@bench.example`),
  );
  const first = arrivals.collect(({ to }) => [to], addresses, dueAt - Date.now() + LOST_AFTER_MS);
  await startAll(bench, runs);
  await sleepUntil(dueAt - armAheadMs);
  const opened = await openedAt(database.db, dueAt);
  arrivals.countsByAddress();
  const arrived = await first;
  await sleepUntil(dueAt + COUNTED_MS);
  const counts = [...arrivals.countsByAddress()].flatMap(([to, n]) => (addresses.has(to) ? [n] : []));
  await untilQuiet(database.db);
  await endAllPages(database.db);
  // Bare Temporal groups nothing: a mail for each step, and a person's first is the first of theirs.
  const bare = await floorOf(bench, pace, { count, apartMs: 0 });
  const firstOfEach = Array.from({ length: Math.min(people, count) }, (_, person) =>
    Math.min(...bare.filter((__, index) => index % people === person)),
  );
  const got = `each person got ${Math.min(...counts)} to ${Math.max(...counts)} messages in the first ${COUNTED_MS / 1000} s`;
  const late = opened < count ? `; only ${opened} pages were there when arming began` : '';
  return {
    name: `storm of ${count} pages to ${addresses.size} people, the first message of each`,
    unit: 'ms',
    ours: figuresOf([[...arrived.values()].map(({ at }) => at - dueAt)]),
    floor: figuresOf([firstOfEach]),
    goal: { of: 'p99', atMost: 1000 },
    note: `${arrived.size} of ${addresses.size} reached; ${got}${late}`,
  };
}
