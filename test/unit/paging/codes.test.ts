import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeFor, matchesCode } from '../../../src/paging/codes.ts';

const key = Buffer.alloc(32, 7);
const OF = { key, pageId: 'INC-2026-0001-P1', username: 'responder1' };

describe('a code', () => {
  test('is six digits, the same for every message of a page to a person', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (pageId, username) => {
        const code = codeFor({ key, pageId, username });
        expect(code).toMatch(/^\d{6}$/);
        expect(matchesCode({ key, pageId, username, code })).toBe(true);
      }),
    );
  });

  test('is another for another page, person or key', () => {
    const others = [
      { ...OF, pageId: 'INC-2026-0001-P2' },
      { ...OF, username: 'responder2' },
      { ...OF, key: Buffer.alloc(32, 8) },
    ];
    for (const other of others) expect(matchesCode({ ...other, code: codeFor(OF) })).toBe(false);
  });

  test.each(['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦'])('is not %j', (code) => {
    expect(matchesCode({ ...OF, code })).toBe(false);
  });

  test('of any of many pages begins with every digit as often as with another', () => {
    const firsts = Array.from({ length: 2000 }, (_, n) => codeFor({ ...OF, pageId: `P${n}` }).charAt(0));
    for (const digit of '0123456789') {
      const times = firsts.filter((first) => first === digit).length;
      expect(times).toBeGreaterThan(130);
      expect(times).toBeLessThan(270);
    }
  });
});
