import type { RungTarget } from '../domain/rules.ts';
import { TLP_LABELS } from '../domain/tlp.ts';
import {
  ACTION_KEYS,
  CRITERIA,
  CRITICALITIES,
  NATURES,
  PAGE_REASONS,
  REPORT_CHANNELS,
  SCOPE_CRITERIA,
  SEVERITY_FACTORS,
  SEVERITY_LEVELS,
  type ActionKey,
  type Role,
} from '../domain/vocabulary.ts';
import { mistakesOfRota } from '../rotas/checks.ts';
import { mistakesOfLetters } from './letters.ts';
import { mistakesOfNotices } from './notices.ts';
import type { Mistake, Path } from './mistake.ts';
import type { PolicyFile } from './schema.ts';
import { rotaPlanOf } from './translation.ts';

/** What no value alone can get wrong. */
export const CHECKS: readonly ((policy: PolicyFile) => readonly Mistake[])[] = [
  entriesDifferAndAreComplete,
  rolesAreHeld,
  businessHoursEndAfterTheyBegin,
  leadTimesCoverEveryReport,
  warningsComeBeforeWhatTheyWarnOf,
  rotasCanBeRead,
  laddersLeadToPeople,
  pagesHaveLadders,
  rowsFollowTheFramework,
  rowsWaitForRowsThatCome,
  participantsCanBeReached,
  mailboxesAreChannels,
  severityNamesItsValues,
  severityLevelsAscend,
  severityTakesSeveralFactors,
  ({ letters }) => mistakesOfLetters(letters),
  mistakesOfNotices,
];

function entriesDifferAndAreComplete(policy: PolicyFile): readonly Mistake[] {
  return [
    ...twins(policy.people, ['people'], 'username'),
    ...twins(policy.channels, ['channels'], 'key'),
    ...twins(policy.mailboxes, ['mailboxes'], 'key'),
    ...twins(policy.rotas, ['rotas'], 'key'),
    ...twins(policy.audiences, ['audiences'], 'key'),
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

function rotasCanBeRead({ rotas, people }: PolicyFile): readonly Mistake[] {
  const isPerson = (username: string) => people.some((one) => one.username === username);
  return rotas.flatMap((rota, n) =>
    mistakesOfRota(rotaPlanOf(rota), isPerson).map(({ path, expected }) => ({
      path: ['rotas', n, ...path],
      expected,
    })),
  );
}

/** The last rung of each round is the Executive Sponsor. Source: SLA-2. */
function laddersLeadToPeople({ ladders, people, rotas }: PolicyFile): readonly Mistake[] {
  const personOf = (username: string) => people.find((one) => one.username === username);
  const isSponsor = (target: RungTarget) => {
    if ('role' in target) return target.role === 'executive';
    return 'person' in target && personOf(target.person)?.roles.includes('executive') === true;
  };
  const isKnown = (target: RungTarget) => {
    if ('role' in target) return target.role === 'lead' || isHeld(people, target.role);
    if ('person' in target) return personOf(target.person) !== undefined;
    return rotas.some(({ key }) => key === target.rota);
  };
  return Object.entries(ladders).flatMap(([name, { rungs }]) => {
    const path = ['ladders', name, 'rungs'];
    const unknown = rungs.flatMap(({ ring }, rung) =>
      ring.flatMap((target, n) =>
        isKnown(target)
          ? []
          : [
              {
                path: [...path, rung, 'ring', n],
                expected: 'a role that somebody holds, one of the people, or one of the rotas',
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

/** What comes by mail comes by a channel that takes reports, to one mailbox and not to two. Source: NM-1. */
function mailboxesAreChannels({ mailboxes, channels }: PolicyFile): readonly Mistake[] {
  const taking = channels.filter(({ intake }) => intake !== null).map((one) => one.key);
  const owners = new Map(
    mailboxes
      .toReversed()
      .flatMap(({ addresses }, n) =>
        addresses.map((address) => [address, mailboxes.length - 1 - n] as const),
      ),
  );
  return mailboxes.flatMap((mailbox, n) => [
    ...(taking.includes(mailbox.channel)
      ? []
      : [
          {
            path: ['mailboxes', n, 'channel'],
            expected: 'a channel of this policy that takes reports (with `intake`)',
            got: mailbox.channel,
          },
        ]),
    ...mailbox.addresses.flatMap((address, m) =>
      owners.get(address) === n
        ? []
        : [
            {
              path: ['mailboxes', n, 'addresses', m],
              expected: 'an address of one mailbox only',
              got: address,
            },
          ],
    ),
  ]);
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
