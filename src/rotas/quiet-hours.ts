import type { QuietHours } from '../domain/quiet-hours.ts';
import { dateAt, firstInstantOf, lastInstantOf } from './wall-clock.ts';

/** A date line may have left out a day; nothing reaches further. */
const DAYS = [-2, -1, 0, 1];

/**
 * When the quiet hours end in which an instant lies, epoch milliseconds; null where it lies in none. In the night in which
 * the clocks go back they begin with the first of two equal times and end with the second; in the one in which they go
 * forward, what is leapt over is the moment of the leap.
 */
export function quietUntil({ fromMinute, untilMinute, timeZone }: QuietHours, at: number): number | null {
  const today = dateAt(at, timeZone);
  const endsNextDay = untilMinute < fromMinute;
  const ends = DAYS.flatMap((days) => {
    const date = today.add({ days });
    const start = firstInstantOf(wallClock(date, fromMinute), timeZone);
    const end = lastInstantOf(wallClock(endsNextDay ? date.add({ days: 1 }) : date, untilMinute), timeZone);
    return start <= at && at < end ? [end] : [];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

function wallClock(date: ReturnType<typeof dateAt>, minute: number) {
  return date.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
}
