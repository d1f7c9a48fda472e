import type { Worker } from 'node:worker_threads';

import type { Authentication, AuthenticationOptions } from './authentication.ts';
import type { Resolver } from './authentication/lookups.ts';
import type { UnreadableReason } from './letter.ts';
import type { PgpReading } from './pgp/reading.ts';
import type { DeathTeller } from './thread.ts';
import { startProgram } from './thread-program.ts';

/** What is to be found out of a message. */
export interface ToExamine {
  readonly bytes: Uint8Array;
  readonly authentication: Omit<AuthenticationOptions, 'resolver' | 'bounds'>;
  /** Null: nobody looks for PGP in it. */
  readonly pgp: PgpMeans | null;
}

/** As texts, because nothing else goes into a thread. */
export interface PgpMeans {
  /** Our private keys, unlocked and armored. */
  readonly keys: readonly string[];
  readonly senders: readonly { readonly address: string; readonly armored: string }[];
  readonly at: number;
}

export interface Examination {
  readonly authentication: Authentication;
  readonly pgp: PgpReading | null;
}

export type ToExaminer =
  | ({ readonly type: 'examine'; readonly id: number } & ToExamine)
  | { readonly type: 'records'; readonly question: number; readonly records: readonly unknown[] }
  | { readonly type: 'no-records'; readonly question: number; readonly code: string };

export type FromExaminer =
  | { readonly type: 'examined'; readonly id: number; readonly examination: Examination }
  | {
      readonly type: 'question';
      readonly question: number;
      readonly name: string;
      readonly record: Parameters<Resolver>[1];
    };

export interface Examiner {
  /**
   * Whether a message is from whom it says, and what PGP in it hides and proves. It never rejects: a message that takes too
   * long or too much memory says so. `no-reader`: another one was to blame, and trying again may help.
   */
  examine(message: ToExamine): Promise<Examination | { readonly failure: UnreadableReason }>;
  close(): Promise<void>;
}

export interface ExaminerOptions {
  readonly resolver: Resolver;
  readonly tellDeath?: DeathTeller;
  readonly timeoutMs?: number;
  readonly heapMb?: number;
}

/** Three times what its questions to the DNS may take, for a mail at the limit of size. */
const TIMEOUT_MS = 30_000;

/** Of several mails at once, each some copies of at most 25 MiB. */
const HEAP_MB = 768;

/** Loading it on a busy machine; from its sources it is compiled first. */
const START_TIMEOUT_MS = 60_000;

interface Waiting {
  readonly settle: (answer: Examination | { readonly failure: UnreadableReason }) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Signatures and keys are arithmetic over what strangers wrote. It is done in a thread of its own, so that pages wait for
 * none of it: several mails at once, because each waits for the DNS, which this side asks.
 */
export function createExaminer({
  resolver,
  tellDeath = () => undefined,
  timeoutMs = TIMEOUT_MS,
  heapMb = HEAP_MB,
}: ExaminerOptions): Examiner {
  let thread: Worker | null = null;
  let isClosed = false;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  const settle = (id: number, answer: Parameters<Waiting['settle']>[0]): void => {
    const one = waiting.get(id);
    if (one === undefined) return;
    clearTimeout(one.timer);
    waiting.delete(id);
    if (waiting.size === 0) thread?.unref();
    one.settle(answer);
  };
  /** One mail was too much for it; the others are not to blame, unless it is not known which one was. */
  const end = (failure: UnreadableReason): void => {
    thread = null;
    const isAlone = waiting.size === 1;
    for (const id of waiting.keys()) settle(id, { failure: isAlone ? failure : 'no-reader' });
  };

  function start(): Worker {
    const worker = startProgram('examiner-thread', heapMb);
    let death: UnreadableReason = 'no-reader';
    worker.on('message', (message: FromExaminer) => {
      if (message.type === 'examined') settle(message.id, message.examination);
      else void answer(worker, message);
    });
    worker.on('error', (error: Error & { readonly code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') death = 'too-much-memory';
      tellDeath([error.name, error.code].filter(Boolean).join(' '));
    });
    worker.on('exit', () => {
      if (thread === worker) end(death);
    });
    return worker;
  }

  async function answer(worker: Worker, { question, name, record }: FromExaminer & { type: 'question' }) {
    // A port between threads has no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    const say = (message: ToExaminer): void => worker.postMessage(message);
    try {
      say({ type: 'records', question, records: await resolver(name, record) });
    } catch (error) {
      const { code } = (error ?? {}) as { readonly code?: unknown };
      say({ type: 'no-records', question, code: typeof code === 'string' ? code : 'ETIMEOUT' });
    }
  }

  return {
    examine(message) {
      if (isClosed) return Promise.resolve({ failure: 'no-reader' });
      return new Promise((resolve) => {
        const startsAnew = thread === null;
        const worker = (thread ??= start());
        const id = ++lastId;
        const timer = setTimeout(
          () => {
            settle(id, { failure: 'too-slow' });
            if (thread !== worker) return;
            end('no-reader');
            void worker.terminate();
          },
          timeoutMs + (startsAnew ? START_TIMEOUT_MS : 0),
        );
        waiting.set(id, { settle: resolve, timer });
        worker.ref();
        // A copy, because what is handed over is gone here.
        const bytes = Uint8Array.from(message.bytes);
        worker.postMessage({ ...message, type: 'examine', id, bytes } satisfies ToExaminer, [bytes.buffer]);
      });
    },
    async close() {
      isClosed = true;
      const worker = thread;
      end('no-reader');
      await worker?.terminate();
    },
  };
}
