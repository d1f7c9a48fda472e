import { isObject, type Json, type Request } from './call.ts';
import { CommandFailure, type Exit } from './exit-codes.ts';

export interface Client {
  /** Without a slash at the end. */
  readonly url: string;
  /** Undefined means not signed in. */
  readonly token: string | undefined;
}

export interface Answer {
  /** As it came. */
  readonly text: string;
  readonly isJson: boolean;
}

/** The server answers a decision within seconds or says that it cannot; nobody waits longer than this. */
const ANSWER_WITHIN_MS = 30_000;

/** Asks the API. `key` makes asking again safe: the server does a thing once per key. */
export async function ask(client: Client, request: Request, key: string): Promise<Answer> {
  const isWrite = request.method === 'POST';
  const response = await fetchAnswer(client, request, key);
  const text = await response.text().catch((cause: unknown) => {
    throw noAnswer(client, isWrite, key, cause);
  });
  if (response.ok) return { text, isJson: isJson(response) };
  const exit = exitOf(response.status);
  const known = problemOf(text);
  throw new CommandFailure(
    exit,
    known?.sentence ?? `The server answered ${response.status} without saying why.`,
    {
      details: [...(known?.places ?? []), ...advice(exit, client, isWrite, key)],
    },
  );
}

async function fetchAnswer(client: Client, request: Request, key: string): Promise<Response> {
  const isWrite = request.method === 'POST';
  try {
    return await fetch(`${client.url}${request.path}`, {
      method: request.method,
      headers: {
        accept: request.accept,
        ...(client.token !== undefined && { authorization: `Bearer ${client.token}` }),
        ...(isWrite && { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(isWrite && { body: JSON.stringify(request.body) }),
      // The token is for this server alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (cause) {
    throw noAnswer(client, isWrite, key, cause);
  }
}

function noAnswer(client: Client, isWrite: boolean, key: string, cause: unknown): CommandFailure {
  return new CommandFailure('unavailable', `No answer from ${client.url} (${reasonOf(cause)}).`, {
    details: advice('unavailable', client, isWrite, key),
    cause,
  });
}

/** `fetch` itself says only that it failed; the system’s own word is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return `nothing came within ${ANSWER_WITHIN_MS / 1000} s`;
  const { cause } = error;
  if (isObject(cause) && typeof cause['code'] === 'string') return cause['code'];
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.message;
}

function exitOf(status: number): Exit {
  if (status === 401 || status === 403) return 'not-yours';
  // 502 and 504 are a proxy’s words for the same.
  if (status === 502 || status === 503 || status === 504) return 'unavailable';
  return status >= 400 && status < 500 ? 'refused' : 'unexpected';
}

/** A signed record is JSON too, and is to be kept as it came. */
function isJson(response: Response): boolean {
  return /^application\/json\b/.test(response.headers.get('content-type') ?? '');
}

interface Problem {
  readonly sentence: string;
  readonly places: readonly string[];
}

/** Source: RFC 9457. Null for an answer that is no problem document. */
function problemOf(text: string): Problem | null {
  const body = parsed(text);
  if (body === null) return null;
  const sentence = [body['detail'], body['title']].find((said) => typeof said === 'string' && said !== '');
  if (typeof sentence !== 'string') return null;
  const errors = Array.isArray(body['errors']) ? body['errors'].filter(isObject) : [];
  return { sentence, places: errors.map(placeOf).filter((place) => place !== `: ${sentence}`) };
}

function placeOf({ pointer, parameter, detail }: Json): string {
  const where = [pointer, parameter].find((said) => typeof said === 'string') ?? '';
  return `${where}: ${typeof detail === 'string' ? detail : ''}`;
}

function parsed(text: string): Json | null {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

function advice(exit: Exit, { token }: Client, isWrite: boolean, key: string): readonly string[] {
  if (exit === 'not-yours' && token === undefined) return ['TOCSIN_TOKEN is not set.'];
  if (exit === 'unavailable' && isWrite) {
    return [`Whether it was done is unknown. The same command with --key ${key} finds out, or does it.`];
  }
  return [];
}
