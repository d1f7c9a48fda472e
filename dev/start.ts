import { ConfigError } from '../src/config.ts';
import { readOptions, type StandOptions, USAGE } from './options.ts';
import { describeProblem } from './problem.ts';
import { say } from './progress.ts';
import { bringUp, type Stand, type StopSteps } from './stand.ts';
import { killEverything } from './supervise.ts';

/** Ctrl-C arrives twice within moments, from the terminal and from npm: that is one wish, not two. */
const SAME_WISH_MS = 500;

const startedAtMs = performance.now();
const steps: StopSteps = [];
let stoppedAtMs: number | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void onSignal());
// Started by a test: the channel to it ends when it does, and nobody else would stop us then.
if (process.connected) process.once('disconnect', () => void onSignal());
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (reason) => void fail(reason));
await main();

async function main(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options === undefined) {
      process.stdout.write(USAGE);
      return;
    }
    say(`Starting the stand in ${options.dataDir} …`);
    const stand = await bringUp(options, steps);
    if (stoppedAtMs === undefined) describe(stand, options);
  } catch (error) {
    await fail(error);
  }
}

async function onSignal(): Promise<void> {
  const nowMs = performance.now();
  if (stoppedAtMs === undefined) {
    stoppedAtMs = nowMs;
    say('\nStopping … (Ctrl-C again to force it)');
    await takeSteps();
    say('Stopped. The data stays where it is.');
    process.exit(0);
  }
  if (nowMs - stoppedAtMs < SAME_WISH_MS) return;
  killEverything();
  process.exit(130);
}

/** The last thing started first: the server before the worker, the worker before what it works with. */
async function takeSteps(): Promise<void> {
  while (steps.length > 0) {
    try {
      await steps.pop()?.();
    } catch (error) {
      console.error(describeProblem(error));
    }
  }
}

async function fail(error: unknown): Promise<void> {
  // What breaks because everything is being stopped is no news.
  if (stoppedAtMs !== undefined) return;
  stoppedAtMs = performance.now();
  console.error(error instanceof ConfigError ? error.message : describeProblem(error));
  await takeSteps();
  process.exit(1);
}

function describe({ addresses, tokensFile, logDirectory }: Stand, options: StandOptions): void {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  say(`
Tocsin is up (${seconds} s).

  API           ${addresses.api}  (described at ${addresses.api}/docs)
  Temporal UI   ${addresses.temporalUi ?? `not of this stand; Temporal is at ${addresses.temporal}`}
  Mail          ${addresses.mail ?? 'goes to the server of SMTP_URL'}
  Mail for us   ${addresses.smtpIntake}  (for security@stand.example)
  Tokens        ${tokensFile}  (one per person: responder1, lead1, sponsor1, …)
  Logs          ${logDirectory}

A first report:

  curl -sS ${addresses.api}/v1/reports -H 'content-type: application/json' \\
    -d '{"summary": "Phishing page on our login host", "description": "Seen at 09:40 UTC, it collects passwords."}'

Ctrl-C stops everything; the data stays in ${options.dataDir}.`);
}
