import { clockTime } from '../domain/local-time.ts';
import type { LayerHours, OnCallReason, Rota, RotaPlan } from '../domain/rota.ts';
import type { KeptOverride, KeptRota, Period } from '../persistence/rotas.ts';
import { shiftAt, shiftsBetween } from '../rotas/on-call.ts';
import {
  type OnCallShiftsView,
  type RotaBody,
  type RotasView,
  type RotaView,
  Weekday,
} from './schemas/rotas.ts';
import { instantText } from './schemas/values.ts';

export function rotaHead({ rota, version }: KeptRota, now: number): RotasView['items'][number] {
  const { key, title, timeZone } = rota;
  return { key, title, timeZone, version, onCall: onCallView(rota, now) };
}

export function rotaView(
  kept: KeptRota,
  overrides: readonly KeptOverride[],
  { from, until, now }: Period & { readonly now: number },
): RotaView {
  return {
    ...rotaHead(kept, now),
    layers: kept.rota.layers.map(({ hours, members, ...layer }) => ({
      ...layer,
      members: [...members],
      hours: hours.map(hoursView),
    })),
    changedAt: instantText(kept.changedAt),
    changedBy: kept.changedBy,
    reason: kept.reason,
    from: instantText(from),
    until: instantText(until),
    shifts: shiftsBetween(kept.rota, from, until).map((shift) => ({
      from: instantText(shift.from),
      until: instantText(shift.until),
      username: shift.username,
      because: shift.because === null ? null : becauseView(shift.because),
    })),
    overrides: overrides.map(overrideView),
  };
}

/** The shifts of one person, rota by rota. */
export function shiftsOf(
  rotas: readonly KeptRota[],
  username: string,
  { from, until }: Period,
): OnCallShiftsView['items'] {
  return rotas.flatMap(({ rota }) =>
    shiftsBetween(rota, from, until).flatMap((shift) =>
      shift.username === username && shift.because !== null
        ? [
            {
              rota: rota.key,
              title: rota.title,
              from: instantText(shift.from),
              until: instantText(shift.until),
              because: becauseView(shift.because),
            },
          ]
        : [],
    ),
  );
}

/** The plan that a body says, in the domain's form. */
export function planOf(key: string, { title, timeZone, layers }: RotaBody): RotaPlan {
  return {
    key,
    title,
    timeZone,
    layers: layers.map(({ hours, ...layer }) => ({
      ...layer,
      hours: hours.map(({ weekday, from, to }) => ({
        weekday: (Weekday.options.indexOf(weekday) + 1) as LayerHours['weekday'],
        fromMinute: minutesOf(from),
        toMinute: minutesOf(to),
      })),
    })),
  };
}

function onCallView(rota: Rota, now: number): RotasView['items'][number]['onCall'] {
  const shift = shiftAt(rota, now);
  if (shift?.username == null || shift.because === null) return null;
  return { username: shift.username, until: instantText(shift.until), because: becauseView(shift.because) };
}

function becauseView(because: OnCallReason) {
  return { ...because };
}

function hoursView({ weekday, fromMinute, toMinute }: LayerHours) {
  return {
    weekday: Weekday.options[weekday - 1] ?? 'monday',
    from: clockTime(fromMinute),
    to: clockTime(toMinute),
  };
}

function overrideView(override: KeptOverride): RotaView['overrides'][number] {
  const { withdrawnAt, withdrawnBy, withdrawnReason } = override;
  return {
    id: override.id,
    from: instantText(override.from),
    until: instantText(override.until),
    username: override.username,
    instead: override.instead,
    swap: override.swap,
    at: instantText(override.at),
    by: override.by,
    reason: override.reason,
    withdrawn:
      withdrawnAt === null || withdrawnBy === null || withdrawnReason === null
        ? null
        : { at: instantText(withdrawnAt), by: withdrawnBy, reason: withdrawnReason },
  };
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
