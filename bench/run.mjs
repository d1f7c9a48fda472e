// `npm run bench`: see to Node and the packages, then measure. One process, so that every signal reaches it.
import { installIfNeeded, requireNode } from '../dev/install.mjs';

requireNode();
await installIfNeeded();
const { register } = await import('tsx/esm/api');
register();
await import('./main.ts');
