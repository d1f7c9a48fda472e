import { z } from 'zod';
import { parseDuration } from '../domain/durations.ts';
import type { AudienceMembers } from '../domain/policy.ts';
import type { RungTarget } from '../domain/rules.ts';
import { AUDIENCE_KINDS, NOTICE_TRIGGERS } from '../domain/notices/notice.ts';
import { TLP_LABELS } from '../domain/tlp.ts';
import {
  ACTION_KEYS,
  CRITERIA,
  CRITICALITIES,
  NATURES,
  PAGE_REASONS,
  PARTS,
  REPORT_CHANNELS,
  ROLES,
  SCOPE_CRITERIA,
  SEVERITY_FACTORS,
  SEVERITY_LEVELS,
  WEEKDAYS,
} from '../domain/vocabulary.ts';
import { lettersShape } from './letters.ts';
import type { Mistake, Path } from './mistake.ts';

/** The shape of a policy file. */

const A_KEY = 'small letters, digits and hyphens';
const A_DURATION = 'a duration such as PT24H';
const A_TIME = 'a time such as 09:00';
const A_ZONE = 'a time zone such as America/Detroit';

const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `one of the keys ${Object.keys(shape).join(', ')}` : undefined,
  });

const text = z.string().regex(/\S/, 'a text');
const key = z.string({ error: A_KEY }).regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, A_KEY);
const source = text;

const A_HOST = 'a host, with a port where only that one is meant, such as hooks.example.org:8443';

const host = z.string({ error: A_HOST }).regex(/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/, A_HOST);

/** Milliseconds. */
const duration = z.string({ error: A_DURATION }).transform((value, context) => {
  const ms = parseDuration(value) ?? 0;
  if (ms > 0) return ms;
  context.issues.push({ code: 'custom', message: A_DURATION, input: value });
  return z.NEVER;
});

/** Minutes after midnight. */
const time = z
  .string({ error: A_TIME })
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, A_TIME)
  .transform((value) => Number(value.slice(0, 2)) * 60 + Number(value.slice(3)));

const calendar = strict({
  source,
  timeZone: z.string({ error: A_ZONE }).refine(isTimeZone, A_ZONE),
  days: z.array(strict({ weekday: z.enum(WEEKDAYS), from: time, to: time })).min(1),
  holidays: z.array(strict({ date: z.iso.date({ error: 'a date such as 2026-12-25' }), name: text })),
});

const person = strict({
  username: z.string({ error: A_KEY }).regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, A_KEY),
  name: text,
  mail: z.email({ error: 'a mail address' }),
  roles: z.array(z.enum(ROLES)),
});

const channel = strict({
  key,
  title: text,
  timing: z.enum(['realtime', 'asynchronous']),
  shape: z.enum(['one-to-one', 'one-to-many', 'many-to-many']),
  openness: z.enum(['confidential', 'semi-confidential', 'internal-open', 'public']),
  secure: z.boolean(),
  trustedForVerification: z.boolean().default(false),
  intake: z.int().min(1).nullable().default(null),
  owesReply: z.boolean(),
  source,
});

const mailbox = strict({
  key,
  addresses: z
    .array(z.email({ error: 'a mail address' }).transform((address) => address.toLowerCase()))
    .min(1),
  channel: key,
  receivedBy: z.array(z.hostname({ error: 'a host name' })).default([]),
  answersAtOnce: z.boolean(),
  pagesAtOnce: z.boolean(),
  fyiOwesReply: z.boolean().default(true),
  source,
});

const serviceLevels = strict({
  reply: strict({ within: duration, warnBefore: duration, source }),
  lead: strict({ within: duration, source }),
  verification: strict({ within: duration, source }),
  overdue: strict({ pageAfter: duration, tellSponsorAfter: duration, source }),
  acknowledgement: strict({ lasts: duration, snoozeAtMost: duration.optional(), source }),
  pages: strict({ armAhead: duration, onReceiptBy: z.array(z.enum(REPORT_CHANNELS)), source }),
  paging: strict({
    oneMessagePer: duration,
    nextContactAfter: duration,
    linkLasts: duration,
    codeLasts: duration,
    shiftNoticeBefore: duration,
    source,
  }),
  everyRow: strict({ within: duration }).optional(),
  everyLadder: strict({ wait: duration.optional(), rounds: z.int().min(1).optional() }).optional(),
});

const leadTime = strict({
  channel: z.enum([...REPORT_CHANNELS, 'any']),
  hours: z.enum(['business', 'other', 'any']),
  within: duration,
  source,
});

const rungTarget = strict({
  role: z.enum([...ROLES, 'lead']).optional(),
  person: text.optional(),
  rota: key.optional(),
}).transform(({ role, person: username, rota }, context): RungTarget => {
  const named = [role, username, rota].filter((target) => target !== undefined);
  if (named.length === 1) {
    if (role !== undefined) return { role };
    if (username !== undefined) return { person: username };
    if (rota !== undefined) return { rota };
  }
  context.issues.push({ code: 'custom', message: 'either a role, a person or a rota', input: named });
  return z.NEVER;
});

/** Wall clocks and rules are texts here; whether they can be read is checked with the people. */
const rotaPlan = strict({
  key,
  title: text,
  timeZone: text,
  layers: z
    .array(
      strict({
        name: text,
        members: z.array(text),
        handOver: text,
        startsAt: text,
        endsAt: text.nullable().default(null),
        hours: z.array(strict({ weekday: z.enum(WEEKDAYS), from: time, to: time })).default([]),
      }),
    )
    .min(1),
  source,
});

const ladder = strict({
  source,
  rounds: z.int().min(1),
  rungs: z.array(strict({ ring: z.array(rungTarget).min(1), wait: duration })).min(1),
});

const action = strict({
  key: z.enum(ACTION_KEYS),
  row: z.int().min(1),
  title: text,
  parts: z.array(z.enum(PARTS)).min(1),
  partsInOrder: z.boolean().default(false),
  applies: z.array(z.enum(CRITICALITIES)).min(1),
  after: z.array(z.enum(ACTION_KEYS)),
  within: duration,
  waivable: z.boolean(),
  source,
});

const choice = <const Keys extends readonly string[]>(keys: Keys) => ({ key: z.enum(keys), text, source });

const factorValue = strict({ factor: z.enum(SEVERITY_FACTORS), value: text });

const severity = strict({
  factors: z.record(
    z.enum(SEVERITY_FACTORS),
    strict({ source, values: z.record(key, strict({ points: z.int().min(0), text })) }),
  ),
  thresholds: z.record(z.enum(SEVERITY_LEVELS), z.int().min(0)),
  assumptions: z.array(strict({ when: factorValue, assume: factorValue, source })),
});

const participant = strict({
  key,
  name: text,
  source,
  contacts: z
    .array(
      strict({
        key,
        name: text,
        position: z.enum(['executive', 'administrator', 'security']),
        channels: z.record(key, text),
      }),
    )
    .min(1),
});

const A_MEMBERSHIP = 'either roles, addresses or `directory: participants`';

const members = strict({
  roles: z.array(z.enum(ROLES)).min(1).optional(),
  addresses: z
    .array(z.email({ error: 'a mail address' }))
    .min(1)
    .optional(),
  directory: z.literal('participants').optional(),
}).transform(({ roles, addresses, directory }, context): AudienceMembers => {
  if ([roles, addresses, directory].filter((one) => one !== undefined).length === 1) {
    if (roles !== undefined) return { roles };
    if (addresses !== undefined) return { addresses };
    if (directory !== undefined) return { directory };
  }
  context.issues.push({ code: 'custom', message: A_MEMBERSHIP, input: roles });
  return z.NEVER;
});

const audience = strict({
  key,
  title: text,
  kind: z.enum(AUDIENCE_KINDS),
  to: members,
  channel: key,
  ceiling: z.enum(TLP_LABELS),
  source,
});

const noticeCell = strict({ audience: key, trigger: z.enum(NOTICE_TRIGGERS), template: key, source });

export const policyFile = strict({
  name: key,
  organization: strict({
    name: text,
    csirt: text,
    mail: z.email({ error: 'a mail address' }),
    phone: text,
    mailNoticedWithin: duration,
    source,
  }),
  calendar,
  people: z.array(person).min(1),
  channels: z.array(channel).min(1),
  mailboxes: z.array(mailbox).default([]),
  automaticAnswers: strict({ perAddressAndDay: z.int().min(1), source }).optional(),
  serviceLevels,
  leadTimes: z.array(leadTime).min(1),
  rotas: z.array(rotaPlan).default([]),
  egress: strict({ allow: z.array(host).default([]), source }).default({ allow: [], source: 'none' }),
  ladders: z.record(key, ladder),
  ladderOf: z.record(z.enum(PAGE_REASONS), key),
  actions: z.array(action),
  scopeCriteria: z.array(strict(choice(SCOPE_CRITERIA))),
  natures: z.array(strict(choice(NATURES))),
  criticalities: z.array(strict(choice(CRITICALITIES))),
  criteria: z.array(strict({ ...choice(CRITERIA), makes: z.enum(['escalation', 'emergency']) })),
  severity,
  tlp: z.array(strict({ label: z.enum(TLP_LABELS), whenToUse: text, howToShare: text, source })),
  letters: strict({ ...lettersShape, source }),
  directory: z.array(participant),
  retention: strict({
    keep: z
      .string({ error: 'years, such as P7Y' })
      .regex(/^P[1-9]\d?Y$/, 'years, such as P7Y')
      .transform((value) => Number(value.slice(1, -1))),
    source,
  }),
  audiences: z.array(audience).default([]),
  noticeTemplates: z.record(key, strict({ subject: text, text })).default({}),
  notices: z.array(noticeCell).default([]),
  chat: strict({ opensFor: z.array(z.enum(CRITICALITIES)), source }).optional(),
});

export type PolicyFile = z.output<typeof policyFile>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** What zod found, in our words. Every schema below says what it expects; this says it for those that do not. */
export function mistakesOf(issue: z.core.$ZodIssue): readonly Mistake[] {
  const path = issue.path as Path;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (keys.length > 0) return keys.map((key) => ({ path: [...path, key], expected: issue.message }));
  return [{ path, expected: issue.message }];
}

export function expectedOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return TYPE_NAMES[issue.expected];
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return issue.origin === 'array' ? 'at least one entry' : `a whole number from ${issue.minimum}`;
  if (issue.code === 'unrecognized_keys') return 'no such key';
  return issue.code === 'invalid_key' ? A_KEY : undefined;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
  object: 'a map',
  record: 'a map',
  string: 'a text',
};
