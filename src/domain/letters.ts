import type { NoticePurpose } from './effects.ts';
import type { ReportKind } from './vocabulary.ts';

/**
 * The letters that leave, as the policy words them. `{{name}}` stands for a value; there is no logic, and a value is never
 * looked into again: what a reporter or responder wrote stays what they wrote, braces included.
 */
export interface Letters {
  /** Below every letter, its lines kept. */
  readonly signature: string;
  /** Below a letter with words of the incident. */
  readonly signatureOfWords: string;
  /** By kind of report; `other` is for kinds without one of their own. */
  readonly autoReply: Readonly<Partial<Record<ReportKind, Template>>> & { readonly other: Template };
  readonly reply: Template;
  readonly question: Template;
  /** Around a notice to an audience. */
  readonly announcement: Template;
  readonly notices: Readonly<Record<NoticePurpose, Template>>;
}

export interface Template {
  readonly subject: string;
  /** Paragraphs. */
  readonly body: readonly string[];
}

export const NOTICE_PURPOSES = [
  'reminder',
  'sponsor-told',
  'asked',
  'handed-off',
  'reply-returned',
] as const satisfies readonly NoticePurpose[];

/** What may stand in a letter, and what has to. */
export interface Placeholders {
  readonly known: readonly string[];
  readonly inSubject: readonly string[];
  readonly inBody: readonly string[];
}

/** Of the organization and of how it is reached: in every letter. */
const EVERYWHERE = [
  'incident',
  'csirt',
  'organization',
  'phone',
  'businessHours',
  'mailWait',
  'nothingSensitive',
];

/**
 * Without its reference nobody finds an incident again; without the phone a reporter in need waits for a mail to be read; a
 * label stands above and before the words that it is for. Source: IC-3, IC-4, IC-30.
 */
export const PLACEHOLDERS = {
  signature: { known: [...EVERYWHERE], inSubject: [], inBody: ['phone'] },
  signatureOfWords: {
    known: [...EVERYWHERE, 'label', 'howToShare'],
    inSubject: [],
    inBody: ['phone', 'incident'],
  },
  autoReply: {
    known: [...EVERYWHERE, 'received', 'replyDue', 'replyWithin', 'statusUrl'],
    inSubject: ['incident'],
    inBody: ['incident', 'phone', 'nothingSensitive', 'statusUrl'],
  },
  reply: {
    known: [...EVERYWHERE, 'label', 'text'],
    inSubject: ['incident', 'label'],
    inBody: ['label', 'text'],
  },
  question: {
    known: [...EVERYWHERE, 'label', 'text', 'statusUrl'],
    inSubject: ['incident', 'label'],
    inBody: ['label', 'text', 'statusUrl'],
  },
  announcement: {
    known: [...EVERYWHERE, 'label', 'text', 'title'],
    inSubject: ['incident', 'label', 'title'],
    inBody: ['label', 'text'],
  },
  notices: {
    known: [...EVERYWHERE, 'step', 'facts'],
    inSubject: ['incident'],
    inBody: ['facts'],
  },
} as const satisfies Readonly<Record<keyof Letters, Placeholders>>;

const PLACEHOLDER = /\{\{([a-zA-Z]+)\}\}/g;

export function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** True where something looks like a placeholder and is none: `{{ incident }}`, `{{incident}`. */
export function hasBrokenPlaceholder(text: string): boolean {
  return /\{\{|\}\}/.test(text.replaceAll(PLACEHOLDER, ''));
}

/**
 * In one pass, so that what is filled in is never read as a template.
 *
 * @throws {RangeError} for a placeholder without a value; the policy's checks refuse those before.
 */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined)
      throw new RangeError(`Nothing is known for the placeholder ${name} of a letter.`);
    return value;
  });
}
