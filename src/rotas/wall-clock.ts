import { Temporal } from 'temporal-polyfill';

/**
 * The instant of a wall clock, epoch milliseconds. One that is leapt over in spring is as much later as the clocks leap;
 * of one that comes twice in autumn it is the first.
 */
export function instantOf(wallClock: Temporal.PlainDateTime | string, timeZone: string): number {
  return Temporal.PlainDateTime.from(wallClock).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    .epochMilliseconds;
}

/** From when the wall shows that time or a later one: the first time it comes, or the leap that leaves it out. */
export function firstInstantOf(wallClock: Temporal.PlainDateTime, timeZone: string): number {
  return leapOver(wallClock, timeZone) ?? instantBy(wallClock, timeZone, 'earlier');
}

/** The same of the last time it comes. */
export function lastInstantOf(wallClock: Temporal.PlainDateTime, timeZone: string): number {
  return leapOver(wallClock, timeZone) ?? instantBy(wallClock, timeZone, 'later');
}

/** When the clocks leap over that time; null where they do not. */
function leapOver(wallClock: Temporal.PlainDateTime, timeZone: string): number | null {
  const after = wallClock.toZonedDateTime(timeZone, { disambiguation: 'later' });
  if (after.toPlainDateTime().equals(wallClock)) return null;
  const isFirst = after.subtract({ nanoseconds: 1 }).getTimeZoneTransition('next')?.equals(after) === true;
  const leap = isFirst ? after : after.getTimeZoneTransition('previous');
  return (leap ?? after).epochMilliseconds;
}

function instantBy(
  wallClock: Temporal.PlainDateTime,
  timeZone: string,
  disambiguation: 'earlier' | 'later',
): number {
  return wallClock.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
}

/** The date on the wall at that instant. */
export function dateAt(instant: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** The week on the wall at that instant: `2026-W01`. Source: ISO 8601. */
export function isoWeekAt(instant: number, timeZone: string): string {
  const { yearOfWeek, weekOfYear } = dateAt(instant, timeZone);
  return `${yearOfWeek}-W${String(weekOfYear).padStart(2, '0')}`;
}
