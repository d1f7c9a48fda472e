import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_STATUS, type ProblemCode } from '../domain/refusal.ts';
import { unknownCursor } from './paging.ts';
import { PROBLEM_MEDIA_TYPE, problemBody, ProblemError, unavailable } from './problem.ts';

/** Makes every answer that is an error a problem, whoever found the error: a route, the framework, or nobody. */
export function answerErrorsAsProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new ProblemError(
        'not-found',
        `There is no ${request.method} at this path; /openapi.json lists what there is.`,
      ),
      request,
      reply,
    ),
  );
}

/** Also given to the framework for what it refuses before there is a route, such as a path it cannot decode. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  const status = PROBLEM_STATUS[problem.code];
  logProblem(problem, request);
  if (problem.code === 'not-signed-in') void reply.header('WWW-Authenticate', 'Bearer realm="tocsin"');
  if (problem.retryAfterSeconds !== null) void reply.header('Retry-After', String(problem.retryAfterSeconds));
  // Serialized here: an error must reach its asker whatever the route declares.
  const body = JSON.stringify(problemBody(problem, request.id));
  return reply.status(status).type(PROBLEM_MEDIA_TYPE).serializer(asItIs).send(body);
}

/** What cannot be understood as HTTP has no request; its sender is told and hung up on. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(
    problemBody(
      new ProblemError('malformed', 'Expected an HTTP/1.1 request; this one cannot be read.'),
      'none',
    ),
  );
  socket.end(
    [
      `HTTP/1.1 400 ${STATUS_CODES[400]}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** The problem that an error is. What nobody foresaw is `internal`, and says nothing of itself. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = codeOf(error);
  switch (code) {
    case 'record-unavailable':
      return unavailable(
        'The record is away for a moment; the outcome is unknown. Ask again with the same key.',
        error,
      );
    case 'unavailable':
      return unavailable(
        'The process is away for a moment; the outcome is unknown. Ask again with the same key.',
        error,
      );
    case 'malformed-cursor':
      return unknownCursor(error);
    default:
      return frameworkProblem(error, code) ?? internal(error);
  }
}

const FRAMEWORK_PROBLEMS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The body is larger than this call takes. Send less of it.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['wrong-media-type', 'Send JSON, with `Content-Type: application/json`.'],
  FST_ERR_BAD_URL: ['malformed', 'The path cannot be decoded; percent-encode it as UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'There is nothing at this path.'],
};

function frameworkProblem(error: unknown, code: string | null): ProblemError | null {
  const known = code === null ? undefined : FRAMEWORK_PROBLEMS[code];
  if (known !== undefined) return new ProblemError(known[0], known[1], { cause: error });
  if (code?.startsWith('FST_ERR_') !== true) return null;
  const { statusCode = 500 } = error as Partial<FastifyError>;
  const isTheirs = statusCode < 500;
  return isTheirs ? new ProblemError('malformed', 'The request cannot be read.', { cause: error }) : null;
}

function internal(error: unknown): ProblemError {
  return new ProblemError(
    'internal',
    'Something broke on our side; it is logged under the id in `instance`.',
    {
      cause: error,
    },
  );
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** A person's mistake is no event of ours; what is away or broken is, with its cause. */
export function logProblem(problem: ProblemError, request: FastifyRequest): void {
  if (problem.code === 'internal')
    request.log.error({ err: loggable(problem.cause ?? problem) }, 'a request failed');
  else if (problem.code === 'unavailable')
    request.log.warn({ err: loggable(problem.cause ?? problem) }, 'away for a moment');
  else request.log.debug({ code: problem.code }, 'a request was refused');
}

/** What tells where it broke. A driver's `detail` holds values of rows, and those are words of an incident. */
function loggable(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'no error was thrown, but something else' };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    stack,
    code: codeOf(error),
    ...(cause === undefined ? {} : { cause: loggable(cause) }),
  };
}

function asItIs(payload: unknown): string {
  return String(payload);
}
