import { TextDecoder } from 'node:util';
import { parseHeaderValue } from 'nodemailer/lib/mime-funcs';
import { HEADER_BYTES, nameOf, valueOf } from '../raw-mail.ts';

/** A part of a mail as it stands there, byte by byte: a signature is over exactly that. Bytes as characters (latin1). */
export interface Part {
  /** With its header, line breaks as CRLF. */
  readonly raw: string;
  /** In small letters; `text/plain` where it says none. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly encoding: string;
  readonly body: string;
}

export function partOf(raw: string): Part {
  const end = raw.startsWith('\r\n') ? 0 : raw.indexOf('\r\n\r\n');
  // One that is longer says nothing here.
  const header = raw.slice(0, Math.min(end === -1 ? raw.length : end, HEADER_BYTES));
  const fields = header.split(/\r\n(?![ \t])/);
  const field = (name: string): string => valueOf(fields.find((each) => nameOf(each) === name) ?? ':');
  const { value, params } = parseHeaderValue(field('content-type'), { stripComments: true });
  return {
    raw,
    type: value.trim().toLowerCase() || 'text/plain',
    parameters: params,
    encoding: field('content-transfer-encoding').toLowerCase(),
    body: end === -1 ? '' : raw.slice(end + (end === 0 ? 2 : 4)),
  };
}

/** Absent when it is no multipart, has no end, or more parts than any honest mail. Source: RFC 2046, section 5.1.1 */
export function childrenOf({ type, parameters, body }: Part): readonly Part[] | undefined {
  const { boundary } = parameters;
  if (!type.startsWith('multipart/') || boundary === undefined || boundary === '') return undefined;
  const line = new RegExp(
    String.raw`(?:^|\r\n)--${boundary.replaceAll(/[^A-Za-z0-9]/g, String.raw`\$&`)}(--)?[ \t]*(?=\r\n|$)`,
    'g',
  );
  const parts: Part[] = [];
  let from: number | undefined;
  for (const match of body.matchAll(line)) {
    if (from !== undefined) parts.push(partOf(body.slice(from, Math.max(from, match.index))));
    if (match[1] !== undefined) return parts;
    if (parts.length > PARTS) return undefined;
    from = match.index + match[0].length + 2;
  }
  return undefined;
}

const PARTS = 100;

/** What its transfer encoding stands for. */
export function bytesOf({ encoding, body }: Part): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1');
  const decoded = body
    .replaceAll(/=[ \t]*\r\n/g, '')
    .replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1');
}

export function textOf(part: Part): string {
  return decoder(part.parameters['charset'] ?? 'utf-8').decode(bytesOf(part));
}

/** Of a name that it does not know there is no decoder; letters of ASCII are read right by any. */
function decoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
