import type { Finding } from '../../domain/readiness.ts';
import type { Shift } from '../../domain/rota.ts';
import type { RotaShifts } from './shifts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A week, and the hour that one in autumn has more. */
const LONGEST_TURN_MS = 7 * DAY_MS + HOUR_MS;

/** Who rests for less is still in the same turn. */
const REST_MS = DAY_MS;

/** More gaps than these are counted, and the first one named. */
const GAPS_NAMED = 3;

/** With fewer members half of the hours is nobody's fault. */
const EVEN_FROM_MEMBERS = 3;

/** Gaps, turns that are too much for one, and rotas that stand or fall with one person. */
export function findingsOfRotas(rotas: readonly RotaShifts[]): readonly Finding[] {
  return [
    ...rotas.flatMap((rota) => [
      ...gaps(rota),
      ...unevenness(rota),
      ...longTurns(rota),
      ...singleMember(rota),
    ]),
    ...overlaps(rotas),
  ];
}

const WARNING = { severity: 'warning', who: null, ladder: null, from: null, until: null } as const;

function gaps({ rota: { key }, shifts }: RotaShifts): readonly Finding[] {
  const found = shifts.filter(({ username }) => username === null);
  const [first] = found;
  if (first === undefined) return [];
  const finding = (gap: Shift, what: string): Finding => ({
    ...{ ...WARNING, kind: 'gap', rota: key, what },
    ...{ from: gap.from, until: gap.until },
  });
  if (found.length <= GAPS_NAMED) return found.map((gap) => finding(gap, `Nobody is on call for ${key}.`));
  const hours = Math.round(lengthOf(found) / HOUR_MS);
  return [
    finding(
      first,
      `Nobody is on call for ${key} at ${found.length} times, ${hours} hours in all; the first is named.`,
    ),
  ];
}

function unevenness({ rota: { key, layers }, shifts }: RotaShifts): readonly Finding[] {
  const members = new Set(layers.flatMap((layer) => layer.members));
  if (members.size < EVEN_FROM_MEMBERS) return [];
  const held = shifts.filter(({ username }) => username !== null);
  const all = lengthOf(held);
  return [...new Set(held.map(({ username }) => username))].flatMap((who): readonly Finding[] => {
    const own = lengthOf(held.filter(({ username }) => username === who));
    if (own * 2 <= all) return [];
    const what = `${who} has ${Math.round((own / all) * 100)} % of the hours of ${key}, which has ${members.size} members.`;
    return [{ ...WARNING, kind: 'uneven', who, rota: key, what }];
  });
}

function longTurns({ rota: { key }, shifts, withEarlier }: RotaShifts): readonly Finding[] {
  const now = shifts[0]?.from ?? 0;
  return turnsOf(withEarlier)
    .filter(({ from, until }) => until > now && until - from > LONGEST_TURN_MS)
    .map(({ username: who, from, until }) => {
      const days = Math.floor((until - from) / DAY_MS);
      const what = `${who} is on call for ${key} for ${days} days in a row or more.`;
      return { ...WARNING, kind: 'long-turn', who, rota: key, what, from, until };
    });
}

/** Shifts of one person one after the other, whatever for, with rests that are none. */
function turnsOf(
  shifts: readonly Shift[],
): readonly { readonly username: string; readonly from: number; readonly until: number }[] {
  const turns: { username: string; from: number; until: number }[] = [];
  for (const { username, from, until } of shifts) {
    if (username === null) continue;
    const last = turns.at(-1);
    if (last !== undefined && last.username === username && from - last.until < REST_MS) last.until = until;
    else turns.push({ username, from, until });
  }
  return turns;
}

function singleMember({ rota: { key, layers } }: RotaShifts): readonly Finding[] {
  const [who, ...others] = new Set(layers.flatMap((layer) => layer.members));
  if (who === undefined || others.length > 0) return [];
  return [{ ...WARNING, kind: 'one-member', who, rota: key, what: `${key} has one member: ${who}.` }];
}

/** The first time that two rotas have the same person. */
function overlaps(rotas: readonly RotaShifts[]): readonly Finding[] {
  return rotas.flatMap((one, index) =>
    rotas.slice(index + 1).flatMap((other) => {
      const found = new Map<string, Finding>();
      for (const mine of one.shifts) {
        for (const theirs of other.shifts) {
          const who = mine.username;
          const from = Math.max(mine.from, theirs.from);
          const until = Math.min(mine.until, theirs.until);
          if (who === null || who !== theirs.username || from >= until || found.has(who)) continue;
          const what = `${who} is on call for ${one.rota.key} and ${other.rota.key} at the same time.`;
          found.set(who, { ...WARNING, kind: 'two-rotas', who, rota: one.rota.key, what, from, until });
        }
      }
      return [...found.values()];
    }),
  );
}

function lengthOf(shifts: readonly Shift[]): number {
  return shifts.reduce((sum, { from, until }) => sum + until - from, 0);
}
