import type { Pager } from '../../../src/ports.ts';

/** What the far side does with a message that reaches it. What it refuses has not arrived. */
export type Behaviour =
  | 'accept'
  /** The address or the message is wrong, for good. */
  | 'refuse'
  /** Asked too often; `WAIT_SECONDS` is what it says where it can say so. */
  | 'wait'
  /** Broken. */
  | 'fail'
  /** Takes it, and lets the connection drop before it answers. */
  | 'drop'
  /** Takes it, and never answers. */
  | 'never'
  /** Takes it, and answers with 10 MB. */
  | 'huge'
  /** Takes it, and answers a byte at a time, for ever. */
  | 'trickle'
  /** Takes it, and answers with what cannot be read. */
  | 'garbage'
  /** Sends us elsewhere. */
  | 'redirect';

export const WAIT_SECONDS = 7;

/** A message as it stands at the far side. */
export interface Arrival {
  /** By which the far side, or the person, knows a double. */
  readonly id: string;
  readonly to: string;
  /** Everything in it that a person would read or hear. */
  readonly words: string;
}

/** A far side to page through, and a pager that does. */
export interface Vendor {
  readonly pager: Pager;
  /** What is done with the next messages, one each; the ones after are accepted. */
  script(...behaviours: readonly Behaviour[]): Promise<void> | void;
  /** Behaves again, where what it was told lasts longer than one message. */
  recover?(): Promise<void>;
  arrivals(): Promise<readonly Arrival[]>;
  /** What came and is no message, or not as the protocol has it. Every test wants none. */
  problems(): readonly string[];
  /** What must not stand in any answer. */
  readonly secrets: readonly string[];
  /** It is not there any more. */
  stop(): Promise<void> | void;
  close(): Promise<void> | void;
}

/** Longer than an honest far side needs here, on a busy machine too. */
export const PATIENCE_MS = 1_500;
