import { Temporal } from 'temporal-polyfill';
import type { RotaLayer } from '../domain/rota.ts';
import { recurrence } from './hand-overs.ts';

/** What is wrong with a rota, and where: `path` leads to the value. */
export interface RotaMistake {
  readonly path: readonly (string | number)[];
  readonly expected: string;
}

const A_RULE = 'a recurrence rule without end, by days, weeks, months or years, such as FREQ=WEEKLY';
const A_WALL_CLOCK = 'a date and time on the wall, such as 2026-03-02T09:00';

/** Once an hour, and people would spend their shift on handing over. */
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

/** What nobody could be called by: a time zone, rule or wall clock that cannot be read, or members who are not people. */
export function mistakesOfRota(
  { timeZone, layers }: { readonly timeZone: string; readonly layers: readonly RotaLayer[] },
  isPerson: (username: string) => boolean,
): readonly RotaMistake[] {
  const zone = isTimeZone(timeZone)
    ? []
    : [{ path: ['timeZone'], expected: 'a time zone such as America/Detroit' }];
  return [...zone, ...layers.flatMap((layer, n) => mistakesOfLayer(layer, ['layers', n], isPerson))];
}

function mistakesOfLayer(
  layer: RotaLayer,
  path: RotaMistake['path'],
  isPerson: (username: string) => boolean,
): readonly RotaMistake[] {
  const mistakes: RotaMistake[] = layer.members.flatMap((username, n) =>
    isPerson(username) ? [] : [{ path: [...path, 'members', n], expected: 'one of the people' }],
  );
  const startsAt = wallClock(layer.startsAt);
  const endsAt = layer.endsAt === null ? null : wallClock(layer.endsAt);
  if (startsAt === undefined) mistakes.push({ path: [...path, 'startsAt'], expected: A_WALL_CLOCK });
  if (endsAt === undefined) mistakes.push({ path: [...path, 'endsAt'], expected: A_WALL_CLOCK });
  if (startsAt !== undefined && !isRule(layer)) {
    mistakes.push({ path: [...path, 'handOver'], expected: A_RULE });
  }
  if (startsAt && endsAt && Temporal.PlainDateTime.compare(startsAt, endsAt) >= 0) {
    mistakes.push({ path: [...path, 'endsAt'], expected: 'a time after `startsAt`' });
  }
  for (const [n, { fromMinute, toMinute }] of layer.hours.entries()) {
    if (fromMinute >= toMinute)
      mistakes.push({ path: [...path, 'hours', n, 'to'], expected: 'a time after `from`' });
  }
  return mistakes;
}

/** A rule that ends would leave its last member on call for ever; one that never comes, the first. */
function isRule(layer: RotaLayer): boolean {
  try {
    const rule = recurrence(layer);
    const { freq, count, until } = rule.options();
    return FREQUENCIES.includes(freq) && count === undefined && until === undefined && rule.next() !== null;
  } catch {
    return false;
  }
}

function wallClock(text: string): Temporal.PlainDateTime | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return undefined;
  try {
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' });
  } catch {
    return undefined;
  }
}

/** A name of IANA, or an offset from UTC. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
