import { cut, decodeBytes } from './characters.ts';
import { LIMITS } from './limits.ts';

export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, and not decoded. */
  readonly value: string;
}

export interface HeaderScan {
  readonly fields: readonly HeaderField[];
  /** Lines that are no header, or more headers than are read. */
  readonly hasLost: boolean;
  readonly hasCut: boolean;
}

/**
 * The headers of a message, however broken the rest of it is. It decodes nothing and follows no structure, so that it can
 * be trusted with what a parser could not read; its work is bounded by the size of a head.
 */
export function scanHeaders(bytes: Uint8Array): HeaderScan {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, LIMITS.headBytes));
  const lines = head.toString('latin1').split('\n');
  const fields: { readonly name: string; readonly parts: string[] }[] = [];
  let hasLost = false;
  let hasEnded = bytes.byteLength <= LIMITS.headBytes;
  for (const raw of lines) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') {
      // Some programs put empty lines in front.
      if (fields.length === 0) continue;
      hasEnded = true;
      break;
    }
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      last.parts.push(line.trim());
      continue;
    }
    // The first line of a message in a file of many.
    if (/^>?From /.test(line) && fields.length === 0) continue;
    const [whole, name] = /^([!-9;-~]{1,100})[ \t]*:/.exec(line) ?? [];
    if (name === undefined || whole === undefined || fields.length === LIMITS.headers) {
      hasLost = true;
      if (fields.length === LIMITS.headers) break;
      continue;
    }
    fields.push({ name: name.toLowerCase(), parts: [line.slice(whole.length).trim()] });
  }
  let hasCut = false;
  const read = fields.map(({ name, parts }) => {
    const value = parts.join(' ').trim();
    if (value.length > LIMITS.headerLength) hasCut = true;
    return { name, value: decodeBytes(Buffer.from(cut(value, LIMITS.headerLength), 'latin1')) };
  });
  return { fields: read, hasLost: hasLost || !hasEnded, hasCut };
}
