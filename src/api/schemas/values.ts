import { z } from 'zod';
import { parseDuration } from '../../domain/durations.ts';
import { TLP_LABELS } from '../../domain/tlp.ts';
import {
  ACTION_KEYS,
  ACTION_STATES,
  CLOCK_STATES,
  CRITERIA,
  CRITICALITIES,
  HAND_OFF_BASES,
  NATURES,
  NOTE_KINDS,
  PAGE_REASONS,
  PAGE_STATES,
  PARTS,
  REPLY_STATES,
  REPORT_CHANNELS,
  REPORT_KINDS,
  SCOPE_CRITERIA,
  SEVERITY_LEVELS,
  STAGES,
  SUSPENSION_ACTIONS,
  SUSPENSION_BASES,
  SUSPENSION_STATES,
  TEAM_ROLES,
  TIMELINE_KINDS,
} from '../../domain/vocabulary.ts';

/** The values that several resources share; closed lists are those of the domain. */

export const Stage = z.enum(STAGES).meta({ id: 'Stage' });
export const ReportKind = z.enum(REPORT_KINDS).meta({ id: 'ReportKind' });
export const ReportChannel = z.enum(REPORT_CHANNELS).meta({ id: 'ReportChannel' });
export const Criticality = z.enum(CRITICALITIES).meta({ id: 'Criticality' });
export const Nature = z.enum(NATURES).meta({ id: 'Nature' });
export const ScopeCriterion = z.enum(SCOPE_CRITERIA).meta({ id: 'ScopeCriterion' });
export const Criterion = z.enum(CRITERIA).meta({ id: 'Criterion' });
export const TlpLabel = z.enum(TLP_LABELS).meta({
  id: 'Tlp',
  description:
    'From the strictest to the freest. When to use each, and how it lets words be shared: `tlp` of `GET /v1/policy`.',
});
export const ActionKey = z.enum(ACTION_KEYS).meta({ id: 'ActionKey' });
export const ActionState = z.enum(ACTION_STATES).meta({ id: 'ActionState' });
export const Part = z.enum(PARTS).meta({ id: 'Part' });
export const ClockState = z.enum(CLOCK_STATES).meta({ id: 'ClockState' });
export const ReplyState = z.enum(REPLY_STATES).meta({ id: 'ReplyState' });
export const TeamRole = z.enum(TEAM_ROLES).meta({ id: 'TeamRole' });
export const HandOffBasis = z.enum(HAND_OFF_BASES).meta({ id: 'HandOffBasis' });
export const SeverityLevel = z.enum(SEVERITY_LEVELS).meta({ id: 'SeverityLevel' });
export const PageState = z.enum(PAGE_STATES).meta({ id: 'PageState' });
export const PageReason = z.enum(PAGE_REASONS).meta({ id: 'PageReason' });
export const SuspensionAction = z.enum(SUSPENSION_ACTIONS).meta({ id: 'SuspensionAction' });
export const SuspensionBasis = z.enum(SUSPENSION_BASES).meta({ id: 'SuspensionBasis' });
export const SuspensionState = z.enum(SUSPENSION_STATES).meta({ id: 'SuspensionState' });
export const TimelineKind = z.enum(TIMELINE_KINDS).meta({ id: 'TimelineKind' });
export const NoteKind = z.enum(NOTE_KINDS).meta({ id: 'NoteKind' });

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** Clients write instants in more ways than we do: any fraction of a second or none, and any offset. */
const INSTANT_IN =
  /^(\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const INSTANT_FORMAT =
  'Expected an instant as RFC 3339 has it, such as 2016-06-21T20:39:33.000Z, from 1970 to 2199';

const DURATION_FORMAT = 'Expected a duration as ISO 8601 has it, such as PT2H';

/** Years that every store of ours can hold. */
const EARLIEST_MS = Date.UTC(1970, 0, 1);
const LATEST_MS = Date.UTC(2200, 0, 1);

/** An instant that we give out. Source: RFC 3339. */
export const Instant = z
  .string()
  .regex(INSTANT)
  .meta({ id: 'Instant', format: 'date-time', example: '2016-06-21T20:39:33.000Z' });

/** A length of time that comes in, as milliseconds. Source: ISO 8601. */
export const DurationIn = z
  .string(DURATION_FORMAT)
  .refine((text) => parseDuration(text) !== null, { message: DURATION_FORMAT })
  .transform((text) => parseDuration(text) ?? 0)
  .meta({ format: 'duration', example: 'PT2H' });

/** An instant that comes in, as epoch milliseconds. Source: RFC 3339. */
export const InstantIn = z
  .string(INSTANT_FORMAT)
  .refine((text) => instantOf(text) !== null, { message: INSTANT_FORMAT })
  .transform((text) => instantOf(text) ?? 0)
  .meta({ format: 'date-time', example: '2016-06-21T20:39:33.000Z' });

/** Null for what is no instant of ours. Days that no calendar has are none: 30 February must not become 1 March. */
export function instantOf(text: string): number | null {
  const [, wallClock] = INSTANT_IN.exec(text) ?? [];
  if (wallClock === undefined) return null;
  const ms = Date.parse(text);
  const isDay = !Number.isNaN(ms) && new Date(`${wallClock}Z`).toISOString().startsWith(wallClock);
  return isDay && ms >= EARLIEST_MS && ms < LATEST_MS ? ms : null;
}

export function instantText(ms: number): string;
export function instantText(ms: number | null): string | null;
export function instantText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Words that somebody has to say. */
export const Text = z
  .string('Expected a text')
  .refine((text) => text.trim() !== '', { message: 'Expected a text; this one is blank' })
  .meta({ minLength: 1 });

/** An internal username. Whether there is such a person is for the policy to say. */
export const Username = z
  .string('Expected a username')
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'Expected a username: letters, digits, dot, dash, underscore');

export const IncidentId = z
  .string()
  .regex(/^INC-\d{4}-\d{4,}$/, 'Expected an incident identifier, such as INC-2026-0001')
  .meta({ example: 'INC-2026-0001' });

/** The key of a channel of the policy. */
export const ChannelKey = z.string('Expected the key of a channel of the policy').min(1);

/** A list without repetitions. */
export function setOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .max(100)
    .refine((values) => new Set(values).size === values.length, { message: 'Expected each value once' });
}

export const LIMIT_MAX = 200;
const LIMIT_TEXT = `Expected a whole number from 1 to ${LIMIT_MAX}`;
const LIMIT_DEFAULT = 50;

/** How many, and from where, of a list. */
export const PAGING = {
  limit: z
    .string(LIMIT_TEXT)
    .regex(/^(?:[1-9]\d?|1\d\d|200)$/, LIMIT_TEXT)
    .default(String(LIMIT_DEFAULT))
    .transform(Number)
    .meta({ description: `1 to ${LIMIT_MAX}.` }),
  cursor: z
    .string()
    .min(1)
    .max(500)
    .exactOptional()
    .meta({ description: '`nextCursor` of the answer before.' }),
};

export const NextCursor = z.string().nullable().meta({ description: 'Null at the end of the list.' });
