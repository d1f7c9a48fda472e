/** Mails are read on phones and in terminals, and quoted: 72 leaves room for two levels of `> `. */
export const COLUMNS = 72;

/**
 * Breaks lines that are longer than `columns` at their spaces. Shorter lines, and words without a space in them
 * (addresses of pages, hashes), stay as they are; so do indentation and quotation, which the broken rest repeats.
 */
export function wrap(text: string, columns: number = COLUMNS): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n');
}

/**
 * A text as somebody wrote it, fit for a mail or a terminal: line ends are `\n`, and control characters, which could
 * move a reader's cursor or end a string early, are gone.
 */
export function plain(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '\u{FFFD}')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '');
}

/**
 * Fit for a subject or a table: line breaks and other controls become single spaces, and marks that turn the direction
 * of what follows, so that it reads as something else, are gone.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu, '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

function wrapLine(line: string, columns: number): readonly string[] {
  const prefix = /^[\s>]*/.exec(line)?.[0] ?? '';
  // One that fills half of the line is no indentation any more, and would leave no room for words.
  const repeated = prefix.length * 2 > columns ? '' : prefix;
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const from = lines.length === 0 ? prefix.length : repeated.length;
    const at = breakAt(rest, from, columns);
    if (at === -1) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = repeated + rest.slice(at + 1).trimStart();
  }
  return [...lines, rest];
}

/** The last space that keeps the line within its columns, or else the first one after them; -1 when there is none. */
function breakAt(line: string, from: number, columns: number): number {
  const within = line.lastIndexOf(' ', columns);
  return within > from ? within : line.indexOf(' ', Math.max(columns, from));
}

/** Names and values under each other, the values in one column. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`).join('\n');
}

/** Below `-- `, which mail programs know as the beginning of a signature. */
export function signed(lines: readonly string[]): string {
  return ['-- ', ...lines].join('\n');
}

/** A half of a surrogate pair that is not part of a pair: with the flag `u`, a whole pair is one character. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** Foreign words as Postgres can keep them: NUL and halves of surrogate pairs become U+FFFD. */
export function storableText(text: string): string {
  return text.replace(UNSTORABLE, '\uFFFD');
}
