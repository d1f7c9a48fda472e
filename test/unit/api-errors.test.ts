import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toProblem } from '../../src/api/error-answers.ts';
import { pointerOf, problemBody, ProblemError } from '../../src/api/problem.ts';
import { PROBLEM_CODES, PROBLEM_STATUS } from '../../src/domain/refusal.ts';

const ROW = /^\| `([a-z-]+)` *\| (\d{3}) *\| [^|]+\| [^|]+\|$/gm;

describe('docs/errors.md', () => {
  const rows = [...readFileSync('docs/errors.md', 'utf8').matchAll(ROW)].map((match) => ({
    code: match[1] ?? '',
    status: Number(match[2]),
  }));

  test('lists every code of the program, and no other, each once', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual([...PROBLEM_CODES].toSorted());
  });

  test('lists them with their status', () => {
    expect(Object.fromEntries(rows.map(({ code, status }) => [code, status]))).toEqual(PROBLEM_STATUS);
  });
});

describe('a problem', () => {
  test('names its kind, its place and its request', () => {
    const error = new ProblemError('invalid', 'Wrong.', { places: [{ pointer: '/a', detail: 'Wrong' }] });
    expect(problemBody(error, 'r1')).toEqual({
      type: 'urn:tocsin:problem:invalid',
      title: 'The request is well-formed but wrong',
      status: 422,
      detail: 'Wrong.',
      instance: 'urn:tocsin:request:r1',
      errors: [{ pointer: '/a', detail: 'Wrong' }],
    });
  });

  test('of what nobody foresaw says nothing of it', () => {
    const problem = toProblem(new Error('password=hunter2'));
    expect(problem.code).toBe('internal');
    expect(JSON.stringify(problemBody(problem, 'r1'))).not.toContain('hunter2');
  });

  test.each([
    ['record-unavailable', 'unavailable'],
    ['unavailable', 'unavailable'],
    ['malformed-cursor', 'invalid'],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'too-large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'wrong-media-type'],
    ['ECONNREFUSED', 'internal'],
  ])('of an error with code %s is %s', (code, expected) => {
    expect(toProblem(Object.assign(new Error('x'), { code })).code).toBe(expected);
  });

  test('of the framework’s other refusals is malformed, of its other failures internal', () => {
    expect(toProblem(Object.assign(new Error('x'), { code: 'FST_ERR_X', statusCode: 400 })).code).toBe(
      'malformed',
    );
    expect(toProblem(Object.assign(new Error('x'), { code: 'FST_ERR_X', statusCode: 500 })).code).toBe(
      'internal',
    );
  });

  test.each([undefined, null, 'text', 1])('of %o thrown is internal', (thrown) => {
    expect(toProblem(thrown).code).toBe('internal');
  });
});

test('a pointer escapes what it must', () => {
  expect(pointerOf(['a/b', 0, 'c~d'])).toBe('/a~1b/0/c~0d');
  expect(pointerOf([])).toBe('');
});
