import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readBody } from './body.ts';
import { ProblemError } from './problem.ts';

/**
 * How bodies are read. JSON only, but where a call takes anything: who reports an incident with a tool that calls its
 * JSON by another name has reported it nevertheless. Where a call takes bytes, nothing of them is looked at here.
 */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    settle(done, () => parse(request, bytes));
  });
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    settle(done, () => parseUnnamed(request, bytes));
  });
}

/** No body at all is an empty one: many calls need none. */
function parse(request: FastifyRequest, bytes: Buffer) {
  if (takes(request) === 'bytes') return bytes;
  if (bytes.length === 0) return undefined;
  return readBody(bytes, takesAnything(request) ? 'mend' : 'strict');
}

function parseUnnamed(request: FastifyRequest, bytes: Buffer) {
  if (takes(request) === 'bytes') return bytes;
  if (bytes.length === 0) return undefined;
  if (!takesAnything(request)) throw wrongMediaType();
  try {
    return readBody(bytes, 'mend');
  } catch (error) {
    throw wrongMediaType(error);
  }
}

function takesAnything(request: FastifyRequest): boolean {
  return takes(request) === 'anything';
}

function takes(request: FastifyRequest) {
  return request.routeOptions.config.takes;
}

function wrongMediaType(cause?: unknown): ProblemError {
  return new ProblemError(
    'wrong-media-type',
    'Send JSON, with `Content-Type: application/json`.',
    cause === undefined ? {} : { cause },
  );
}

function settle(done: (error: Error | null, body?: unknown) => void, read: () => unknown): void {
  try {
    done(null, read());
  } catch (error) {
    done(error instanceof Error ? error : new Error('The body cannot be read.', { cause: error }));
  }
}
