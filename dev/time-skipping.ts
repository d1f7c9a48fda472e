import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cacheDirectory } from './cache.ts';
import { StandProblem } from './problem.ts';
import { withProgress } from './progress.ts';
import { downloadBySdk, programIn } from './sdk-download.ts';
import { lastLines, runTool } from './tool.ts';

const POM = fileURLToPath(new URL('./time-skipping/pom.xml', import.meta.url));
const CHECKSUMS = fileURLToPath(new URL('./time-skipping/checksums.txt', import.meta.url));
const PROGRAM = 'temporal-test-server';

/**
 * The server for tests of whole days, in which time passes as fast as nothing happens: from our cache, as the SDK
 * downloads it, or from Maven Central, run by the Java at hand.
 *
 * @returns a path for `createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 * @throws {StandProblem} that says what to do when there is none.
 */
export async function findTimeSkippingServer(): Promise<string> {
  const fromMaven = join(mavenDirectory(), PROGRAM);
  if (existsSync(fromMaven)) return fromMaven;
  const directory = downloadDirectory();
  return (
    programIn(directory) ??
    (await downloadBySdk('time-skipping', directory)) ??
    (await fetchByMaven(fromMaven))
  );
}

async function fetchByMaven(program: string): Promise<string> {
  if ((await runTool('java', ['-version'])).code !== 0) throw impossible('there is no Java to run it with');
  const draft = `${mavenDirectory()}.${process.pid}`;
  const jars = join(draft, 'jars');
  mkdirSync(jars, { recursive: true });
  try {
    const run = await withProgress(
      'fetching the time-skipping server from Maven Central (once; 39 MB)',
      runTool('mvn', [
        ...['--quiet', '--batch-mode', '--file', POM, 'dependency:copy-dependencies'],
        ...['-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
      ]),
    );
    if (run.code !== 0) throw impossible(`Maven failed:${lastLines(run.startError?.message ?? run.output)}`);
    verify(jars);
    writeProgram(join(draft, PROGRAM));
    moveIntoPlace(draft);
    return program;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Every file is the one that was looked at when the list was made, and none is missing. */
function verify(jars: string): void {
  for (const line of readFileSync(CHECKSUMS, 'utf8').trim().split('\n')) {
    const [expected, name = ''] = line.split(/\s+/);
    const file = join(jars, name);
    const found = existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex');
    if (found !== expected) throw impossible(`${name} is not the file that checksums.txt names`);
  }
}

function writeProgram(file: string): void {
  const lines = [
    '#!/bin/sh',
    '# `exec`, because whoever starts this ends the process that it started, and no child of it.',
    'here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)',
    'exec java -XX:TieredStopAtLevel=1 -Xshare:auto -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \\',
    '  -cp "$here/jars/*" io.temporal.testserver.TestServer "$@"',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
}

/** Whole or not at all; another process that was quicker has made the same. */
function moveIntoPlace(draft: string): void {
  try {
    renameSync(draft, mavenDirectory());
  } catch (error) {
    if (!existsSync(join(mavenDirectory(), PROGRAM))) throw error;
  }
}

function mavenDirectory(): string {
  const digest = createHash('sha256').update(readFileSync(POM)).update(readFileSync(CHECKSUMS)).digest('hex');
  return join(cacheDirectory(), `time-skipping-${digest.slice(0, 12)}`);
}

function downloadDirectory(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/testing/package.json') as {
    version: string;
  };
  return join(cacheDirectory(), `time-skipping-of-sdk-${version}`);
}

function impossible(why: string): StandProblem {
  return new StandProblem(
    `The time-skipping server for the tests cannot be had: its download was not possible, and ${why}\n` +
      'Install a JDK (11 or later) and Maven, or allow the download, and start again.',
  );
}
