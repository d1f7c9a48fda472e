import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { takeLock } from './lock.ts';
import { StandProblem } from './problem.ts';
import { withProgress } from './progress.ts';
import {
  MODULE_DIRECTORY,
  PACKAGE_OF,
  releaseDirectory,
  releaseVersion,
  type TemporalProgram,
} from './temporal-release.ts';
import { lastLines, runTool } from './tool.ts';

/**
 * Builds one program of Temporal from its sources, which the Go module proxy serves and go.sum verifies. Takes minutes
 * the first time; the result stays in the cache.
 *
 * @returns the path of the program.
 * @throws {StandProblem} when there is no Go, or the build fails.
 */
export async function buildTemporal(program: TemporalProgram): Promise<string> {
  await requireGo();
  const directory = releaseDirectory();
  const file = join(directory, program);
  mkdirSync(directory, { recursive: true });
  // Two builds at once would take twice as long, and the second is for nothing.
  const lock = await withProgress('waiting for another checkout that builds Temporal', lockOf(directory));
  try {
    if (!existsSync(file)) await build(program, { directory, file });
    return file;
  } finally {
    lock.release();
  }
}

async function build(
  program: TemporalProgram,
  { directory, file }: { readonly directory: string; readonly file: string },
): Promise<void> {
  const draft = `${file}.draft`;
  // Sources and intermediate results are 3 GB. They are kept apart from the developer's own Go caches, so that they can go
  // when the build is done, and stay when it was interrupted.
  const work = join(directory, 'go');
  let modules = 0;
  let packages = 0;
  const count = (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) {
      if (line.startsWith('go: downloading')) modules += 1;
      else packages += 1;
    }
  };
  const run = await withProgress(
    `building ${program} ${releaseVersion()} with Go (once; about four minutes)`,
    runTool('go', ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', draft, PACKAGE_OF[program]], {
      cwd: MODULE_DIRECTORY,
      env: goEnvironment(work),
      onOutput: count,
    }),
    () => `${modules} modules fetched, ${packages} packages compiled`,
  );
  if (run.code !== 0)
    throw impossible(`the build failed:${lastLines(run.startError?.message ?? run.output)}`);
  renameSync(draft, file);
  rmSync(work, { recursive: true, force: true });
}

function goEnvironment(work: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GOPATH: join(work, 'path'),
    GOMODCACHE: join(work, 'modules'),
    GOCACHE: join(work, 'compiled'),
    // A C compiler need not be there, and nothing in it needs one.
    CGO_ENABLED: '0',
    // Sources are write-protected otherwise, and could not be removed. The file and its checksums are not to change.
    GOFLAGS: '-modcacherw -mod=readonly -buildvcs=false',
    GOWORK: 'off',
  };
}

async function requireGo(): Promise<void> {
  const run = await runTool('go', ['version']);
  if (run.code !== 0) throw impossible('there is no Go to build it with');
}

async function lockOf(directory: string) {
  const file = join(directory, 'build.lock');
  for (;;) {
    const attempt = takeLock(file);
    if (attempt.kind === 'held') return attempt;
    await sleep(500);
  }
}

/** What to do when Temporal cannot be had: three ways, in the order of their ease. */
function impossible(why: string): StandProblem {
  return new StandProblem(
    `Temporal cannot be had: it is neither on the PATH nor in the cache, its download was not possible, and ${why}\n` +
      'Install the Temporal CLI so that `temporal` is on the PATH, or name a server in TEMPORAL_ADDRESS, or install Go 1.26 or later.',
  );
}
