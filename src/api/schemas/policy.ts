import { z } from 'zod';
import { AudienceOfPolicy } from './notices.ts';
import {
  ActionKey,
  Criterion,
  Criticality,
  Nature,
  PageReason,
  Part,
  ReportChannel,
  ScopeCriterion,
  SeverityLevel,
  TlpLabel,
} from './values.ts';
import { ROLES, SEVERITY_FACTORS } from '../../domain/vocabulary.ts';

const Duration = z.string().meta({ description: 'ISO 8601.', example: 'PT24H' });
const Role = z.enum(ROLES);
const SeverityFactor = z.enum(SEVERITY_FACTORS);
const FactorValue = z.object({ factor: SeverityFactor, value: z.string() });

function choice<T extends z.ZodType<string>>(key: T) {
  return { key, text: z.string(), source: z.string() };
}

const RungTarget = z.union([
  z.object({ role: z.string() }),
  z.object({ person: z.string() }),
  z.object({ rota: z.string() }),
]);

/** What people choose from, and how long everything may take. */
export const PolicySchema = z
  .object({
    name: z.string(),
    hash: z.string(),
    organization: z.object({
      name: z.string(),
      csirt: z.string(),
      mail: z.string(),
      phone: z.string(),
      mailNoticedWithin: Duration,
    }),
    calendar: z.object({
      timeZone: z.string(),
      days: z.array(
        z.object({
          weekday: z.int().meta({ description: '1 is Monday.' }),
          from: z.string().meta({ example: '09:00' }),
          to: z.string(),
        }),
      ),
      holidays: z.array(z.string()),
    }),
    people: z.array(
      z.object({ username: z.string(), name: z.string(), mail: z.string(), roles: z.array(Role) }),
    ),
    channels: z.array(
      z.object({
        key: z.string(),
        title: z.string(),
        timing: z.enum(['realtime', 'asynchronous']),
        shape: z.enum(['one-to-one', 'one-to-many', 'many-to-many']),
        openness: z.enum(['confidential', 'semi-confidential', 'internal-open', 'public']),
        isSecure: z.boolean(),
        isTrustedForVerification: z.boolean(),
        intakePriority: z.int().nullable(),
        owesReply: z.boolean(),
        source: z.string(),
      }),
    ),
    serviceLevels: z.object({
      reply: z.object({ within: Duration, warnBefore: Duration }),
      lead: z.object({ within: Duration }),
      verification: z.object({ within: Duration }),
      overdue: z.object({ pageAfter: Duration, tellSponsorAfter: Duration }),
      acknowledgement: z.object({ lasts: Duration, snoozeAtMost: Duration.nullable() }),
    }),
    leadTimes: z.array(
      z.object({
        channel: z.union([ReportChannel, z.literal('any')]),
        hours: z.enum(['business', 'other', 'any']),
        within: Duration,
      }),
    ),
    ladders: z.record(
      z.string(),
      z.object({
        rounds: z.int(),
        rungs: z.array(z.object({ targets: z.array(RungTarget), wait: Duration })),
      }),
    ),
    ladderOf: z.record(PageReason, z.string()),
    pageOnReceipt: z.array(ReportChannel),
    actions: z.array(
      z.object({
        key: ActionKey,
        row: z.int(),
        title: z.string(),
        parts: z.array(Part),
        partsInOrder: z.boolean(),
        applies: z.array(Criticality),
        after: z.array(ActionKey),
        within: Duration,
        isWaivable: z.boolean(),
      }),
    ),
    scopeCriteria: z.array(z.object(choice(ScopeCriterion))),
    natures: z.array(z.object(choice(Nature))),
    criticalities: z.array(z.object(choice(Criticality))),
    criteria: z.array(z.object({ ...choice(Criterion), makes: z.enum(['escalation', 'emergency']) })),
    severity: z.object({
      factors: z.array(
        z.object({
          factor: SeverityFactor,
          values: z.array(z.object({ value: z.string(), points: z.number(), text: z.string() })),
          source: z.string(),
        }),
      ),
      thresholds: z.record(SeverityLevel, z.number()),
      assumptions: z.array(z.object({ when: FactorValue, assume: FactorValue })),
    }),
    mailboxes: z.array(
      z.object({
        key: z.string(),
        addresses: z.array(z.string()),
        channel: z.string(),
        answersAtOnce: z.boolean(),
        pagesAtOnce: z.boolean(),
      }),
    ),
    audiences: z.array(AudienceOfPolicy),
    tlp: z.array(z.object({ label: TlpLabel, whenToUse: z.string(), howToShare: z.string() })),
    directory: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        contacts: z.array(
          z.object({
            key: z.string(),
            name: z.string(),
            position: z.enum(['executive', 'administrator', 'security']),
            channels: z.record(z.string(), z.string()),
          }),
        ),
      }),
    ),
    retentionYears: z.number(),
  })
  .meta({ id: 'Policy' });

export type PolicyView = z.infer<typeof PolicySchema>;
