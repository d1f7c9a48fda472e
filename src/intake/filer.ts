import pLimit from 'p-limit';

import type { Database } from '../persistence/database.ts';
import {
  listenToMessages,
  postponeFiling,
  unfiledMessages,
  type WaitingMessage,
} from '../persistence/messages.ts';
import { fileOne, type FilingDependencies, readOne } from './filing.ts';

export interface FilerSettings {
  readonly dependencies: FilingDependencies;
  readonly pool: Database['pool'];
  /** Told of what went wrong; the message waits and is tried again. */
  readonly onError: (error: unknown) => void;
}

export interface Filer {
  /** Ends when what is in hand is filed. */
  stop(): Promise<void>;
}

/** A notification wakes it at once; this finds what is to be tried again, and what was stored while nobody listened. */
const LOOK_EVERY_MS = 1000;

/**
 * Being read at once. To read a mail is to wait for the DNS, and its sender may let that answer as late as they like: with few
 * at once a handful of such mails would be in the way of all others. Large ones are few for the sake of memory.
 */
const SMALL_READ_AT_ONCE = 16;
const LARGE_READ_AT_ONCE = 4;
const LARGE_BYTES = 512 * 1024;

/** Work for the database, which the worker has other uses for. */
const FILED_AT_ONCE = 4;
const TAKEN_AT_ONCE = 50;

/** While more waits than that, it is looked for when so few are left: each look puts all that waits in its order. */
const LOOK_AGAIN_AT = 25;

/** After a failure. Long enough for a database to come back, short beside any clock of a report. */
const AGAIN_AFTER_MS = 5000;

/** Files what was taken in. Any number of workers may run it; a message is filed once. */
export function startFiler({ dependencies, pool, onError }: FilerSettings): Filer {
  const { db, clock } = dependencies;
  const inHand = new Map<string, Promise<void>>();
  const readSmall = pLimit(SMALL_READ_AT_ONCE);
  const readLarge = pLimit(LARGE_READ_AT_ONCE);
  const inTurn = pLimit(FILED_AT_ONCE);
  let isStopping = false;
  let wake = (): void => {};
  const stopListening = listenToMessages(pool, () => wake());
  const running = run();

  return {
    async stop() {
      isStopping = true;
      stopListening();
      wake();
      await running;
      await Promise.all(inHand.values());
    },
  };

  async function run(): Promise<void> {
    while (!isStopping) {
      const isWoken = new Promise<void>((resolve) => (wake = resolve));
      const taken = await look().catch((error: unknown) => {
        onError(error);
        return 0;
      });
      if (taken < TAKEN_AT_ONCE) await Promise.race([isWoken, pause()]);
      else while (inHand.size > LOOK_AGAIN_AT) await Promise.race(inHand.values());
    }
  }

  async function look(): Promise<number> {
    const limit = TAKEN_AT_ONCE - inHand.size;
    if (limit <= 0) return TAKEN_AT_ONCE;
    const waiting = await unfiledMessages(db, { at: clock.now(), limit, except: [...inHand.keys()] });
    for (const message of waiting) {
      const filing = file(message).finally(() => inHand.delete(message.sha256));
      inHand.set(message.sha256, filing);
    }
    return inHand.size;
  }

  async function file({ sha256, size }: WaitingMessage): Promise<void> {
    const toRead = size > LARGE_BYTES ? readLarge : readSmall;
    try {
      await toRead(async () => {
        const read = isStopping ? null : await readOne(dependencies, sha256);
        if (read !== null) await inTurn(() => fileOne(dependencies, read));
      });
    } catch (error) {
      onError(error);
      await postponeFiling(db, sha256, clock.now() + AGAIN_AFTER_MS).catch(onError);
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
