import { storableText } from '../domain/text-layout.ts';

/** Deeper than any form we know; Postgres refuses what is some thousands deep, and a report must not be refused for it. */
const DEEPEST = 100;

/**
 * Foreign words as Postgres can keep them: jsonb has no NUL and no half of a surrogate pair, which become U+FFFD, in
 * names of members too. What lies deeper than 100 levels is kept as the note that it did.
 */
export function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '(nested too deeply to be kept)';
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [storableText(name), storable(member, depth + 1)]),
  );
}
