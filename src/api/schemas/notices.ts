import { z } from 'zod';
import {
  AUDIENCE_KINDS,
  NOTICE_FORMATS,
  NOTICE_STATES,
  NOTICE_TRIGGERS,
} from '../../domain/notices/notice.ts';
import { RECIPIENT_STATES } from '../../persistence/notice-recipients.ts';
import { DurationIn, Instant, InstantIn, setOf, Text, TlpLabel, Username } from './values.ts';

const Trigger = z.enum(NOTICE_TRIGGERS).meta({ id: 'NoticeTrigger' });
const State = z.enum(NOTICE_STATES).meta({ id: 'NoticeState' });
const Format = z.enum(NOTICE_FORMATS);

const Subject = Text.refine((text) => text.length <= 200 && !/[\r\n]/.test(text), {
  message: 'Expected one line of at most 200 characters',
});
const Participants = z
  .array(z.string().min(1))
  .min(1)
  .max(10_000)
  .optional()
  .meta({ description: 'Ids of participants, where it is not for all of them.' });

const WORDS = {
  subject: Subject.optional(),
  text: Text.optional(),
  tlp: TlpLabel.optional(),
  to: Participants,
};

export const NoticeDraftBody = z.strictObject({
  audience: z.string('Expected the key of an audience of the policy').min(1),
  trigger: Trigger.optional().meta({
    description: 'Without `text`, what the policy writes for audience and trigger.',
  }),
  ...WORDS,
  tlp: TlpLabel.optional().meta({ description: 'That of the incident when left out.' }),
});

export const NoticeEditBody = z
  .strictObject(WORDS)
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: 'Expected subject, text, tlp or to',
  });

export const NoticeReleaseBody = z.strictObject({
  revision: z.int().min(1).meta({ description: 'The one that you have read: no other is released.' }),
  at: InstantIn.optional().meta({ description: 'Not before then; at once when left out.' }),
  every: DurationIn.optional().meta({
    description: 'The same text again and again, until the incident ends or somebody stops it.',
  }),
  channel: z.string().optional(),
  format: Format.optional(),
  consulted: setOf(Username).optional().meta({ description: 'The lead among them, or a reason why not.' }),
  reason: Text.optional(),
});

export const NoticeCorrectBody = z.strictObject({
  subject: Subject.optional(),
  text: Text,
  tlp: TlpLabel.optional(),
});

export const NoticeWithdrawBody = z.strictObject({
  reason: Text,
  text: Text.optional().meta({
    description: 'What those who have it are told. Required once it has gone out.',
  }),
});

export const NoticeLabelBody = z.strictObject({ tlp: TlpLabel, reason: Text });

export const NoticeSchema = z
  .object({
    n: z.int(),
    audience: z.string(),
    audienceTitle: z.string(),
    trigger: Trigger.nullable(),
    follows: z.object({ n: z.int(), as: z.enum(['correction', 'withdrawal']) }).nullable(),
    state: State,
    tlp: TlpLabel,
    ceiling: TlpLabel.nullable().meta({ description: 'The strictest label that may reach the audience.' }),
    releasedBySponsorOnly: z.boolean(),
    subject: z.string().nullable(),
    text: z.string().nullable(),
    to: z.array(z.string()).nullable(),
    revision: z.int(),
    draftedBy: z.string(),
    draftedAt: Instant,
    release: z
      .object({
        by: z.string(),
        at: Instant,
        startsAt: Instant,
        every: z.string().nullable(),
        channel: z.string(),
        format: Format,
        consulted: z.array(z.string()),
        reason: z.string().nullable(),
      })
      .nullable(),
    instance: z.int().meta({ description: 'How often it has begun to go out.' }),
    nextAt: Instant.nullable(),
    told: z.object({ sent: z.int(), refused: z.int(), withheld: z.int(), stopped: z.int() }),
  })
  .meta({ id: 'Notice' });

export const NoticesSchema = z.object({ items: z.array(NoticeSchema), nextCursor: z.null() });

export const NoticeWithRecipientsSchema = NoticeSchema.extend({
  recipients: z
    .array(
      z.object({
        recipient: z.string(),
        instance: z.int(),
        state: z.enum(RECIPIENT_STATES),
        detail: z.string().nullable(),
        at: Instant,
      }),
    )
    .meta({ description: 'Who has it and who has not: the list by which it is called back.' }),
}).meta({ id: 'NoticeWithRecipients' });

export const CommunicationPlanSchema = z
  .object({
    incidentId: z.string(),
    representative: z.object({
      named: z.array(z.string()),
      proposed: z.array(z.string()).meta({ description: 'Who holds the role, while nobody is named.' }),
    }),
    notices: z.array(
      z.object({
        n: z.int(),
        who: z.string(),
        what: z.string(),
        when: Instant.nullable(),
        every: z.string().nullable(),
        channel: z.string(),
        format: Format,
        tlp: TlpLabel,
        state: State,
        releasedBy: z.string().nullable(),
      }),
    ),
    ahead: z
      .array(z.object({ who: z.string(), trigger: Trigger, channel: z.string() }))
      .meta({ description: 'What the matrix has for triggers that were not reached yet.' }),
  })
  .meta({ id: 'CommunicationPlan' });

export const AudienceOfPolicy = z.object({
  key: z.string(),
  title: z.string(),
  kind: z.enum(AUDIENCE_KINDS),
  channel: z.string(),
  ceiling: TlpLabel,
  source: z.string(),
});

export type NoticeView = z.infer<typeof NoticeSchema>;
