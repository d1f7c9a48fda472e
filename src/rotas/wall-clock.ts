import { Temporal } from 'temporal-polyfill';

/**
 * The instant of a wall clock, epoch milliseconds. One that is leapt over in spring is as much later as the clocks leap;
 * of one that comes twice in autumn it is the first.
 */
export function instantOf(wallClock: Temporal.PlainDateTime | string, timeZone: string): number {
  return Temporal.PlainDateTime.from(wallClock).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    .epochMilliseconds;
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
