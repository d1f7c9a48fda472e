import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Db } from '../persistence/database.ts';
import { markedUids, noteLook } from '../persistence/mailboxes.ts';
import {
  type Clock,
  type LyingMessage,
  type MailboxDrop,
  MailboxFailure,
  type OpenMailbox,
  type WatchedMailbox,
} from '../ports.ts';

export interface MailboxDependencies {
  readonly db: Db;
  readonly clock: Clock;
  readonly drop: MailboxDrop;
  /** Those that this worker is set up to look into, by the key of the policy. */
  readonly mailboxes: ReadonlyMap<string, WatchedMailbox>;
  /** Told of what went wrong; it is tried again. */
  readonly onError: (error: unknown, mailbox: string) => void;
}

export interface MailboxActivities {
  /**
   * Looks into a mailbox and takes what is new, until it has watched for long enough.
   *
   * @returns false when no such mailbox is set up here any more.
   */
  watchMailbox(mailbox: string): Promise<boolean>;
}

/** After it the whole mailbox is compared with what we have, over another connection. */
const WATCH_MS = 60 * 60_000;

/** News comes at once where the server says so; this is for one that does not, and for a connection that has died. */
const LOOK_EVERY_MS = 60_000;

const AGAIN_FIRST_MS = 1000;
const AGAIN_MOST_MS = 60_000;

/** Well under the heartbeat timeout. */
const BEAT_EVERY_MS = 2000;

export function createMailboxActivities(dependencies: MailboxDependencies): MailboxActivities {
  return {
    async watchMailbox(key) {
      const mailbox = dependencies.mailboxes.get(key);
      if (mailbox === undefined) return false;
      const beat = setInterval(() => heartbeat(), BEAT_EVERY_MS);
      try {
        const { scheduledTimestampMs } = activityInfo();
        const until = Math.max(scheduledTimestampMs + WATCH_MS, dependencies.clock.now() + LOOK_EVERY_MS);
        await watch(dependencies, { key, mailbox, until, signal: cancellationSignal() });
        return true;
      } finally {
        clearInterval(beat);
      }
    },
  };
}

interface Watching {
  readonly key: string;
  readonly mailbox: WatchedMailbox;
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Connects, looks, waits, and comes back after a failure, ever more slowly. */
async function watch(dependencies: MailboxDependencies, watching: Watching): Promise<void> {
  const { db, clock, onError } = dependencies;
  const { key, until, signal } = watching;
  let againMs = AGAIN_FIRST_MS;
  while (clock.now() < until) {
    signal.throwIfAborted();
    try {
      await lookUntilLost(dependencies, watching, () => (againMs = AGAIN_FIRST_MS));
    } catch (error) {
      signal.throwIfAborted();
      onError(error, key);
      const failure = error instanceof MailboxFailure ? error.because : 'what lies in it could not be kept';
      await noteLook(db, { mailbox: key, at: clock.now(), failure }).catch(() => undefined);
      await sleep(againMs, undefined, { signal });
      againMs = Math.min(againMs * 2, AGAIN_MOST_MS);
    }
  }
}

async function lookUntilLost(
  dependencies: MailboxDependencies,
  { key, mailbox, until, signal }: Watching,
  onReached: () => void,
): Promise<void> {
  const { db, clock } = dependencies;
  const open = await mailbox.open(signal);
  try {
    // What lies there already is looked for once, whole; after that only what lies behind it can be new.
    let from = 1;
    while (clock.now() < until) {
      from = await takeNew(dependencies, { key, open, from, signal });
      await noteLook(db, { mailbox: key, at: clock.now(), failure: null });
      onReached();
      await open.waitForNews(LOOK_EVERY_MS);
    }
  } finally {
    open.close();
  }
}

interface Taking {
  readonly key: string;
  readonly open: OpenMailbox;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** @returns from where to look the next time. */
async function takeNew(
  { db, drop }: MailboxDependencies,
  { key, open, from, signal }: Taking,
): Promise<number> {
  const { uidValidity } = open;
  const uids = await open.uidsFrom(from);
  const known = uids.length === 0 ? new Set<number>() : await markedUids(db, { mailbox: key, uidValidity });
  let refused = 0;
  for (const uid of uids) {
    if (known.has(uid)) continue;
    signal.throwIfAborted();
    const message = await readUnlessRefused(open, uid);
    if (message === 'refused') refused += 1;
    else if (message !== null) await drop.take(key, uidValidity, message);
  }
  if (refused > 0) throw new MailboxFailure(`the server does not give us ${refused} of its messages`);
  return (uids.at(-1) ?? from - 1) + 1;
}

/** One message that the server cannot give keeps no other one from us. */
async function readUnlessRefused(open: OpenMailbox, uid: number): Promise<LyingMessage | 'refused' | null> {
  try {
    return await open.read(uid);
  } catch (error) {
    if (!open.isUsable()) throw error;
    return 'refused';
  }
}
