import { type Finding, type OnCallReadiness, READINESS_LOOK_BACK_MS } from '../domain/readiness.ts';
import type { Person } from '../domain/policy.ts';
import type { Rota } from '../domain/rota.ts';
import type { Ladder } from '../domain/rules.ts';
import { findingsOfLadders, namedOnLadders } from './readiness/ladders.ts';
import { findingsOfPerson, type KnownContact, type LastOutcomes, readyPerson } from './readiness/people.ts';
import { findingsOfRotas } from './readiness/rotas.ts';
import { shiftsBetween } from './on-call.ts';
import type { RotaShifts } from './readiness/shifts.ts';

/** What readiness is worked out of. */
export interface ReadinessFacts {
  /** Those of the policy. */
  readonly people: readonly Pick<Person, 'username' | 'roles'>[];
  /** What they have given beside the address of the policy. */
  readonly contacts: readonly KnownContact[];
  /** What became of the last messages to each. */
  readonly outcomes: readonly LastOutcomes[];
  /** With their overrides from `READINESS_LOOK_BACK_MS` before on. */
  readonly rotas: readonly Rota[];
  readonly ladders: Readonly<Record<string, Ladder>>;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly days: number;
}

const DAY_MS = 86_400_000;

/** Who will be called in the days to come, whether they can be reached, and what is wrong with rotas and ladders. */
export function readinessOf(facts: ReadinessFacts): OnCallReadiness {
  const { people, ladders, now, days } = facts;
  const until = now + days * DAY_MS;
  const rotas = facts.rotas.map((rota): RotaShifts => ({
    rota,
    shifts: shiftsBetween(rota, now, until),
    withEarlier: shiftsBetween(rota, now - READINESS_LOOK_BACK_MS, until),
  }));
  const concerned = [...new Set([...onCall(rotas), ...namedOnLadders(ladders, people)])].toSorted();
  const known = concerned.map((username) => readyPerson(username, facts, rotas));
  const findings = [
    ...known.flatMap((person) => findingsOfPerson(person, facts)),
    ...findingsOfRotas(rotas),
    ...findingsOfLadders(ladders, { people, rotas, known }),
  ];
  return { from: now, until, findings: worstFirst(findings), people: known };
}

function onCall(rotas: readonly RotaShifts[]): readonly string[] {
  return rotas.flatMap(({ shifts }) => shifts.flatMap(({ username }) => username ?? []));
}

function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const isWorst = ({ severity }: Finding) => severity === 'cannot-be-reached';
  return [...findings.filter(isWorst), ...findings.filter((finding) => !isWorst(finding))];
}
