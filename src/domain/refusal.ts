/**
 * Why a step is refused. The code is the stable part: the API turns it into a problem
 * `urn:tocsin:problem:<code>`, and docs/errors.md lists exactly these.
 */
export const PROBLEM_STATUS = {
  malformed: 400,
  'not-signed-in': 401,
  'not-yours': 403,
  'not-found': 404,
  'not-now': 409,
  'already-done': 409,
  'predecessor-missing': 409,
  'reply-owed': 409,
  'wrong-stage': 409,
  'link-expired': 410,
  'too-large': 413,
  'wrong-media-type': 415,
  invalid: 422,
  'unknown-key': 422,
  'key-reused': 422,
  'reason-required': 422,
  'conference-required': 422,
  'criteria-missing': 422,
  'insecure-channel': 422,
  'not-waivable': 422,
  'too-fast': 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Readonly<Record<string, number>>;

export type ProblemCode = keyof typeof PROBLEM_STATUS;
export const PROBLEM_CODES = Object.keys(PROBLEM_STATUS) as readonly ProblemCode[];

/** A step that is not taken. `detail` says what was expected, what came, and what to do; never a RED or AMBER word. */
export interface Refusal {
  readonly refused: ProblemCode;
  readonly detail: string;
  /** JSON pointer into the request's body, where one field is to blame. */
  readonly pointer?: string;
}

export function refuse(refused: ProblemCode, detail: string, pointer?: string): Refusal {
  return pointer === undefined ? { refused, detail } : { refused, detail, pointer };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
