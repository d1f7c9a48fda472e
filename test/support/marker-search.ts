import { constants, inflateRawSync } from 'node:zlib';

/** A marker that stands in some bytes, and how it is written there: `base64`, `gzip, plain`. */
export interface Found {
  readonly marker: string;
  readonly encoding: string;
}

/**
 * Which of these markers stand in the bytes, whatever they are written in: as they are, in either byte order of UTF-16, in
 * hexadecimal, in base64 wherever its groups begin; and each of these below one or two wrappings (base64, quoted-printable,
 * encoded words of a header, per cent, JSON, HTML, gzip). Capital and small letters of
 * ASCII are the same, but in base64.
 *
 * @param markers random, at least eight characters long, so that nothing else is taken for one.
 */
export function findMarkers(bytes: Uint8Array, markers: readonly string[]): readonly Found[] {
  if (Math.min(...markers.map(({ length }) => length)) < SHORTEST) {
    throw new RangeError(`Expected markers of at least ${SHORTEST} characters.`);
  }
  const found = new Map<string, string>();
  const groups = groupsOf(markers);
  for (const { name, text } of unwrapped([{ name: '', text: latin1(bytes) }], DEPTH)) {
    const texts = { lower: text.toLowerCase(), unbroken: text.replaceAll(/[\r\n\t ]+/g, '') };
    for (const group of groups) {
      for (const { marker, form } of lookFor(group, texts)) {
        if (!found.has(marker)) found.set(marker, name === '' ? form : `${name}, ${form}`);
      }
    }
  }
  return [...found].map(([marker, encoding]) => ({ marker, encoding }));
}

const SHORTEST = 8;

/** A mail in base64 within JSON, a percent-encoded form within a gzip. */
const DEPTH = 2;

/** Bytes as characters from U+0000 to U+00FF: what all the looking is done in. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Markers that begin alike. */
interface Group {
  /** How they begin, in every form. */
  readonly start: readonly Form[];
  /** In the same order of forms. */
  readonly members: readonly { readonly marker: string; readonly forms: readonly Form[] }[];
}

/** All that begin alike are looked for at once: what has one beginning is one group, what has none is each its own. */
function groupsOf(markers: readonly string[]): readonly Group[] {
  const members = markers.map((marker) => ({ marker, forms: formsOf(marker) }));
  const start = commonStart(markers);
  return start.length >= SHORTEST
    ? [{ start: formsOf(start), members }]
    : members.map((member) => ({ start: member.forms, members: [member] }));
}

function commonStart(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  let length = first.length;
  for (const word of rest) while (!word.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

/** A way in which a word is written without being wrapped. */
interface Form {
  readonly name: string;
  readonly needle: string;
  /** In small letters, or without the white space by which mails and PEM break base64 into lines. */
  readonly within: 'lower' | 'unbroken';
}

function formsOf(word: string): readonly Form[] {
  const utf16 = Buffer.from(word, 'utf16le');
  const inLower = (name: string, bytes: Buffer): Form => ({
    ...{ name, within: 'lower' },
    needle: bytes.toString('latin1').toLowerCase(),
  });
  return [
    inLower('plain', Buffer.from(word)),
    inLower('UTF-16', utf16),
    inLower('UTF-16', Buffer.from(utf16).swap16()),
    inLower('hexadecimal', Buffer.from(Buffer.from(word).toString('hex'))),
    ...base64Cores(word).map((needle): Form => ({ name: 'base64', needle, within: 'unbroken' })),
  ];
}

function lookFor({ start, members }: Group, texts: Readonly<Record<Form['within'], string>>) {
  return start.flatMap(({ name, needle, within }, form) =>
    placesOf(needle, texts[within]).flatMap((at) =>
      members
        .filter(({ forms }) => texts[within].startsWith(forms[form]?.needle ?? needle, at))
        .map(({ marker }) => ({ marker, form: name })),
    ),
  );
}

/**
 * What of a word is sure to stand in base64, by how many bytes its first group has before it: the characters that no bit of
 * a neighbour gets into. In both alphabets.
 */
function base64Cores(word: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(word)]);
    const core = (alphabet: 'base64' | 'base64url') =>
      bytes.toString(alphabet).slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
    return [core('base64'), core('base64url')];
  });
}

interface Layer {
  /** How it was wrapped, from the outside in; empty for the bytes as they came. */
  readonly name: string;
  readonly text: string;
}

/** The layers themselves, and all that is found in them by taking wrappings off; those with the fewest come first. */
function unwrapped(layers: readonly Layer[], depth: number): readonly Layer[] {
  if (depth === 0) return layers;
  const inner = layers.flatMap((layer) =>
    Object.entries(UNWRAP).flatMap(([name, unwrap]) => {
      const text = unwrap(layer.text);
      return text === '' || text === layer.text ? [] : [{ name: joined(layer.name, name), text }];
    }),
  );
  return [...layers, ...unwrapped(inner, depth - 1)];
}

function joined(outer: string, inner: string): string {
  return outer === '' ? inner : `${outer}, ${inner}`;
}

const UNWRAP: Readonly<Record<string, (text: string) => string>> = {
  'quoted-printable': (text) =>
    text.replaceAll(/=[ \t]*\r?\n/g, '').replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => byte(hex)),
  // Source: RFC 2047; white space between two of them belongs to neither.
  'encoded words': (text) =>
    text.replaceAll(/=\?[^?\s]+\?([BbQq])\?([^?\s]*)\?=(?:\s+(?==\?))?/g, (_, how: string, said: string) =>
      how.toLowerCase() === 'b'
        ? Buffer.from(said, 'base64').toString('latin1')
        : said.replaceAll('_', ' ').replaceAll(/=([0-9A-Fa-f]{2})/g, (__, hex: string) => byte(hex)),
    ),
  'per cent': (text) =>
    text.replaceAll('+', ' ').replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => byte(hex)),
  JSON: (text) =>
    text
      .replaceAll(/(?:\\u[0-9A-Fa-f]{4})+/g, (escapes) => utf8(JSON.parse(`"${escapes}"`) as string))
      .replaceAll(/\\(["\\/bfnrt])/g, (_, letter: string) => SHORT_ESCAPES[letter] ?? letter),
  HTML: (text) =>
    text
      .replaceAll(/&#x([0-9A-Fa-f]{1,6});/g, (_, hex: string) => character(Number.parseInt(hex, 16)))
      .replaceAll(/&#(\d{1,7});/g, (_, digits: string) => character(Number(digits)))
      .replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => NAMED[name] ?? ''),
  gzip: (text) =>
    placesOf(GZIP, text)
      .map((at) => opened(text.slice(at)))
      .join('\n'),
  base64: (text) =>
    [...text.matchAll(/[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]+)*/g)]
      .map(([run]) => Buffer.from(run, 'base64').toString('latin1'))
      .join('\n'),
};

const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function byte(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function character(code: number): string {
  return code > 0x10_ff_ff ? '' : utf8(String.fromCodePoint(code));
}

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Source: RFC 1952, 2.3.1. */
const GZIP = '\x1F\x8B\x08';

function placesOf(what: string, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(what); at !== -1; at = text.indexOf(what, at + 1)) places.push(at);
  return places;
}

/** Empty for what only begins as a gzip does; cut short, as much as there is of it, and whatever comes after it. */
function opened(text: string): string {
  try {
    const finishFlush = constants.Z_SYNC_FLUSH;
    return inflateRawSync(Buffer.from(text.slice(headEnd(text)), 'latin1'), { finishFlush }).toString(
      'latin1',
    );
  } catch {
    return '';
  }
}

/** Where the head of a gzip ends: ten bytes, and what its flags say. */
function headEnd(text: string): number {
  const flags = text.charCodeAt(3);
  let end = 10;
  if ((flags & 4) !== 0) end += 2 + text.charCodeAt(end) + 256 * text.charCodeAt(end + 1);
  for (const flag of [8, 16]) if ((flags & flag) !== 0) end = text.indexOf('\0', end) + 1;
  return (flags & 2) === 0 ? end : end + 2;
}
