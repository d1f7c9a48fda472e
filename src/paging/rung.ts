import type { Incident } from '../domain/incident.ts';
import type { Person, Policy } from '../domain/policy.ts';
import type { OnCallReason } from '../domain/rota.ts';
import type { RungTarget } from '../domain/rules.ts';
import type { Db } from '../persistence/database.ts';
import { readRota } from '../persistence/rotas.ts';
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

/** Everybody whom a rung calls at that moment, each once. Empty where nobody has the role, or nobody is on call. */
export async function peopleOnRung(
  db: Db,
  targets: readonly RungTarget[],
  moment: Moment,
): Promise<readonly Called[]> {
  const called = (await Promise.all(targets.map((target) => peopleFor(db, target, moment)))).flat();
  return called.filter(
    ({ person }, index) => called.findIndex((other) => other.person.username === person.username) === index,
  );
}

async function peopleFor(
  db: Db,
  target: RungTarget,
  { policy, incident, at }: Moment,
): Promise<readonly Called[]> {
  if ('person' in target) return named(policy, target.person, 'by name');
  if ('rota' in target) return onCall(db, target.rota, policy, at);
  if (target.role === 'lead') return incident?.lead == null ? [] : named(policy, incident.lead, 'lead');
  const { role } = target;
  return policy.people
    .filter((person) => person.roles.includes(role))
    .map((person) => ({ person, why: role }));
}

async function onCall(db: Db, key: string, policy: Policy, at: number): Promise<readonly Called[]> {
  const kept = await readRota(db, key, { from: at, until: at + SHIFT_LOOK_AHEAD_MS });
  const shift = kept === null ? null : shiftAt(kept.rota, at);
  if (shift?.username == null || shift.because === null) return [];
  const until = new Date(shift.until).toISOString();
  return named(policy, shift.username, `on call for ${key}, ${wayIn(shift.because)}, until ${until}`);
}

function wayIn(because: OnCallReason): string {
  if ('layer' in because) return `layer ${because.layer}`;
  const place = because.instead === null ? 'override' : `instead of ${because.instead}`;
  return `${place} by ${because.by}`;
}

function named(policy: Policy, username: string, why: string): readonly Called[] {
  return policy.people.filter((person) => person.username === username).map((person) => ({ person, why }));
}
