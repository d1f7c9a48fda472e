import type { FastifyRequest } from 'fastify';
import { ANONYMOUS_REPORTER, type Actor } from '../domain/actor.ts';
import type { Policy } from '../domain/policy.ts';
import type { ApiDependencies } from './dependencies.ts';
import { ProblemError, unavailable } from './problem.ts';

/** Who calls where anybody may: a reporter needs no account. */
export const ANONYMOUS: Actor = { username: ANONYMOUS_REPORTER, roles: [] };

/** The scheme's token syntax, and no longer than any token of ours. Source: RFC 6750. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,512}=*)$/i;

/**
 * The person of a bearer token, with the roles that the policy in force gives them now. Throws `not-signed-in`, and
 * `unavailable` when the tokens cannot be read: a good token must not be called bad.
 */
export async function signIn(
  { tokens, policy }: Pick<ApiDependencies, 'tokens' | 'policy'>,
  request: FastifyRequest,
): Promise<Actor> {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw notSignedIn('Send `Authorization: Bearer <token>`; none, or no such header, came.');
  const username = await tokens.usernameOf(token).catch((error: unknown) => {
    throw unavailable('The tokens cannot be read at this moment. Ask again.', error);
  });
  const actor = username === null ? null : actorOf(policy, username);
  if (actor === null)
    throw notSignedIn('This bearer token is nobody’s. Ask whoever runs the system for a new one.');
  return actor;
}

/** Null for whom the policy does not name: a token alone makes nobody a person of the process. */
export function actorOf(policy: Pick<Policy, 'people'>, username: string): Actor | null {
  const person = policy.people.find((candidate) => candidate.username === username);
  return person === undefined ? null : { username: person.username, roles: person.roles };
}

function notSignedIn(detail: string): ProblemError {
  return new ProblemError('not-signed-in', detail);
}
