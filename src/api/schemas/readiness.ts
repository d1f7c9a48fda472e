import { z } from 'zod';
import { FINDING_KINDS, FINDING_SEVERITIES } from '../../domain/readiness.ts';
import { Instant } from './values.ts';

const FindingSchema = z
  .object({
    severity: z.enum(FINDING_SEVERITIES),
    kind: z.enum(FINDING_KINDS),
    who: z.string().nullable(),
    rota: z.string().nullable(),
    ladder: z.string().nullable(),
    what: z.string().meta({ description: 'One sentence to read.' }),
    from: Instant.nullable().meta({ description: 'Null when it is so at any time.' }),
    until: Instant.nullable(),
  })
  .meta({ id: 'Finding' });

export const OnCallReadinessSchema = z
  .object({
    from: Instant,
    until: Instant,
    findings: z.array(FindingSchema).meta({ description: 'Who cannot be reached comes first.' }),
    people: z.array(
      z.object({
        username: z.string(),
        onCallFrom: Instant.nullable().meta({ description: 'Null when they are not on call in that time.' }),
        ways: z.object({
          verified: z.int().meta({ description: 'Contacts of their own that work.' }),
          failed: z.int(),
          policy: z.boolean().meta({ description: 'The mail address of the policy works.' }),
        }),
      }),
    ),
  })
  .meta({ id: 'OnCallReadiness' });

export type OnCallReadinessView = z.infer<typeof OnCallReadinessSchema>;
