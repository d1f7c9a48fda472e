/**
 * Why there is no answer. `timeout`: it took longer than it may; `unreachable`: no connection was made, or the name is
 * unknown; `untrusted`: the certificate is not for this host, or of nobody we trust; `dropped`: the connection ended
 * before the answer, which may be after the far side did what it was asked; `protocol`: what came is not HTTP.
 */
export type FailureCode = 'timeout' | 'unreachable' | 'untrusted' | 'dropped' | 'protocol';

/** From what undici or Node throws: by its code or name, never its text. */
export function failureCodeOf(error: unknown): FailureCode {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  if (name === 'HTTPParserError') return 'protocol';
  if (typeof code !== 'string') return 'unreachable';
  return FAILURES.find(([pattern]) => pattern.test(code))?.[1] ?? 'unreachable';
}

const FAILURES: readonly (readonly [RegExp, FailureCode])[] = [
  [/^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/, 'timeout'],
  [/^UND_ERR_(SOCKET|CLOSED|DESTROYED|ABORTED)$|^ECONNRESET$|^EPIPE$/, 'dropped'],
  [/CERT|^UNABLE_TO_|^SELF_SIGNED|^DEPTH_ZERO/, 'untrusted'],
  [/^UND_ERR_|^ERR_SSL|^EPROTO$/, 'protocol'],
];
