import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerOf } from '../../../src/paging/answers.ts';

const taken = { kind: 'acknowledge', code: null };
const declined = { kind: 'decline', code: null };
const takenBy = (code: string) => ({ kind: 'acknowledge', code });
const declinedBy = (code: string) => ({ kind: 'decline', code });

describe('an answer', () => {
  test.each([
    ['ack 123456', takenBy('123456')],
    ['123456', takenBy('123456')],
    ['123 456', takenBy('123456')],
    ['123456 ack', takenBy('123456')],
    ['  ACK:\t123-456 !\r\n', takenBy('123456')],
    ['“Yes.”', taken],
    ['take', taken],
    ['OK', taken],
    ['no 123456', declinedBy('123456')],
    ['Not me!', declined],
    ['not-me 000000', declinedBy('000000')],
    ['decline', declined],
    ['１２３４５６', takenBy('123456')],
    ['ＡＣＫ １２３４５６', takenBy('123456')],
  ])('%j is read', (text, expected) => {
    expect(answerOf(text)).toEqual(expected);
  });

  test.each([
    ['a mail answered above', 'ack\n\nOn Tue, 25 Nov 2026 at 03:04, Tocsin <t@x.example> wrote:\n> no\n> 1'],
    ['a broken attribution', 'ack\n\nOn Tue, 25 Nov 2026 at 03:04, Tocsin\n<t@x.example> wrote:\n\n> no'],
    ['a mail answered below', 'On Tue, 25 Nov 2026, Tocsin wrote:\n> PAGE URGENT\n> not me\n\nack'],
    ['a whole mail quoted unmarked', 'ack\nOn Tue, 25 Nov 2026, Tocsin wrote:\nPAGE URGENT\nno'],
    ['an original message', 'ack\n\n-----Original Message-----\nFrom: Tocsin\nno'],
    ['a mail below a rule', 'ack\n\n________________________________\nFrom: Tocsin\nSent: today\nno'],
    ['a signature', 'ack\n-- \nAnna Example\n+1 555 0100'],
    ['the signature of a phone', 'ack\n\nSent from my iPhone'],
    ['quoted lines alone around it', '> PAGE\n\nack\n\n> more'],
  ])('is read from %s', (_, text) => {
    expect(answerOf(text)).toEqual(taken);
    expect(answerOf(text.replaceAll('\n', '\r\n'))).toEqual(taken);
  });

  test.each([
    ...[
      '',
      '   ',
      '\n',
      '.',
      '👍',
      'maybe',
      'yes and no',
      'no yes',
      'ack no',
      'ok?',
      'yes?',
      'not you',
      'nope, ack',
    ],
    ...['12345', '1234567', '123456 654321', 'ack 12345', 'ack ack', 'ack 123456 ok', 'acknowledgement'],
    ...['I cannot take it', 'Out of office: ack', 'STOP', 'constructor', '__proto__', 'toString 123456'],
    // Cyrillic а, с, о, к; Arabic digits; a digit with a mark; what is invisible.
    ...['асk', 'оk', 'nо', '١٢٣٤٥٦', '12345６\u0301', 'a\u200Bck', '\u202Eack'],
    ...[
      '> ack',
      '> 123456\n> yes',
      'On Tuesday Tocsin wrote:\n> ack',
      '-- \nack',
      `ack${' '.repeat(100_000)}`,
    ],
    ...['Am 25. Nov. schrieb Tocsin:\nack', 'ack\n\nAm 25. Nov. schrieb Tocsin:\n> no'],
  ])('is not guessed from %j', (text) => {
    expect(answerOf(text)).toBeNull();
  });

  test('is the same however it is written', () => {
    const word = fc.constantFrom(
      ...(['ack', 'yes', 'take', 'ok'] as const).map((said) => [said, 'acknowledge'] as const),
      ...(['no', 'not me', 'decline'] as const).map((said) => [said, 'decline'] as const),
    );
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 6 });
    const gap = fc.stringMatching(/^[ \t\n.,;:!]{1,4}$/);
    const quoted = fc.array(fc.string().map((line) => `> ${line.replaceAll(/[\r\n]/g, '')}`));
    fc.assert(
      fc.property(word, digits, gap, fc.boolean(), quoted, ([said, kind], code, between, isLoud, quote) => {
        const text = `${between}${isLoud ? said.toUpperCase() : said}${between}${code.join('')}${between}`;
        expect(answerOf([text, ...quote].join('\n'))).toEqual({ kind, code: code.join('') });
      }),
    );
  });

  test('is never found in words that are none, and reading them never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(answerOf(`${text} something else`)).toBeNull();
        const answer = answerOf(text);
        if (answer !== null) expect(answer.code === null || /^\d{6}$/.test(answer.code)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('is found in a second, whatever is sent', () => {
    const texts = [
      'On '.repeat(30_000),
      'On\n'.repeat(30_000),
      `On ${'wrote:'.repeat(16_000)}`,
      '> '.repeat(50_000),
      '1 '.repeat(50_000),
      '_'.repeat(100_000),
    ];
    const before = performance.now();
    for (const text of texts) expect(answerOf(text)).toBeNull();
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
