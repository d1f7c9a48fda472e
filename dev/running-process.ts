import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process as it can be found again later: a number alone may by then belong to somebody else, and nothing that we did
 * not start may ever be stopped by us.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Differs for every process that ever has this number. */
  readonly birth: string;
}

/** Undefined when no such process runs. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const birth = process.platform === 'linux' ? birthByProc(pid) : birthByPs(pid);
  return birth === undefined ? undefined : { pid, birth };
}

export function isRunning({ pid, birth }: ProcessIdentity): boolean {
  return identityOf(pid)?.birth === birth;
}

/** The command line, words separated by spaces; undefined when no such process runs or it cannot be seen. */
export function commandLineOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') return ps('args=', pid);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

/** Asks with the first signal, and takes the next one each time the patience is over. Resolves when it runs no more. */
export async function stopProcess(
  identity: ProcessIdentity,
  { signals, patienceMs }: { readonly signals: readonly NodeJS.Signals[]; readonly patienceMs: number },
): Promise<void> {
  for (const signal of signals) {
    send(identity, signal);
    const untilMs = performance.now() + patienceMs;
    while (performance.now() < untilMs) {
      if (!isRunning(identity)) return;
      await sleep(20);
    }
  }
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

function birthByProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may itself hold spaces and parentheses: the fields that count follow the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    // A zombie has ended; in a container whose first process does not collect its children it stays one for ever.
    if (state === 'Z' || state === 'X') return undefined;
    const STARTED_AT = 19;
    return `${bootId()}/${fields[STARTED_AT]}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function birthByPs(pid: number): string | undefined {
  try {
    return ps('lstart=', pid) || undefined;
  } catch {
    return undefined;
  }
}

function ps(field: string, pid: number): string {
  return execFileSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
