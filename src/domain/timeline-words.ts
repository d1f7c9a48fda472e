import { PROCESS } from './actor.ts';
import { utcSeconds } from './local-time.ts';

/** Stands where words were, and are no more: the record keeps that they were there. */
const TEXT_DESTROYED = '[text destroyed]';

/** What an event's words are taken from: the stored bodies by text id. One that is missing was destroyed. */
export type Texts = ReadonlyMap<string, unknown>;

/**
 * The words under an id: the first of the fields that the stored body has, there or in its `outcome`. Empty where
 * nothing was said, and `[text destroyed]` where it was.
 */
export function said(texts: Texts, textId: string | null, ...fields: readonly string[]): string {
  if (textId === null) return '';
  const body = texts.get(textId);
  if (body === undefined || body === null) return TEXT_DESTROYED;
  if (typeof body === 'string') return body;
  for (const field of fields) {
    const value = fieldOf(body, field) ?? fieldOf(fieldOf(body, 'outcome'), field);
    if (value !== undefined && value !== null && value !== '') return spoken(value);
  }
  return '';
}

/** A single word of the stored body, such as its method; null where there is none, or no text any more. */
export function wordOf(texts: Texts, textId: string | null, field: string): string | null {
  const word = said(texts, textId, field);
  return word === '' || word === TEXT_DESTROYED ? null : word;
}

/** The object under an id, or the one in a field of it; null where there is none, or none any more. */
export function fieldsUnder(texts: Texts, textId: string | null, field?: string): Fields | null {
  const body = textId === null ? undefined : texts.get(textId);
  const found = field === undefined ? body : fieldOf(body, field);
  return typeof found === 'object' && found !== null ? (found as Fields) : null;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The whole outcome of a row: `needed: no; reason: …`. */
export function details(texts: Texts, textId: string | null): string {
  if (textId === null) return '';
  const body = texts.get(textId);
  if (body === undefined || body === null) return TEXT_DESTROYED;
  const outcome = fieldOf(body, 'outcome');
  const note = fieldOf(body, 'note');
  const parts = outcome === undefined ? [spoken(body)] : [spoken(outcome), spoken(note)];
  return parts.filter((part) => part !== '').join('; ');
}

/** `what: words`, or only what was done where nothing was said. */
export function line(what: string, words: string): string {
  return words === '' ? what : `${what}: ${words}`;
}

/** `alice@`: people by internal username. The process itself has no mailbox. Source: NM-24. */
export function person(username: string): string {
  return username === PROCESS ? PROCESS : `${username}@`;
}

export function people(usernames: readonly string[]): string {
  return usernames.map(person).join(', ');
}

/** A key of a closed list, to be read: `change-control-needed` → `change control needed`. */
export function readable(key: string): string {
  return key.replaceAll('-', ' ');
}

/** `1 report`, `3 reports`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** An instant in whole seconds, anything else as it is. */
export function instant(word: string): string {
  return INSTANT.test(word) ? utcSeconds(Date.parse(word)) : word;
}

/** Any value that was stored, in words. */
export function spoken(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return instant(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toString();
  if (Array.isArray(value)) return value.map(spokenItem).join(', ');
  return Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined && field !== '')
    .map(([name, field]) => `${nameOf(name)}: ${spoken(field)}`)
    .join('; ');
}

function spokenItem(item: unknown): string {
  return typeof item === 'object' && item !== null ? `(${spoken(item)})` : spoken(item);
}

/** `carrierNotifiedAt` → `carrier notified at`. */
function nameOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function fieldOf(body: unknown, field: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return undefined;
  return (body as Readonly<Record<string, unknown>>)[field];
}
