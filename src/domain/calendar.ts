import type { BusinessCalendar, LeadTime } from './policy.ts';
import type { ReportChannel } from './vocabulary.ts';

/**
 * True while the organization's staff are at work, in its own time zone whatever that of the process: the first minute
 * of a day's hours is in, the last one named is out. A holiday has no business hours. Source: IC-3.
 */
export function isBusinessHour(calendar: BusinessCalendar, atMs: number): boolean {
  const { date, weekday, minute } = localTime(calendar.timeZone, atMs);
  if (calendar.holidays.includes(date)) return false;
  return calendar.days.some(
    (hours) => hours.weekday === weekday && hours.fromMinute <= minute && minute < hours.toMinute,
  );
}

/**
 * How soon after its receipt a report must have a lead: the first entry that fits its channel and hour. The policy was
 * checked to have one for every channel at every hour. Source: IC-3, SLA-2.
 */
export function leadWithinMs(
  leadTimes: readonly LeadTime[],
  calendar: BusinessCalendar,
  channel: ReportChannel,
  atMs: number,
): number {
  const hours = isBusinessHour(calendar, atMs) ? 'business' : 'other';
  const found = leadTimes.find(
    (entry) =>
      (entry.channel === channel || entry.channel === 'any') &&
      (entry.hours === hours || entry.hours === 'any'),
  );
  if (found === undefined) throw new RangeError(`No lead time for ${channel} in ${hours} hours.`);
  return found.withinMs;
}

interface LocalTime {
  /** `2026-12-25` */
  readonly date: string;
  /** 1 is Monday. */
  readonly weekday: number;
  /** Minutes on the clock since local midnight: on the day of a clock change, not minutes that have passed. */
  readonly minute: number;
}

function localTime(timeZone: string, atMs: number): LocalTime {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  return {
    date,
    weekday: new Date(`${date}T00:00:00Z`).getUTCDay() || 7,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}

/** Making one costs a hundred times as much as asking it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  clocks.set(timeZone, made);
  return made;
}
