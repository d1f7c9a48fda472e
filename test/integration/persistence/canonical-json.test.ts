import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { canonicalJson } from '../../../src/persistence/canonical-json.ts';
import { storable } from '../../../src/persistence/storable.ts';
import { sql } from 'kysely';
import { ownDatabase } from './own-database.ts';

const database = ownDatabase();

describe('canonical JSON', () => {
  test('equal values have equal bytes whatever the order of their members', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
  });

  test('members are sorted by code units, as RFC 8785 asks', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    expect(text).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
  });

  test('a member without a value is left out', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test.each([[Number.NaN], [Infinity], [undefined], [() => 1], [[undefined]], [1n]])(
    '%s is refused',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    },
  );

  test('any value means the same after JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  test('any words, however strange, come back from Postgres with the same canonical form', async () => {
    const words = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }).map((value) => storable(value));
    await fc.assert(
      fc.asyncProperty(words, async (value) => {
        const { rows } = await sql<{
          value: unknown;
        }>`SELECT ${JSON.stringify(value)}::jsonb AS value`.execute(database.db);
        expect(canonicalJson(rows[0]?.value)).toBe(canonicalJson(value));
      }),
      { numRuns: 300 },
    );
  });
});

describe('words that Postgres could not keep', () => {
  test('a NUL and half a surrogate pair become U+FFFD, in names too; whole pairs stay', () => {
    expect(storable({ 'a\0': ['x\0y', '\ud800', '\udc00\ud800', '😀'] })).toEqual({
      'a\uFFFD': ['x\uFFFDy', '\uFFFD', '\uFFFD\uFFFD', '😀'],
    });
  });

  test('what is nested too deeply is kept as the note that it was', () => {
    const nested: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    expect(JSON.stringify(storable(nested))).toContain('nested too deeply');
  });
});
