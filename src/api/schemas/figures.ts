import { z } from 'zod';
import { Instant, InstantIn, PageReason } from './values.ts';

export const FiguresQuery = z.strictObject({
  from: InstantIn.exactOptional().meta({ description: '90 days before `until`, where it is left out.' }),
  until: InstantIn.exactOptional().meta({ description: 'Now, where it is left out.' }),
});

const Duration = z.string().nullable().meta({ description: 'ISO 8601; null where none was acknowledged.' });
const Share = z.number().min(0).max(1);
const Unevenness = z
  .number()
  .min(0)
  .max(1)
  .meta({ description: 'Gini coefficient: 0 is even, towards 1 one has all.' });

const AnswerTimesSchema = z
  .object({
    pages: z.int().meta({ description: 'That began to ring in the period.' }),
    acknowledged: z.int(),
    withinFirstRung: Share.nullable().meta({
      description: 'Of those acknowledged: before anybody beyond the first rung was called.',
    }),
    p50: Duration,
    p90: Duration,
    p99: Duration,
  })
  .meta({ id: 'AnswerTimes' });

const CALLED = {
  username: z.string(),
  pages: z.int(),
  nightPages: z.int().meta({ description: 'Some message left between 22:00 and 07:00.' }),
};

export const PagingFiguresSchema = z
  .object({
    from: Instant,
    until: Instant,
    timeZone: z.string().meta({ description: 'Of the policy’s calendar: whose nights these are.' }),
    acknowledgement: z.object({
      all: AnswerTimesSchema,
      byReason: z.array(AnswerTimesSchema.extend({ reason: PageReason })),
    }),
    people: z.array(
      z.object({
        ...CALLED,
        messages: z.int().meta({ description: 'That carried pages; one carries many in a storm.' }),
        acknowledged: z.int(),
      }),
    ),
    rotas: z
      .array(
        z.object({
          rota: z.string(),
          title: z.string(),
          members: z.array(z.object({ ...CALLED, hours: z.number(), share: Share })),
          unevenness: z.object({ hours: Unevenness, pages: Unevenness, nightPages: Unevenness }),
        }),
      )
      .meta({ description: 'Hours are those of the plan and overrides as they stand.' }),
  })
  .meta({ id: 'PagingFigures' });

export type PagingFiguresView = z.infer<typeof PagingFiguresSchema>;
