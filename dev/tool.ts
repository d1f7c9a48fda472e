import { type ChildProcess, spawn } from 'node:child_process';

export interface ToolRun {
  readonly code: number | null;
  /** Both streams together. */
  readonly output: string;
  /** Set when it could not be started at all. */
  readonly startError?: Error;
}

const running = new Set<ChildProcess>();
// A build goes on for minutes when nobody stops it, and Ctrl-C does not reach it: it has a process group of its own.
process.on('exit', () => {
  for (const child of running) killGroup(child);
});

/** Runs a tool to its end and collects what it says. Ends with this process at the latest. */
export function runTool(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly uid?: number;
    readonly gid?: number;
    readonly onOutput?: (text: string) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<ToolRun> {
  const { onOutput, signal, ...spawnOptions } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...spawnOptions,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    let output = '';
    const take = (text: string) => {
      output += text;
      onOutput?.(text);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const abort = () => killGroup(child);
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (run: ToolRun) => {
      running.delete(child);
      signal?.removeEventListener('abort', abort);
      resolve(run);
    };
    child.once('error', (startError) => settle({ code: null, output, startError }));
    child.once('close', (code) => settle({ code, output }));
  });
}

/** The last lines of what a tool said, for a sentence about its failure. */
export function lastLines(output: string, count = 5): string {
  return output
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `\n    ${line}`)
    .join('');
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
