import { Temporal } from 'temporal-polyfill';
import type { LayerHours, OnCallReason, Rota, RotaLayer, RotaOverride, Shift } from '../domain/rota.ts';
import { handOversUntil } from './hand-overs.ts';
import { dateAt, instantOf } from './wall-clock.ts';

/** One who is on call, and why. */
export interface OnCall {
  readonly username: string;
  readonly because: OnCallReason;
}

/** Who is on call at an instant; null where the rota has nobody then. There is never more than one. */
export function onCallAt(rota: Rota, instant: number): OnCall | null {
  const scheduled = scheduledAt(rota, instant);
  const override = rota.overrides.findLast((one) => takesOver(one, scheduled, instant));
  if (override === undefined) return scheduled;
  const { id, by, instead, username } = override;
  return { username, because: { override: id, by, instead } };
}

/**
 * The shifts of a time, one after the other and without a hole between them: where nobody is on call there is one
 * without a person. The first and the last are cut off at the ends of the time asked for.
 */
export function shiftsBetween(rota: Rota, from: number, until: number): readonly Shift[] {
  const shifts: Shift[] = [];
  const starts = [from, ...changesBetween(rota, from, until)];
  for (const [index, start] of starts.entries()) {
    const onCall = onCallAt(rota, start);
    const shift = {
      from: start,
      until: starts[index + 1] ?? until,
      username: onCall?.username ?? null,
      because: onCall?.because ?? null,
    };
    const last = shifts.at(-1);
    if (last !== undefined && isSame(last, shift))
      shifts[shifts.length - 1] = { ...last, until: shift.until };
    else shifts.push(shift);
  }
  return shifts;
}

/** How far a shift is followed: one that goes on for longer is said to end there. */
export const SHIFT_LOOK_AHEAD_MS = 35 * 86_400_000;

/** The shift that runs at an instant, from then on: who is on call, why, and how long. */
export function shiftAt(rota: Rota, instant: number): Shift | null {
  return shiftsBetween(rota, instant, instant + SHIFT_LOOK_AHEAD_MS)[0] ?? null;
}

/** What the layers say, before anybody stands in. */
function scheduledAt(rota: Rota, instant: number): OnCall | null {
  for (const layer of rota.layers) {
    if (!isActive(layer, rota.timeZone, instant)) continue;
    const username = memberAt(layer, rota.timeZone, instant);
    if (username !== undefined) return { username, because: { layer: layer.name } };
  }
  return null;
}

function takesOver(override: RotaOverride, scheduled: OnCall | null, instant: number): boolean {
  const { from, until, instead } = override;
  return from <= instant && instant < until && (instead === null || instead === scheduled?.username);
}

function isActive(layer: RotaLayer, timeZone: string, instant: number): boolean {
  if (instant < instantOf(layer.startsAt, timeZone)) return false;
  if (layer.endsAt !== null && instant >= instantOf(layer.endsAt, timeZone)) return false;
  if (layer.hours.length === 0) return true;
  return spansOf(layer.hours, timeZone, instant, instant).some(
    ([from, until]) => from <= instant && instant < until,
  );
}

function memberAt(layer: RotaLayer, timeZone: string, instant: number): string | undefined {
  const handOvers = handOversUntil(layer, timeZone, instant);
  return layer.members[countUpTo(handOvers, instant) % layer.members.length];
}

/** How many of the ascending instants have come. */
function countUpTo(instants: readonly number[], instant: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? Infinity) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every instant strictly within the time at which somebody else may be on call. */
function changesBetween(rota: Rota, from: number, until: number): readonly number[] {
  const changes = [
    ...rota.layers.flatMap((layer) => changesOf(layer, rota.timeZone, from, until)),
    ...rota.overrides.flatMap((override) => [override.from, override.until]),
  ];
  const within = changes.filter((instant) => from < instant && instant < until);
  return [...new Set(within)].toSorted((a, b) => a - b);
}

function changesOf(layer: RotaLayer, timeZone: string, from: number, until: number): readonly number[] {
  return [
    instantOf(layer.startsAt, timeZone),
    ...(layer.endsAt === null ? [] : [instantOf(layer.endsAt, timeZone)]),
    ...handOversUntil(layer, timeZone, until),
    ...spansOf(layer.hours, timeZone, from, until).flat(),
  ];
}

/** The hours of each day from the one before to the one after, as instants: a day of theirs may end on the next. */
function spansOf(
  hours: readonly LayerHours[],
  timeZone: string,
  from: number,
  until: number,
): readonly (readonly [number, number])[] {
  if (hours.length === 0) return [];
  const last = dateAt(until, timeZone).add({ days: 1 });
  const spans: (readonly [number, number])[] = [];
  for (
    let date = dateAt(from, timeZone).subtract({ days: 1 });
    Temporal.PlainDate.compare(date, last) <= 0;
    date = date.add({ days: 1 })
  ) {
    for (const { weekday, fromMinute, toMinute } of hours) {
      if (date.dayOfWeek !== weekday) continue;
      const midnight = date.toPlainDateTime();
      spans.push([
        instantOf(midnight.add({ minutes: fromMinute }), timeZone),
        instantOf(midnight.add({ minutes: toMinute }), timeZone),
      ]);
    }
  }
  return spans;
}

function isSame(a: Shift, b: Shift): boolean {
  if (a.username !== b.username) return false;
  if (a.because === null || b.because === null) return a.because === b.because;
  if ('layer' in a.because) return 'layer' in b.because && a.because.layer === b.because.layer;
  return 'override' in b.because && a.because.override === b.because.override;
}
