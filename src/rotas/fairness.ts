import { gini } from '../domain/gini.ts';
import type { Rota } from '../domain/rota.ts';
import { shiftsBetween } from './on-call.ts';

/** Pages that reached somebody because they were on call. */
export interface CalledMember {
  readonly username: string;
  readonly pages: number;
  readonly nightPages: number;
}

export interface MemberBurden extends CalledMember {
  /** On call in the period. */
  readonly hours: number;
  /** Of all hours in which somebody was; 0 to 1. */
  readonly share: number;
}

export interface Fairness {
  readonly rota: string;
  readonly title: string;
  /** Members of today, whoever stood in, and whoever was called. By username. */
  readonly members: readonly MemberBurden[];
  /** Gini coefficients: 0 is even. */
  readonly unevenness: { readonly hours: number; readonly pages: number; readonly nightPages: number };
}

const HOUR_MS = 3_600_000;

/** How the burden of a rota was spread, by the plan and the overrides as they stand. Instants are epoch milliseconds. */
export function fairnessOf(
  rota: Rota,
  { from, until }: { readonly from: number; readonly until: number },
  called: readonly CalledMember[],
): Fairness {
  const held = new Map<string, number>();
  for (const shift of shiftsBetween(rota, from, until)) {
    if (shift.username === null) continue;
    held.set(shift.username, (held.get(shift.username) ?? 0) + shift.until - shift.from);
  }
  const all = [...held.values()].reduce((sum, ms) => sum + ms, 0);
  const usernames = new Set([
    ...rota.layers.flatMap(({ members }) => members),
    ...held.keys(),
    ...called.map(({ username }) => username),
  ]);
  const members = [...usernames].toSorted().map((username): MemberBurden => {
    const ms = held.get(username) ?? 0;
    const { pages = 0, nightPages = 0 } = called.find((one) => one.username === username) ?? {};
    return { username, hours: ms / HOUR_MS, share: all === 0 ? 0 : ms / all, pages, nightPages };
  });
  return {
    rota: rota.key,
    title: rota.title,
    members,
    unevenness: {
      hours: gini(members.map(({ hours }) => hours)),
      pages: gini(members.map(({ pages }) => pages)),
      nightPages: gini(members.map(({ nightPages }) => nightPages)),
    },
  };
}
