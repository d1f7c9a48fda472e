import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { parseDuration } from './domain/durations.ts';
import type { BusinessCalendar, Policy } from './domain/policy.ts';
import type { Ladder, ProcessRules, RungTarget } from './domain/rules.ts';
import { TLP_LABELS } from './domain/tlp.ts';
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
  type ActionKey,
  type Role,
} from './domain/vocabulary.ts';

/**
 * Reads a policy file and those it extends (`extends:` is relative to the file that says it), checks the whole and names
 * it by its hash. Values of a wrong shape are reported together; once all shapes are right, so are all contradictions.
 *
 * @throws {PolicyError} naming every mistake and the file in which it stands.
 */
export async function loadPolicy(path: string): Promise<Policy> {
  const layers = await readLayers(path);
  const whole = layers.map(({ data }) => data).reduceRight((base, over) => merge(base, over));
  const result = policyFile.safeParse(whole, { error: expectedOf });
  if (!result.success) throw refusalOf(layers, whole, result.error.issues.flatMap(mistakesOf));
  const contradictions = CHECKS.flatMap((check) => check(result.data));
  if (contradictions.length > 0) throw refusalOf(layers, whole, contradictions);
  const policy = policyOf(result.data);
  return { ...policy, rules: { ...policy.rules, hash: hashPolicy(policy) } };
}

/** SHA-256, hex, of everything in a policy but the hash itself, whatever the order of its keys: a stored one can be checked. */
export function hashPolicy(policy: Policy): string {
  const { hash: _, ...rules } = policy.rules;
  return createHash('sha256')
    .update(canonicalJson({ ...policy, rules }))
    .digest('hex');
}

/** One mistake. `path` is the path within that file, such as `actions[3].within`; empty where the file as a whole is meant. */
export interface PolicyProblem {
  readonly file: string;
  /** Null where the file could not be read at all. */
  readonly line: number | null;
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** The operator's input, refused once and whole: every value that is wrong, not only the first. */
export class PolicyError extends Error {
  readonly code = 'policy';
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[], options?: ErrorOptions) {
    super(
      `The policy cannot be used:\n${problems.map((problem) => `  ${describe(problem)}`).join('\n')}`,
      options,
    );
    this.name = 'PolicyError';
    this.problems = problems;
  }
}

function describe({ file, line, path, expected, got }: PolicyProblem): string {
  const place = `${line === null ? file : `${file}:${line}`}${path === '' ? '' : ` ${path}`}`;
  return `${place}: expected ${expected}, got ${got}`;
}

/** What zod found, in our words. Every schema below says what it expects; this says it for those that do not. */
function mistakesOf(issue: z.core.$ZodIssue): readonly Mistake[] {
  const path = issue.path as Path;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (keys.length > 0) return keys.map((key) => ({ path: [...path, key], expected: issue.message }));
  return [{ path, expected: issue.message }];
}

function expectedOf(issue: z.core.$ZodRawIssue): string | undefined {
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

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

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

const serviceLevels = strict({
  reply: strict({ within: duration, warnBefore: duration, source }),
  lead: strict({ within: duration, source }),
  verification: strict({ within: duration, source }),
  overdue: strict({ pageAfter: duration, tellSponsorAfter: duration, source }),
  acknowledgement: strict({ lasts: duration, source }),
  pages: strict({ armAhead: duration, onReceiptBy: z.array(z.enum(REPORT_CHANNELS)), source }),
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
}).transform(({ role, person: username }, context): RungTarget => {
  if (role !== undefined && username === undefined) return { role };
  if (role === undefined && username !== undefined) return { person: username };
  context.issues.push({ code: 'custom', message: 'either a role or a person', input: { role, username } });
  return z.NEVER;
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

const policyFile = strict({
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
  serviceLevels,
  leadTimes: z.array(leadTime).min(1),
  ladders: z.record(key, ladder),
  ladderOf: z.record(z.enum(PAGE_REASONS), key),
  actions: z.array(action),
  scopeCriteria: z.array(strict(choice(SCOPE_CRITERIA))),
  natures: z.array(strict(choice(NATURES))),
  criticalities: z.array(strict(choice(CRITICALITIES))),
  criteria: z.array(strict({ ...choice(CRITERIA), makes: z.enum(['escalation', 'emergency']) })),
  severity,
  tlp: z.array(strict({ label: z.enum(TLP_LABELS), whenToUse: text, howToShare: text, source })),
  directory: z.array(participant),
  retention: strict({
    keep: z
      .string({ error: 'years, such as P7Y' })
      .regex(/^P[1-9]\d?Y$/, 'years, such as P7Y')
      .transform((value) => Number(value.slice(1, -1))),
    source,
  }),
});

type PolicyFile = z.output<typeof policyFile>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** What no value alone can get wrong. */
const CHECKS: readonly ((policy: PolicyFile) => readonly Mistake[])[] = [
  entriesDifferAndAreComplete,
  rolesAreHeld,
  businessHoursEndAfterTheyBegin,
  leadTimesCoverEveryReport,
  warningsComeBeforeWhatTheyWarnOf,
  laddersLeadToPeople,
  pagesHaveLadders,
  rowsFollowTheFramework,
  rowsWaitForRowsThatCome,
  participantsCanBeReached,
  severityNamesItsValues,
  severityLevelsAscend,
  severityTakesSeveralFactors,
];

function entriesDifferAndAreComplete(policy: PolicyFile): readonly Mistake[] {
  return [
    ...twins(policy.people, ['people'], 'username'),
    ...twins(policy.channels, ['channels'], 'key'),
    ...twins(policy.directory, ['directory'], 'key'),
    ...policy.directory.flatMap(({ contacts }, n) => twins(contacts, ['directory', n, 'contacts'], 'key')),
    ...eachOnce(policy.actions, ['actions'], 'key', ACTION_KEYS),
    ...eachOnce(policy.scopeCriteria, ['scopeCriteria'], 'key', SCOPE_CRITERIA),
    ...eachOnce(policy.natures, ['natures'], 'key', NATURES),
    ...eachOnce(policy.criticalities, ['criticalities'], 'key', CRITICALITIES),
    ...eachOnce(policy.criteria, ['criteria'], 'key', CRITERIA),
    ...eachOnce(policy.tlp, ['tlp'], 'label', TLP_LABELS),
  ];
}

function twins<Field extends string>(
  entries: readonly Readonly<Record<Field, string>>[],
  path: Path,
  field: Field,
): readonly Mistake[] {
  const values = entries.map((entry) => entry[field]);
  return values.flatMap((value, n) =>
    values.indexOf(value) === n ? [] : [{ path: [...path, n, field], expected: `a ${field} of its own` }],
  );
}

function eachOnce<Field extends string>(
  entries: readonly Readonly<Record<Field, string>>[],
  path: Path,
  field: Field,
  wanted: readonly string[],
): readonly Mistake[] {
  const missing = wanted.filter((value) => !entries.some((entry) => entry[field] === value));
  return [
    ...twins(entries, path, field),
    ...missing.map((value) => ({ path, expected: `an entry for ${value}`, got: 'none' })),
  ];
}

/** Close, counsel and the parts of the matrix are theirs alone: without them an incident could not end. */
function rolesAreHeld({ people }: PolicyFile): readonly Mistake[] {
  const needed: readonly Role[] = ['csirt', 'executive', 'legal', 'general-counsel'];
  return needed
    .filter((role) => !isHeld(people, role))
    .map((role) => ({ path: ['people'], expected: `somebody with the role ${role}`, got: 'nobody' }));
}

function isHeld(people: PolicyFile['people'], role: Role): boolean {
  return people.some(({ roles }) => roles.includes(role));
}

function businessHoursEndAfterTheyBegin({ calendar: { days } }: PolicyFile): readonly Mistake[] {
  return days.flatMap(({ from, to }, n) =>
    from < to ? [] : [{ path: ['calendar', 'days', n, 'to'], expected: 'a time after `from`' }],
  );
}

function leadTimesCoverEveryReport({ leadTimes }: PolicyFile): readonly Mistake[] {
  const fits = (value: string, wanted: string) => value === wanted || value === 'any';
  return REPORT_CHANNELS.flatMap((by) =>
    (['business', 'other'] as const)
      .filter((hours) => !leadTimes.some((entry) => fits(entry.channel, by) && fits(entry.hours, hours)))
      .map((hours) => ({
        path: ['leadTimes'],
        expected: `an entry for ${by} in ${hours} hours`,
        got: 'none',
      })),
  );
}

function warningsComeBeforeWhatTheyWarnOf({
  serviceLevels: { reply, overdue },
}: PolicyFile): readonly Mistake[] {
  const found: Mistake[] = [];
  if (reply.warnBefore >= reply.within) {
    found.push({ path: ['serviceLevels', 'reply', 'warnBefore'], expected: 'less than `within`' });
  }
  if (overdue.tellSponsorAfter < overdue.pageAfter) {
    found.push({
      path: ['serviceLevels', 'overdue', 'tellSponsorAfter'],
      expected: 'no less than `pageAfter`',
    });
  }
  return found;
}

/** The last rung of each round is the Executive Sponsor. Source: SLA-2. */
function laddersLeadToPeople({ ladders, people }: PolicyFile): readonly Mistake[] {
  const personOf = (username: string) => people.find((one) => one.username === username);
  const isSponsor = (target: RungTarget) =>
    'role' in target ? target.role === 'executive' : personOf(target.person)?.roles.includes('executive');
  const isKnown = (target: RungTarget) =>
    'role' in target
      ? target.role === 'lead' || isHeld(people, target.role)
      : personOf(target.person) !== undefined;
  return Object.entries(ladders).flatMap(([name, { rungs }]) => {
    const path = ['ladders', name, 'rungs'];
    const unknown = rungs.flatMap(({ ring }, rung) =>
      ring.flatMap((target, n) =>
        isKnown(target)
          ? []
          : [
              {
                path: [...path, rung, 'ring', n],
                expected: 'a role that somebody holds, or one of the people',
              },
            ],
      ),
    );
    const end = { path: [...path, rungs.length - 1, 'ring'], expected: 'the executive on the last rung' };
    return rungs.at(-1)?.ring.some(isSponsor) === true ? unknown : [...unknown, end];
  });
}

function pagesHaveLadders({ ladderOf, ladders }: PolicyFile): readonly Mistake[] {
  return PAGE_REASONS.filter((reason) => !Object.hasOwn(ladders, ladderOf[reason])).map((reason) => ({
    path: ['ladderOf', reason],
    expected: `one of the ladders ${Object.keys(ladders).join(', ')}`,
  }));
}

/** A row keeps the framework's number. Source: IC-20. */
function rowsFollowTheFramework({ actions }: PolicyFile): readonly Mistake[] {
  return actions.flatMap(({ key: name, row }, n) => {
    const number = ACTION_KEYS.indexOf(name) + 1;
    return row === number
      ? []
      : [{ path: ['actions', n, 'row'], expected: `${number}, its number in the framework` }];
  });
}

/** A row that waits for itself, or for one that does not apply where it does, would never fall due. */
function rowsWaitForRowsThatCome({ actions }: PolicyFile): readonly Mistake[] {
  const rows = new Map(actions.map((row) => [row.key, row]));
  return actions.flatMap((row, n) =>
    row.after.flatMap((before, m): readonly Mistake[] => {
      const path = ['actions', n, 'after', m];
      const circle = wayBetween(rows, before, row.key);
      if (circle !== null) {
        return [
          {
            path,
            expected: 'a row that does not wait for this one',
            got: [row.key, ...circle].join(' after '),
          },
        ];
      }
      const applies = rows.get(before)?.applies ?? [];
      const never = row.applies.filter((criticality) => !applies.includes(criticality));
      return never.length === 0 ? [] : [{ path, expected: `a row that applies to ${never.join(', ')} too` }];
    }),
  );
}

/** The rows from one to another along `after`; null where there is no way. */
function wayBetween(
  rows: ReadonlyMap<ActionKey, PolicyFile['actions'][number]>,
  from: ActionKey,
  to: ActionKey,
  seen: readonly ActionKey[] = [],
): readonly ActionKey[] | null {
  const way = [...seen, from];
  if (from === to) return way;
  const ahead = (rows.get(from)?.after ?? []).filter((next) => !way.includes(next));
  for (const next of ahead) {
    const found = wayBetween(rows, next, to, way);
    if (found !== null) return found;
  }
  return null;
}

/** A request can be verified only over a channel that is known before it and trusted. Source: IC-6. */
function participantsCanBeReached({ directory, channels }: PolicyFile): readonly Mistake[] {
  const known = new Map(channels.map((one) => [one.key, one]));
  return directory.flatMap(({ contacts }, n) => {
    const unknown = contacts.flatMap((contact, m) =>
      Object.keys(contact.channels)
        .filter((name) => !known.has(name))
        .map((name) => ({
          path: ['directory', n, 'contacts', m, 'channels', name],
          expected: 'a channel of this policy',
          got: name,
        })),
    );
    const isTrusted = contacts.some(
      ({ position, channels: ways }) =>
        position !== 'security' && Object.keys(ways).some((name) => known.get(name)?.trustedForVerification),
    );
    const expected = 'an executive or administrator with a channel that is trusted for verification';
    return isTrusted ? unknown : [...unknown, { path: ['directory', n, 'contacts'], expected, got: 'none' }];
  });
}

/** Three words that the API fixes. Source: NM-12. */
function severityNamesItsValues({ severity: { factors, assumptions } }: PolicyFile): readonly Mistake[] {
  const fixed = ['active', 'feasible', 'unlikely'];
  const listed = Object.keys(factors.exploitation.values);
  const isFixed = listed.length === fixed.length && fixed.every((value) => listed.includes(value));
  const path = ['severity', 'factors', 'exploitation', 'values'];
  const wrong = { path, expected: `exactly ${fixed.join(', ')}`, got: listed.join(', ') };
  const unknown = assumptions.flatMap((assumption, n) =>
    (['when', 'assume'] as const)
      .filter((side) => !Object.hasOwn(factors[assumption[side].factor].values, assumption[side].value))
      .map((side) => ({
        path: ['severity', 'assumptions', n, side, 'value'],
        expected: `one of ${Object.keys(factors[assumption[side].factor].values).join(', ')}`,
      })),
  );
  return isFixed ? unknown : [wrong, ...unknown];
}

function severityLevelsAscend({ severity: { thresholds } }: PolicyFile): readonly Mistake[] {
  const path = ['severity', 'thresholds'];
  const start = thresholds.low === 0 ? [] : [{ path: [...path, 'low'], expected: '0' }];
  const steps = SEVERITY_LEVELS.flatMap((level, n) => {
    const below = SEVERITY_LEVELS[n - 1];
    if (below === undefined || thresholds[level] > thresholds[below]) return [];
    return [{ path: [...path, level], expected: `more than ${thresholds[below]}, where ${below} begins` }];
  });
  return [...start, ...steps];
}

/** All factors together reach the top and none does alone: a type is no severity. Source: NM-10. */
function severityTakesSeveralFactors({ severity: { factors, thresholds } }: PolicyFile): readonly Mistake[] {
  const most = SEVERITY_FACTORS.map((factor) =>
    Math.max(0, ...Object.values(factors[factor].values).map(({ points }) => points)),
  );
  const sum = most.reduce((a, b) => a + b, 0);
  const path = ['severity', 'thresholds', 'critical'];
  const tooHigh = { path, expected: `at most ${sum}, the most that all factors give together` };
  const tooLow = { path, expected: `more than ${Math.max(...most)}, the most that one factor gives alone` };
  if (thresholds.critical > sum) return [tooHigh];
  return thresholds.critical > Math.max(...most) ? [] : [tooLow];
}

/** Still without its hash, which is made of everything else. */
function policyOf(file: PolicyFile): Policy {
  const { mailNoticedWithin, ...organization } = withoutSource(file.organization);
  return {
    rules: rulesOf(file),
    organization: { ...organization, mailNoticedWithinMs: mailNoticedWithin },
    calendar: {
      timeZone: file.calendar.timeZone,
      days: file.calendar.days.map(({ weekday, from, to }) => ({
        weekday: (WEEKDAYS.indexOf(weekday) + 1) as BusinessCalendar['days'][number]['weekday'],
        fromMinute: from,
        toMinute: to,
      })),
      holidays: file.calendar.holidays.map(({ date }) => date),
    },
    people: file.people,
    channels: file.channels.map(({ secure, trustedForVerification, intake, ...rest }) => ({
      ...rest,
      isSecure: secure,
      isTrustedForVerification: trustedForVerification,
      intakePriority: intake,
    })),
    leadTimes: file.leadTimes
      .map(withoutSource)
      .map(({ within, ...rest }) => ({ ...rest, withinMs: within })),
    directory: file.directory.map(withoutSource),
    scopeCriteria: file.scopeCriteria,
    natures: file.natures,
    criticalities: file.criticalities,
    criteria: file.criteria,
    severityFactors: SEVERITY_FACTORS.map((factor) => {
      const { values, ...rest } = file.severity.factors[factor];
      return { factor, values: Object.entries(values).map(([value, one]) => ({ value, ...one })), ...rest };
    }),
    tlp: file.tlp.map(withoutSource),
    retentionYears: file.retention.keep,
  };
}

function rulesOf(file: PolicyFile): ProcessRules {
  const { reply, lead, verification, overdue, acknowledgement, pages, everyRow } = file.serviceLevels;
  return {
    name: file.name,
    hash: '',
    reply: { withinMs: reply.within, warnBeforeMs: reply.warnBefore },
    leadWithinMs: lead.within,
    verificationWithinMs: verification.within,
    overdue: { pageAfterMs: overdue.pageAfter, tellSponsorAfterMs: overdue.tellSponsorAfter },
    actions: file.actions
      .map(withoutSource)
      .map(({ within, waivable, ...row }) => ({
        ...row,
        withinMs: everyRow?.within ?? within,
        isWaivable: waivable,
      }))
      .toSorted((a, b) => a.row - b.row),
    ladders: mapValues(file.ladders, (one) => ladderRule(one, file.serviceLevels.everyLadder)),
    ladderOf: file.ladderOf,
    acknowledgementLastsMs: acknowledgement.lasts,
    armAheadMs: pages.armAhead,
    pageOnReceipt: pages.onReceiptBy,
    channels: Object.fromEntries(file.channels.map((one) => [one.key, { isSecure: one.secure }])),
    severity: {
      factors: mapValues(file.severity.factors, ({ values }) => mapValues(values, ({ points }) => points)),
      thresholds: file.severity.thresholds,
      assumptions: file.severity.assumptions.map(({ when, assume }) => ({ when, assume })),
    },
  };
}

function ladderRule(
  { rounds, rungs }: PolicyFile['ladders'][string],
  every: PolicyFile['serviceLevels']['everyLadder'],
): Ladder {
  return {
    rungs: rungs.map(({ ring, wait }) => ({ targets: ring, waitMs: every?.wait ?? wait })),
    rounds: every?.rounds ?? rounds,
  };
}

/** Where the domain's type has no place for it: the source is for the reader of the file. */
function withoutSource<Entry extends { readonly source: string }>(entry: Entry): Omit<Entry, 'source'> {
  const { source: _, ...rest } = entry;
  return rest;
}

function mapValues<Name extends string, From, To>(
  values: Readonly<Record<Name, From>>,
  change: (value: From) => To,
): Record<Name, To> {
  const changed = Object.entries<From>(values).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(changed) as Record<Name, To>;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inside: unknown) =>
    isMap(inside)
      ? Object.fromEntries(Object.entries(inside).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inside,
  );
}

type Step = string | number;
type Path = readonly Step[];

/** One file of a chain, without its `extends`. The document is kept to tell in which line a value stands. */
interface Layer {
  readonly file: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The file and those it extends, the file itself first. */
async function readLayers(file: string, extendedBy: readonly string[] = []): Promise<readonly Layer[]> {
  const layer = await readLayer(file);
  const { extends: extended, ...data } = layer.data;
  const own = { ...layer, data };
  if (extended === undefined) return [own];
  const mistake = { path: ['extends'], got: JSON.stringify(extended) };
  if (typeof extended !== 'string') {
    throw refusalOf([layer], layer.data, [{ ...mistake, expected: 'the name of another policy file' }]);
  }
  const chain = [...extendedBy, file];
  const base = isAbsolute(extended) ? extended : join(dirname(file), extended);
  if (chain.some((one) => resolve(one) === resolve(base))) {
    const circle = [...chain, base].join(' extends ');
    throw refusalOf([layer], layer.data, [
      { ...mistake, expected: 'a file that does not lead back here', got: circle },
    ]);
  }
  return [own, ...(await readLayers(base, chain))];
}

async function readLayer(file: string): Promise<Layer> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const problem = { file, line: null, path: '', expected: 'a YAML file that can be read' };
    throw new PolicyError([{ ...problem, got: cause.code ?? cause.message }], { cause });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = { file, path: '', expected: 'a YAML map' };
  const errors = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    got: message,
  }));
  if (errors.length > 0) throw new PolicyError(errors.map((error) => ({ ...problem, ...error })));
  const data = contentOf(document);
  if (data instanceof Error) {
    throw new PolicyError([{ ...problem, line: 1, got: data.message }], { cause: data });
  }
  if (!isMap(data)) throw new PolicyError([{ ...problem, line: 1, got: shown(data) }]);
  return { file, data, document, lines };
}

/** Aliases are followed only here: one that leads nowhere, or to far too much, is thrown by the parser. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error;
  }
}

type YamlMap = Readonly<Record<string, unknown>>;

/** Maps are merged; so are lists whose entries have a key or a username, entry by entry; anything else is replaced. */
function merge(base: YamlMap, over: YamlMap): YamlMap;
function merge(base: unknown, over: unknown): unknown;
function merge(base: unknown, over: unknown): unknown {
  if (isMap(base) && isMap(over)) {
    const merged = Object.entries(over).map(([name, value]) => [
      name,
      Object.hasOwn(base, name) ? merge(base[name], value) : value,
    ]);
    return { ...base, ...Object.fromEntries(merged) };
  }
  if (isKeyedList(base) && isKeyedList(over)) return mergeEntries(base, over);
  return over;
}

/** An entry that names a key for the second time is kept beside the first, so that the check for twins finds it. */
function mergeEntries(base: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  const added = [...over];
  const merged = base.map((entry) => {
    const found = added.findIndex((one) => isKeyed(one) && keyOf(one) === keyOf(entry));
    return found === -1 ? entry : merge(entry, added.splice(found, 1)[0]);
  });
  return [...merged, ...added];
}

function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKeyedList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some(isKeyed);
}

function isKeyed(entry: unknown): boolean {
  return keyOf(entry) !== undefined;
}

function keyOf(entry: unknown): unknown {
  return isMap(entry) ? (entry['key'] ?? entry['username']) : undefined;
}

/** A value of the merged policy that is wrong. */
interface Mistake {
  readonly path: Path;
  readonly expected: string;
  /** What came, where it is not the value at that path. */
  readonly got?: string;
}

function refusalOf(layers: readonly Layer[], whole: YamlMap, mistakes: readonly Mistake[]): PolicyError {
  return new PolicyError(
    mistakes.map(({ path, expected, got }) => {
      const { layer, known, rest } = whereStands(layers, whole, path);
      return {
        file: layer.file,
        line: lineOf(layer, known),
        path: pathText([...known, ...rest]),
        expected,
        got: got ?? shown(valueAt(whole, path)),
      };
    }),
  );
}

interface Place {
  readonly layer: Layer;
  /** The path within that file: the numbers of entries may differ from those of the whole. */
  readonly known: Path;
  readonly value: unknown;
}

/** Where the value comes from, or, if it stands nowhere, the deepest place that it should stand in. */
function whereStands(layers: readonly Layer[], whole: unknown, path: Path): Place & { readonly rest: Path } {
  let places: readonly Place[] = layers.map((layer) => ({ layer, known: [], value: layer.data }));
  let merged = whole;
  for (const [depth, step] of path.entries()) {
    const next = contributing(places).flatMap((place) => stepInto(place, merged, step));
    if (next.length === 0) return { ...first(places), rest: path.slice(depth) };
    places = next;
    merged = valueAt(merged, [step]);
  }
  return { ...first(places), rest: [] };
}

/** Those that were merged here: a value that is replaced hides what it replaces. */
function contributing(places: readonly Place[]): readonly Place[] {
  const kindOf = ({ value }: Place) => (isMap(value) ? 'map' : isKeyedList(value) ? 'entries' : 'other');
  const kind = kindOf(first(places));
  if (kind === 'other') return places.slice(0, 1);
  const end = places.findIndex((place) => kindOf(place) !== kind);
  return end === -1 ? places : places.slice(0, end);
}

function stepInto({ layer, known, value }: Place, merged: unknown, step: Step): readonly Place[] {
  const own = isKeyedList(value) ? entryOf(value, valueAt(merged, [step])) : step;
  const inside = valueAt(value, [own]);
  return inside === undefined ? [] : [{ layer, known: [...known, own], value: inside }];
}

/** The entry itself if it was taken over as it is, else that of the same key; -1 for none. */
function entryOf(entries: readonly unknown[], wanted: unknown): number {
  const itself = entries.indexOf(wanted);
  if (itself !== -1) return itself;
  return entries.findIndex((entry) => isKeyed(entry) && keyOf(entry) === keyOf(wanted));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => {
    if (Array.isArray(inside)) return typeof step === 'number' ? (inside as unknown[])[step] : undefined;
    return isMap(inside) && Object.hasOwn(inside, step) ? inside[step] : undefined;
  }, value);
}

/** An alias has no inside of its own in the document, hence the way back up. */
function lineOf(layer: Layer, path: Path): number {
  const node = layer.document.getIn(path, true);
  if (isNode(node) && node.range) return layer.lines.linePos(node.range[0]).line;
  return path.length === 0 ? 1 : lineOf(layer, path.slice(0, -1));
}

function pathText(path: Path): string {
  return path
    .map((step, depth) => (typeof step === 'number' ? `[${step}]` : `${depth === 0 ? '' : '.'}${step}`))
    .join('');
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const json = JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 79)}…`;
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new RangeError('Expected at least one.');
  return item;
}
