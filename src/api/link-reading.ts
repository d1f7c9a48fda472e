import type { FastifyRequest } from 'fastify';
import { may, type Verb } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import type { ApiDependencies } from './dependencies.ts';
import { findPage, type PageSubject } from './page-reading.ts';
import { ProblemError } from './problem.ts';
import { actorOf } from './sign-in.ts';

/** A page as somebody's link found it. */
export interface LinkedSubject extends PageSubject {
  /** Whose link it is, with the roles that the policy in force gives them now. */
  readonly person: Actor;
  readonly token: string;
}

/**
 * The page of a link, for its person. Throws `link-expired`, and `not-found` for what is no link of ours, and for whom the
 * policy does not name any more or the page is not (any longer) to answer: a link gives nobody more than they may.
 */
export async function findLinked(
  { db, policy, links }: Pick<ApiDependencies, 'db' | 'policy' | 'links'>,
  request: FastifyRequest,
  { token, verb }: { readonly token: string; readonly verb: Verb & ('page' | 'acknowledge') },
): Promise<LinkedSubject> {
  const link = links.readLink(token);
  if (link === 'expired') throw expired();
  const person = link === 'invalid' ? null : actorOf(policy, link.username);
  if (link === 'invalid' || person === null) throw noSuchLink();
  const found = await findPage(db, policy, person, link.pageId).catch((error: unknown) => {
    throw error instanceof ProblemError && error.code === 'not-found' ? noSuchLink() : error;
  });
  if (may(person, verb, found.incident, found.about) !== null) throw noSuchLink();
  // For the log alone: the call itself is for anybody who has the link.
  request.actor = person;
  return { ...found, person, token };
}

function expired(): ProblemError {
  return new ProblemError(
    'link-expired',
    'This link was good for a time that is over. Sign in to take the page, or run `npx tocsin ack` with the identifier that stands in the message.',
  );
}

function noSuchLink(): ProblemError {
  return new ProblemError(
    'not-found',
    'Either it is not complete (copy the whole of it from the message), or it is not for you any more. Signed in, `npx tocsin pages` shows what rings.',
  );
}
