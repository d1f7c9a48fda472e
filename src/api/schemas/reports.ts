import { z } from 'zod';
import { Instant, InstantIn, ReplyState, ReportKind, Text, TlpLabel } from './values.ts';

const ReporterField = Text.refine((text) => text.length <= 500, {
  message: 'Expected at most 500 characters',
});

/** One address and nothing else, so that no part of it can become a second recipient or a header. */
const EmailAddress = z
  .string('Expected a mail address')
  .max(254)
  .regex(
    /^[^\s@<>(),;:"\\[\]]+@[^\s@<>(),;:"\\[\]]+$/,
    'Expected one mail address, such as anna@example.org',
  );

export const REPORTER_FIELDS = {
  name: ReporterField,
  email: EmailAddress,
  phone: ReporterField,
  organization: ReporterField,
} as const;

/** The fields of a report that may be left out, each by itself: at the public door they are also judged by themselves. */
export const REPORT_FIELDS = {
  kind: ReportKind,
  occurredAt: InstantIn,
  tlp: TlpLabel,
} as const;

const Reporter = z.strictObject({
  name: REPORTER_FIELDS.name.exactOptional(),
  email: REPORTER_FIELDS.email.exactOptional(),
  phone: REPORTER_FIELDS.phone.exactOptional(),
  organization: REPORTER_FIELDS.organization.exactOptional(),
});

const NO_WORDS = 'Expected a summary or a description';

const fields = {
  summary: Text.exactOptional(),
  description: Text.exactOptional(),
  kind: ReportKind.exactOptional().meta({ description: '`incident` when left out.' }),
  reporter: Reporter.exactOptional(),
  occurredAt: InstantIn.exactOptional(),
  affected: z.array(Text).max(1000).exactOptional(),
  tlp: TlpLabel.exactOptional().meta({ description: 'Read as AMBER+STRICT when left out.' }),
};

/** A call, typed in by a responder: what is wrong is said, so that it can be mended while the caller is on the line. */
export const PhoneReportBody = z
  .strictObject({
    ...fields,
    receivedAt: InstantIn.exactOptional().meta({ description: 'When the call came; it starts the clock.' }),
  })
  .refine(({ summary, description }) => summary !== undefined || description !== undefined, {
    message: NO_WORDS,
    path: ['summary'],
  });

/** What the documentation says of a report. Nothing of it is refused but a report without words. */
export const ReportBodyDocumentation = z.looseObject(fields).meta({
  description:
    'A summary or a description is enough. Fields that we do not know and values that we cannot use are kept aside and marked.',
});

const KeptAside = z.object({
  pointer: z.string(),
  detail: z.string(),
});

export const ReportAcceptedSchema = z
  .object({
    reportId: z.string(),
    incidentId: z.string(),
    receivedAt: Instant,
    replyDueAt: Instant,
    statusUrl: z.string(),
    notice: z.string(),
    keptAside: z.array(KeptAside).optional().meta({ description: 'What was kept, and not understood.' }),
  })
  .meta({ id: 'ReportAccepted' });

export const ReportParams = z.object({ reportId: z.string() });
export const TokenQuery = z.strictObject({ token: z.string().max(200).optional() });
export const ReporterAnswerBody = z.strictObject({ text: Text });

export const ReportStatusSchema = z
  .object({
    reportId: z.string(),
    incidentId: z.string(),
    receivedAt: Instant,
    replyDueAt: Instant,
    reply: ReplyState,
    repliedAt: Instant.nullable(),
    questions: z.array(
      z.object({ n: z.int(), askedAt: Instant, tlp: TlpLabel, text: z.string().nullable() }),
    ),
    answers: z.array(z.object({ at: Instant, text: z.string().nullable() })),
    notice: z.string(),
  })
  .meta({ id: 'ReportStatus' });

export type ReportStatusView = z.infer<typeof ReportStatusSchema>;
export type ReportAcceptedView = z.infer<typeof ReportAcceptedSchema>;
