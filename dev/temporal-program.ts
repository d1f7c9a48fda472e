import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, isAbsolute, join } from 'node:path';

import { cacheDirectory } from './cache.ts';
import { say } from './progress.ts';
import { downloadBySdk, programIn } from './sdk-download.ts';
import { buildTemporal } from './temporal-build.ts';
import { releaseDirectory, type TemporalProgram } from './temporal-release.ts';
import { runTool } from './tool.ts';

/** Updates that start a workflow, and pragmas for the file: what we use came with or before this server. */
const OLDEST_SERVER = [1, 27];

/**
 * The Temporal command line with its development server: the one on the PATH, from our cache, as the SDK downloads it, or
 * built from its sources.
 *
 * @throws {StandProblem} that says what to do when there is none.
 */
export async function findTemporal(): Promise<string> {
  return (await onPath()) ?? (await inCache()) ?? (await downloaded()) ?? (await buildTemporal('temporal'));
}

/** A program of the server as production runs it: only our cache and our build have it. */
export async function findTemporalProgram(program: TemporalProgram): Promise<string> {
  const cached = join(releaseDirectory(), program);
  return existsSync(cached) ? cached : buildTemporal(program);
}

async function onPath(): Promise<string | undefined> {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const program = directories
    .map((directory) => join(directory, 'temporal'))
    .find((candidate) => existsSync(candidate));
  if (program === undefined || (await isNewEnough(program))) return program;
  say(
    `  ${program} does not bring a Temporal server of ${OLDEST_SERVER.join('.')} or later, and is passed over.`,
  );
  return undefined;
}

async function inCache(): Promise<string | undefined> {
  const built = join(releaseDirectory(), 'temporal');
  if (existsSync(built)) return built;
  const program = programIn(downloadDirectory());
  return program !== undefined && (await isNewEnough(program)) ? program : undefined;
}

async function downloaded(): Promise<string | undefined> {
  return downloadBySdk('dev-server', downloadDirectory());
}

/** The SDK decides which release fits it. */
function downloadDirectory(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/testing/package.json') as {
    version: string;
  };
  return join(cacheDirectory(), `temporal-of-sdk-${version}`);
}

async function isNewEnough(program: string): Promise<boolean> {
  const { output } = await runTool(program, ['--version']);
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(output) ?? [];
  if (major === undefined || minor === undefined) return false;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_SERVER;
  return Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
}
