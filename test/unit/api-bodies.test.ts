import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readBody } from '../../src/api/body.ts';
import { readReport } from '../../src/api/report-reading.ts';
import { prefers } from '../../src/api/preference.ts';
import { instantOf, InstantIn } from '../../src/api/schemas/values.ts';
import { placesOf } from '../../src/api/shape.ts';

const bytesOf = (text: string) => Buffer.from(text, 'utf8');

describe('a body', () => {
  test('with a NUL or half a surrogate pair has U+FFFD there, in names too', () => {
    const { value, isMended } = readBody(bytesOf(String.raw`{"a\u0000":["\ud800x","😀"]}`), 'strict');
    expect(value).toEqual({ 'a\uFFFD': ['\uFFFDx', '😀'] });
    expect(isMended).toBe(true);
  });

  test('that is well stays as it is', () => {
    expect(readBody(bytesOf('{"a":[1,null,true,"x"]}'), 'strict')).toEqual({
      value: { a: [1, null, true, 'x'] },
      isMended: false,
    });
  });

  test.each([
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nesting without end', bytesOf(`${'['.repeat(1000)}${']'.repeat(1000)}`)],
    ['a number out of range', bytesOf('1e999')],
  ])('with %s is refused, or mended where that is asked for', (_, bytes) => {
    expect(() => readBody(bytes, 'strict')).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(readBody(bytes, 'mend').isMended).toBe(true);
  });

  test('that is no JSON is refused either way, and not repeated in the refusal', () => {
    for (const how of ['strict', 'mend'] as const) {
      expect(() => readBody(bytesOf('{"secret'), how)).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
      expect(() => readBody(bytesOf('{"secret'), how)).not.toThrow(/secret/);
    }
  });

  test('keeps a member called __proto__ as a member like any other', () => {
    const { value } = readBody(bytesOf('{"__proto__":{"isAdmin":true}}'), 'strict');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  });
});

describe('a report', () => {
  const read = (value: unknown) => readReport({ value, isMended: false });

  test('with words is taken whatever else is in it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ minLength: 1 }), (rest, words) => {
        const report = read({ ...rest, summary: `${words}!` });
        expect(report.body.summary).toBe(`${words}!`);
        const unknown = Object.keys(rest).filter(
          (name) =>
            !['summary', 'description', 'kind', 'tlp', 'occurredAt', 'affected', 'reporter'].includes(name),
        );
        expect(report.keptAside.length).toBeGreaterThanOrEqual(unknown.length);
      }),
    );
  });

  test('does not take an empty field of a form for a mistake', () => {
    const { keptAside, body } = read({
      summary: 'x',
      description: '',
      kind: '',
      tlp: null,
      occurredAt: '',
      reporter: { name: '', email: '' },
    });
    expect(keptAside).toEqual([]);
    expect(body).toEqual({ summary: 'x', description: null, reporter: {} });
  });

  test.each(['ann@example.org\nBcc: all@example.org', 'a@b@c', 'Ann <ann@example.org>', 'ann', '@', 'a b@c'])(
    'keeps the address %j aside, because something would be sent there',
    (email) => {
      expect(read({ summary: 'x', reporter: { email } }).keptAside).toMatchObject([
        { pointer: '/reporter/email' },
      ]);
    },
  );

  test.each([[null], ['text'], [1], [[]], [undefined]])('%j is no report', (value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  test.each([{}, { summary: '' }, { summary: 5 }, { summary: ' ', description: ' ' }])(
    '%j has no words',
    (value) => {
      expect(() => read(value)).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );
});

describe('an instant', () => {
  test.each([
    '2016-06-21 20:39:33.000Z',
    '2016-06-21T20:39:33',
    '2016-06-21T20:39:33.Z',
    '2016-06-21T20:39:33+2:00',
    '2016-02-30T20:39:33+02:00',
    '2016-02-30T20:39:33.000Z',
    '2016-06-21T24:00:00.000Z',
    '2016-13-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '2200-01-01T00:00:00.000Z',
    '+012016-06-21T20:39:33.000Z',
    1466541573000,
    null,
  ])('%j is refused, with the format that was expected', (value) => {
    const result = InstantIn.safeParse(value);
    expect(result.error?.issues).toHaveLength(1);
    expect(result.error?.issues[0]?.message).toContain('2016-06-21T20:39:33.000Z');
  });

  test.each([
    '2016-06-21T20:39:33Z',
    '2016-06-21T20:39:33.0Z',
    '2016-06-21T20:39:33.000000Z',
    '2016-06-21T22:39:33+02:00',
    '2016-06-21T20:39:33.000-00:00',
  ])('%s is taken as clients write it', (value) => {
    expect(InstantIn.parse(value)).toBe(Date.UTC(2016, 5, 21, 20, 39, 33));
  });

  test('is read to the millisecond', () => {
    expect(instantOf('2016-06-21T20:39:33.001Z')).toBe(Date.UTC(2016, 5, 21, 20, 39, 33, 1));
    expect(instantOf('2024-02-29T00:00:00.000Z')).toBe(Date.UTC(2024, 1, 29));
  });
});

describe('places', () => {
  const pointersOf = (schema: z.ZodType, value: unknown) =>
    schema
      .safeParse(value)
      .error?.issues.flatMap((issue) => placesOf(issue, []))
      .map(({ pointer }) => pointer);

  test('each unknown field has its own', () => {
    expect(pointersOf(z.strictObject({ a: z.strictObject({}) }), { a: { x: 1, 'y/z': 2 } })).toEqual([
      '/a/x',
      '/a/y~1z',
    ]);
  });

  test('of alternatives those of the nearest are shown', () => {
    const schema = z.union([
      z.strictObject({ a: z.string() }),
      z.strictObject({ b: z.string(), c: z.string() }),
    ]);
    expect(pointersOf(schema, { b: 'x' })).toEqual(['/c']);
    expect(pointersOf(schema, { a: 1 })).toEqual(['/a']);
  });
});

describe('the timeline’s document', () => {
  test.each([
    ['text/markdown', true],
    ['text/markdown; charset=utf-8', true],
    ['application/json, text/markdown;q=0.5', false],
    ['text/markdown, application/json;q=0.5', true],
    ['text/markdown;q=0', false],
    ['*/*', false],
    ['', false],
    [undefined, false],
  ])('is meant by Accept: %s: %s', (accept, expected) => {
    expect(prefers({ headers: accept === undefined ? {} : { accept } }, 'text/markdown')).toBe(expected);
  });
});
