import { createHash } from 'node:crypto';
import { MailParser, parseAddressHeader, type AttachmentStream, type MailParserOptions } from 'mailparser';

import { storableText } from '../domain/text-layout.ts';
import { cut, decodeBytes } from './characters.ts';
import { bodyOf } from './body.ts';
import { envelopeOf } from './envelope.ts';
import { safeContentType, safeFilename } from './filename.ts';
import type { Attachment, Defect, Enclosed, Letter, MailAddress } from './letter.ts';
import { LIMITS } from './limits.ts';

/**
 * A message in full. It runs in the thread that reads, and rejects for what is more than LIMITS allow; whoever calls it
 * elsewhere has nobody to stop it.
 */
export async function parse(bytes: Buffer): Promise<Letter> {
  const envelope = envelopeOf(bytes, carefulAddresses);
  const { plain: readPlain, html, attachments, enclosed, hasLostHtml, hasCutEnclosed } = await partsOf(bytes);
  // A boundary that never comes would swallow every word.
  const isStructureLost = readPlain.trim() === '' && html === '' && attachments.length === 0;
  const plain = isStructureLost ? decodeBytes(bodyOf(bytes)).replaceAll('\r\n', '\n') : readPlain;
  const isHtmlOnly = plain.trim() === '' && html !== '';
  const converted = isHtmlOnly ? await textOfHtml(html) : { text: plain, hasLost: hasLostHtml };
  const text = storableText(converted.text).trimEnd();
  const kept = cut(text, LIMITS.textLength);
  const defects: readonly (Defect | false)[] = [
    ...envelope.defects,
    kept.length < text.length && 'text-cut',
    isStructureLost && plain.trim() !== '' && 'structure-lost',
    converted.hasLost && 'html-lost',
    hasCutEnclosed && 'enclosed-cut',
  ];
  return {
    ...envelope,
    text: kept,
    attachments,
    enclosed,
    bodyDigest: digest(`${withoutTrailingBlanks(plain)}\0${withoutTrailingBlanks(html)}`),
    defects: defects.filter((defect) => defect !== false),
  };
}

interface Parts {
  readonly plain: string;
  readonly html: string;
  readonly attachments: readonly Attachment[];
  readonly enclosed: readonly Enclosed[];
  readonly hasLostHtml: boolean;
  readonly hasCutEnclosed: boolean;
}

const OPTIONS: MailParserOptions = {
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  // As attachments, so that what a program wrote is told from what a person wrote.
  keepDeliveryStatus: true,
  // The words of an enclosed message are not the sender's.
  ignoreEmbedded: true,
  checksumAlgo: 'sha256',
  maxChildNodes: LIMITS.parts,
  maxHtmlLengthToParse: LIMITS.htmlLength,
};

async function partsOf(bytes: Buffer): Promise<Parts> {
  const attachments: Attachment[] = [];
  const enclosed: Enclosed[] = [];
  const words: { plain: string; html: string; hasLostHtml: boolean } = {
    plain: '',
    html: '',
    hasLostHtml: false,
  };
  let hasCutEnclosed = false;
  const parser = new MailParser(OPTIONS);
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('error', reject).once('end', resolve);
  });
  parser.on('data', (part) => {
    if (part.type === 'text') {
      words.plain = part.text ?? '';
      words.html = part.html ?? '';
      words.hasLostHtml = part.textConversionError !== undefined;
      return;
    }
    takeAttachment(part, ({ attachment, content, isCut }) => {
      attachments.push(attachment);
      if (content === null) return;
      if (enclosed.length < LIMITS.enclosed) {
        enclosed.push({ contentType: attachment.contentType, text: content });
      }
      hasCutEnclosed ||= isCut || enclosed.length === LIMITS.enclosed;
    });
  });
  parser.end(bytes);
  await ended;
  return { ...words, attachments, enclosed, hasCutEnclosed };
}

const ENCLOSED =
  /^(?:message\/(?:(?:global-)?delivery-status|(?:global-)?disposition-notification|feedback-report|rfc822|global|rfc822-headers|global-headers|partial)|text\/rfc822(?:-headers)?)$/;

interface Taken {
  readonly attachment: Attachment;
  /** Null where programs do not read it. */
  readonly content: string | null;
  readonly isCut: boolean;
}

function takeAttachment(part: AttachmentStream, taken: (taken: Taken) => void): void {
  const contentType = safeContentType(part.contentType);
  const isEnclosed = ENCLOSED.test(contentType);
  const chunks: Buffer[] = [];
  let length = 0;
  part.content.on('data', (chunk: Buffer) => {
    if (isEnclosed && length <= LIMITS.enclosedLength) chunks.push(chunk);
    length += chunk.length;
  });
  part.content.once('end', () => {
    const bytes = Buffer.concat(chunks).subarray(0, LIMITS.enclosedLength);
    taken({
      attachment: {
        filename: safeFilename(part.filename),
        contentType,
        size: part.size ?? length,
        sha256: part.checksum ?? '',
      },
      content: isEnclosed ? storableText(decodeBytes(bytes).replaceAll('\r\n', '\n')) : null,
      isCut: isEnclosed && length > LIMITS.enclosedLength,
    });
    part.release?.();
  });
}

/** The parser turns HTML into text where it is the whole message, and not where it lies in parts without text. */
async function textOfHtml(html: string): Promise<{ readonly text: string; readonly hasLost: boolean }> {
  const head = 'Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n';
  const parser = new MailParser(OPTIONS);
  const converted = new Promise<{ readonly text: string; readonly hasLost: boolean }>((resolve, reject) => {
    parser.on('error', reject).once('end', () => resolve({ text: '', hasLost: true }));
    parser.on('data', (part) => {
      if (part.type === 'text') {
        resolve({ text: part.text ?? '', hasLost: part.textConversionError !== undefined });
      }
    });
  });
  parser.end(Buffer.from(head + html));
  return converted;
}

function carefulAddresses(value: string): readonly MailAddress[] {
  return parseAddressHeader(value, { flatten: true, decodePunycode: false }).value.map(
    ({ name, address = '' }) => ({ name, address }),
  );
}

/** Relays add and take away blanks at the ends of lines, and lines at the end. */
function withoutTrailingBlanks(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
