import { bytesOf, childrenOf, type Part, partOf, textOf } from './parts.ts';

/** How a mail carries OpenPGP. What stands outside of the protected part is in none of these, so that nothing can be slipped in. */
export type Form =
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly form: 'mime-encrypted' | 'mime-signed' }
  /** Source: RFC 3156, section 4 */
  | { readonly kind: 'mime-encrypted'; readonly armored: string }
  /** Source: RFC 3156, section 5 */
  | { readonly kind: 'mime-signed'; readonly signed: string; readonly armored: string }
  | {
      readonly kind: 'inline-message' | 'inline-signed';
      readonly armored: string;
      readonly hasOutside: boolean;
    };

/** Only the mail as a whole can be encrypted or signed by MIME: a part among others would leave open what was. */
export function formOf(raw: string): Form {
  const top = partOf(raw);
  const children = childrenOf(top);
  if (top.type === 'multipart/encrypted' && protocolOf(top) === 'application/pgp-encrypted') {
    return encryptedBy(children);
  }
  if (top.type === 'multipart/signed' && protocolOf(top) === 'application/pgp-signature')
    return signedBy(children);
  if (top.type === 'multipart/mixed' && isAsExchangeLeavesIt(children)) return encryptedBy(children.slice(1));
  return inlineIn(top);
}

/** The signed part and its signature, where a mail, or what was decrypted, is signed by MIME. */
export function signedBy(children: readonly Part[] | undefined): Form {
  const [signed, signature, ...others] = children ?? [];
  if (signed === undefined || signature?.type !== 'application/pgp-signature' || others.length > 0) {
    return { kind: 'damaged', form: 'mime-signed' };
  }
  return { kind: 'mime-signed', signed: signed.raw, armored: bytesOf(signature).toString('latin1') };
}

function encryptedBy(children: readonly Part[] | undefined): Form {
  const [control, data, ...others] = children ?? [];
  if (control?.type !== 'application/pgp-encrypted' || data === undefined || others.length > 0) {
    return { kind: 'damaged', form: 'mime-encrypted' };
  }
  return { kind: 'mime-encrypted', armored: bytesOf(data).toString('latin1') };
}

/** Exchange takes the multipart apart, puts an empty text before its parts, and calls it mixed. */
function isAsExchangeLeavesIt(children: readonly Part[] | undefined): children is readonly Part[] {
  const [text, control] = children ?? [];
  return (
    children?.length === 3 &&
    text?.type === 'text/plain' &&
    text.body.trim() === '' &&
    control?.type === 'application/pgp-encrypted'
  );
}

function protocolOf({ parameters }: Part): string {
  return parameters['protocol']?.trim().toLowerCase() ?? '';
}

/** PGP in the text itself. */
function inlineIn(top: Part): Form {
  const part = firstTextOf(top);
  return part === undefined ? { kind: 'none' } : inlineFormOf(textOf(part), part !== top);
}

function inlineFormOf(text: string, hasSiblings: boolean): Form {
  for (const { kind, begin, end } of ARMORS) {
    const from = text.search(new RegExp(`^${begin}[ \\t]*$`, 'm'));
    const to = from === -1 ? -1 : text.indexOf(end, from);
    if (to === -1) continue;
    const armored = text.slice(from, to + end.length);
    const outside = text.slice(0, from) + text.slice(to + end.length);
    return { kind, armored, hasOutside: hasSiblings || outside.trim() !== '' };
  }
  return { kind: 'none' };
}

const ARMORS = [
  { kind: 'inline-signed', begin: '-----BEGIN PGP SIGNED MESSAGE-----', end: '-----END PGP SIGNATURE-----' },
  { kind: 'inline-message', begin: '-----BEGIN PGP MESSAGE-----', end: '-----END PGP MESSAGE-----' },
] as const;

function firstTextOf(part: Part, depth = 0): Part | undefined {
  if (part.type === 'text/plain') return part;
  const first = childrenOf(part)?.[0];
  return first === undefined || depth > 3 ? undefined : firstTextOf(first, depth + 1);
}
