import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_STATUS } from '../domain/refusal.ts';
import { logProblem, sendProblem, toProblem } from './error-answers.ts';
import { HTML_MEDIA_TYPE } from './html.ts';
import { type LinkedPage, sorryPage } from './link-view.ts';
import { prefers } from './preference.ts';
import type { ProblemError } from './problem.ts';

/** Errors as a person reads them in a browser; software that asks for no HTML gets the problem, as everywhere. */
export function sendSorry(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!prefers(request, HTML_MEDIA_TYPE)) return sendProblem(error, request, reply);
  const problem = toProblem(error);
  logProblem(problem, request);
  if (problem.retryAfterSeconds !== null) void reply.header('Retry-After', String(problem.retryAfterSeconds));
  const page = sorryPage({ ...wordsOf(problem), base: baseOf(request) });
  return reply
    .status(PROBLEM_STATUS[problem.code])
    .type(`${HTML_MEDIA_TYPE}; charset=utf-8`)
    .send(page.markup);
}

/** Seen from a form's address the pages are one step up. */
export function baseOf(request: FastifyRequest): LinkedPage['base'] {
  return request.method === 'POST' ? '../' : '';
}

function wordsOf({ code, message }: ProblemError): { readonly title: string; readonly detail: string } {
  switch (code) {
    case 'not-found':
      return { title: 'This link leads nowhere', detail: message };
    case 'link-expired':
      return { title: 'This link has expired', detail: message };
    case 'unavailable':
      return {
        title: 'Away for a moment',
        detail: 'Whether your answer was kept is not known. Go back and say it again: twice counts once.',
      };
    default:
      return { title: 'This did not work', detail: message };
  }
}
