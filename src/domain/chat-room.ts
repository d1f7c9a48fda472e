import { type Addressed, type Cleared, isCleared } from './clearance.ts';
import { oneLine } from './text-layout.ts';

/** What is said of a room and in it, and how an adapter gets at it: each asks first. */

export interface NewRoom extends Addressed {
  /** Its name: small letters, digits and hyphens, at most 40. */
  readonly to: string;
  /** The business key, by which we know it for ours. */
  readonly key: string;
  /** One line. */
  readonly title: string;
  readonly isPrivate: boolean;
}

export interface RoomPost extends Addressed {
  /** The room, as its provider names it. */
  readonly to: string;
  /** The same for every try. */
  readonly id: string;
  readonly text: string;
}

/**
 * @throws {TypeError} for what did not pass the TLP gate, and for a name that could be more than one: mistakes of ours.
 */
export function contentOf(cleared: Cleared<NewRoom>): NewRoom {
  const wanted = passed(cleared);
  if (!NAME.test(wanted.to)) throw new TypeError('a room needs a name of the form agreed on');
  return { ...wanted, title: oneLine(wanted.title) };
}

/** @throws {TypeError} for what did not pass the TLP gate. */
export function postIn(cleared: Cleared<RoomPost>): RoomPost {
  const post = passed(cleared);
  return { ...post, text: oneLine(post.text) };
}

function passed<M extends Addressed>(cleared: Cleared<M>): M {
  if (!isCleared(cleared)) throw new TypeError('only what passed the TLP gate is said in a room');
  return cleared.message;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
