import { z } from 'zod';
import { ALARM_STATES } from '../../domain/alarm.ts';
import { Instant } from './values.ts';

export const AlarmSchema = z
  .object({
    id: z.string().meta({ example: 'ALARM-1' }),
    state: z.enum(ALARM_STATES).meta({
      description: 'An exhausted alarm called everybody in vain and can still be taken; `mended` is its end.',
    }),
    beganAt: Instant,
    endedAt: Instant.nullable().meta({ description: 'When what it is about was mended.' }),
    ring: z.int().meta({ description: 'It rings again for something else, and after an hour.' }),
    round: z.int().nullable().meta({ description: 'Null before the first call of this ring.' }),
    rung: z.int().nullable(),
    nextStepAt: Instant.nullable().meta({
      description: 'When the next rung is called; null unless it rings.',
    }),
    acknowledgedBy: z.string().nullable(),
    acknowledgedAt: Instant.nullable(),
    called: z.array(z.string()).meta({ description: 'Everybody who was called, in all rings.' }),
  })
  .meta({ id: 'Alarm' });

export const AlarmParams = z.object({
  id: z.string().regex(/^ALARM-[1-9]\d{0,17}$/, 'Expected an alarm, such as ALARM-1'),
});

export const AuditSchema = z
  .object({
    at: Instant.nullable().meta({ description: 'When it looked last; null before the first time.' }),
    wellAt: Instant.nullable().meta({ description: 'When it found nothing last.' }),
    alarm: AlarmSchema.nullable().meta({ description: 'The call to the operators that has not ended.' }),
    isLate: z.boolean().meta({ description: 'True when the audit itself has not looked for too long.' }),
    findings: z.array(
      z.object({
        kind: z.string(),
        subject: z.string().meta({ description: 'The identifier of what it is about.' }),
        detail: z.string(),
        firstAt: Instant,
        lastAt: Instant,
        toldAt: Instant.nullable().meta({ description: 'When the operators were last told of it.' }),
      }),
    ),
  })
  .meta({ id: 'Audit' });

export type AlarmView = z.infer<typeof AlarmSchema>;
