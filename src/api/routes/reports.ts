import type { FastifyRequest } from 'fastify';
import { intakeNotice } from '../../domain/mail-wording.ts';
import { PROCESS } from '../../domain/actor.ts';
import { receiptOf } from '../../domain/receipt.ts';
import type { Policy } from '../../domain/policy.ts';
import { TLP_UNLABELLED } from '../../domain/tlp.ts';
import type { ReportChannel } from '../../domain/vocabulary.ts';
import { writeFact } from '../../persistence/inbox.ts';
import { type StoredReport, storeReport } from '../../persistence/intake.ts';
import { readReportForReporter, type ReporterView } from '../../persistence/reports.ts';
import { rawBodyOf, type ReadBody } from '../body.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { type Asking, keyReused, markReplayed } from '../idempotency.ts';
import { requirePast } from '../past.ts';
import { ProblemError } from '../problem.ts';
import { type ReadReport, readReport } from '../report-reading.ts';
import {
  PhoneReportBody,
  type ReportAcceptedView,
  ReportAcceptedSchema,
  ReportBodyDocumentation,
  ReporterAnswerBody,
  ReportParams,
  type ReportStatusView,
  ReportStatusSchema,
  TokenQuery,
} from '../schemas/reports.ts';
import { instantText } from '../schemas/values.ts';
import { isFields } from '../words.ts';
import type { Office } from './deciding.ts';

/** A report may carry a lot of words. */
const REPORT_BYTES_MAX = 1024 * 1024;

/** Taking reports in, and what their reporters may know. Source: IC-1 to IC-5. */
export function addReports(office: Office): void {
  addIntake(office);
  addPhoneIntake(office);
  addCanary(office);
  addStatus(office);
  addAnswer(office);
}

function addIntake(office: Office): void {
  const { app, dependencies } = office;
  addCall(app, dependencies, {
    verb: 'report',
    method: 'POST',
    url: '/v1/reports',
    tag: 'Reports',
    summary: 'Report something; no account is needed',
    description: 'Please send nothing sensitive over this channel, and phone in an emergency.',
    documentedBody: ReportBodyDocumentation,
    bodyLimitBytes: REPORT_BYTES_MAX,
    takes: 'anything',
    answer: ACCEPTED,
    // Read here, because its shape is judged by itself, and what is turned away leaves nothing behind.
    subject: async (_actor, _params, request) => ({ ...NO_SUBJECT, report: readReport(bodyOf(request)) }),
    handle: ({ subject: { report }, claim, reply }) => {
      const receivedAt = dependencies.now();
      const arrival = { channel: 'form', enteredBy: null, by: PROCESS, receivedAt } as const;
      return takeIn(office, { report, ...arrival }, { claim, reply });
    },
  });
}

/** A rehearsal of the whole way, by somebody who wants to know that it works. */
function addCanary(office: Office): void {
  const { app, dependencies } = office;
  addCall(app, dependencies, {
    verb: 'canary',
    method: 'POST',
    url: '/v1/reports/canary',
    tag: 'Reports',
    summary: 'Let a marked test report go the whole way; it counts in no figure',
    answer: {
      ...ACCEPTED,
      description: 'An incident like every other, to be paged for, taken and dismissed.',
    },
    subject: async () => NO_SUBJECT,
    handle: ({ actor, claim, reply }) => {
      const summary = `Canary: a test by ${actor.username}. Nothing has happened.`;
      const report = {
        kind: 'incident',
        tlp: 'GREEN',
        body: { summary, description: null },
        keptAside: [],
      } as const;
      const by = actor.username;
      const arrival = { channel: 'form', enteredBy: by, by, receivedAt: dependencies.now() } as const;
      return takeIn(office, { report, ...arrival, isTest: true }, { claim, reply });
    },
  });
}

/** Where other calls take silence for an empty object, a report without a body is none. */
function bodyOf(request: FastifyRequest): ReadBody {
  if (request.body === undefined || request.body === null) {
    throw new ProblemError(
      'malformed',
      'Expected a JSON object with a summary or a description; the body is empty.',
    );
  }
  return rawBodyOf(request);
}

function addPhoneIntake(office: Office): void {
  const { app, dependencies } = office;
  addCall(app, dependencies, {
    verb: 'phone',
    method: 'POST',
    url: '/v1/reports/phone',
    tag: 'Reports',
    summary: 'Enter a call for its caller',
    body: PhoneReportBody,
    bodyLimitBytes: REPORT_BYTES_MAX,
    answer: ACCEPTED,
    subject: async () => NO_SUBJECT,
    handle: ({ body, actor, claim, reply }) => {
      const now = dependencies.now();
      const {
        receivedAt = now,
        kind = 'incident',
        tlp = TLP_UNLABELLED,
        summary,
        description,
        ...rest
      } = body;
      requirePast(receivedAt, now, '/receivedAt');
      const words = { summary: summary ?? null, description: description ?? null };
      const report = { kind, tlp, body: { ...words, ...rest }, keptAside: [] };
      const arrival = {
        channel: 'phone',
        enteredBy: actor.username,
        by: actor.username,
        receivedAt,
      } as const;
      return takeIn(office, { report, ...arrival }, { claim, reply });
    },
  });
}

const ACCEPTED = {
  status: 202,
  schema: ReportAcceptedSchema,
  description: 'The report is safe. A person replies until `replyDueAt`.',
} as const;

interface Arrival {
  readonly report: ReadReport;
  readonly channel: ReportChannel;
  readonly receivedAt: number;
  readonly enteredBy: string | null;
  readonly by: string;
  readonly isTest?: boolean;
}

/** Safe in Postgres before anybody is answered, together with the answer itself. */
async function takeIn(
  { dependencies, policies }: Office,
  { report, ...arrival }: Arrival,
  { claim, reply }: Pick<Asking, 'claim' | 'reply'>,
): Promise<ReportAcceptedView> {
  const policy = await policies.inForce();
  const { rules } = policy;
  const { kind, tlp, body } = report;
  const answer = (stored: StoredReport): ReportAcceptedView => ({
    reportId: stored.reportId,
    incidentId: stored.incidentId,
    receivedAt: instantText(arrival.receivedAt),
    replyDueAt: instantText(arrival.receivedAt + rules.reply.withinMs),
    statusUrl: `${dependencies.publicUrl}/v1/reports/${stored.reportId}?token=${stored.token}`,
    notice: intakeNotice(policy),
    ...(report.keptAside.length === 0 ? {} : { keptAside: [...report.keptAside] }),
  });
  const intake = await storeReport(dependencies.db, {
    ...receiptOf(policy, { ...arrival, kind, tlp }),
    body,
    ...(claim === null
      ? {}
      : { idempotency: { ...claim, answer: (stored) => ({ status: 202, body: answer(stored) }) } }),
  });
  switch (intake.state) {
    case 'stored':
      return answer(intake);
    case 'answered':
      markReplayed(reply);
      return ReportAcceptedSchema.parse(intake.body);
    case 'reused':
      throw keyReused();
  }
}

function addStatus({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'report-status',
    method: 'GET',
    url: '/v1/reports/:reportId',
    tag: 'Reports',
    summary: 'Where a report stands, for its reporter',
    params: ReportParams,
    query: TokenQuery,
    answer: STATUS,
    subject: async () => NO_SUBJECT,
    handle: async ({ params: { reportId }, query: { token } }) =>
      statusView(await findReport(dependencies, reportId, token), dependencies.policy),
  });
}

function addAnswer({ app, dependencies }: Office): void {
  const { db, policy } = dependencies;
  addCall(app, dependencies, {
    verb: 'reporter-answer',
    method: 'POST',
    url: '/v1/reports/:reportId/answer',
    tag: 'Reports',
    summary: 'Answer a question, as the reporter',
    params: ReportParams,
    query: TokenQuery,
    body: ReporterAnswerBody,
    answer: STATUS,
    async subject(_, { reportId = '' }, request) {
      const { token } = request.query as { readonly token?: unknown };
      const report = await findReport(dependencies, reportId, token);
      return { ...NO_SUBJECT, report };
    },
    async handle({ actor, params: { reportId }, query: { token }, body, subject, commandId }) {
      const textId = dependencies.newId();
      await writeFact(db, {
        factId: commandId,
        incidentId: subject.report.incidentId,
        by: actor.username,
        at: dependencies.now(),
        fact: { type: 'reporter-answer', reportId, textId },
        texts: [{ id: textId, body: { text: body.text } }],
      });
      return statusView(await findReport(dependencies, reportId, token), policy);
    },
  });
}

const STATUS = {
  status: 200,
  schema: ReportStatusSchema,
  description: 'Received, replied to or not, and the questions asked; nothing of the work.',
} as const;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Who has no token, or a wrong one, is not told whether there is such a report. */
async function findReport(
  { db }: Office['dependencies'],
  reportId: string,
  token: unknown,
): Promise<ReporterView> {
  const isAsked = typeof token === 'string' && token !== '' && UUID.test(reportId);
  const view = isAsked ? await readReportForReporter(db, reportId, token) : null;
  if (view === null) {
    throw new ProblemError(
      'not-found',
      'There is no such report, or the token of the address is not its own.',
    );
  }
  return view;
}

function statusView(view: ReporterView, policy: Policy): ReportStatusView {
  return {
    reportId: view.reportId,
    incidentId: view.incidentId,
    receivedAt: instantText(view.receivedAt),
    replyDueAt: instantText(view.replyDueAt),
    reply: view.replyState,
    repliedAt: instantText(view.repliedAt),
    questions: view.questions.map(({ n, askedAt, tlp, text }) => ({
      n,
      askedAt: instantText(askedAt),
      tlp,
      text: textOf(text),
    })),
    answers: view.answers.map(({ at, text }) => ({ at: instantText(at), text: textOf(text) })),
    notice: intakeNotice(policy),
  };
}

function textOf(body: unknown): string | null {
  return isFields(body) && typeof body['text'] === 'string' ? body['text'] : null;
}
