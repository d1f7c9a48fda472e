import { startProgram } from './thread-program.ts';

import type { Letter, UnreadableReason } from './letter.ts';

export interface ToThread {
  readonly bytes: Uint8Array;
}

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'letter'; readonly letter: Letter }
  | { readonly type: 'malformed' };

export type Outcome = { readonly letter: Letter } | { readonly failure: UnreadableReason };

export interface Thread {
  /** One at a time. After a failure other than `malformed` the thread is dead. */
  parse(bytes: Uint8Array, timeoutMs: number): Promise<Outcome>;
  stop(): Promise<void>;
}

/** Loading the parser on a busy machine; from its sources it is compiled first. */
const START_TIMEOUT_MS = 60_000;

/** Told why a thread died of itself: its error's name and code, and, from before it knew any mail, its message. */
export type DeathTeller = (cause: string) => void;

export function startThread(heapMb: number, tellDeath: DeathTeller): Thread {
  const worker = startProgram('reader-thread', heapMb);

  let isReady = false;
  let death: UnreadableReason | null = null;
  let wake: (message: FromThread | null) => void = () => undefined;
  worker.on('message', (message: FromThread) => wake(message));
  worker.on('error', (error: Error & { readonly code?: string }) => {
    death ??= error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'too-much-memory' : 'no-reader';
    tellDeath([error.name, error.code, isReady ? undefined : error.message].filter(Boolean).join(' '));
  });
  worker.on('exit', () => {
    death ??= 'no-reader';
    wake(null);
  });

  /** The thread's next word; null when it is dead or `timeoutMs` have passed. */
  const next = async (timeoutMs: number, onTimeout: UnreadableReason): Promise<FromThread | null> => {
    if (death !== null) return null;
    let timer: NodeJS.Timeout | undefined;
    const message = await new Promise<FromThread | null>((resolve) => {
      wake = resolve;
      timer = setTimeout(() => {
        death ??= onTimeout;
        void worker.terminate();
      }, timeoutMs);
    });
    clearTimeout(timer);
    return message;
  };

  return {
    async parse(bytes, timeoutMs) {
      worker.ref();
      try {
        if (!isReady) isReady = (await next(START_TIMEOUT_MS, 'no-reader')) !== null;
        const answer = next(timeoutMs, 'too-slow');
        // A copy, because what is handed over is gone here.
        const copy = Uint8Array.from(bytes);
        worker.postMessage({ bytes: copy } satisfies ToThread, [copy.buffer]);
        const message = await answer;
        if (message === null) return { failure: death ?? 'no-reader' };
        return message.type === 'letter' ? { letter: message.letter } : { failure: 'malformed' };
      } finally {
        worker.unref();
      }
    },
    async stop() {
      death ??= 'no-reader';
      await worker.terminate();
    },
  };
}
