import type { ChatRooms, Guest } from '../../../src/ports.ts';
import type { Behaviour } from './vendor.ts';

/** A far side with rooms, and an adapter that uses them. */
export interface ChatVendor {
  readonly rooms: ChatRooms;
  /** What is done with the next rooms and messages, one each; the ones after are accepted. */
  script(...behaviours: readonly Behaviour[]): Promise<void> | void;
  /** Behaves again, where what it was told lasts longer than one call. */
  recover?(): Promise<void>;
  /** Those whose name has this in it. */
  found(name: string): Promise<readonly RoomThere[]>;
  /** One of our people says something in it. */
  say(name: string, text: string): Promise<void>;
  /** Somebody else makes a room of that name. */
  squat(name: string): Promise<void>;
  /** Whom the provider knows. */
  readonly guest: Guest;
  readonly problems: () => readonly string[];
  readonly secrets: readonly string[];
  stop(): Promise<void> | void;
  close(): Promise<void> | void;
}

/** A room as it stands at the far side. */
export interface RoomThere {
  readonly title: string;
  readonly isPrivate: boolean;
  readonly isClosed: boolean;
  readonly invited: readonly string[];
  /** What was said by us. */
  readonly said: readonly string[];
}
