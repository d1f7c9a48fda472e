import { randomBytes, randomUUID } from 'node:crypto';

import type { Receipt } from '../domain/receipt.ts';
import type { Db } from './database.ts';
import { answerKey, claimKeyWithWork, type KeyAnswer, type KeyClaim } from './idempotency.ts';
import { factRow, tellInbox, type ToldFact } from './inbox.ts';
import { incidentColumns } from './incident-row.ts';
import { storable } from './storable.ts';
import { textRow } from './texts.ts';

/** What a reporter sent. At least one of `summary` and `description` has words. */
export interface ReportBody {
  readonly summary: string | null;
  readonly description: string | null;
  readonly reporter?: {
    readonly name?: string;
    readonly email?: string;
    readonly phone?: string;
    readonly organization?: string;
  };
  readonly occurredAt?: number;
  readonly affected?: readonly string[];
  /** Fields we do not know and values we could not use, kept and marked by lying here. */
  readonly aside?: Readonly<Record<string, unknown>>;
}

/** What the door took in, and what the policy, kept before by `keepPolicy`, makes of it. */
export interface NewReport extends Receipt {
  readonly body: ReportBody;
  /** A rehearsal, which counts in no figure. */
  readonly isTest?: boolean;
  /** The key under which the answer is kept together with the report: asked again, it is answered and not stored again. */
  readonly idempotency?: KeyClaim & { readonly answer: (stored: StoredReport) => KeyAnswer };
}

export interface StoredReport {
  readonly reportId: string;
  readonly incidentId: string;
  /** Opens the reporter's status page. */
  readonly token: string;
}

/** `answered` and `reused` happen only where `idempotency` was given. */
export type Intake =
  | ({ readonly state: 'stored' } & StoredReport)
  | ({ readonly state: 'answered' } & KeyAnswer)
  | { readonly state: 'reused' };

/** 256 bits: nobody guesses their way to another's report. */
const TOKEN_BYTES = 32;

/**
 * Makes a report safe: number, incident at version 0, report, its words, the fact that starts the process, and the answer
 * under its key, all or none. When it returns, a 202 may be sent.
 *
 * @throws {RecordUnavailable} when Postgres is away; with `idempotency`, asking again finds out or does it.
 */
export async function storeReport(db: Db, report: NewReport): Promise<Intake> {
  const intake = await db.transaction().execute((transaction) => storeWithAnswer(transaction, report));
  if (intake.state === 'stored') tellInbox(db, intake.incidentId);
  return intake;
}

async function storeWithAnswer(transaction: Db, report: NewReport): Promise<Intake> {
  const { idempotency } = report;
  if (idempotency === undefined) {
    return { state: 'stored', ...(await storeReportWithin(transaction, report)) };
  }
  const key = await claimKeyWithWork(transaction, idempotency);
  if (key.state !== 'new') return key;
  const stored = await storeReportWithin(transaction, report);
  await answerKey(transaction, { ...idempotency, ...idempotency.answer(stored) });
  return { state: 'stored', ...stored };
}

/** The same within the caller's transaction: once that is committed, the caller calls `tellInbox`. */
export async function storeReportWithin(transaction: Db, report: NewReport): Promise<StoredReport> {
  const reportId = randomUUID();
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const incidentId = await nextIncidentId(transaction, report.receivedAt);
  const stored = { reportId, incidentId, token };
  const { summary, description } = report.body;
  // One statement, because the year's counter stays locked until the commit and everybody's report needs it.
  await transaction
    .with('incident', (db) => db.insertInto('incidents').values(incidentRow(report, stored)))
    .with('report', (db) => db.insertInto('reports').values(reportRow(report, stored)))
    .with('words', (db) =>
      db
        .insertInto('texts')
        .values(textRow(incidentId, { id: reportId, body: { summary, description } }, true)),
    )
    .insertInto('inbox')
    .values(factRow(reportFact(report, stored)))
    .execute();
  return stored;
}

function incidentRow(report: NewReport, { incidentId, reportId }: StoredReport) {
  const columns = incidentColumns(report.initialState(incidentId, reportId));
  const replyDueAt = new Date(report.receivedAt + report.replyWithinMs);
  return {
    ...columns,
    id: incidentId,
    version: 0,
    is_test: report.isTest ?? false,
    policy_hash: report.policy.hash,
    kind: report.kind,
    tlp: report.tlp,
    received_at: new Date(report.receivedAt),
    // The process has not started its clocks yet, and lists are to show the incident from its first moment on.
    reply_due_at: columns.reply_due_at ?? (report.owesReply === false ? null : replyDueAt),
    next_due_at: columns.next_due_at ?? replyDueAt,
  };
}

function reportRow(report: NewReport, { incidentId, reportId, token }: StoredReport) {
  return {
    id: reportId,
    incident_id: incidentId,
    channel: report.channel,
    kind: report.kind,
    body: JSON.stringify(storable({ ...report.body, tlp: report.tlp })),
    received_at: new Date(report.receivedAt),
    reply_due_at: new Date(report.receivedAt + report.replyWithinMs),
    entered_by: report.enteredBy,
    token,
  };
}

/** The year is that of the receipt, in UTC, so a number names its year whenever the call was typed in. */
async function nextIncidentId(transaction: Db, receivedAt: number): Promise<string> {
  const year = new Date(receivedAt).getUTCFullYear();
  const { last } = await transaction
    .insertInto('incident_numbers')
    .values({ year, last: 1 })
    .onConflict((conflict) =>
      conflict.column('year').doUpdateSet((eb) => ({ last: eb('incident_numbers.last', '+', 1) })),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return `INC-${year}-${String(last).padStart(4, '0')}`;
}

function reportFact(report: NewReport, { incidentId, reportId }: StoredReport): ToldFact {
  const { channel, kind, receivedAt, enteredBy, by, leadWithinMs, tlp, owesReply, pagesAtOnce, isUnread } =
    report;
  return {
    factId: randomUUID(),
    incidentId,
    by,
    at: receivedAt,
    fact: {
      type: 'report',
      reportId,
      channel,
      kind,
      receivedAt,
      enteredBy,
      leadWithinMs,
      tlp,
      ...(owesReply !== undefined && { owesReply }),
      ...(pagesAtOnce !== undefined && { pagesAtOnce }),
      ...(isUnread !== undefined && { isUnread }),
    },
  };
}
