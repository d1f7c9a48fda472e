import { accessSync, constants, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withProgress } from './progress.ts';
import { runTool } from './tool.ts';
import { TSX_LOADER } from './tsx-loader.ts';

export type DownloadedServer = 'dev-server' | 'time-skipping';

/** No byte for so long means that the download site cannot be reached from here. */
const STALLED_AFTER_MS = 8000;
const LOOK_EVERY_MS = 500;

/**
 * Lets Temporal's SDK fetch one of its servers into the directory. Gives up soon: behind many a firewall nothing answers,
 * and there are other ways.
 *
 * @returns the path of the program, or undefined when it could not be had.
 */
export async function downloadBySdk(
  server: DownloadedServer,
  directory: string,
): Promise<string | undefined> {
  mkdirSync(directory, { recursive: true });
  const abandon = new AbortController();
  const watch = watchGrowth(directory, () => abandon.abort());
  const script = fileURLToPath(new URL('./sdk-download-once.ts', import.meta.url));
  const run = await withProgress(
    `asking Temporal's download site for its ${server}`,
    runTool(process.execPath, ['--import', TSX_LOADER, script, server, directory], {
      signal: abandon.signal,
    }),
  );
  clearInterval(watch);
  const file = run.code === 0 ? programIn(directory) : undefined;
  if (file === undefined) rmSync(directory, { recursive: true, force: true });
  return file;
}

/** The program that a download left in the directory, if it is there. */
export function programIn(directory: string): string | undefined {
  return filesIn(directory).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).size > 0;
    } catch {
      return false;
    }
  });
}

function watchGrowth(directory: string, stalled: () => void): NodeJS.Timeout {
  let size = 0;
  let grownAtMs = performance.now();
  return setInterval(() => {
    const now = filesIn(directory).reduce((sum, file) => sum + sizeOf(file), 0);
    if (now > size) grownAtMs = performance.now();
    size = now;
    if (performance.now() - grownAtMs > STALLED_AFTER_MS) stalled();
  }, LOOK_EVERY_MS);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    return [];
  }
}
