import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { TSX_LOADER } from '../dev/tsx-loader.ts';

/** A process of the floor, run as ours are: TypeScript through the same loader. */
export interface Child<Ready> {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Ready;
  stop(): Promise<void>;
}

/** What both processes of the floor are told. */
export interface FloorSettings {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  /** `host:port` */
  readonly temporal: string;
  readonly taskQueue: string;
}

const STOPPED_WITHIN_MS = 15_000;

/** Starts the script, hands it the settings and waits until it says that it is ready: see `serveParent`. */
export async function startChild<Ready>(script: URL, settings: FloorSettings): Promise<Child<Ready>> {
  const child = spawn(process.execPath, ['--import', TSX_LOADER, fileURLToPath(script)], {
    // The channel ends with this process, however it ends; theirs ends with it.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready));
    child.once('exit', () => reject(new Error(`${fileURLToPath(script)} did not start; see above`)));
  });
  child.send(settings);
  return { ready: await ready, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  const isOver = await Promise.race([
    exited.then(() => true),
    sleep(STOPPED_WITHIN_MS, false, { ref: false }),
  ]);
  if (!isOver) child.kill('SIGKILL');
}

/** The other side of `startChild`: runs `start` with the settings, says what it gives, and ends with the channel. */
export function serveParent(start: (settings: FloorSettings) => Promise<object>): void {
  // Ctrl-C reaches the whole group; the bench decides when it no longer needs us.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  process.once('disconnect', () => process.exit(0));
  process.once('message', (settings) => {
    start(settings as FloorSettings).then(
      (ready) => process.send?.(ready),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
