import { z } from 'zod';
import { DurationIn, Instant, NextCursor, PageReason, PageState, PAGING, Text, Username } from './values.ts';

export const PageParams = z.object({ id: z.string() });

export const HandOnBody = z.strictObject({
  to: Username.meta({ description: 'Who is called first from now on.' }),
  reason: Text.optional(),
});

export const SnoozeBody = z.strictObject({
  for: DurationIn.meta({
    description:
      'Until it rings again; `serviceLevels.acknowledgement.snoozeAtMost` of the policy is the longest.',
  }),
});

export const PagesQuery = z.strictObject({
  state: PageState.exactOptional(),
  incidentId: z
    .string()
    .regex(/^INC-\d{4}-\d{4,}$/, 'Expected an incident identifier, such as INC-2026-0001')
    .exactOptional(),
  ...PAGING,
});

const Attempt = z.object({
  round: z.int(),
  rung: z.int(),
  person: z.string(),
  method: z.string(),
  why: z.string(),
  dueAt: Instant.meta({ description: 'When its step was due.' }),
  sendAfter: Instant.meta({
    description: 'Its own instant: a person’s contacts are tried one after the other.',
  }),
  sentAt: Instant.nullable().meta({ description: 'When the far side had taken it.' }),
  lateMs: z.int().nullable().meta({ description: 'From `sendAfter` to `sentAt`; null before.' }),
  tries: z.int().meta({ description: 'From 2 on it may have arrived more than once.' }),
  answer: z.string().nullable().meta({
    description:
      'The outcome and the far side’s code; `not-needed` when the page rang no more before it was sent; null while it is not known.',
  }),
  receipt: z.string().nullable().meta({ description: 'The far side’s own name for the message.' }),
  receiptAt: Instant.nullable().meta({
    description: 'When the far side said whether it had reached the device.',
  }),
  ring: z.int().meta({ description: 'Counts how often the page began at its first rung.' }),
});

const SkippedRung = z.object({
  ring: z.int(),
  round: z.int(),
  rung: z.int(),
  at: Instant,
  why: z.string().meta({ description: 'What each target of the rung lacked.' }),
});

export const PageSchema = z
  .object({
    id: z.string(),
    incidentId: z.string(),
    reason: PageReason,
    state: PageState,
    startedAt: Instant,
    endedAt: Instant.nullable(),
    round: z.int().nullable().meta({ description: 'Of the step climbed last; null before the first.' }),
    rung: z.int().nullable(),
    nextStepAt: Instant.nullable(),
    acknowledgedBy: z.string().nullable(),
    acknowledgedAt: Instant.nullable(),
    acknowledgedUntil: Instant.nullable().meta({
      description: 'It rings again then, if its owner does nothing on the incident before.',
    }),
    declinedBy: z.array(z.string()).meta({ description: 'Who said in this ring that they cannot take it.' }),
    cancelledBecause: z.string().nullable(),
    note: z.string().nullable(),
    ring: z.int(),
    skipped: z
      .array(SkippedRung)
      .meta({ description: 'Rungs that had nobody: the next was called at once.' }),
    attempts: z.array(Attempt),
  })
  .meta({ id: 'Page' });

export const PagesSchema = z.object({ items: z.array(PageSchema), nextCursor: NextCursor });
export type PageView = z.infer<typeof PageSchema>;
