import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { RotaLayer } from '../domain/rota.ts';
import { instantOf } from './wall-clock.ts';

/** Read once a layer: whoever asks for this week has to count the turns of all weeks before it. */
const known = new WeakMap<RotaLayer, Map<string, HandOvers>>();

/** The hand-overs of a layer after its start, as far as somebody has asked for them. */
interface HandOvers {
  readonly rule: RRuleTemporal;
  readonly instants: number[];
  /** All up to this wall clock are there. */
  readTo: Temporal.PlainDateTime;
}

/** A library's guard against rules that never come: below it lie ten years of a rule that comes thrice a day. */
const OCCURRENCES_MAX = 12_000;

/** More is read than is asked for, so that walking the clock does not read at every step. */
const READ_AHEAD = { days: 100 };

/**
 * The hand-overs after the layer's start and up to `until`, which it may include, as instants.
 *
 * The rule runs on the calendar, and each wall clock that it gives is then found in the time zone: one that the clocks
 * leap over in spring is the same length later, one that comes twice in autumn is the first. Run in the time zone itself,
 * a rule leaves out what is leapt over (RFC 5545, 3.3.10), and everybody's turn would move by one.
 */
export function handOversUntil(layer: RotaLayer, timeZone: string, until: number): readonly number[] {
  const handOvers = handOversOf(layer, timeZone);
  const wanted = Temporal.Instant.fromEpochMilliseconds(until).toZonedDateTimeISO(timeZone).toPlainDateTime();
  // A clock that leaps makes a wall clock later than it is written, by hours at most.
  if (Temporal.PlainDateTime.compare(wanted.add({ days: 2 }), handOvers.readTo) > 0) {
    readOn(handOvers, wanted.add({ days: 2 }).add(READ_AHEAD), timeZone);
  }
  return handOvers.instants;
}

function handOversOf(layer: RotaLayer, timeZone: string): HandOvers {
  const ofLayer = known.get(layer) ?? new Map<string, HandOvers>();
  known.set(layer, ofLayer);
  const found = ofLayer.get(timeZone);
  if (found !== undefined) return found;
  const startsAt = Temporal.PlainDateTime.from(layer.startsAt);
  const fresh: HandOvers = { rule: recurrence(layer), instants: [], readTo: startsAt };
  ofLayer.set(timeZone, fresh);
  return fresh;
}

/**
 * The rule of a layer, on a calendar without a time zone.
 *
 * @throws {Error} of the library, in its words, when it cannot be read or never comes.
 */
export function recurrence({ handOver, startsAt }: Pick<RotaLayer, 'handOver' | 'startsAt'>): RRuleTemporal {
  return new RRuleTemporal({
    rruleString: handOver,
    dtstart: onCalendar(Temporal.PlainDateTime.from(startsAt)),
    maxIterations: OCCURRENCES_MAX,
    strict: true,
    temporal: Temporal,
  });
}

function readOn(handOvers: HandOvers, to: Temporal.PlainDateTime, timeZone: string): void {
  const { rule, instants, readTo } = handOvers;
  // Exclusive on both sides: the start is no hand-over, and what was read before ended a moment after `readTo`.
  const found = rule.between(onCalendar(readTo), onCalendar(to.add({ seconds: 1 })), false);
  instants.push(...found.map((at) => instantOf(at.toPlainDateTime(), timeZone)));
  // Two wall clocks of one night may change places where the clocks leap over the first.
  instants.sort((a, b) => a - b);
  handOvers.readTo = to;
}

function onCalendar(wallClock: Temporal.PlainDateTime): Temporal.ZonedDateTime {
  return wallClock.toZonedDateTime('UTC');
}
