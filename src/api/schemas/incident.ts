import { z } from 'zod';
import { CHAT_PROVIDERS } from '../../domain/incident-channel.ts';
import { NOTICE_STATES, NOTICE_TRIGGERS } from '../../domain/notices/notice.ts';
import {
  ActionKey,
  ActionState,
  ClockState,
  Criterion,
  Criticality,
  Instant,
  Nature,
  Part,
  ReplyState,
  ReportChannel,
  ReportKind,
  ScopeCriterion,
  SeverityLevel,
  Stage,
  SuspensionAction,
  SuspensionBasis,
  SuspensionState,
  TeamRole,
  TlpLabel,
} from './values.ts';

const Person = z.string().meta({ description: 'An internal username.' });
const Role = z.string().meta({ description: 'A role of the policy or a username.' });

export const WaitingForSchema = z
  .object({
    what: z.string().meta({
      description:
        'What has to be done: `lead`, `read-report` (what no machine could read; a note, a reply or the assessment says that somebody has), `reply`, `assessment`, `hand-off`, `close`, `verification`, `action:<key>`, ' +
        '`page:<id>`, `suspension:<n>`, `consultation:<n>`.',
    }),
    who: Role,
    since: Instant,
    dueAt: Instant.nullable(),
    reportId: z.string().optional(),
    part: Part.optional(),
    state: z.string().optional().meta({
      description: 'Of the reply, page or suspension that is meant; `returned` is a reply that came back.',
    }),
  })
  .meta({ id: 'WaitingFor' });

const Outcome = z.record(z.string(), z.unknown()).nullable().meta({
  description: 'What was recorded for the row; its shape is that of the row. Null where it was waived.',
});

const PartDone = z.object({
  part: Part,
  by: Person,
  at: Instant,
  outcome: Outcome,
  note: z.string().nullable(),
  isWaived: z.boolean(),
});

const ReportContent = z
  .object({
    summary: z.string().nullable(),
    description: z.string().nullable(),
    reporter: z
      .object({ name: z.string(), email: z.string(), phone: z.string(), organization: z.string() })
      .partial()
      .optional(),
    occurredAt: Instant.optional(),
    affected: z.array(z.string()).optional(),
    aside: z.record(z.string(), z.unknown()).optional().meta({
      description: 'Fields that we do not know and values that we could not use, as they came.',
    }),
  })
  .meta({ id: 'ReportContent', description: 'What the reporter said. Left out of lists.' });

const ReportOfIncident = z.object({
  id: z.string(),
  receivedAt: Instant,
  repliedAt: Instant.nullable(),
  reply: ReplyState,
  channel: ReportChannel,
  kind: ReportKind,
  enteredBy: Person.nullable(),
  mergedFrom: z.string().nullable(),
  returned: z.object({ at: Instant, code: z.string() }).optional().meta({
    description:
      'The last reply by mail came back, and none has followed it: when, and the far server’s code.',
  }),
  content: ReportContent.optional(),
  addressBounced: z.object({ at: Instant, code: z.string() }).optional().meta({
    description:
      'The last mail to the reporter’s address, about whatever incident, came back. Left out of lists.',
  }),
});

const ClockOfIncident = z.object({
  name: z.string().meta({ description: '`reply`, `lead`, `verification` or `action:<key>`.' }),
  reportId: z.string().optional(),
  startedAt: Instant,
  dueAt: Instant,
  state: ClockState,
  stoppedAt: Instant.nullable(),
  by: Person.nullable(),
  reason: z.string().nullable(),
});

const ActionOfIncident = z.object({
  key: ActionKey,
  title: z.string(),
  parts: z.array(PartDone).meta({ description: 'The parts that have been said.' }),
  state: ActionState,
  dueAt: Instant.nullable(),
  reason: z.string().nullable().meta({ description: 'Why it is waived.' }),
  whose: z.array(Part).meta({ description: 'The parts that the row has.' }),
  designee: Person.nullable(),
  earlierParts: z.array(PartDone).meta({ description: 'Outcomes of earlier passes and corrected ones.' }),
});

const SuspensionOfIncident = z.object({
  n: z.int(),
  participant: z.string().nullable(),
  action: SuspensionAction,
  basis: SuspensionBasis,
  state: SuspensionState,
  reason: z.string().nullable(),
  impact: z.string().nullable(),
  decidedBy: Person,
  decidedAt: Instant,
  since: Instant,
});

const ConsultationOfIncident = z.object({
  n: z.int(),
  asked: Person,
  question: z.string().nullable(),
  answer: z.string().nullable(),
  askedBy: Person,
  askedAt: Instant,
  answeredAt: Instant.nullable(),
  earlierAnswers: z
    .array(z.object({ answer: z.string().nullable(), answeredAt: Instant }))
    .meta({ description: 'What was answered before, the oldest first; `answer` is the latest.' }),
});

const ContactAttempt = z.object({
  party: z.string(),
  method: z.string(),
  at: Instant,
  result: z.string(),
  by: Person,
});

const NoticeOfIncident = z
  .object({
    n: z.int(),
    audience: z.string(),
    trigger: z.enum(NOTICE_TRIGGERS).nullable(),
    tlp: TlpLabel,
    state: z.enum(NOTICE_STATES),
    nextAt: Instant.nullable().meta({ description: 'When it goes out, or goes out again.' }),
  })
  .meta({ id: 'NoticeOfIncident', description: 'Drafts among them: whoever may release one finds it here.' });

const ChannelOfIncident = z
  .object({
    state: z.enum(['opening', 'open', 'withheld', 'closing', 'closed']),
    isPrivate: z.boolean().meta({ description: 'By invitation only.' }),
    because: z
      .string()
      .nullable()
      .meta({ description: 'Why it was withheld or closed: `label`, a stage, a code.' }),
    provider: z.enum(CHAT_PROVIDERS).nullable(),
    name: z.string().nullable(),
    url: z.string().nullable(),
  })
  .meta({ id: 'Channel', description: 'The chat channel. Null where none was asked for.' });

export const IncidentSchema = z
  .object({
    id: z.string(),
    version: z.int(),
    stage: Stage,
    kind: ReportKind,
    isIncident: z.boolean().nullable(),
    nature: Nature.nullable(),
    dependsOnChangeManagement: z.boolean().nullable(),
    scopeCriteria: z.array(ScopeCriterion),
    inScope: z.boolean().nullable(),
    criticality: Criticality.nullable(),
    criteria: z.array(Criterion),
    severity: z.object({ level: SeverityLevel, reasons: z.array(z.string()) }).nullable(),
    tlp: TlpLabel,
    summary: z.string().nullable(),
    lead: Person.nullable(),
    team: z.array(z.object({ username: Person, role: TeamRole })),
    receivedAt: Instant,
    endedAt: Instant.nullable(),
    policy: z.object({ name: z.string(), hash: z.string() }),
    reports: z.array(ReportOfIncident),
    clocks: z.array(ClockOfIncident),
    actions: z.array(ActionOfIncident),
    waitingFor: z.array(WaitingForSchema),
    verification: z
      .object({
        contact: z.string().nullable(),
        channel: z.string().nullable(),
        result: z.enum(['confirmed', 'refuted']),
        by: Person,
        at: Instant,
        note: z.string().nullable(),
      })
      .nullable(),
    suspensions: z.array(SuspensionOfIncident),
    contactAttempts: z.array(ContactAttempt),
    consultations: z.array(ConsultationOfIncident),
    pages: z.array(z.string()),
    mergedInto: z.string().nullable(),
    mergedFrom: z.array(z.string()),
    temporal: z.object({ workflowId: z.string(), url: z.string().nullable() }),
    channel: ChannelOfIncident.nullable(),
    notices: z.array(NoticeOfIncident),
  })
  .meta({ id: 'Incident' });

/** For operations, the asked and the paged: where it stands, and what is asked of them. */
export const IncidentExcerptSchema = z
  .object({
    id: z.string(),
    stage: Stage,
    criticality: Criticality.nullable(),
    tlp: TlpLabel,
    lead: Person.nullable(),
    waitingFor: z.array(WaitingForSchema),
    suspensions: z.array(SuspensionOfIncident),
    consultations: z.array(ConsultationOfIncident),
    pages: z.array(z.string()),
  })
  .meta({ id: 'IncidentExcerpt' });

/** What its asker may read of it. */
export const IncidentAnswerSchema = z.union([IncidentSchema, IncidentExcerptSchema]);

export type IncidentView = z.infer<typeof IncidentSchema>;
export type IncidentExcerptView = z.infer<typeof IncidentExcerptSchema>;
export type WaitingForView = z.infer<typeof WaitingForSchema>;
