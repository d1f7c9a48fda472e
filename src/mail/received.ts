import type { ReceivedStamp } from './letter.ts';

/**
 * One `Received` line: `from <what it called itself> (…) by <who wrote this> with …; <date>`. Comments go first, because a
 * sender chooses what stands in some of them. Source: RFC 5321, 4.4.
 */
export function stampOf(value: string): ReceivedStamp {
  const bare = withoutComments(value);
  const semicolon = bare.lastIndexOf(';');
  const clauses = semicolon === -1 ? bare : bare.slice(0, semicolon);
  const [before = '', from] = /^\s*from\s+(\S+)/i.exec(clauses) ?? [];
  return {
    from: hostOf(from),
    // Looked for behind the name that the other side gave itself, which may be `by`.
    by: hostOf(/(?:^|\s)by\s+(\S+)/i.exec(clauses.slice(before.length))?.[1]),
    atMs: semicolon === -1 ? null : dateOf(bare.slice(semicolon + 1)),
  };
}

/** `Thu, 29 Apr 2016 23:34:45 +0200 (CEST)`; null for what is no date, or of no year that mail was written in. */
export function dateOf(value: string): number | null {
  const text = withoutComments(value).replaceAll(/\s+/g, ' ').trim();
  if (!DATE.test(text)) return null;
  // Without a zone it would be read in the zone of this machine.
  const hasZone = /(?:[+-]\d{4}|\b(?:GMT|UTC?|[ECMP][SD]T)|\dZ)$/i.test(text);
  const atMs = Date.parse(hasZone ? text : `${text} +0000`);
  return atMs >= EARLIEST_MS && atMs <= LATEST_MS ? atMs : null;
}

/** Day, month, year and time, or as C writes them; the engine alone takes `yesterday +0000` for the year 2000. */
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}';
const DATE = new RegExp(
  `^(?:[a-z]{3,9},? ?)?(?:\\d{1,2}[ -]${MONTH}[ -]\\d{2,4} \\d{1,2}:\\d{2}|${MONTH} \\d{1,2} \\d{1,2}:\\d{2}:\\d{2} )|^\\d{4}-\\d{2}-\\d{2}T`,
  'i',
);

const EARLIEST_MS = Date.UTC(1980, 0);
const LATEST_MS = Date.UTC(2200, 0);

function withoutComments(value: string): string {
  let depth = 0;
  let bare = '';
  for (const character of value) {
    if (character === '(') depth += 1;
    else if (character === ')' && depth > 0) {
      depth -= 1;
      bare += ' ';
    } else if (depth === 0) bare += character;
  }
  return bare;
}

function hostOf(host: string | undefined): string | null {
  return host === undefined ? null : host.toLowerCase().replace(/[.;,]+$/, '');
}
