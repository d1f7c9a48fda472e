import type { Result } from '../authentication.ts';
import { nameOf, type RawMail, valueOf } from '../raw-mail.ts';

export interface DkimVerdict {
  /** `?` where it is none. */
  readonly domain: string;
  readonly result: Result;
}

/** A signature as mailauth found it: what we read of it. */
export interface FoundSignature {
  readonly signingDomain?: string;
  readonly algo?: string;
  readonly bodyHash?: string;
  readonly bodyHashExpecting?: string;
  readonly canonBodyLengthLimited?: boolean;
  readonly signingHeaders?: { readonly keys?: string };
  readonly status: { readonly result: string; readonly aligned?: string | boolean };
}

interface Acceptable {
  /** The header that is handed on to mailauth. */
  readonly fields: readonly string[];
  /** Signatures that prove nothing, whatever their key says. */
  readonly refused: readonly DkimVerdict[];
  readonly isArcSafe: boolean;
}

/**
 * Leaves out what must not reach mailauth: more signatures than any honest mail has, each of which is hashed on its own;
 * those of a part of the body (`l=`); all of a mail with a line so long that hashing it takes minutes; and seals of ARC
 * that could write into every object of this process.
 */
export function acceptable({ fields, body }: RawMail): Acceptable {
  const isEndless = hasEndlessLine(body);
  const isArcSafe =
    !isEndless && !fields.some((field) => nameOf(field).startsWith('arc-') && spellsPrototype(field));
  const kept: string[] = [];
  const refused: string[] = [];
  const allowed = isEndless ? 0 : SIGNATURES;
  let signatures = 0;
  for (const field of fields) {
    const isSignature = nameOf(field) === 'dkim-signature';
    signatures += isSignature ? 1 : 0;
    if (isSignature && (signatures > allowed || tagOf(field, 'l') !== undefined)) refused.push(field);
    else if (isArcSafe || !nameOf(field).startsWith('arc-')) kept.push(field);
  }
  return {
    fields: kept,
    refused: refused
      .slice(0, SIGNATURES)
      .map((field) => ({ domain: domainOf(tagOf(field, 'd')), result: 'policy' })),
    isArcSafe,
  };
}

/** What each signature is worth to us. Source: RFC 6376, RFC 8301 */
export function judged(
  found: readonly FoundSignature[],
): readonly (DkimVerdict & { readonly isAligned: boolean })[] {
  return found
    .filter(({ signingDomain }) => signingDomain !== undefined)
    .map((signature) => ({
      domain: domainOf(signature.signingDomain),
      result: judgement(signature),
      isAligned: Boolean(signature.status.aligned),
    }));
}

function judgement(signature: FoundSignature): Result {
  const { algo, bodyHash, bodyHashExpecting, canonBodyLengthLimited, signingHeaders, status } = signature;
  // RFC 8601 knows `neutral` for it as well; to a person a mail that was altered has failed.
  if (bodyHash !== bodyHashExpecting) return 'fail';
  if (status.result !== 'pass') return WORDS[status.result] ?? 'temperror';
  const signed = (signingHeaders?.keys ?? '').toLowerCase().split(/\s*:\s*/);
  const isWhole = canonBodyLengthLimited !== true && signed.includes('from');
  return isWhole && algo?.toLowerCase().endsWith('-sha256') === true ? 'pass' : 'policy';
}

const WORDS: Readonly<Record<string, Result>> = {
  none: 'none',
  fail: 'fail',
  neutral: 'neutral',
  policy: 'policy',
  permerror: 'permerror',
};

/** Lines end after 998 bytes (RFC 5322); some servers take longer ones, and none such as these. */
function hasEndlessLine(body: string): boolean {
  let at = 0;
  while (body.length - at > LINE_BYTES) {
    const end = body.lastIndexOf('\r\n', at + LINE_BYTES);
    if (end < at) return true;
    at = end + 2;
  }
  return false;
}

const LINE_BYTES = 1_000_000;

function tagOf(field: string, tag: string): string | undefined {
  for (const part of valueOf(field).split(';')) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim().toLowerCase() === tag) return part.slice(at + 1).trim();
  }
  return undefined;
}

/**
 * mailauth 4.13 takes the names in the results that ARC carries for paths into an object, `__proto__` among them. It leaves
 * out quotes, escapes and comments first, so the letters may stand apart.
 */
function spellsPrototype(field: string): boolean {
  let at = 0;
  for (const character of field) {
    if (character === PROTOTYPE[at]) at += 1;
    if (at === PROTOTYPE.length) return true;
  }
  return false;
}

const PROTOTYPE = '__proto__';

/** Somebody else wrote it: what is no domain name is `?`. */
export function domainOf(domain: string | undefined): string {
  return domain !== undefined && /^[A-Za-z0-9._-]{1,253}$/.test(domain) ? domain.toLowerCase() : '?';
}

/** Mail that went through several lists has four or five. */
const SIGNATURES = 10;
