import { ACCESS, type Verb } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import { whoseRow } from '../domain/decisions/actions.ts';
import type { Incident } from '../domain/incident.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ACTION_KEYS } from '../domain/vocabulary.ts';
import type { Db } from '../persistence/database.ts';
import { readRules } from '../persistence/frozen-rules.ts';

interface RowAsked {
  readonly verb: Verb;
  readonly actor: Actor;
  readonly incident: Incident | null;
  /** Of the path, as it came. */
  readonly key: string | undefined;
}

/**
 * Where the row says whose step it is: null when the actor has a part in the row that the path names. Which part is meant
 * is in the body, and is settled once that is read. A key that is no row's is left to the shape of the path.
 */
export async function notYourRow(db: Db, { verb, actor, incident, key }: RowAsked): Promise<Refusal | null> {
  if (incident === null || !ACCESS[verb].who.includes('as-the-row-says')) return null;
  const row = ACTION_KEYS.find((candidate) => candidate === key);
  if (row === undefined) return null;
  const rules = await readRules(db, incident.policy.hash);
  return whoseRow({ incident, by: actor, rules, key: row, part: null });
}
