// `npm test`: see to Node and the packages, then run every check. One process, so that every signal reaches it.
import { installIfNeeded, requireNode } from './install.mjs';

requireNode();
await installIfNeeded();
const { register } = await import('tsx/esm/api');
register();
await import('./test.ts');
