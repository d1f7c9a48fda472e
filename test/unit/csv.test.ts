import { describe, expect, it } from 'vitest';
import { csvOf } from '../../src/api/csv.ts';

describe('a table as text', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\0x'])(
    'begins no cell with what a spreadsheet takes for a formula: %j',
    (text) => {
      expect(csvOf(['a'], [[text]]).replaceAll('"', '')).toBe(`a\r\n'${text}\r\n`);
    },
  );

  it('quotes what would end a cell, and leaves the rest as it is', () => {
    expect(csvOf(['a', 'b', 'c'], [['x, "y"', 'z\n', null]])).toBe('a,b,c\r\n"x, ""y""","z\n",\r\n');
    expect(csvOf(['a', 'b'], [['a=b', -5]])).toBe('a,b\r\na=b,-5\r\n');
  });
});
