/** Source: RFC 4180, RFC 7111. */
export const CSV_MEDIA_TYPE = 'text/csv';

/** What a spreadsheet would take for the beginning of a formula. Source: OWASP, CSV Injection. */
const BEGINS_A_FORMULA = /^[=+\-@\t\r\0]/;

/** A table as text: a line with the columns' names, and one for each row. Null is an empty cell. Source: RFC 4180. */
export function csvOf(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Numbers are ours and stay what they are; words may be anybody's. */
function cell(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = BEGINS_A_FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
