import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Doom } from './worker-process.ts';

/** Begins when it is ready; `death` settles with its end. */
export async function startDoomedWorker(doom: Doom) {
  const child = fork(fileURLToPath(new URL('./worker-process.ts', import.meta.url)), [JSON.stringify(doom)], {
    execArgv: ['--import', 'tsx'],
  });
  const death = once(child, 'exit');
  const ready = once(child, 'message');
  await Promise.race([
    ready,
    death.then(() => Promise.reject(new Error('the worker ended before it began'))),
  ]);
  return { death };
}
