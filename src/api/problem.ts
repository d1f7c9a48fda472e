import { z } from 'zod';
import { PROBLEM_CODES, PROBLEM_STATUS, type ProblemCode, type Refusal } from '../domain/refusal.ts';

/** The media type of every answer that is an error. Source: RFC 9457. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const URN = 'urn:tocsin:problem:';

/** A stable sentence for each code; what happened in the case at hand is in `detail`. */
const TITLES: Readonly<Record<ProblemCode, string>> = {
  malformed: 'The request cannot be read',
  'not-signed-in': 'You are not signed in',
  'not-yours': 'This step is somebody else’s',
  'not-found': 'There is no such thing, or it is not for you to know',
  'not-now': 'This cannot be done now',
  'already-done': 'This has been done already',
  'predecessor-missing': 'Something else must come first',
  'reply-owed': 'A reply is still owed',
  'wrong-stage': 'The incident is not at a stage that allows this',
  'link-expired': 'The link has expired',
  'too-large': 'The request is too large',
  'wrong-media-type': 'The request is not JSON',
  invalid: 'The request is well-formed but wrong',
  'unknown-key': 'The request names something that the policy does not have',
  'key-reused': 'The idempotency key belongs to another request',
  'reason-required': 'A reason is required',
  'conference-required': 'This is decided in a conference only',
  'criteria-missing': 'The criteria for this criticality are missing',
  'insecure-channel': 'A secure channel is required',
  'not-waivable': 'This row cannot be waived',
  'too-fast': 'Too many requests',
  internal: 'Something broke on our side',
  unavailable: 'The process or its record is away for a moment',
};

/** Where a request is wrong: a pointer into its body, or the name of a parameter. */
export interface ProblemPlace {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

export const ProblemSchema = z
  .object({
    type: z.enum(PROBLEM_CODES.map((code) => `${URN}${code}`)),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().meta({ description: 'JSON pointer into the body of the request.' }),
          parameter: z.string().optional().meta({ description: 'Name of a query parameter or header.' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 has it. docs/errors.md lists the types.' });

export type Problem = z.infer<typeof ProblemSchema>;

/** Thrown anywhere below a route: it becomes the answer as it is. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly places: readonly ProblemPlace[];
  /** For a 503: after how many seconds asking again is worth it. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ProblemCode, detail: string, more: ProblemMore = {}) {
    super(detail, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.places = more.places ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

interface ProblemMore {
  readonly places?: readonly ProblemPlace[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

export function problemOfRefusal({ refused, detail, pointer }: Refusal): ProblemError {
  return new ProblemError(refused, detail, pointer === undefined ? {} : { places: [{ pointer, detail }] });
}

/** One field is wrong: the usual case for what only the policy or the record can tell. */
export function wrongField(code: ProblemCode, pointer: string, detail: string): ProblemError {
  return new ProblemError(code, detail, { places: [{ pointer, detail }] });
}

/** `requestId` is the id under which the request was logged. */
export function problemBody(error: ProblemError, requestId: string): Problem {
  return {
    type: `${URN}${error.code}`,
    title: TITLES[error.code],
    status: PROBLEM_STATUS[error.code],
    detail: error.message,
    instance: `urn:tocsin:request:${requestId}`,
    ...(error.places.length === 0 ? {} : { errors: error.places.map((place) => ({ ...place })) }),
  };
}

/** The outcome is unknown: asking again with the same key finds out or does it. */
export function unavailable(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('unavailable', detail, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Long enough for a restart of a database or a worker to be over, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 2;

/** JSON pointer of a path of keys. Source: RFC 6901. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
