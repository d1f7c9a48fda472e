import { decodeCharset } from './characters.ts';

/** `=?utf-8?q?Gr=C3=BC=C3=9Fe?=`, and the blanks behind it. Blanks inside are against the rules and common. */
const ENCODED = /=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bq])\?([^?]{0,1000})\?=([ \t\r\n]*)/giu;

interface Run {
  readonly charset: string;
  readonly bytes: Buffer[];
}

/**
 * A header's value with its encoded words read. Source: RFC 2047; blanks between two of them are none, and a letter may
 * begin in one and end in the next, which is against the rules and common.
 */
export function decodeWords(value: string): string {
  let text = '';
  let run: Run | null = null;
  let end = 0;
  let blanks = '';
  const finish = (): void => {
    if (run !== null) text += decodeCharset(Buffer.concat(run.bytes), run.charset);
    run = null;
  };
  for (const match of value.matchAll(ENCODED)) {
    const [whole, charset = '', encoding = '', content = '', behind = ''] = match;
    if (match.index > end) {
      finish();
      text += blanks + value.slice(end, match.index);
    }
    const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : quoted(content);
    if (run !== null && (run as Run).charset === charset.toLowerCase()) {
      (run as Run).bytes.push(bytes);
    } else {
      finish();
      run = { charset: charset.toLowerCase(), bytes: [bytes] };
    }
    end = match.index + whole.length;
    blanks = behind;
  }
  finish();
  return end === 0 ? value : text + (end < value.length ? blanks : '') + value.slice(end);
}

function quoted(content: string): Buffer {
  const bytes = content
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/giu, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}
