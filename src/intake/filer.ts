import pLimit from 'p-limit';

import type { Database } from '../persistence/database.ts';
import { listenToMessages, postponeFiling, unfiledMessages } from '../persistence/messages.ts';
import { fileOne, type FilingDependencies } from './filing.ts';

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

/** In hand at once: reading is work for a processor, filing for the database. */
const AT_ONCE = 4;
const TAKEN_AT_ONCE = 50;

/** After a failure. Long enough for a database to come back, short beside any clock of a report. */
const AGAIN_AFTER_MS = 5000;

/** Files what was taken in. Any number of workers may run it; a message is filed once. */
export function startFiler({ dependencies, pool, onError }: FilerSettings): Filer {
  const { db, clock } = dependencies;
  const inHand = new Map<string, Promise<void>>();
  const inTurn = pLimit(AT_ONCE);
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
      else await Promise.race(inHand.values());
    }
  }

  async function look(): Promise<number> {
    const limit = TAKEN_AT_ONCE - inHand.size;
    if (limit <= 0) return TAKEN_AT_ONCE;
    const waiting = await unfiledMessages(db, { at: clock.now(), limit, except: [...inHand.keys()] });
    for (const sha256 of waiting) {
      const filing = inTurn(() => (isStopping ? Promise.resolve() : file(sha256))).finally(() => {
        inHand.delete(sha256);
      });
      inHand.set(sha256, filing);
    }
    return inHand.size;
  }

  async function file(sha256: string): Promise<void> {
    try {
      await fileOne(dependencies, sha256);
    } catch (error) {
      onError(error);
      await postponeFiling(db, sha256, clock.now() + AGAIN_AFTER_MS).catch(onError);
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
