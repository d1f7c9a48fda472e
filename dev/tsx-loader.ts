import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** For `node --import`: runs TypeScript. Found from here, so that the working directory of the process does not matter. */
export const TSX_LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
