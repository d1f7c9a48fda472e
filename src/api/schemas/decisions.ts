import { z } from 'zod';
import { ROLES, SEVERITY_FACTORS } from '../../domain/vocabulary.ts';
import { OUTCOMES } from './outcomes.ts';
import {
  ActionKey,
  ChannelKey,
  Criterion,
  Criticality,
  HandOffBasis,
  IncidentId,
  InstantIn,
  Nature,
  Part,
  ReportKind,
  ScopeCriterion,
  setOf,
  SuspensionAction,
  SuspensionBasis,
  TeamRole,
  Text,
  TlpLabel,
  Username,
} from './values.ts';

/** The bodies of the steps under an incident. Unknown fields are refused. */

export const IncidentParams = z.object({ id: z.string() });
export const ActionParams = z.object({ id: z.string(), key: ActionKey });

const NUMBER = /^[1-9]\d{0,8}$/;
export const NumberedParams = z.object({ id: z.string(), n: z.string().regex(NUMBER).transform(Number) });

export const LeadBody = z.strictObject({
  username: Username,
  reason: Text.optional().meta({ description: 'Required for a hand-over.' }),
});

export const KindBody = z.strictObject({ kind: ReportKind, reason: Text });

export const LabelBody = z.strictObject({
  tlp: TlpLabel,
  reason: Text,
  seq: z.int().positive().exactOptional().meta({
    description: 'A line of the timeline; the incident as a whole when not given.',
  }),
});

const ReportIds = setOf(z.uuid())
  .min(1)
  .optional()
  .meta({ description: 'Every report still owed a reply when left out.' });

export const ReplyBody = z.union([
  z.strictObject({
    text: Text,
    reportIds: ReportIds,
    method: z.enum(['mail', 'phone']).optional(),
    at: InstantIn.optional().meta({ description: 'When the call was made.' }),
    tlp: TlpLabel.optional().meta({ description: 'AMBER when left out.' }),
    despiteBounce: z.literal(true).optional().meta({
      description: 'Send it by mail although the last mail to the address came back.',
    }),
  }),
  z.strictObject({ unnecessary: z.literal(true), reason: Text, reportIds: ReportIds }),
  z.strictObject({
    unreachable: z.literal(true),
    attempts: z
      .array(z.strictObject({ method: Text, at: InstantIn }))
      .min(1)
      .max(100),
    reportIds: ReportIds,
  }),
]);

export const QuestionBody = z.strictObject({
  text: Text,
  tlp: TlpLabel.optional().meta({ description: 'AMBER when left out.' }),
});

const SeverityFactors = z.strictObject(
  Object.fromEntries(SEVERITY_FACTORS.map((factor) => [factor, Text])) as Record<
    (typeof SEVERITY_FACTORS)[number],
    typeof Text
  >,
);

const ASSESSMENT = {
  isIncident: z.boolean(),
  nature: Nature.optional(),
  dependsOnChangeManagement: z.boolean(),
  scopeCriteria: setOf(ScopeCriterion),
  criticality: Criticality.optional(),
  criteria: setOf(Criterion).optional(),
  tlp: TlpLabel,
  summary: Text,
  severityFactors: SeverityFactors.optional().meta({ description: 'Each with a value of the policy.' }),
};

export const AssessmentBody = z.strictObject(ASSESSMENT);

export const ReassessmentBody = z.strictObject({
  ...ASSESSMENT,
  reason: Text,
  conference: z
    .strictObject({
      channel: ChannelKey,
      heldAt: InstantIn,
      present: setOf(Username).min(1),
    })
    .optional(),
  again: setOf(ActionKey).optional().meta({ description: 'Rows to be done a second time.' }),
});

export const HandOffBody = z.strictObject({ basis: HandOffBasis, to: Text, reason: Text });
export const ReasonBody = z.strictObject({ reason: Text });
export const MergeBody = z.strictObject({ into: IncidentId, reason: Text });
export const ReopenBody = z.strictObject({ reason: Text, again: setOf(ActionKey).optional() });

const AnyObject = z.record(z.string(), z.unknown());

/** All outcomes there are, for the documentation; which one is meant is settled by row and part. */
const AnyOutcome = z
  .union(
    Object.entries(OUTCOMES).flatMap(([key, shapes]) =>
      shapes.map(({ part, schema }) => schema.meta({ title: `${key} (${part})` })),
    ),
  )
  .meta({ id: 'Outcome', description: 'What is recorded for a row; its shape is that of the row and part.' });

const COMPLETE = {
  part: Part.optional().meta({ description: 'Where a row has two; else the outcome tells which.' }),
  note: Text.optional(),
};
export const CompleteBody = z.strictObject({ ...COMPLETE, outcome: AnyObject });
export const CompleteBodyDocumentation = z.strictObject({ ...COMPLETE, outcome: AnyOutcome });

const CORRECT = { part: Part.optional(), reason: Text };
export const CorrectBody = z.strictObject({ ...CORRECT, outcome: AnyObject });
export const CorrectBodyDocumentation = z.strictObject({ ...CORRECT, outcome: AnyOutcome });

export const WaiveBody = z.strictObject({ part: Part.optional(), reason: Text });
export const DesignateBody = z.strictObject({ username: Username });

export const VerificationBody = z.strictObject({
  contact: Text.meta({ description: 'Key of a contact in the directory of the policy.' }),
  channel: ChannelKey,
  result: z.enum(['confirmed', 'refuted']),
  note: Text.optional(),
});

export const SuspensionBody = z.strictObject({
  participant: Text,
  action: SuspensionAction,
  basis: SuspensionBasis,
  reason: Text,
  impact: Text.optional().meta({ description: 'Required for `unacceptable-risk`.' }),
});
export const NoteBody = z.strictObject({ note: Text.optional() });

export const ContactAttemptBody = z.strictObject({ party: Text, method: Text, at: InstantIn, result: Text });

export const ConsultationBody = z.strictObject({ asked: Username, question: Text });
export const ConsultationAnswerBody = z.strictObject({ answer: Text });

export const TeamBody = z.union([
  z.strictObject({ username: Username, role: TeamRole }),
  z.strictObject({ remove: Username, reason: Text }),
]);

export const PageBody = z.strictObject({
  to: Username.meta({ description: `A username, or a role: ${ROLES.join(', ')}, lead.` }),
  note: Text.optional().meta({ description: 'Recorded, not sent.' }),
});

export const CloseBody = z.strictObject({ determination: Text });
