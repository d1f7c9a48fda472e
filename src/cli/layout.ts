import { styleText } from 'node:util';

/** How readable output is drawn: colours only where somebody looks at a terminal. */
export interface Style {
  readonly isColored: boolean;
}

type Color = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

export function paint(style: Style, color: Color, text: string): string {
  return style.isColored && text !== '' ? styleText(color, text, { validateStream: false }) : text;
}

/**
 * Words of others, fit for a terminal: what could move the cursor, change colours or turn the direction of reading is
 * gone. Line breaks stay.
 */
export function harmless(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu, '');
}

/** The same on one line, for a cell. */
export function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cell).join(', ');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return harmless(text).replaceAll(/\s+/g, ' ').trim();
}

/** Words of several lines; empty where there are none. */
export function prose(value: unknown): string {
  return typeof value === 'string' ? harmless(value) : '';
}

/** `2026-11-25T03:15:00.000Z` → `2026-11-25 03:15:00Z`: to read; `--json` has the whole. */
export function instant(value: unknown): string {
  const text = cell(value);
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2Z');
}

/** Columns as wide as their widest cell; the last one may be as long as it likes. Nothing at all for no rows. */
export function table(style: Style, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((text, column) => (column === cells.length - 1 ? text : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [paint(style, 'dim', lineOf(head)), ...rows.map(lineOf)].join('\n');
}

/** `name  value` pairs under each other. */
export function pairs(style: Style, entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${paint(style, 'dim', name.padEnd(width))}  ${value}`).join('\n');
}

/** Parts with an empty line between them; empty parts are left out. */
export function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

export function titled(style: Style, title: string, content: string): string {
  return content === '' ? '' : `${paint(style, 'bold', title)}\n${content}`;
}
