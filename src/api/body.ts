import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

/** Deeper than any body of ours, and shallow enough for every recursion behind the door. */
const DEEPEST = 32;

/** A body as it came in, made safe to store: no NUL, no lone surrogate, no nesting without end. */
export interface ReadBody {
  readonly value: unknown;
  /** True where something of it had to be replaced to be kept. */
  readonly isMended: boolean;
}

/**
 * Reads a JSON body. A NUL in a text becomes U+FFFD, because Postgres holds none. `strict` refuses bytes that are not
 * UTF-8 and nesting without end; `mend` keeps what can be kept of them, as it is done for reports.
 * Throws `malformed`.
 */
export function readBody(bytes: Buffer, how: 'strict' | 'mend'): ReadBody {
  const isMended = !isUtf8(bytes);
  if (isMended && how === 'strict') {
    throw new ProblemError('malformed', 'Expected JSON in UTF-8; the body has bytes that are not UTF-8.');
  }
  const cleaner = new Cleaner(how);
  const value = cleaner.clean(parse(new TextDecoder().decode(bytes)), 0);
  return { value, isMended: isMended || cleaner.isMended };
}

function parse(text: string): unknown {
  if (text.trim() === '') throw new ProblemError('malformed', 'Expected a JSON object; the body is empty.');
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message repeats the text it stopped at, which may be anything: it stays out of the answer.
    throw new ProblemError('malformed', 'Expected JSON; the body cannot be parsed.', { cause: error });
  }
}

class Cleaner {
  isMended = false;
  readonly #how: 'strict' | 'mend';

  constructor(how: 'strict' | 'mend') {
    this.#how = how;
  }

  clean(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#cleanText(value);
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#replaced('a number out of range');
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= DEEPEST) return this.#replaced(`nested deeper than ${DEEPEST} levels`);
    if (Array.isArray(value)) return value.map((item) => this.clean(item, depth + 1));
    const entries = Object.entries(value);
    // `fromEntries` defines properties, so that a key `__proto__` is a key like any other.
    return Object.fromEntries(
      entries.map(([key, item]) => [this.#cleanText(key), this.clean(item, depth + 1)]),
    );
  }

  #cleanText(text: string): string {
    const cleaned = withoutUnstorable(text);
    if (cleaned !== text) this.isMended = true;
    return cleaned;
  }

  #replaced(what: string): string {
    if (this.#how === 'strict')
      throw new ProblemError('malformed', `The body cannot be read: it has ${what}.`);
    this.isMended = true;
    return `[left out: ${what}]`;
  }
}

/** Postgres holds neither a NUL nor half of a surrogate pair. */
function withoutUnstorable(text: string): string {
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD');
}

/** The body of a call that takes bytes, as it came; nothing where none came. */
export function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** The body that the parser read; an empty object where none came. */
export function rawBodyOf(request: Pick<FastifyRequest, 'body'>): ReadBody {
  return (request.body as ReadBody | null | undefined) ?? { value: {}, isMended: false };
}
