import type { Egress } from '../../egress.ts';
import { later, type NotDone, refused } from '../../ports.ts';

/** The client-server API of a Matrix homeserver, v1. */

export interface MatrixOptions {
  readonly egress: Egress;
  /** The homeserver, without a slash at the end. */
  readonly baseUrl: string;
  /** The access token of `user`. */
  readonly token: string;
  /** Who we are: `@tocsin:example.org`. */
  readonly user: string;
  /** For all calls of one message together. */
  readonly timeoutMs?: number;
}

/** Everything that stands between one message and its answer. */
const TIMEOUT_MS = 15_000;

export type Said =
  | { readonly outcome: 'done'; readonly content: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'not-done'; readonly code: string; readonly answer: NotDone };

export type Homeserver = (
  method: 'GET' | 'POST' | 'PUT',
  path: readonly string[],
  body?: object,
  query?: Readonly<Record<string, string>>,
) => Promise<Said>;

/** Calls under one deadline. */
export function homeserverOf({ egress, baseUrl, token, timeoutMs = TIMEOUT_MS }: MatrixOptions): Homeserver {
  const endsAtMs = Date.now() + timeoutMs;
  return async (method, path, body, query = {}) => {
    const search = Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query).toString()}`;
    const answer = await egress.request({
      method,
      url: `${baseUrl}/_matrix/client/v3/${path.map(encodeURIComponent).join('/')}${search}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      guard: 'own',
      timeoutMs: Math.max(1, endsAtMs - Date.now()),
    });
    if (answer.outcome !== 'answered') return notDone(later(answer.code));
    const content = fieldsOf(answer.body);
    const { status, retryAfterMs } = answer;
    if (status >= 200 && status < 300) return { outcome: 'done', content };
    const code = textOf(content['errcode']) ?? String(status);
    const afterMs = numberOf(content['retry_after_ms']) ?? retryAfterMs;
    return notDone(isPassing(status, code) ? later(code, afterMs) : refused(code));
  };
}

function notDone(answer: NotDone): Said {
  return { outcome: 'not-done', code: answer.code, answer };
}

/** A token that is not known, or an account that was closed, is for the operator to mend. */
function isPassing(status: number, code: string): boolean {
  return status >= 500 || [401, 408, 425, 429].includes(status) || OUR_ACCOUNT.has(code);
}

const OUR_ACCOUNT: ReadonlySet<string> = new Set([
  'M_UNKNOWN_TOKEN',
  'M_MISSING_TOKEN',
  'M_USER_DEACTIVATED',
  'M_USER_LOCKED',
  'M_USER_SUSPENDED',
  'M_LIMIT_EXCEEDED',
]);

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(body);
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    return {};
  }
}

/** Identifiers and codes; null for what could be anything else. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\u{21}-\u{7E}]{1,255}$/u.test(value) ? value : null;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((each) => textOf(each) ?? []) : [];
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
