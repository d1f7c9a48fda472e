import { createHash, timingSafeEqual } from 'node:crypto';

import type { Incident } from '../domain/incident.ts';
import type { Tlp } from '../domain/tlp.ts';
import type { ReplyState, ReportKind } from '../domain/vocabulary.ts';
import type { Db } from './database.ts';
import { readEvents } from './events.ts';
import { epochMs } from './instants.ts';
import type { ReportBody } from './intake.ts';
import { holdersOf } from './merges.ts';
import { readTexts } from './texts.ts';

/** What is needed to write to a reporter. */
export interface ReportForAnswer {
  readonly id: string;
  /** The incident it opened; it stays so when that one is merged. */
  readonly incidentId: string;
  readonly kind: ReportKind;
  /** As the reporter gave it; null when they gave none. */
  readonly email: string | null;
  readonly receivedAt: number;
  readonly replyDueAt: number;
  /** Opens the reporter's status page. */
  readonly token: string;
}

/** What a reporter may know. */
export interface ReporterView {
  readonly reportId: string;
  /** The incident that answers for the report now. */
  readonly incidentId: string;
  readonly receivedAt: number;
  readonly replyDueAt: number;
  readonly replyState: ReplyState;
  readonly repliedAt: number | null;
  readonly questions: readonly {
    readonly n: number;
    readonly askedAt: number;
    readonly tlp: Tlp;
    /** As it was stored; undefined when it was destroyed. */
    readonly text: unknown;
  }[];
  /** Also those that the process has not taken up yet. */
  readonly answers: readonly { readonly at: number; readonly text: unknown }[];
}

/** Null when there is no such report. */
export async function readReportForAnswer(db: Db, reportId: string): Promise<ReportForAnswer | null> {
  const row = await db.selectFrom('reports').selectAll().where('id', '=', reportId).executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    incidentId: row.incident_id,
    kind: row.kind,
    email: row.body.reporter?.email ?? null,
    receivedAt: epochMs(row.received_at),
    replyDueAt: epochMs(row.reply_due_at),
    token: row.token,
  };
}

/** What reporters said, by report; one that is not there is missing from the map. */
export async function readReportBodies(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReportBody>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('reports').select(['id', 'body']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, body }) => [id, body]));
}

/** Null when there is no such report or the token is not its own: who asks is not told which. */
export async function readReportForReporter(
  db: Db,
  reportId: string,
  token: string,
): Promise<ReporterView | null> {
  const row = await db
    .selectFrom('reports')
    .select(['incident_id', 'received_at', 'reply_due_at', 'token'])
    .where('id', '=', reportId)
    .executeTakeFirst();
  if (row === undefined || !isSame(token, row.token)) return null;
  const incidents = await incidentsOf(db, row.incident_id, reportId);
  const holder = incidents.at(-1);
  const report = holder?.reports.find(({ id }) => id === reportId);
  return {
    reportId,
    incidentId: holder?.id ?? row.incident_id,
    receivedAt: epochMs(row.received_at),
    replyDueAt: epochMs(row.reply_due_at),
    replyState: report?.reply ?? 'owed',
    repliedAt: report?.repliedAt ?? null,
    ...(await readExchange(db, incidents, reportId)),
  };
}

/** In a time that tells nothing of how much was right; digests, because only equal lengths can be compared so. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The incident that answers for a report now; null when there is no such report. */
export async function holderOf(db: Db, reportId: string): Promise<string | null> {
  const report = await readReportForAnswer(db, reportId);
  if (report === null) return null;
  return (await incidentsOf(db, report.incidentId, reportId)).at(-1)?.id ?? report.incidentId;
}

/** The incident the report opened, then those it was merged into, as far as these have taken the report over. */
async function incidentsOf(db: Db, firstId: string, reportId: string): Promise<readonly Incident[]> {
  const holders = await holdersOf(db, firstId);
  const end = holders.findIndex(({ reports }, n) => n > 0 && !reports.some(({ id }) => id === reportId));
  return end === -1 ? holders : holders.slice(0, end);
}

async function readExchange(
  db: Db,
  incidents: readonly Incident[],
  reportId: string,
): Promise<Pick<ReporterView, 'questions' | 'answers'>> {
  // First: what is filed while we read is then among the events, and not in neither.
  const waiting = await unfiledAnswers(db, incidents, reportId);
  const events = (await Promise.all(incidents.map(({ id }) => readEvents(db, id)))).flat();
  const asked = events.flatMap(({ at, body }) =>
    body.type === 'question-asked' && body.reportIds.includes(reportId) ? [{ ...body, at }] : [],
  );
  const filed = events.flatMap(({ at, body }) =>
    body.type === 'question-answered' && body.reportId === reportId ? [{ at, textId: body.textId }] : [],
  );
  const answered = [
    ...filed,
    ...waiting.filter(({ textId }) => !filed.some((answer) => answer.textId === textId)),
  ];
  const texts = await readTexts(
    db,
    [...asked, ...answered].map(({ textId }) => textId),
  );
  return {
    questions: asked.map(({ n, at, tlp, textId }) => ({ n, askedAt: at, tlp, text: texts.get(textId) })),
    answers: answered.map(({ at, textId }) => ({ at, text: texts.get(textId) })),
  };
}

async function unfiledAnswers(
  db: Db,
  incidents: readonly Incident[],
  reportId: string,
): Promise<readonly { readonly at: number; readonly textId: string }[]> {
  if (incidents.length === 0) return [];
  const rows = await db
    .selectFrom('inbox')
    .select(['at', 'fact'])
    .where(
      'incident_id',
      'in',
      incidents.map(({ id }) => id),
    )
    .where('filed_seq', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.flatMap(({ at, fact }) =>
    fact.type === 'reporter-answer' && fact.reportId === reportId
      ? [{ at: epochMs(at), textId: fact.textId }]
      : [],
  );
}
