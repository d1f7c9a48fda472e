/**
 * Who is on call, as people write it down. Instants are epoch milliseconds; a wall clock such as `2026-03-02T09:00` is
 * that of the rota's own time zone.
 */
export interface Rota extends RotaPlan {
  /** In the order they were made: of two for the same time the later one counts. */
  readonly overrides: readonly RotaOverride[];
}

/** A rota as it is when nobody stands in. */
export interface RotaPlan {
  readonly key: string;
  readonly title: string;
  /** IANA name. */
  readonly timeZone: string;
  /** The first that has somebody at an instant is on call then: those below stand in where it rests. */
  readonly layers: readonly RotaLayer[];
}

export interface RotaLayer {
  readonly name: string;
  /** Usernames in the order of their turns. */
  readonly members: readonly string[];
  /** When the turn goes on to the next, as a recurrence rule without end: `FREQ=WEEKLY`. Source: RFC 5545. */
  readonly handOver: string;
  /** Wall clock from which the first member is on call; hand-overs are counted from here, at this time of day. */
  readonly startsAt: string;
  /** Wall clock; null for no end. */
  readonly endsAt: string | null;
  /** Hours in which the layer is on call, in its time zone; empty for all. Minutes are after midnight, up to 1440. */
  readonly hours: readonly LayerHours[];
}

export interface LayerHours {
  /** 1 for Monday to 7 for Sunday. */
  readonly weekday: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** Somebody else for a time. Two that mirror each other are a swap. */
export interface RotaOverride {
  readonly id: string;
  readonly from: number;
  readonly until: number;
  readonly username: string;
  /** Only the time of this person is taken over; null for whoever it is. */
  readonly instead: string | null;
  readonly by: string;
}

/** A time through which one and the same person is on call for one and the same reason, or nobody is. */
export interface Shift {
  readonly from: number;
  readonly until: number;
  /** Null where nobody is: a gap in the data. */
  readonly username: string | null;
  readonly because: OnCallReason | null;
}

export type OnCallReason =
  | { readonly layer: string }
  | { readonly override: string; readonly by: string; readonly instead: string | null };
