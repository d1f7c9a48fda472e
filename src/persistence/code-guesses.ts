import { sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';

/** What a code of six digits was said about: the contact that is to be verified, or the address that answers pages. */
export type GuessSubject =
  | { readonly what: 'answer'; readonly kind: string; readonly address: string }
  | { readonly what: 'contact'; readonly username: string; readonly kind: string; readonly address: string };

/** Of a million codes; whoever mistypes has tries left. */
const WRONG_MAX = 5;

/** 480 tries a day: a code of an hour is found once in 50,000 tries of it. Soon over for whoever only mistyped. */
const WINDOW_MS = 15 * 60_000;

export interface Guess {
  /** False when there were too many: the code is not looked at, right or wrong. */
  readonly isAllowed: boolean;
  /** True for the first that is not. */
  readonly isFirstRefused: boolean;
  /** When the next may be said again, epoch milliseconds. */
  readonly refusedUntil: number;
}

/**
 * Counts a guess, before it is looked at: of many that are said at once no more are allowed than one after the other. One
 * that was right is taken back by `forgetGuesses`.
 */
export async function countGuess(db: Db, subject: GuessSubject, at: number): Promise<Guess> {
  const isOver = sql`g.since <= ${instant(at - WINDOW_MS)}`;
  const { rows } = await sql<{ guesses: number; since: Date }>`
    INSERT INTO code_guesses AS g (subject, guesses, since) VALUES (${nameOf(subject)}, 1, ${instant(at)})
    ON CONFLICT (subject) DO UPDATE SET
      guesses = CASE WHEN ${isOver} THEN 1 ELSE g.guesses + 1 END,
      since = CASE WHEN ${isOver} THEN excluded.since ELSE g.since END
    RETURNING guesses, since`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('a guess was not counted');
  return {
    isAllowed: row.guesses <= WRONG_MAX,
    isFirstRefused: row.guesses === WRONG_MAX + 1,
    refusedUntil: epochMs(row.since) + WINDOW_MS,
  };
}

/** It was right: who knows the code has not guessed. */
export async function forgetGuesses(db: Db, subject: GuessSubject): Promise<void> {
  await db.deleteFrom('code_guesses').where('subject', '=', nameOf(subject)).execute();
}

/** It was none: there was nothing to hold it against. */
export async function takeBackGuess(db: Db, subject: GuessSubject): Promise<void> {
  await db
    .updateTable('code_guesses')
    .set(({ eb }) => ({ guesses: eb('guesses', '-', 1) }))
    .where('subject', '=', nameOf(subject))
    .where('guesses', '>', 0)
    .execute();
}

function nameOf(subject: GuessSubject): string {
  const { what, kind, address } = subject;
  return [what, ...(what === 'contact' ? [subject.username] : []), kind, address].join(':');
}
