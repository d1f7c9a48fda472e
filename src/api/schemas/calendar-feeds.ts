import { z } from 'zod';
import { RotaKey } from './rotas.ts';
import { Instant } from './values.ts';

export const FeedParams = z.object({ token: z.string() });

export const FeedIn = z.strictObject({
  rota: RotaKey.nullable()
    .default(null)
    .meta({ description: 'The rota whose shifts are in it; left out: your own, in every rota.' }),
});

export const FeedSchema = z
  .object({
    rota: z.string().nullable(),
    address: z
      .string()
      .meta({ description: 'A secret: whoever has it reads this calendar, and nothing else.' }),
    madeAt: Instant,
  })
  .meta({ id: 'CalendarFeed' });

export const FeedsSchema = z.object({ items: z.array(FeedSchema), nextCursor: z.null() });

export type FeedView = z.infer<typeof FeedSchema>;
