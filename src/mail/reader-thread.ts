/** What runs in the thread that reads: one message after the other, and no word to anybody but the reader. */
import { parentPort } from 'node:worker_threads';

import { parse } from './parsing.ts';
import type { FromThread, ToThread } from './thread.ts';

// A port between threads has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const say = (message: FromThread): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ bytes }: ToThread) => {
  void (async () => {
    try {
      say({
        type: 'letter',
        letter: await parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      });
    } catch {
      // Its message may carry words of the mail.
      say({ type: 'malformed' });
    }
  })();
});

say({ type: 'ready' });
