import { createSigner, isSame } from './signing.ts';

/** Whom a link was made for, and for which ring of which page. */
export interface PageLink {
  /** `INC-2026-0001-P1` */
  readonly pageId: string;
  /** The ring in which it was sent. A link of an earlier ring works as well: what is taken is the page. */
  readonly ring: number;
  readonly username: string;
}

export interface Links {
  /** The address at which this person answers this page; good until `expiresAt`, epoch milliseconds. */
  linkFor(link: PageLink & { readonly expiresAt: number }): string;
  /** `token` is the last segment of such an address. `expired` is said of our own links alone. */
  readLink(token: string): PageLink | 'expired' | 'invalid';
}

export interface LinkSettings {
  /** The signing key, at least 32 bytes. */
  readonly key: Buffer;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Epoch milliseconds. */
  now(): number;
}

/** 128 bits: nobody guesses them, and the whole link still fits into one SMS. Source: RFC 2104, 5. */
const SIGNATURE_BYTES = 16;

const TOKEN = /^([A-Za-z0-9_-]{1,160})\.([A-Za-z0-9_-]{22})$/;

/** The username comes last, so that whatever it holds it cannot be taken for another part. */
const CONTENT = /^(\S+) (\d+) ([0-9a-z]+) (.+)$/s;

/**
 * Links that are the right to answer one page as one person. They carry who, which page and until when, under a signature;
 * nothing is kept of them. They are good for nothing else: neither for another page nor for signing in.
 */
export function createLinks({ key, publicUrl, now }: LinkSettings): Links {
  const sign = createSigner(key, 'page-link');
  // Of the text as it stands in the token: no two tokens mean the same.
  const signatureOf = (content: string) => sign(content).subarray(0, SIGNATURE_BYTES).toString('base64url');

  return {
    linkFor({ pageId, ring, username, expiresAt }) {
      const expirySeconds = Math.ceil(expiresAt / 1000).toString(36);
      const content = Buffer.from(`${pageId} ${ring} ${expirySeconds} ${username}`).toString('base64url');
      // The signature comes last because it ends in a letter: mail programs leave a `-` or `_` at the end out of a link.
      return `${publicUrl}/p/${content}.${signatureOf(content)}`;
    },

    readLink(token) {
      const [, content = '', signature = ''] = TOKEN.exec(token) ?? [];
      if (!isSame(signature, signatureOf(content))) return 'invalid';
      const [, pageId = '', ring, expirySeconds = '', username = ''] =
        CONTENT.exec(Buffer.from(content, 'base64url').toString()) ?? [];
      if (username === '') return 'invalid';
      if (now() >= Number.parseInt(expirySeconds, 36) * 1000) return 'expired';
      return { pageId, ring: Number(ring), username };
    },
  };
}
