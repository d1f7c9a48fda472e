import { z } from 'zod';
import { Instant } from './values.ts';

const A_TIME = 'Expected a time such as 22:00, up to 23:59';
const TimeOfDay = z.string(A_TIME).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, A_TIME);

export const QuietHoursIn = z.strictObject({
  from: TimeOfDay,
  until: TimeOfDay.meta({ description: 'Of the next day where it is the earlier one.' }),
  timeZone: z.string('Expected a time zone such as America/Detroit').max(64),
});

export const QuietHoursSchema = z
  .object({
    quietHours: z
      .object({
        from: z.string(),
        until: z.string(),
        timeZone: z.string(),
        quietUntil: Instant.nullable().meta({
          description: 'When those end that are now; null at any other time.',
        }),
      })
      .nullable()
      .meta({ description: 'Null where the person has none.' }),
  })
  .meta({ id: 'QuietHours' });

export type QuietHoursView = z.infer<typeof QuietHoursSchema>;
