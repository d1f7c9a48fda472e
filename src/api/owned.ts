import type { Actor } from '../domain/actor.ts';
import type { Subject } from './call.ts';
import type { ApiDependencies } from './dependencies.ts';
import { ProblemError } from './problem.ts';

/** What belongs to one person, and is theirs alone to change. */
export interface Owned extends Subject {
  readonly username: string;
}

/** `me` is whoever asks. Throws `not-found` for whom the policy does not name. */
export function owned({ policy }: Pick<ApiDependencies, 'policy'>, actor: Actor, said: string): Owned {
  const username = said === 'me' ? actor.username : said;
  if (!policy.people.some((person) => person.username === username)) {
    throw new ProblemError('not-found', 'The policy names nobody of this username.');
  }
  return { incident: null, about: { person: username }, username };
}
