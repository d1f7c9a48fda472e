import { z } from 'zod';
import { Instant, InstantIn, NextCursor, NoteKind, PAGING, Text, TimelineKind, TlpLabel } from './values.ts';

export const TimelineQuery = z.strictObject(PAGING);

export const TimelineItemSchema = z
  .object({
    seq: z.int().nullable().meta({ description: 'Null for what was received and is being filed.' }),
    at: Instant,
    recordedAt: Instant.nullable(),
    by: z.string(),
    kind: TimelineKind,
    text: z.string(),
    method: z.string().nullable(),
    tlp: TlpLabel,
    corrects: z.int().nullable(),
    hash: z.string().nullable(),
  })
  .meta({ id: 'TimelineItem' });

export const TimelineSchema = z.object({ items: z.array(TimelineItemSchema), nextCursor: NextCursor });

export type TimelineItemView = z.infer<typeof TimelineItemSchema>;

export const NoteInBody = z.strictObject({
  text: Text,
  at: InstantIn.optional().meta({
    description: 'When it happened, also before the receipt, never in the future; now when left out.',
  }),
  method: Text.optional(),
  kind: NoteKind.optional().meta({ description: '`note` when left out.' }),
  tlp: TlpLabel.optional().meta({ description: 'Read as AMBER+STRICT when left out.' }),
  corrects: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'The `seq` of the line that this one puts right.' }),
});
