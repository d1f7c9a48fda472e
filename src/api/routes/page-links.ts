import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerFactId } from '../../paging/answering.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { HTML_MEDIA_TYPE } from '../html.ts';
import { baseOf, sendSorry } from '../link-errors.ts';
import { findLinked, type LinkedSubject } from '../link-reading.ts';
import { LINK_STYLE } from '../link-style.ts';
import { linkedPage, type LinkedPage } from '../link-view.ts';
import { pageView } from '../page-view.ts';
import { ProblemError } from '../problem.ts';
import type { Office } from './deciding.ts';

/**
 * Answering a page without signing in, in any browser, without scripts and cookies. The link is the right: signed for one
 * person, one page and a time. Reading changes nothing, whatever is asked along with it, because mail programs and their
 * scanners follow every link; what answers is a form of its own, and saying it twice is saying it once.
 */
export function addPageLinks({ app, ...rest }: Office): void {
  // A scope of its own: errors here are read by people.
  void app.register(async (scope: FastifyInstance) => {
    const office = { ...rest, app: scope };
    scope.setErrorHandler((error, request, reply) => sendSorry(error, request, reply));
    scope.addHook('onRequest', async (_request, reply) => keepPrivate(reply));
    addStyle(office);
    addLook(office);
    addAnswer(office, 'acknowledge');
    addAnswer(office, 'decline');
  });
}

const LinkParams = z.object({ token: z.string() });

const ANSWER = {
  status: 200,
  schema: z.never(),
  description: 'A page to be read in a browser: how the call stands, and forms to answer it.',
  onlyAs: HTML_MEDIA_TYPE,
} as const;

/** Nothing keeps a copy and no other site learns the address, which is a secret. */
function keepPrivate(reply: FastifyReply): void {
  void reply.headers({
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex, nofollow',
  });
}

function addStyle({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'page-link',
    method: 'GET',
    url: '/p/style.css',
    tag: 'Links',
    summary: 'How the pages behind links look',
    answer: {
      ...ANSWER,
      description: 'A style sheet: our pages allow no style in them.',
      onlyAs: 'text/css',
    },
    subject: async () => NO_SUBJECT,
    async handle({ reply }) {
      void reply.type('text/css; charset=utf-8').header('Cache-Control', 'public, max-age=3600');
      return LINK_STYLE;
    },
  });
}

function addLook({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'page-link',
    method: 'GET',
    url: '/p/:token',
    tag: 'Links',
    summary: 'Look at a page by its link; changes nothing',
    params: LinkParams,
    answer: ANSWER,
    alsoProblems: [410],
    subject: (_nobody, { token = '' }, request) => findLinked(dependencies, request, { token, verb: 'page' }),
    handle: async ({ subject, request, reply }) =>
      show(dependencies, subject, { request, reply, said: null }),
  });
}

const SUMMARIES = {
  acknowledge: 'Take a page by its link; the first one wins, a later one is told who has it',
  decline: 'Say by the link that it is not for you, so that the next is called',
} as const;

function addAnswer({ app, dependencies }: Office, act: 'acknowledge' | 'decline'): void {
  const { answers, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'page-link-answer',
    method: 'POST',
    url: `/p/:token/${act}`,
    tag: 'Links',
    summary: SUMMARIES[act],
    description: 'The body is not looked at: a form of a browser sends an empty one.',
    params: LinkParams,
    takes: 'bytes',
    isRepeatable: true,
    answer: ANSWER,
    alsoProblems: [403, 410],
    checkHead: refuseOtherSites,
    subject: (_nobody, { token = '' }, request) =>
      findLinked(dependencies, request, { token, verb: 'acknowledge' }),
    async handle({ subject, request, reply }) {
      const { ref, page, person, token } = subject;
      if (page === null) throw aboutToRing(ref.id);
      const factId = answerFactId({ act, pageId: ref.id, ring: page.ring, by: person.username });
      await answers[act]({ pageId: ref.id, by: person.username, at: now(), factId });
      const after = await findLinked(dependencies, request, { token, verb: 'page' });
      return show(dependencies, after, { request, reply, said: act });
    },
  });
}

/**
 * The token is the secret that another site would have to know, so this is a second lock: browsers say where a form was
 * sent from, and it is never sent from elsewhere. Who does not say it is no browser, or an old one.
 */
function refuseOtherSites(request: FastifyRequest): void {
  if (request.headers['sec-fetch-site'] !== 'cross-site') return;
  throw new ProblemError(
    'not-yours',
    'This was sent from another site. Follow the link in the message, and answer there.',
  );
}

function aboutToRing(pageId: string): ProblemError {
  return new ProblemError('not-now', `Page ${pageId} is just about to ring. Answer again in a moment.`);
}

async function show(
  { policy }: Office['dependencies'],
  { incident, ref, page, person, token }: LinkedSubject,
  {
    request,
    reply,
    said,
  }: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly said: LinkedPage['said'];
  },
): Promise<string> {
  void reply.type(`${HTML_MEDIA_TYPE}; charset=utf-8`);
  const shown = linkedPage({
    page: pageView(incident.id, ref, page, new Map()),
    criticality: incident.criticality,
    username: person.username,
    said,
    base: baseOf(request),
    token,
    policy,
  });
  return shown.markup;
}
