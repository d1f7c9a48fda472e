import { z } from 'zod';
import {
  hasBrokenPlaceholder,
  type Letters,
  NOTICE_PURPOSES,
  PLACEHOLDERS,
  type Placeholders,
  placeholdersIn,
  type Template,
} from '../domain/letters.ts';
import { REPORT_KINDS } from '../domain/vocabulary.ts';
import type { Mistake, Path } from './mistake.ts';

/** What a letter must say and may name. It is read at the start, so that none fails when it has to leave. */
export function mistakesOfLetters(letters: Letters): readonly Mistake[] {
  const { signature, signatureOfWords, autoReply, reply, question, announcement, notices } = letters;
  const at = (...path: Path) => ['letters', ...path];
  return [
    ...mistakesOfTexts(at('signature'), [[at('signature'), signature]], PLACEHOLDERS.signature),
    ...mistakesOfTexts(
      at('signatureOfWords'),
      [[at('signatureOfWords'), signatureOfWords]],
      PLACEHOLDERS.signatureOfWords,
    ),
    ...[...REPORT_KINDS, 'other' as const].flatMap((kind) => {
      const template = autoReply[kind];
      return template === undefined
        ? []
        : mistakesOfTemplate(at('autoReply', kind), template, PLACEHOLDERS.autoReply);
    }),
    ...mistakesOfTemplate(at('reply'), reply, PLACEHOLDERS.reply),
    ...mistakesOfTemplate(at('question'), question, PLACEHOLDERS.question),
    ...mistakesOfTemplate(at('announcement'), announcement, PLACEHOLDERS.announcement),
    ...NOTICE_PURPOSES.flatMap((purpose) =>
      mistakesOfTemplate(at('notices', purpose), notices[purpose], PLACEHOLDERS.notices),
    ),
  ];
}

function mistakesOfTemplate(path: Path, { subject, body }: Template, placeholders: Placeholders) {
  const inSubject = {
    ...placeholders,
    known: placeholders.known.filter((name) => !NEVER_IN_A_SUBJECT.includes(name)),
    inBody: placeholders.inSubject,
  };
  return [
    ...mistakesOfTexts([...path, 'subject'], [[[...path, 'subject'], subject]], inSubject),
    ...mistakesOfTexts(
      [...path, 'body'],
      body.map((paragraph, n) => [[...path, 'body', n], paragraph]),
      placeholders,
    ),
  ];
}

/** Whole texts, and the address that opens a status page: a subject is read by everybody on the way. */
const NEVER_IN_A_SUBJECT: readonly string[] = ['text', 'facts', 'statusUrl', 'nothingSensitive'];

/** Several texts that are one: what has to be said may be said in any of them. */
function mistakesOfTexts(
  whole: Path,
  texts: readonly (readonly [path: Path, text: string])[],
  { known, inBody }: Placeholders,
): readonly Mistake[] {
  const said = texts.flatMap(([, text]) => placeholdersIn(text));
  const missing = inBody
    .filter((name) => !said.includes(name))
    .map((name) => ({ path: whole, expected: `{{${name}}} somewhere in it`, got: 'none' }));
  const expected = `no placeholders but ${known.map((name) => `{{${name}}}`).join(', ')}`;
  const wrong = texts
    .filter(
      ([, text]) => hasBrokenPlaceholder(text) || placeholdersIn(text).some((name) => !known.includes(name)),
    )
    .map(([path]) => ({ path, expected }));
  return [...wrong, ...missing];
}

/** One line, or the header of a mail would be two. */
const line = z.string().regex(/^[^\r\n]*\S[^\r\n]*$/, 'a text of one line');
const paragraph = z.string().regex(/\S/, 'a text');
const template = z.strictObject({ subject: line, body: z.array(paragraph).min(1) });

export const lettersShape = {
  signature: paragraph,
  signatureOfWords: paragraph,
  autoReply: z.strictObject({
    ...Object.fromEntries(REPORT_KINDS.map((kind) => [kind, template.optional()])),
    other: template,
  }) as z.ZodType<Letters['autoReply']>,
  reply: template,
  question: template,
  announcement: template,
  notices: z.record(z.enum(NOTICE_PURPOSES), template),
};
