import type { BusinessCalendar } from './policy.ts';

/** `2016-06-21T20:39:33Z`: whole seconds, UTC. Source: NM-24. */
export function utcSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** `2026-11-25 09:15 UTC (04:15 in America/New_York)`: to read, with the hour on the reader's wall. */
export function inBothTimes(at: number, timeZone: string): string {
  const utc = new Date(at).toISOString();
  const utcDay = utc.slice(0, 10);
  const local = localParts(at, timeZone);
  const localTime = local.day === utcDay ? local.time : `${local.day} ${local.time}`;
  return `${utcDay} ${utc.slice(11, 16)} UTC (${localTime} in ${timeZone})`;
}

/** `Monday to Friday 09:00-17:00, Saturday 10:00-12:00 in America/New_York`. Days with the same hours are one item. */
export function businessHours(calendar: BusinessCalendar): string {
  const runs: Run[] = [];
  for (const day of calendar.days.toSorted((a, b) => a.weekday - b.weekday || a.fromMinute - b.fromMinute)) {
    const hours = `${clockTime(day.fromMinute)}-${clockTime(day.toMinute)}`;
    const run = runs.find(({ hours: its, last }) => its === hours && last === day.weekday - 1);
    if (run === undefined) runs.push({ first: day.weekday, last: day.weekday, hours });
    else run.last = day.weekday;
  }
  const items = runs.map(({ first, last, hours }) => `${dayNames(first, last)} ${hours}`);
  return items.length === 0 ? 'none' : `${items.join(', ')} in ${calendar.timeZone}`;
}

/** `12 hours`, `20 seconds`, `1 day 6 hours`: as a sentence says it. Not more than two units, the rest is cut off. */
export function spokenDuration(ms: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(ms / 1000));
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.length === 0 ? '0 seconds' : parts.slice(0, 2).join(' ');
}

interface Run {
  readonly first: number;
  last: number;
  readonly hours: string;
}

/** Days only from two on: a reply clock of 24 hours is called so by its source. */
const UNITS = [
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

function dayNames(first: number, last: number): string {
  const name = (weekday: number): string => WEEKDAYS[weekday - 1] ?? '';
  if (first === last) return name(first);
  return `${name(first)} ${last === first + 1 ? 'and' : 'to'} ${name(last)}`;
}

/** `09:00`, of minutes after midnight; the end of a day is `24:00`. */
export function clockTime(minute: number): string {
  const pad = (part: number): string => part.toString().padStart(2, '0');
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}

function localParts(at: number, timeZone: string): { readonly day: string; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return {
    day: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  };
}
