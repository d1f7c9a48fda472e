import { sql } from 'kysely';

import { PROCESS } from '../src/domain/actor.ts';
import { emptyIncident } from '../src/domain/evolve.ts';
import { keepPolicy } from '../src/persistence/policies.ts';
import type { Db } from '../src/persistence/database.ts';
import { storeReport } from '../src/persistence/intake.ts';
import { cancelPage, listPages } from '../src/persistence/pages.ts';
import type { Bench } from './bench.ts';
import { inParallel, sleepUntil, until } from './pace.ts';

/** What the bench asks of the record itself, where a thousand calls of the API would only heat the machine. */

const AT_ONCE = 8;
const QUIET_WITHIN_MS = 300_000;

/** Reports come in as the API stores them, and somebody has to be lead within that time; waits until each has its process. */
export async function reportMany(
  { database: { db }, policy }: Bench,
  { count, leadDueAt }: { readonly count: number; readonly leadDueAt: number },
): Promise<readonly string[]> {
  const { rules } = policy;
  await keepPolicy(db, policy);
  const incidentIds = await inParallel(AT_ONCE, Array.from({ length: count }), async () => {
    const receivedAt = Date.now();
    const stored = await storeReport(db, {
      channel: 'form',
      kind: 'incident',
      // Nobody to answer: no automatic reply among the mails that are waited for.
      body: { summary: 'Login page defaced', description: null },
      tlp: 'AMBER',
      receivedAt,
      enteredBy: null,
      by: PROCESS,
      leadWithinMs: leadDueAt - receivedAt,
      replyWithinMs: rules.reply.withinMs,
      policy: { name: rules.name, hash: rules.hash },
      initialState: (incidentId) => ({ ...emptyIncident(incidentId, rules), receivedAt }),
    });
    if (stored.state !== 'stored') throw new Error(`expected a stored report, got ${stored.state}`);
    return stored.incidentId;
  });
  await untilQuiet(db);
  return incidentIds;
}

/** Until every fact is in its incident's record and no page has still to be told of its end. */
export async function untilQuiet(db: Db): Promise<void> {
  await until('everything told is recorded', async () => (await unsettled(db)) === 0, {
    withinMs: QUIET_WITHIN_MS,
    everyMs: 50,
  });
}

async function unsettled(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT ((SELECT count(*) FROM inbox WHERE filed_seq IS NULL)
      + (SELECT count(*) FROM incidents WHERE version = 0)
      + (SELECT count(*) FROM pages WHERE is_running AND state <> 'ringing'))::int AS n`.execute(db);
  return rows[0]?.n ?? 0;
}

/** How many of the pages that start at that instant have been opened by their process. */
export async function openedAt(db: Db, startsAt: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM pages WHERE starts_at = ${new Date(startsAt)}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** The page of that incident which rings, once it has called somebody. */
export async function ringingPageOf(db: Db, incidentId: string): Promise<string> {
  let found: string | undefined;
  await until(
    `${incidentId} pages somebody`,
    async () => {
      const { items } = await listPages(db, { incidentId, state: 'ringing', limit: 1 });
      const [page] = items.filter(({ climbed }) => climbed !== null);
      found = page?.id;
      return found !== undefined;
    },
    { withinMs: 60_000, everyMs: 50 },
  );
  await untilQuiet(db);
  return found ?? '';
}

/** Before their next rung: the pages have been measured, and nobody acknowledges them. */
export async function endAllPages(db: Db): Promise<void> {
  const ringing = await db.selectFrom('pages').select('id').where('state', '=', 'ringing').execute();
  await inParallel(AT_ONCE, ringing, ({ id }) =>
    cancelPage(db, { pageId: id, because: 'closed', at: Date.now() }),
  );
  await untilQuiet(db);
}

/** How many have that notice, and the instant at which a mail server took the last mail of it. */
export async function toldOf(
  db: Db,
  { incidentId, n }: { readonly incidentId: string; readonly n: number },
): Promise<{ readonly sent: number; readonly failed: number; readonly lastAt: number }> {
  const { rows } = await sql<{ sent: number; failed: number; last_at: Date | null }>`
    SELECT count(*) FILTER (WHERE state = 'sent')::int AS sent, max(at) AS last_at,
      count(*) FILTER (WHERE state NOT IN ('held', 'sending', 'sent'))::int AS failed
    FROM notice_recipients WHERE incident_id = ${incidentId} AND notice = ${n}`.execute(db);
  const [row] = rows;
  return { sent: row?.sent ?? 0, failed: row?.failed ?? 0, lastAt: row?.last_at?.getTime() ?? Number.NaN };
}

/** As if nobody had been called for a long time. */
export async function freeAllTurns(db: Db): Promise<void> {
  await sql`DELETE FROM pager_turns`.execute(db);
}

/** When the first step of each of these incidents' pages was climbed; epoch ms. Throws when some were not by then. */
export async function climbedAt(
  db: Db,
  incidentIds: readonly string[],
  until: number,
): Promise<readonly number[]> {
  for (;;) {
    const { rows } = await sql<{ at: Date }>`
      SELECT min(climbed_at) AS at FROM pages
      WHERE incident_id = ANY (${incidentIds}::text[]) AND climbed_at IS NOT NULL GROUP BY incident_id`.execute(
      db,
    );
    if (rows.length === incidentIds.length) return rows.map(({ at }) => at.getTime());
    if (Date.now() > until) {
      throw new Error(`${incidentIds.length - rows.length} of ${incidentIds.length} pages were not climbed`);
    }
    await sleepUntil(Date.now() + LOOK_EVERY_MS);
  }
}

const LOOK_EVERY_MS = 250;
