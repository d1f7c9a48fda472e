import { saidText } from './said-text.ts';

/** What a person answered to a page. */
export interface SaidAnswer {
  readonly kind: 'acknowledge' | 'decline';
  /** Six digits, which say which page; null where none was said. */
  readonly code: string | null;
}

const WORDS: ReadonlyMap<string, SaidAnswer['kind']> = new Map([
  ['ack', 'acknowledge'],
  ['acknowledge', 'acknowledge'],
  ['acknowledged', 'acknowledge'],
  ['yes', 'acknowledge'],
  ['take', 'acknowledge'],
  ['ok', 'acknowledge'],
  ['okay', 'acknowledge'],
  ['no', 'decline'],
  ['not me', 'decline'],
  ['decline', 'decline'],
  ['declined', 'decline'],
]);

/** More than any answer, whatever it quotes; longer ones are not read. */
const LENGTH_MAX = 100_000;

/** A question mark is not among them: who asks has not answered. */
const PUNCTUATION = /[\s.,;:!'"’‘“”()[\]{}<>*_#/|–—-]+/g;

const ANSWER = /^(?<before>[a-z ]*?) ?(?<code>\d(?: ?\d){5})? ?(?<after>[a-z ]*)$/;

/**
 * Reads what a person wrote back by SMS, mail or chat: `ack 123456`, `123456`, `Not me.` A code alone acknowledges. Case,
 * spaces, punctuation, quoted mail and signatures do not matter. Null for everything else: it never guesses, because a
 * page that stops ringing for a misread word is worse than one that goes on. Letters and digits that only look like ours
 * are taken where Unicode calls them the same (fullwidth), and else make it no answer.
 */
export function answerOf(text: string): SaidAnswer | null {
  if (text.length > LENGTH_MAX) return null;
  const said = saidText(text).normalize('NFKC').toLowerCase().replaceAll(PUNCTUATION, ' ').trim();
  const { before = '', code = null, after = '' } = ANSWER.exec(said)?.groups ?? {};
  if (before !== '' && after !== '') return null;
  const word = before === '' ? after : before;
  const kind = word === '' && code !== null ? 'acknowledge' : WORDS.get(word);
  return kind === undefined ? null : { kind, code: code?.replaceAll(' ', '') ?? null };
}
