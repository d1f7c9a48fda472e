import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

const KEPT_LINES = 15;
/** One predecessor is kept: enough to look back, and a stand that runs for months fills no disk. */
const FULL_AT_BYTES = 20 * 1024 * 1024;

/** Where the output of one process goes: a file, and its last lines in memory to be shown when the process ends. */
export interface ProcessLog {
  readonly file: string;
  follow(stream: Readable): void;
  lastLines(): readonly string[];
  /** Forgets the last lines, so that what is shown of a process is its own. */
  turnPage(): void;
  close(): void;
}

export function openProcessLog(file: string, onLine: (line: string) => void = () => {}): ProcessLog {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > FULL_AT_BYTES) renameSync(file, `${file}.1`);
  const out = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // A full disk must not end the stand, which would take everything with it; the lines in memory remain.
  out.on('error', () => {});
  let last: string[] = [];
  const take = (line: string) => {
    last = [...last.slice(1 - KEPT_LINES), line];
    onLine(line);
  };
  return {
    file,
    follow(stream) {
      stream.on('data', (chunk: Buffer) => out.write(chunk));
      splitLines(stream, take);
    },
    lastLines: () => last,
    turnPage: () => (last = []),
    close: () => out.end(),
  };
}

function splitLines(stream: Readable, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}

const WARNING = 40;
/** As pino counts, for programs that write words. */
const LEVEL_OF: Readonly<Record<string, number>> = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const SHOWN_CHARACTERS = 400;

/**
 * The line as a person at the terminal should see it, or undefined when it is no more than information. Structured lines
 * say how grave they are; anything else is none of ours, and shown.
 */
export function graveLine(line: string): string | undefined {
  const entry = structured(line);
  if (entry !== undefined && entry.level < WARNING) return undefined;
  return line.trim() === '' ? undefined : readable(line);
}

/** A structured line as words, any other as it is; cut where it gets too long to read. */
export function readable(line: string): string {
  const shown = structured(line)?.words ?? line;
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)} …` : shown;
}

interface StructuredLine {
  readonly level: number;
  readonly words: string;
}

/** Lines of pino (server, worker) and zap (Temporal). */
function structured(line: string): StructuredLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, err, error } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const grade = typeof level === 'string' ? LEVEL_OF[level] : level;
    if (typeof grade !== 'number') return undefined;
    const words = [msg, messageOf(err), messageOf(error)].filter((part) => part !== undefined && part !== '');
    return { level: grade, words: words.join(': ') };
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  return String(error.message);
}
