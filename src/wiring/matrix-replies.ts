import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixReply } from '../adapters/pager-matrix.ts';
import type { PagerAnswer } from '../ports.ts';

/** Whoever answered a page is waiting for it; after half a minute they have looked elsewhere. */
const WAITS_MS = [1_000, 5_000, 20_000];

/** Where we were told to wait longer than that, nobody is waiting any more. */
const WAIT_MAX_MS = 30_000;

export interface Replying {
  readonly onError: (error: unknown) => void;
  /** Before each further try. */
  readonly waitsMs?: readonly number[];
}

/** Replies without being waited for, and tries again: an answer to a page must not wait until we could say that it is taken. */
export function replyInBackground(
  reply: (message: MatrixReply) => Promise<PagerAnswer>,
  { onError, waitsMs = WAITS_MS }: Replying,
): (message: MatrixReply) => void {
  return (message) => void replyPatiently(reply, message, waitsMs).catch(onError);
}

async function replyPatiently(
  reply: (message: MatrixReply) => Promise<PagerAnswer>,
  message: MatrixReply,
  waitsMs: readonly number[],
): Promise<void> {
  let answer = await reply(message);
  for (const waitMs of waitsMs) {
    if (answer.outcome !== 'later') break;
    const ms = Math.max(waitMs, answer.afterMs ?? 0);
    if (ms > WAIT_MAX_MS) break;
    await sleep(ms, undefined, { ref: false });
    answer = await reply(message);
  }
  if (answer.outcome !== 'accepted') throw new Error(`the homeserver did not take a reply: ${answer.code}`);
}
