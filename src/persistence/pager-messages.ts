import { sql } from 'kysely';

import { PROCESS } from '../domain/actor.ts';
import type { ContactKind } from '../domain/contact.ts';
import type { Criticality, PageReason } from '../domain/vocabulary.ts';
import type { Clearance } from './clearances.ts';
import { POLICY_CONTACT } from './contacts.ts';
import type { Db } from './database.ts';
import { tellInbox } from './inbox.ts';
import { epochMs, instant } from './instants.ts';
import { notify, onNotification } from './notifications.ts';

/** Why one of our people gets a message. */
export type PagerPurpose = 'page' | 'taken' | 'code' | 'shift' | 'readiness' | 'operators';

/** What calls nobody to act, and nobody waits for: it may wait for the end of somebody's quiet hours. A page never does. */
const QUIET_PURPOSES: readonly PagerPurpose[] = ['taken', 'shift', 'readiness'];

/** A message that somebody has taken up to send it now; the same one is taken up again when that comes to nothing. */
export interface TakenMessage {
  /** The far side knows a repetition by it. */
  readonly id: string;
  readonly person: string;
  /** A contact of theirs, or `policy`. */
  readonly contact: string;
  readonly method: ContactKind;
  /** Where it goes; null for the address in the policy, and for a contact that is gone. */
  readonly address: string | null;
  readonly tries: number;
  readonly madeAt: number;
  readonly purpose: PagerPurpose;
  /** What it says; null for a page. */
  readonly content: unknown;
  /** The pages that it calls for; none for other purposes. */
  readonly pages: readonly CarriedPage[];
}

/** An attempt that a message carries, with its page as it is now. */
export interface CarriedPage {
  readonly pageId: string;
  readonly incidentId: string;
  readonly criticality: Criticality | null;
  readonly reason: PageReason;
  readonly ring: number;
  readonly round: number;
  readonly rung: number;
  readonly why: string;
  readonly dueAt: number;
  readonly nextStepAt: number | null;
}

export interface Take {
  /** Only contacts that steps of these pages are to call now. Null for everything that is due. */
  readonly pageIds: readonly string[] | null;
  readonly at: number;
  /** A contact that was sent a page within this time waits for its end, but for a single new one. */
  readonly oneMessagePerMs: number;
}

/** What is new and still alone after so long is no storm: it does not wait for the contact's turn, … */
const ALONE_FOR_MS = 1000;

/** … unless so many have passed it already. */
const OUT_OF_TURN_MAX = 2;

/** So many contacts at once. */
const CONTACTS_AT_ONCE = 200;

const CHANNEL = 'tocsin_pager';

/** To be called once something that is to be sent now is committed. */
export function tellSenders(db: Db): void {
  notify(db, CHANNEL, '');
}

export function listenToSenders(pool: Parameters<typeof onNotification>[0], wake: () => void): () => void {
  return onNotification(pool, CHANNEL, wake);
}

/** An attempt `a` of a page `p` that still rings for that person. */
const STILL_RINGS = sql`p.state = 'ringing' AND p.ring = a.ring AND NOT a.person = ANY (p.declined_by)`;

/**
 * Makes messages of attempts that are due: for each contact whose turn it is one, with everything that waits for it. In
 * one statement, so that of several who take at the same time one has it.
 */
export async function takeMessages(
  db: Db,
  { pageIds, at, oneMessagePerMs }: Take,
): Promise<readonly TakenMessage[]> {
  const now = instant(at);
  const freeAt = instant(at + oneMessagePerMs);
  const ofPages = pageIds === null ? sql`` : sql`AND a.page_id = ANY (${pageIds}::text[])`;
  const mayPassTurns = sql.lit(pageIds === null);
  const { rows } = await sql<{ id: string }>`
    WITH wanted AS (
      SELECT a.person, a.contact FROM page_attempts a JOIN pages p ON p.id = a.page_id
      LEFT JOIN pager_turns t ON t.person = a.person AND t.contact = a.contact
      WHERE a.message IS NULL AND a.send_after <= ${now} AND ${STILL_RINGS} ${ofPages}
      GROUP BY a.person, a.contact, t.free_at, t.out_of_turn
      HAVING t.free_at IS NULL OR t.free_at <= ${now} OR (
        ${mayPassTurns} AND t.out_of_turn < ${OUT_OF_TURN_MAX}
        AND count(DISTINCT a.page_id) = 1 AND min(a.send_after) <= ${instant(at - ALONE_FOR_MS)}
      )
      ORDER BY a.person, a.contact LIMIT ${CONTACTS_AT_ONCE}
    ), turn AS (
      INSERT INTO pager_turns AS t (person, contact, free_at)
      SELECT person, contact, ${freeAt}::timestamptz FROM wanted
      ON CONFLICT (person, contact) DO UPDATE SET
        free_at = CASE WHEN t.free_at <= ${now} THEN excluded.free_at ELSE t.free_at END,
        out_of_turn = CASE WHEN t.free_at <= ${now} THEN 0 ELSE t.out_of_turn + 1 END
      WHERE t.free_at <= ${now} OR ${mayPassTurns} AND t.out_of_turn < ${OUT_OF_TURN_MAX}
      RETURNING person, contact
    ), due AS (
      SELECT a.* FROM turn JOIN page_attempts a ON a.person = turn.person AND a.contact = turn.contact
      JOIN pages p ON p.id = a.page_id
      WHERE a.message IS NULL AND a.send_after <= ${now} AND ${STILL_RINGS}
      FOR UPDATE OF a SKIP LOCKED
    ), made AS (
      INSERT INTO pager_messages (id, person, contact, method, purpose, made_at, due_at, claimed_at)
      SELECT DISTINCT ON (person, contact)
        concat_ws(':', page_id, ring, round, rung, person, CASE contact WHEN ${POLICY_CONTACT} THEN NULL ELSE contact END),
        person, contact, method, 'page', ${now}, ${now}, ${now}
      FROM due ORDER BY person, contact, due_at, page_id
      RETURNING id, person, contact
    )
    UPDATE page_attempts a SET message = made.id FROM due JOIN made USING (person, contact)
    WHERE (a.page_id, a.ring, a.round, a.rung, a.person, a.contact)
      = (due.page_id, due.ring, due.round, due.rung, due.person, due.contact)
    RETURNING made.id`.execute(db);
  return readTaken(db, [...new Set(rows.map(({ id }) => id))]);
}

/** Messages of a step that somebody took up and of which nothing was heard: to be tried again by whoever takes it over. */
export async function unfinishedOf(
  db: Db,
  step: { readonly pageId: string; readonly ring: number; readonly round: number; readonly rung: number },
): Promise<readonly TakenMessage[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT m.id FROM page_attempts a JOIN pager_messages m ON m.id = a.message
    WHERE a.page_id = ${step.pageId} AND a.ring = ${step.ring} AND a.round = ${step.round} AND a.rung = ${step.rung}
      AND m.outcome IS NULL AND m.claimed_at IS NOT NULL`.execute(db);
  return readTaken(
    db,
    rows.map(({ id }) => id),
  );
}

/** Whoever took a message up and said nothing for so long is taken for dead. Longer than any sender waits for its far side. */
const TAKEN_FOR_DEAD_MS = 60_000;

export interface Quiet {
  readonly person: string;
  /** When their quiet hours end. */
  readonly until: number;
}

/**
 * Takes up messages whose time has come: those to be tried again, those that are no pages, and those of the dead. Those
 * that call for nothing are left to those who have quiet hours now, until these end.
 */
export async function takeDue(
  db: Db,
  at: number,
  quiet: readonly Quiet[] = [],
): Promise<readonly TakenMessage[]> {
  const isDue = sql`outcome IS NULL AND due_at <= ${instant(at)} AND (held_until IS NULL OR held_until <= ${instant(at)})
    AND (claimed_at IS NULL OR claimed_at <= ${instant(at - TAKEN_FOR_DEAD_MS)})`;
  const { rows } = await sql<{ id: string }>`
    WITH quiet AS (
      SELECT * FROM unnest(
        ${quiet.map(({ person }) => person)}::text[], ${quiet.map(({ until }) => instant(until))}::timestamptz[]
      ) AS its (person, until)
    ), held AS (
      UPDATE pager_messages m SET held_until = quiet.until
      FROM quiet WHERE m.person = quiet.person AND m.purpose = ANY (${QUIET_PURPOSES}::text[]) AND ${isDue}
    )
    UPDATE pager_messages SET claimed_at = ${instant(at)}
    WHERE id IN (
      SELECT id FROM pager_messages m
      WHERE ${isDue} AND NOT (
        purpose = ANY (${QUIET_PURPOSES}::text[]) AND EXISTS (SELECT FROM quiet WHERE quiet.person = m.person)
      )
      ORDER BY due_at LIMIT ${CONTACTS_AT_ONCE} FOR UPDATE SKIP LOCKED
    )
    RETURNING id`.execute(db);
  return readTaken(
    db,
    rows.map(({ id }) => id),
  );
}

/** Lets a person's next contact come at once, on each page of a message that did not reach them. */
export async function bringForward(db: Db, messageId: string, at: number): Promise<void> {
  await sql`
    UPDATE page_attempts a SET send_after = ${instant(at)}
    FROM (
      SELECT DISTINCT ON (later.page_id, later.ring, later.round, later.rung) later.*
      FROM page_attempts failed JOIN page_attempts later
        ON (later.page_id, later.ring, later.round, later.rung, later.person)
          = (failed.page_id, failed.ring, failed.round, failed.rung, failed.person)
      WHERE failed.message = ${messageId} AND later.message IS NULL
      ORDER BY later.page_id, later.ring, later.round, later.rung, later.send_after, later.contact
    ) AS following
    WHERE (a.page_id, a.ring, a.round, a.rung, a.person, a.contact)
      = (following.page_id, following.ring, following.round, following.rung, following.person, following.contact)
      AND a.message IS NULL AND a.send_after > ${instant(at)}`.execute(db);
  tellSenders(db);
}

/** The same for those of steps whose due contact has had its message for now: what is new does not wait for its next turn. */
export async function passOver(
  db: Db,
  { pageIds, at }: { readonly pageIds: readonly string[]; readonly at: number },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE page_attempts a SET send_after = ${instant(at)}
    FROM (
      SELECT DISTINCT ON (later.page_id, later.ring, later.round, later.rung, later.person) later.*
      FROM page_attempts later JOIN pages p ON p.id = later.page_id
      LEFT JOIN pager_turns t ON t.person = later.person AND t.contact = later.contact
      WHERE later.page_id = ANY (${pageIds}::text[]) AND later.ring = p.ring AND later.round = p.round AND later.rung = p.rung
        AND later.message IS NULL AND later.send_after > ${instant(at)}
        AND (t.free_at IS NULL OR t.free_at <= ${instant(at)})
        AND NOT EXISTS (
          SELECT FROM page_attempts sent
          WHERE (sent.page_id, sent.ring, sent.round, sent.rung, sent.person)
            = (later.page_id, later.ring, later.round, later.rung, later.person) AND sent.message IS NOT NULL
        )
      ORDER BY later.page_id, later.ring, later.round, later.rung, later.person, later.send_after
    ) AS following
    WHERE (a.page_id, a.ring, a.round, a.rung, a.person, a.contact)
      = (following.page_id, following.ring, following.round, following.rung, following.person, following.contact)`.execute(
    db,
  );
  return (numAffectedRows ?? 0n) > 0n;
}

/**
 * Begins to send while none of its pages can be taken: whoever acknowledges one is answered after that, or before and
 * then it is not among those that still ring.
 *
 * `begin` is called with the pages that still ring, and must begin to send before it returns. It is not called when none
 * does; the message has come to its end then.
 *
 * @returns what `begin` returned, or null.
 */
export async function beginSending<Begun>(
  db: Db,
  { id, tries, pages }: Pick<TakenMessage, 'id' | 'tries' | 'pages'>,
  { at, clearance }: Beginning,
  begin: (ringing: readonly CarriedPage[]) => Begun,
): Promise<Begun | null> {
  if (pages.length === 0) {
    await noteBeginning(db, id, at, clearance);
    return begin([]);
  }
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ page_id: string }>`
      WITH held AS (
        SELECT a.page_id, p.incident_id FROM page_attempts a JOIN pages p ON p.id = a.page_id
        WHERE a.message = ${id} AND ${STILL_RINGS} AND (${tries} = 0 OR (p.round, p.rung) = (a.round, a.rung))
        ORDER BY p.id FOR SHARE OF p
      ), begun AS (
        UPDATE pager_messages SET claimed_at = ${instant(at)}, tries = tries + 1
        WHERE id = ${id} AND outcome IS NULL AND EXISTS (SELECT FROM held)
        RETURNING id
      ), left_out AS (
        UPDATE page_attempts SET message = NULL
        WHERE message = ${id} AND ${tries} = 0 AND page_id NOT IN (SELECT page_id FROM held) AND EXISTS (SELECT FROM begun)
      ), over AS (
        UPDATE pager_messages SET outcome = CASE WHEN tries = 0 THEN 'dropped' ELSE 'unavailable' END
        WHERE id = ${id} AND outcome IS NULL AND NOT EXISTS (SELECT FROM held)
      ), cleared AS (
        INSERT INTO clearances (incident_id, at, purpose, recipient, label, is_allowed, reason)
        SELECT DISTINCT incident_id, ${instant(at)}::timestamptz, 'page', ${clearance.recipient}, ${clearance.label},
          ${clearance.isAllowed}::boolean, ${clearance.reason}
        FROM held, begun
      )
      SELECT page_id FROM held, begun`.execute(transaction);
    if (rows.length === 0) return null;
    const held = new Set(rows.map(({ page_id }) => page_id));
    return begin(pages.filter(({ pageId }) => held.has(pageId)));
  });
}

export interface Beginning {
  readonly at: number;
  /** What the TLP gate said of it. */
  readonly clearance: Omit<Clearance, 'incidentId' | 'at' | 'purpose'>;
}

async function noteBeginning(
  db: Db,
  id: string,
  at: number,
  clearance: Beginning['clearance'],
): Promise<void> {
  await sql`
    WITH begun AS (
      UPDATE pager_messages SET claimed_at = ${instant(at)}, tries = tries + 1 WHERE id = ${id} RETURNING purpose
    )
    INSERT INTO clearances (at, purpose, recipient, label, is_allowed, reason)
    SELECT ${instant(at)}::timestamptz, purpose, ${clearance.recipient}, ${clearance.label},
      ${clearance.isAllowed}::boolean, ${clearance.reason}
    FROM begun`.execute(db);
}

export interface MessageEnd {
  readonly outcome: 'accepted' | 'delivered' | 'refused' | 'unavailable' | 'withheld';
  /** The far side's code, or a word of ours. */
  readonly code: string | null;
  readonly farId: string | null;
  readonly at: number;
}

/** Notes how a message ended. The first end stays. What verifies a contact is not kept. */
export async function endMessage(
  db: Db,
  id: string,
  { outcome, code, farId, at }: MessageEnd,
): Promise<void> {
  const isSent = outcome === 'accepted' || outcome === 'delivered';
  const told = await sql<{ incident_id: string }>`
    WITH ended AS (
      UPDATE pager_messages
      SET content = CASE purpose WHEN 'code' THEN NULL ELSE content END, outcome = ${outcome}, code = ${code}, far_id = ${farId}, sent_at = ${isSent ? instant(at) : null},
      receipt_at = ${outcome === 'delivered' ? instant(at) : null}
    WHERE id = ${id} AND outcome IS NULL
    RETURNING id, method, outcome, code
    ), ${tellingRefused('ended', at)}
    SELECT DISTINCT incident_id FROM told`.execute(db);
  for (const { incident_id } of told.rows) tellInbox(db, incident_id);
}

/**
 * The facts of a message that was refused, one for each page that it carried, in the statement that says so. A far side's
 * code that is more than one is none: what travels on is never its text.
 */
function tellingRefused(moved: 'ended' | 'moved', at: number) {
  return sql`told AS (
      INSERT INTO inbox (id, incident_id, by, at, fact)
      SELECT DISTINCT ON (p.id) concat_ws(':', m.id, 'undelivered', p.id), p.incident_id, ${PROCESS}, ${instant(at)}::timestamptz,
        jsonb_build_object('type', 'page-undelivered', 'pageId', p.id, 'person', a.person, 'method', m.method,
          'code', CASE WHEN m.code ~ '^[A-Za-z0-9_-]{1,40}$' THEN m.code ELSE 'refused' END)
      FROM ${sql.table(moved)} m JOIN page_attempts a ON a.message = m.id JOIN pages p ON p.id = a.page_id
      WHERE m.outcome = 'refused'
      ON CONFLICT (id) DO NOTHING
      RETURNING incident_id
    )`;
}

/** Puts a message back, to be tried again. */
export async function postponeMessage(
  db: Db,
  id: string,
  { dueAt, code }: { readonly dueAt: number; readonly code: string },
): Promise<void> {
  await sql`
    UPDATE pager_messages SET due_at = ${instant(dueAt)}, claimed_at = NULL, code = ${code}
    WHERE id = ${id} AND outcome IS NULL`.execute(db);
}

export interface NewMessage {
  readonly id: string;
  readonly person: string;
  readonly contact: string;
  readonly method: ContactKind;
  readonly purpose: Exclude<PagerPurpose, 'page' | 'taken'>;
  readonly content: unknown;
  readonly at: number;
}

/** Puts messages that are no pages where the senders find them, and tells them. One that is there already stays as it is. */
export async function postMessages(db: Db, messages: readonly NewMessage[]): Promise<void> {
  await keepMessages(db, messages);
  if (messages.length > 0) tellSenders(db);
}

/** The same within a transaction: the senders are told once it is committed. */
export async function keepMessages(db: Db, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await db
    .insertInto('pager_messages')
    .values(
      messages.map(({ content, at, ...message }) => ({
        ...message,
        content: JSON.stringify(content),
        made_at: new Date(at),
        due_at: new Date(at),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Tells the others whom a page has reached who has it, by the contact that reached them. What waits for one contact goes
 * in one message, when that contact may get one again. Told again of the same ring, it changes nothing.
 */
export async function tellTheOthers(
  db: Db,
  { pageId, by, at }: { readonly pageId: string; readonly by: string; readonly at: number },
): Promise<void> {
  await sql`
    INSERT INTO pager_messages AS waiting (id, person, contact, method, purpose, content, made_at, due_at)
    SELECT DISTINCT ON (a.person)
      concat_ws(':', p.id, p.ring, 'taken', a.person), a.person, a.contact, a.method, 'taken',
      ${JSON.stringify([{ pageId, by }])}::jsonb, ${instant(at)}::timestamptz,
      greatest(${instant(at)}::timestamptz, t.free_at, (
        SELECT max(due_at) + ${TAKEN_EVERY} FROM pager_messages last
        WHERE last.person = a.person AND last.contact = a.contact AND last.purpose = 'taken'
      ))
    FROM pages p JOIN page_attempts a ON a.page_id = p.id AND a.ring = p.ring
    JOIN pager_messages m ON m.id = a.message AND m.outcome IN ('accepted', 'delivered')
    LEFT JOIN pager_turns t ON t.person = a.person AND t.contact = a.contact
    WHERE p.id = ${pageId} AND a.person <> ${by} AND NOT a.person = ANY (p.declined_by)
      AND NOT EXISTS (SELECT FROM pager_messages known WHERE known.id = concat_ws(':', p.id, p.ring, 'taken', a.person))
    ORDER BY a.person, m.sent_at
    ON CONFLICT (person, contact) WHERE purpose = 'taken' AND claimed_at IS NULL AND outcome IS NULL
      DO UPDATE SET content = waiting.content || excluded.content`.execute(db);
}

/** Nobody waits for it. */
const TAKEN_EVERY = sql`interval '1 minute'`;

async function readTaken(db: Db, ids: readonly string[]): Promise<readonly TakenMessage[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<MessageRow>`
    SELECT m.id, m.person, m.contact, m.method, m.tries, m.made_at, m.purpose, m.content, c.address, coalesce((
      SELECT json_agg(json_build_object(
        'pageId', p.id, 'incidentId', p.incident_id, 'criticality', i.criticality, 'reason', p.reason, 'ring', a.ring,
        'round', a.round, 'rung', a.rung, 'why', a.why,
        'dueAt', round(extract(epoch FROM a.due_at) * 1000),
        'nextStepAt', round(extract(epoch FROM p.next_step_at) * 1000)
      ) ORDER BY a.due_at, p.id)
      FROM page_attempts a JOIN pages p ON p.id = a.page_id JOIN incidents i ON i.id = p.incident_id
      WHERE a.message = m.id
    ), '[]') AS pages
    FROM pager_messages m LEFT JOIN contacts c ON c.id = m.contact AND c.removed_at IS NULL
    WHERE m.id = ANY (${ids}::text[])
    ORDER BY m.due_at, m.id`.execute(db);
  return rows.map(({ made_at, method, ...row }) => ({
    ...row,
    method: method as ContactKind,
    madeAt: epochMs(made_at),
  }));
}

interface MessageRow extends Omit<TakenMessage, 'method' | 'madeAt'> {
  readonly method: string;
  readonly made_at: Date;
}

export interface GivenReceipt {
  /** Of the kinds that this provider sends. */
  readonly methods: readonly ContactKind[];
  /** The far side's name for the message, or ours. */
  readonly id: string;
  readonly outcome: 'delivered' | 'refused';
  readonly code: string;
  readonly at: number;
}

/**
 * Notes what the far side says of a message afterwards. A message only moves forward: what was delivered stays so, and what
 * is told again changes nothing.
 *
 * @returns null when the message is none of ours; otherwise the message, and whether this moved it.
 */
export async function recordReceipt(
  db: Db,
  { methods, id, outcome, code, at }: GivenReceipt,
): Promise<{ readonly messageId: string; readonly contact: string; readonly isNews: boolean } | null> {
  const { rows } = await sql<{
    id: string;
    contact: string;
    is_news: boolean;
    told: readonly string[];
  }>`
    WITH known AS (
      SELECT id, contact FROM pager_messages
      WHERE method = ANY (${methods}::text[]) AND (far_id = ${id} OR id = ${id}) LIMIT 1
    ), moved AS (
      UPDATE pager_messages m SET outcome = ${outcome}, code = ${code}, receipt_at = ${instant(at)}
      FROM known WHERE m.id = known.id AND m.outcome = 'accepted'
      RETURNING m.id, m.method, m.outcome, m.code
    ), ${tellingRefused('moved', at)}
    SELECT id, contact, EXISTS (SELECT FROM moved) AS is_news, ARRAY(SELECT DISTINCT incident_id FROM told) AS told
    FROM known`.execute(db);
  const [row] = rows;
  for (const incidentId of row?.told ?? []) tellInbox(db, incidentId);
  return row === undefined ? null : { messageId: row.id, contact: row.contact, isNews: row.is_news };
}
