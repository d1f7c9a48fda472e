import type { Incident } from '../domain/incident.ts';
import type { Person, Policy } from '../domain/policy.ts';
import type { OnCallReason } from '../domain/rota.ts';
import type { RungTarget } from '../domain/rules.ts';
import type { Db } from '../persistence/database.ts';
import { type KeptRota, readRota } from '../persistence/rotas.ts';
import { shiftAt, SHIFT_LOOK_AHEAD_MS } from '../rotas/on-call.ts';

/** Somebody whom a rung calls. */
export interface Called {
  readonly person: Person;
  /** Why this person: `by name`, the role, or the rota with its layer or override and the end of the shift. */
  readonly why: string;
}

interface Moment {
  /** The policy in force. */
  readonly policy: Policy;
  readonly incident: Incident | null;
  readonly at: number;
}

/** Everybody whom a rung calls, each once, or why that is nobody. */
export interface RungPeople {
  readonly called: readonly Called[];
  /** What each of its targets lacks; null where somebody is called. */
  readonly whyNobody: string | null;
}

/** The rotas as they stand, each read once however many rungs call it. */
export function rotasAt(db: Db, at: number): RotaOf {
  const read = new Map<string, Promise<KeptRota | null>>();
  return (key) => {
    const rota = read.get(key) ?? readRota(db, key, { from: at, until: at + SHIFT_LOOK_AHEAD_MS });
    read.set(key, rota);
    return rota;
  };
}

export type RotaOf = (key: string) => Promise<KeptRota | null>;

export async function peopleOnRung(
  rotaOf: RotaOf,
  targets: readonly RungTarget[],
  moment: Moment,
): Promise<RungPeople> {
  const found = await Promise.all(targets.map((target) => peopleFor(rotaOf, target, moment)));
  const all = found.flatMap((people) => (typeof people === 'string' ? [] : people));
  const called = all.filter(
    ({ person }, index) => all.findIndex((other) => other.person.username === person.username) === index,
  );
  const lacks = found.filter((people) => typeof people === 'string');
  return {
    called,
    whyNobody: called.length > 0 ? null : lacks.join('; ') || 'the ladder names nobody here',
  };
}

/** A text of ours where there is nobody. */
type People = readonly Called[] | string;

async function peopleFor(
  rotaOf: RotaOf,
  target: RungTarget,
  { policy, incident, at }: Moment,
): Promise<People> {
  if ('person' in target) return named(policy, target.person, 'by name');
  if ('rota' in target) return onCall(await rotaOf(target.rota), target.rota, { policy, at });
  if (target.role === 'lead') {
    return incident?.lead == null ? 'nobody is lead' : named(policy, incident.lead, 'lead');
  }
  const { role } = target;
  const holders = policy.people.filter((person) => person.roles.includes(role));
  return holders.length === 0
    ? `nobody has the role ${role}`
    : holders.map((person) => ({ person, why: role }));
}

function onCall(kept: KeptRota | null, key: string, { policy, at }: Pick<Moment, 'policy' | 'at'>): People {
  if (kept === null) return `there is no rota ${key}`;
  const shift = shiftAt(kept.rota, at);
  if (shift?.username == null || shift.because === null) return `nobody is on call for ${key}`;
  const until = new Date(shift.until).toISOString();
  return named(policy, shift.username, `on call for ${key}, ${wayIn(shift.because)}, until ${until}`);
}

function wayIn(because: OnCallReason): string {
  if ('layer' in because) return `layer ${because.layer}`;
  const place = because.instead === null ? 'override' : `instead of ${because.instead}`;
  return `${place} by ${because.by}`;
}

function named(policy: Policy, username: string, why: string): People {
  const person = policy.people.find((one) => one.username === username);
  return person === undefined
    ? `${username} (${why}) is not among the people of the policy`
    : [{ person, why }];
}
