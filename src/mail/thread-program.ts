import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

const EXTENSION = extname(import.meta.url);
const IS_SOURCE = EXTENSION === '.ts';

/** A thread with a heap of its own, in which strangers' bytes are looked into. It keeps the process alive only where it is told to. */
export function startProgram(name: 'reader-thread' | 'examiner-thread', heapMb: number): Worker {
  const worker = new Worker(programOf(name), {
    eval: IS_SOURCE,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
    execArgv: [],
    // What a parser prints would carry words of a mail. Nobody reads it: that would keep the process alive.
    stdout: true,
    stderr: true,
    env: {},
  });
  worker.unref();
  return worker;
}

/** A thread inherits no loader, so that from its sources it brings its own; what was built needs none. */
function programOf(name: string): string | URL {
  const entry = new URL(`./${name}${EXTENSION}`, import.meta.url);
  if (!IS_SOURCE) return entry;
  return `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
      .then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); })`;
}
