import { z } from 'zod';
import { Instant } from './values.ts';

export const AuditSchema = z
  .object({
    at: Instant.nullable().meta({ description: 'When it looked last; null before the first time.' }),
    wellAt: Instant.nullable().meta({ description: 'When it found nothing last.' }),
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
