/** The header of a mail, byte by byte, and what follows it. */
export interface RawMail {
  /** One for each field, unfolded lines and all, without the last line break. Bytes as characters (latin1). */
  readonly fields: readonly string[];
  readonly body: string;
}

/**
 * Cuts a mail into its fields and its body, with all line breaks as CRLF, as it was on the wire. `undefined` when there is
 * no header, or one so large that checking it would be an attack.
 */
export function rawMail(bytes: Uint8Array): RawMail | undefined {
  const text = withCrlf(bytes);
  const end = text.indexOf('\r\n\r\n');
  const header = end === -1 ? text : text.slice(0, end);
  if (header.startsWith('\r\n') || header.trim() === '' || header.length > HEADER_BYTES) return undefined;
  return {
    fields: header.replace(/\r\n$/, '').split(/\r\n(?![ \t])/),
    body: end === -1 ? '' : text.slice(end + 4),
  };
}

/**
 * Bytes as characters, each line break as CRLF. By hand: a mail may be 25 megabytes of line breaks, for which a regular
 * expression takes many seconds.
 */
export function withCrlf(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(bytes.length * 2);
  let length = 0;
  let last = 0;
  for (const byte of bytes) {
    if (byte === LF && last !== CR) out[length++] = CR;
    out[length++] = byte;
    last = byte;
  }
  return out.toString('latin1', 0, length);
}

const CR = 0x0d;
const LF = 0x0a;

export function bytesOf({ fields, body }: RawMail): Buffer {
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

/** In small letters. */
export function nameOf(field: string): string {
  return field
    .slice(0, Math.max(field.indexOf(':'), 0))
    .trim()
    .toLowerCase();
}

/** On one line. */
export function valueOf(field: string): string {
  return field
    .slice(field.indexOf(':') + 1)
    .replaceAll(/\r\n/g, '')
    .trim();
}

/** Common servers take a hundred kilobytes at most. */
export const HEADER_BYTES = 262_144;
