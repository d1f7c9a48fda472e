/**
 * ISO 8601 durations of fixed length: weeks, days of 24 hours, hours, minutes, seconds down to the millisecond.
 * Years and months are refused: how long they are depends on where they begin, and a clock must not.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const WEEKS = /^P(\d+)W$/;
/** At least one part, and at least one after a `T`. */
const DAYS_AND_TIME = /^P(?=\d|T\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$/;

/** Milliseconds of `PT24H`, `P2D`, `PT1H30M`, `PT0.5S`, `P2W`; null for anything else, also for what a number cannot hold. */
export function parseDuration(text: string): number | null {
  const ms = millisecondsOf(text);
  return ms !== null && Number.isSafeInteger(ms) ? ms : null;
}

/** The shortest form, whole days first: 90 minutes are `PT1H30M`, 24 hours are `P1D`. Takes whole milliseconds from 0 on. */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new RangeError(`A duration is a whole number of milliseconds from 0 on, not ${ms}.`);
  }
  if (ms === 0) return 'PT0S';
  const days = part(Math.floor(ms / DAY_MS), 'D');
  const time =
    part(Math.floor(ms / HOUR_MS) % 24, 'H') +
    part(Math.floor(ms / MINUTE_MS) % 60, 'M') +
    part((ms % MINUTE_MS) / SECOND_MS, 'S');
  return `P${days}${time === '' ? '' : `T${time}`}`;
}

function millisecondsOf(text: string): number | null {
  const weeks = WEEKS.exec(text);
  if (weeks !== null) return Number(weeks[1]) * WEEK_MS;
  const found = DAYS_AND_TIME.exec(text);
  if (found === null) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = found;
  return (
    Number(days) * DAY_MS +
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Number(seconds) * SECOND_MS +
    Number(fraction.padEnd(3, '0'))
  );
}

function part(count: number, unit: string): string {
  return count === 0 ? '' : `${count}${unit}`;
}
