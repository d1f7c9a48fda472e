import { accessSync, constants, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { StandProblem } from './problem.ts';

/**
 * Where what took minutes to fetch or build is kept, so that a second checkout is quick. Never a shared temporary
 * directory: we execute what lies here.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const candidates = [
    env['XDG_CACHE_HOME']?.startsWith('/') ? join(env['XDG_CACHE_HOME'], 'tocsin') : undefined,
    env['HOME']?.startsWith('/') ? join(env['HOME'], '.cache/tocsin') : undefined,
    accountHome(),
    // Lost with the next `npm ci`, but there, and ours.
    fileURLToPath(new URL('../node_modules/.cache/tocsin', import.meta.url)),
  ];
  const directory = candidates.find((candidate) => candidate !== undefined && isUsable(candidate));
  if (directory !== undefined) return directory;
  throw new StandProblem(
    'No directory can be written for what is fetched or built once: set XDG_CACHE_HOME to one that can.',
  );
}

/** HOME may be empty, as in some build services; the account still has a home. */
function accountHome(): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir.startsWith('/') ? join(homedir, '.cache/tocsin') : undefined;
  } catch {
    return undefined;
  }
}

function isUsable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
