import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findPostgresProgram } from './postgres-program.ts';
import { describeProblem } from './problem.ts';
import { say } from './progress.ts';
import { findTemporal } from './temporal-program.ts';
import { findTimeSkippingServer } from './time-skipping.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** What is looked at without running it. Each counts as one. */
const STATIC_CHECKS = [
  { name: 'types', command: [require.resolve('typescript/bin/tsc'), '-p', '.'] },
  { name: 'lint', command: npm('run', '--silent', 'lint') },
  { name: 'format', command: npm('run', '--silent', 'format:check') },
  { name: 'unused code', command: npm('run', '--silent', 'knip') },
] as const;

/** Where tests run is no matter of what the developer's shell is set up for. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(TOCSIN_|TEMPORAL_)/.test(name) && !['DATABASE_URL', 'SMTP_URL'].includes(name),
    ),
  ),
  TZ: 'UTC',
};

process.exitCode = await main(process.argv.slice(2));

/** Arguments are for vitest, a filter for example; who gives any wants some tests and no static checks. */
async function main(args: readonly string[]): Promise<number> {
  try {
    await findTools();
  } catch (error) {
    console.error(describeProblem(error));
    say('0 passed, 1 failed');
    return 1;
  }
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (args.length === 0) {
    for (const check of STATIC_CHECKS) {
      const isPassed = await runCheck(check.name, check.command);
      counts[isPassed ? 'passed' : 'failed'] += 1;
    }
  }
  const tests = await runTests(args);
  const passed = counts.passed + tests.passed;
  const failed = counts.failed + tests.failed;
  say(`\n${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`);
  return failed === 0 ? 0 : 1;
}

/** Before any test, so that what takes minutes the first time is not taken for a test that hangs. */
async function findTools(): Promise<void> {
  say('Looking for PostgreSQL, Temporal and the time-skipping server …');
  await findPostgresProgram();
  await findTemporal();
  await findTimeSkippingServer();
}

async function runCheck(name: string, command: readonly string[]): Promise<boolean> {
  const startedAtMs = performance.now();
  const code = await run(command);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  say(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  return code === 0;
}

async function runTests(args: readonly string[]): Promise<Counts> {
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-result-'));
  const file = join(directory, 'result.json');
  try {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await run([vitest, 'run', ...reporters, ...args]);
    return countTests(file, code === 0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The part of vitest's JSON report that is counted. */
interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

function countTests(file: string, isPassed: boolean): Counts {
  const report = readReport(file);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  // A file that could not be loaded has no tests that could fail.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  // A failed hook or an unhandled error fails the run and no test, and a run without tests has shown nothing.
  const isFailed = !isPassed || report.numPassedTests === 0;
  return {
    passed: report.numPassedTests,
    failed: isFailed ? Math.max(failed, 1) : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function readReport(file: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestReport;
  } catch {
    return undefined;
  }
}

/** Runs a script with this Node, and hands it the signals that come meanwhile. */
function run([script = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const forward = (signal: NodeJS.Signals) => void child.kill(signal);
    process.once('SIGTERM', forward).once('SIGINT', forward);
    child.once('close', (code) => {
      process.off('SIGTERM', forward).off('SIGINT', forward);
      resolve(code ?? 1);
    });
  });
}

/** Inside `npm test` npm says where it is; otherwise it lies beside Node. */
function npm(...args: readonly string[]): readonly string[] {
  const itself = process.env['npm_execpath'];
  const beside = join(process.execPath, '../../lib/node_modules/npm/bin/npm-cli.js');
  return [itself?.endsWith('.js') ? itself : beside, ...args];
}
