import type { Person } from '../../domain/policy.ts';
import type { Finding, ReadyPerson } from '../../domain/readiness.ts';
import type { Ladder, Rung, RungTarget } from '../../domain/rules.ts';
import type { RotaShifts } from './shifts.ts';

type People = readonly Pick<Person, 'username' | 'roles'>[];

interface Surroundings {
  readonly people: People;
  readonly rotas: readonly RotaShifts[];
  readonly known: readonly ReadyPerson[];
}

/** Everybody whom some rung names, by name or by role. Who is lead is another for each incident. */
export function namedOnLadders(ladders: Readonly<Record<string, Ladder>>, people: People): readonly string[] {
  return Object.values(ladders).flatMap(({ rungs }) =>
    rungs.flatMap(({ targets }) => targets.flatMap((target) => named(target, people))),
  );
}

/** Roles that nobody holds, rungs with one way, and times at which a ladder comes to one person, or to none. */
export function findingsOfLadders(
  ladders: Readonly<Record<string, Ladder>>,
  surroundings: Surroundings,
): readonly Finding[] {
  return Object.entries(ladders).flatMap(([name, ladder]) => [
    ...unheldRoles(name, ladder, surroundings),
    ...rungsWithOneWay(name, ladder, surroundings),
    ...narrowTimes(name, ladder, surroundings),
  ]);
}

const WARNING = { severity: 'warning', who: null, rota: null, from: null, until: null } as const;

function unheldRoles(name: string, { rungs }: Ladder, { people }: Surroundings): readonly Finding[] {
  const roles = rungs.flatMap(({ targets }) => targets.flatMap((target) => roleOf(target) ?? []));
  return [...new Set(roles)]
    .filter((role) => !people.some((person) => person.roles.includes(role)))
    .map((role) => ({
      ...{ ...WARNING, kind: 'role-unheld', ladder: name },
      what: `The ladder ${name} calls ${role}, a role that nobody holds.`,
    }));
}

function rungsWithOneWay(
  name: string,
  { rungs }: Ladder,
  { people, known }: Surroundings,
): readonly Finding[] {
  return rungs.flatMap(({ targets }, index): readonly Finding[] => {
    const [who, ...others] = new Set(targets.flatMap((target) => named(target, people)));
    const isOpen = targets.some((target) => 'rota' in target || isLead(target));
    const ways = known.find(({ username }) => username === who)?.ways;
    if (who === undefined || ways === undefined || others.length > 0 || isOpen) return [];
    if (ways.verified + Number(ways.policy) !== 1) return [];
    const what = `Rung ${index + 1} of the ladder ${name} is ${who} alone, who can be reached in one way.`;
    return [{ ...WARNING, kind: 'one-way', who, ladder: name, what }];
  });
}

/**
 * Times at which every rung comes to one and the same person, or to nobody. A rung for the lead counts as empty: there is
 * none when a page of a missing lead rings.
 */
function narrowTimes(name: string, { rungs }: Ladder, surroundings: Surroundings): readonly Finding[] {
  const findings: Finding[] = [];
  const times = timesOf(rungs, surroundings);
  for (const [index, from] of times.entries()) {
    const until = times[index + 1] ?? endOf(surroundings);
    const [who, ...others] = peopleAt(rungs, from, surroundings);
    if (others.length > 0) continue;
    const last = findings.at(-1);
    if (last !== undefined && last.until === from && last.who === (who ?? null))
      findings[findings.length - 1] = { ...last, until };
    else findings.push({ ...narrow(name, who), from, until });
  }
  const isAlways = times.length === 1;
  return isAlways ? findings.map((finding) => ({ ...finding, from: null, until: null })) : findings;
}

function narrow(ladder: string, who: string | undefined): Finding {
  const about = { ...WARNING, ladder } as const;
  if (who === undefined) {
    const what = `Nobody is on any rung of the ladder ${ladder}.`;
    return { ...about, severity: 'cannot-be-reached', kind: 'nobody', what };
  }
  return { ...about, kind: 'one-person', who, what: `Every rung of the ladder ${ladder} comes to ${who}.` };
}

/** When somebody else may be on it: the beginnings of the shifts of its rotas, the first one first. */
function timesOf(rungs: readonly Rung[], { rotas }: Surroundings): readonly number[] {
  const called = rungs.flatMap(({ targets }) =>
    targets.flatMap((target) => ('rota' in target ? target.rota : [])),
  );
  const shifts = rotas.filter(({ rota }) => called.includes(rota.key)).flatMap((one) => one.shifts);
  const starts = [...new Set(shifts.map(({ from }) => from))].toSorted((a, b) => a - b);
  return starts.length === 0 ? [0] : starts;
}

function endOf({ rotas }: Surroundings): number {
  return Math.max(0, ...rotas.flatMap(({ shifts }) => shifts.at(-1)?.until ?? []));
}

function peopleAt(
  rungs: readonly Rung[],
  instant: number,
  { people, rotas }: Surroundings,
): ReadonlySet<string> {
  const onCall = (key: string) =>
    rotas
      .find(({ rota }) => rota.key === key)
      ?.shifts.find(({ from, until }) => from <= instant && instant < until)?.username ?? [];
  return new Set(
    rungs.flatMap(({ targets }) =>
      targets.flatMap((target) => ('rota' in target ? onCall(target.rota) : named(target, people))),
    ),
  );
}

function named(target: RungTarget, people: People): readonly string[] {
  if ('person' in target) return [target.person];
  const role = roleOf(target);
  if (role === null) return [];
  return people.filter(({ roles }) => roles.includes(role)).map(({ username }) => username);
}

/** Null for who is lead, and for what is no role. */
function roleOf(target: RungTarget): Person['roles'][number] | null {
  return 'role' in target && target.role !== 'lead' ? target.role : null;
}

function isLead(target: RungTarget): boolean {
  return 'role' in target && target.role === 'lead';
}
