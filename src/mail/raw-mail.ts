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
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replaceAll(/\r?\n/g, '\r\n');
  const end = text.indexOf('\r\n\r\n');
  const header = end === -1 ? text : text.slice(0, end);
  if (header.startsWith('\r\n') || header.trim() === '' || header.length > HEADER_BYTES) return undefined;
  return {
    fields: header.replace(/\r\n$/, '').split(/\r\n(?![ \t])/),
    body: end === -1 ? '' : text.slice(end + 4),
  };
}

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
const HEADER_BYTES = 262_144;
