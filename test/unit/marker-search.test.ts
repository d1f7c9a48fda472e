import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { findMarkers } from '../support/marker-search.ts';

const MARKERS = ['marker-7f3a91c2-red-reply', 'marker-7f3a91c2-green-note', 'marker-7f3a91c2-red-notice'];
const [MARKER = ''] = MARKERS;
const UMLAUTS = 'Schlüssel “7f3a”, €+';

const quoted = (text: string) =>
  [...Buffer.from(text)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
const percented = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const unicoded = (text: string) =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
    .map((hex) => `\\u${hex}`)
    .join('');
const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
const lines = (base64: string, length: number) =>
  base64.replaceAll(new RegExp(`.{${length}}`, 'g'), '$&\r\n');

/** Every way of writing a word, between other words. */
const WAYS: readonly (readonly [string, string, (word: string) => Buffer])[] = [
  ['as it is', 'plain', (word) => Buffer.from(`door code ${word}.`)],
  ['in capitals', 'plain', (word) => Buffer.from(word.replaceAll(/[a-z]/g, (one) => one.toUpperCase()))],
  ['in UTF-16LE', 'UTF-16', (word) => Buffer.from(`a ${word} b`, 'utf16le')],
  ['in UTF-16BE', 'UTF-16', (word) => swapped(`a ${word} b`)],
  ['in hexadecimal', 'hexadecimal', (word) => Buffer.from(`\\x${Buffer.from(word).toString('hex')}00`)],
  [
    'with soft line breaks',
    'quoted-printable, plain',
    (word) => Buffer.from(quoted(word).replaceAll(/(.{9})/g, '$1=\r\n')),
  ],
  ['percent-encoded', 'per cent, plain', (word) => Buffer.from(`?text=${percented(word)}&x=1`)],
  ['as JSON escapes it', 'JSON, plain', (word) => Buffer.from(`{"text":"a${unicoded(word)}b"}`)],
  [
    'in HTML',
    'HTML, plain',
    (word) => Buffer.from(word.replaceAll(/./gu, (one) => `&#x${one.codePointAt(0)?.toString(16)};`)),
  ],
  [
    'in HTML, by numbers',
    'HTML, plain',
    (word) => Buffer.from(word.replaceAll(/./gu, (one) => `&#${one.codePointAt(0)};`)),
  ],
  [
    'as encoded words of a header',
    'encoded words, plain',
    (word) =>
      Buffer.from(
        `Subject: =?UTF-8?Q?${quoted(word.slice(0, 9))}?=\r\n =?utf-8?B?${Buffer.from(word.slice(9)).toString('base64')}?=`,
      ),
  ],
  [
    'in a gzip among other bytes',
    'gzip, plain',
    (word) =>
      Buffer.concat([
        Buffer.from('PUT / HTTP/1.1\r\n\r\n'),
        gzipSync(`a ${word} b`),
        Buffer.from('POST / HTTP/1.1'),
      ]),
  ],
  [
    'in a gzip that is cut short',
    'gzip, plain',
    (word) => gzipSync(`${word} and what comes after it`).subarray(0, -12),
  ],
];

describe.each([MARKER, UMLAUTS])('the word %s', (word) => {
  it.each(WAYS)('is found %s', (_, encoding, write) => {
    expect(findMarkers(write(word), [word])).toEqual([{ marker: word, encoding }]);
  });

  it.each([0, 1, 2])('is found in base64 with %i bytes before it, in either alphabet', (before) => {
    for (const alphabet of ['base64', 'base64url'] as const) {
      const written = Buffer.from(`${'€'.repeat(3)}${'?'.repeat(before)}${word}~`).toString(alphabet);
      // Of a decoded whole it is the plain form; of a piece, whose groups begin elsewhere, it is not.
      for (const piece of [
        written,
        `x${written}`,
        `${written.slice(0, -1)}!`,
        lines(written, 10),
        written.slice(5),
      ]) {
        expect(findMarkers(Buffer.from(`{"data":"${piece}"}`), [word])).toMatchObject([{ marker: word }]);
      }
    }
  });

  it('is found in two wrappings', () => {
    const json = JSON.stringify({ body: Buffer.from(word, 'utf16le').toString('base64') });
    expect(findMarkers(Buffer.from(json), [word])).toEqual([{ marker: word, encoding: 'base64, UTF-16' }]);
    const mail = Buffer.from(quoted(word)).toString('base64');
    expect(findMarkers(Buffer.from(mail), [word])).toEqual([
      { marker: word, encoding: 'base64, quoted-printable, plain' },
    ]);
    expect(findMarkers(gzipSync(percented(word)), [word])).toEqual([
      { marker: word, encoding: 'gzip, per cent, plain' },
    ]);
  });

  it('is not found where only a part of it stands', () => {
    const half = word.slice(0, -1);
    for (const [, , write] of WAYS.slice(0, 2)) expect(findMarkers(write(half), [word])).toEqual([]);
    expect(findMarkers(Buffer.from(Buffer.from(half).toString('base64')), [word])).toEqual([]);
  });
});

it('of many markers those are found that are there, each once', () => {
  const [, second = '', third = ''] = MARKERS;
  const text = `${third} ${Buffer.from(`x${second}`).toString('base64')} ${third}`;
  expect(findMarkers(Buffer.from(text), MARKERS)).toEqual([
    { marker: third, encoding: 'plain' },
    { marker: second, encoding: 'base64' },
  ]);
  expect(findMarkers(Buffer.from('marker-7f3a91c2- and nothing after it'), MARKERS)).toEqual([]);
});

it('a marker that anything could be taken for is refused', () => {
  expect(() => findMarkers(Buffer.from('key'), ['key'])).toThrow('at least 8 characters');
});
