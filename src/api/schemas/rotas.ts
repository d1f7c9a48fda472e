import { z } from 'zod';
import { WEEKDAYS } from '../../domain/vocabulary.ts';
import { Instant, InstantIn, NextCursor, Text, Username } from './values.ts';

/** Rotas as the API reads and writes them: hours as a clock shows them, wall clocks as texts. */

export const RotaKey = z
  .string('Expected the key of a rota')
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Expected small letters, digits and hyphens')
  .max(64);

export const RotaParams = z.strictObject({ key: RotaKey });
export const OverrideParams = z.strictObject({ key: RotaKey, id: z.string().max(64) });

export const PersonParams = z.strictObject({ username: Username });

export const Weekday = z.enum(WEEKDAYS).meta({ id: 'Weekday' });

const A_TIME = 'Expected a time such as 09:00, up to 24:00';
const ClockTime = z.string(A_TIME).regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, A_TIME);
const WallClock = z.string('Expected a date and time on the wall, such as 2026-03-02T09:00').max(16);

const LayerHours = z.strictObject({ weekday: Weekday, from: ClockTime, to: ClockTime });

const LayerIn = z.strictObject({
  name: Text.max(100),
  members: z.array(Username).max(100),
  handOver: z.string('Expected a recurrence rule, such as FREQ=WEEKLY').max(200),
  startsAt: WallClock,
  endsAt: WallClock.nullable().default(null),
  hours: z.array(LayerHours).max(100).default([]),
});

export const RotaIn = z.strictObject({
  title: Text.max(200),
  timeZone: z.string('Expected a time zone such as America/Detroit').max(64),
  layers: z.array(LayerIn).min(1, 'Expected at least one layer').max(20),
  replaces: z.int('Expected the version that this one replaces; 0 for a new rota').min(0),
  reason: Text.max(1000),
});

const Times = { from: InstantIn, until: InstantIn };

export const OverrideIn = z.strictObject({
  ...Times,
  username: Username,
  instead: Username.exactOptional(),
  /** In return, the person of `instead` takes over the time of `username`. */
  swap: z.strictObject(Times).exactOptional(),
  reason: Text.max(1000),
});

export const WithdrawIn = z.strictObject({ reason: Text.max(1000) });

export const RotaQuery = z.strictObject({
  from: InstantIn.exactOptional(),
  until: InstantIn.exactOptional(),
});

const Because = z
  .union([
    z.object({ layer: z.string() }),
    z.object({ override: z.string(), by: z.string(), instead: z.string().nullable() }),
  ])
  .meta({ id: 'OnCallReason' });

const OnCall = z
  .object({ username: z.string(), until: Instant, because: Because })
  .nullable()
  .meta({ id: 'OnCall', description: 'Null where nobody is on call.' });

const RotaHead = {
  key: z.string(),
  title: z.string(),
  timeZone: z.string(),
  version: z.int(),
  onCall: OnCall,
};

export const RotasSchema = z
  .object({ items: z.array(z.object(RotaHead)), nextCursor: NextCursor })
  .meta({ id: 'Rotas' });

export const RotaSchema = z
  .object({
    ...RotaHead,
    layers: z.array(
      z.object({
        name: z.string(),
        members: z.array(z.string()),
        handOver: z.string(),
        startsAt: z.string(),
        endsAt: z.string().nullable(),
        hours: z.array(z.object({ weekday: Weekday, from: z.string(), to: z.string() })),
      }),
    ),
    changedAt: Instant,
    changedBy: z.string(),
    reason: z.string(),
    from: Instant,
    until: Instant,
    shifts: z
      .array(
        z.object({
          from: Instant,
          until: Instant,
          username: z.string().nullable(),
          because: Because.nullable(),
        }),
      )
      .meta({ description: 'Of the time asked for, without a hole: one without a username is a gap.' }),
    overrides: z.array(
      z.object({
        id: z.string(),
        from: Instant,
        until: Instant,
        username: z.string(),
        instead: z.string().nullable(),
        swap: z.string().nullable().meta({ description: 'Both halves of a swap have the same.' }),
        at: Instant,
        by: z.string(),
        reason: z.string(),
        withdrawn: z.object({ at: Instant, by: z.string(), reason: z.string() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'Rota' });

export const OnCallShiftsSchema = z
  .object({
    items: z.array(
      z.object({ rota: z.string(), title: z.string(), from: Instant, until: Instant, because: Because }),
    ),
    nextCursor: NextCursor,
  })
  .meta({ id: 'OnCallShifts' });

export type OnCallShiftsView = z.infer<typeof OnCallShiftsSchema>;
export type RotaView = z.infer<typeof RotaSchema>;
export type RotasView = z.infer<typeof RotasSchema>;
export type RotaBody = z.infer<typeof RotaIn>;

export const RotaNoteIn = z.strictObject({ text: Text });

export const RotaNotesSchema = z.object({
  items: z.array(
    z.object({ id: z.string(), rota: z.string(), at: Instant, by: z.string(), text: z.string() }),
  ),
  nextCursor: z.null(),
});
