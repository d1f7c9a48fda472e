// `npm start`: see to Node and the packages, then become the stand. One process, so that every signal reaches it.
import { installIfNeeded, requireNode } from './install.mjs';

requireNode();
await installIfNeeded();
const { register } = await import('tsx/esm/api');
register();
await import('./start.ts');
