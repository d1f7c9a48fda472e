import { runEntry } from './entry.ts';
import { runWorker } from './wiring.ts';

await runEntry('tocsin-worker', runWorker);
