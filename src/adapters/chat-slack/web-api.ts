import type { Egress } from '../../egress.ts';
import { later, type NotDone, refused } from '../../ports.ts';

/** The Web API of Slack. */

export interface SlackOptions {
  readonly egress: Egress;
  /** `https://slack.com/api`, without a slash at the end. */
  readonly baseUrl: string;
  /** Of a bot: `xoxb-…`. */
  readonly token: string;
  /** For all calls of one piece of work together. */
  readonly timeoutMs?: number;
}

export type SlackSaid =
  | { readonly outcome: 'done'; readonly content: Fields }
  | (NotDone & { readonly outcome: NotDone['outcome'] });

export type Fields = Readonly<Record<string, unknown>>;

export type Slack = (method: string, fields: Readonly<Record<string, string>>) => Promise<SlackSaid>;

const TIMEOUT_MS = 20_000;

/** Calls under one deadline. */
export function slackOf({ egress, baseUrl, token, timeoutMs = TIMEOUT_MS }: SlackOptions): Slack {
  const endsAtMs = Date.now() + timeoutMs;
  return async (method, fields) => {
    const answer = await egress.request({
      method: 'POST',
      url: `${baseUrl}/${method}`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(fields).toString(),
      guard: 'own',
      timeoutMs: Math.max(1, endsAtMs - Date.now()),
    });
    if (answer.outcome !== 'answered') return later(answer.code);
    const { status, retryAfterMs } = answer;
    const content = fieldsIn(answer.body);
    if (status === 429) return later('ratelimited', retryAfterMs);
    if (status >= 500 || content === null) return later(status >= 500 ? String(status) : 'protocol');
    if (content['ok'] === true) return { outcome: 'done', content };
    const code = codeIn(content['error']) ?? String(status);
    return PASSING.has(code) ? later(code, retryAfterMs) : refused(code);
  };
}

/** Of a day that is bad, or for the operator to mend. Source: Slack, errors common to all methods. */
const PASSING: ReadonlySet<string> = new Set([
  ...[
    'ratelimited',
    'rate_limited',
    'internal_error',
    'fatal_error',
    'service_unavailable',
    'request_timeout',
  ],
  ...['invalid_auth', 'not_authed', 'token_expired', 'token_revoked', 'account_inactive', 'missing_scope'],
]);

/** Pages of a list, until there are no more. */
export async function allOf(
  slack: Slack,
  method: string,
  { fields, list }: { readonly fields: Readonly<Record<string, string>>; readonly list: string },
): Promise<{ readonly outcome: 'done'; readonly items: readonly Fields[] } | NotDone> {
  const items: Fields[] = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const said = await slack(method, { ...fields, limit: '200', ...(cursor !== '' && { cursor }) });
    if (said.outcome !== 'done') return said;
    const found = said.content[list];
    if (!Array.isArray(found)) return later('protocol');
    for (const item of found.map(fieldsOf)) if (item !== null) items.push(item);
    const next = fieldsOf(said.content['response_metadata'])?.['next_cursor'];
    if (typeof next !== 'string' || next === '') return { outcome: 'done', items };
    cursor = next;
  }
  return later('too-much');
}

const PAGES_MAX = 500;

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null;
}

function fieldsIn(body: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return null;
  }
}

function codeIn(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : null;
}

/** Identifiers, and null for what is none. */
export function idIn(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : null;
}
