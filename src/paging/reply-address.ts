import { createSigner, isSame } from './signing.ts';

/** Source: RFC 5321, 4.5.3.1.1. */
const LOCAL_PART_MAX = 64;

/** 80 bits; letters and digits of one case, because some mail programs change the case of an address. */
const SIGNATURE_LENGTH = 16;

/** `2026-0001-p1-k3…`, below the mailbox that our mail comes from. */
const TAG = new RegExp(`^(\\d{4}-\\d{4,}-p\\d+)-([a-z2-7]{${SIGNATURE_LENGTH}})$`);

const PAGE_ID = /^INC-\d{4}-\d{4,}-P\d+$/;

export interface ReplyAddressOf {
  /** The signing key, at least 32 bytes. */
  readonly key: Buffer;
  readonly pageId: string;
  readonly username: string;
  /** The mailbox whose mail we take in, without a name: `csirt@example.org`. Its server delivers `csirt+…` there. */
  readonly address: string;
}

/**
 * Where a person's reply to a page goes: `csirt+2026-0001-p1-…@example.org`. It names the page; the person stands in the
 * signature alone, so that the address is short and tells nobody a username. Null where the mailbox's own name is too long
 * for it, or is no address.
 */
export function replyAddressFor({ key, pageId, username, address }: ReplyAddressOf): string | null {
  const at = address.lastIndexOf('@');
  if (at < 1 || !PAGE_ID.test(pageId)) return null;
  const local = `${address.slice(0, at)}+${tagOf(key, pageId, username)}`;
  return local.length > LOCAL_PART_MAX ? null : `${local}${address.slice(at)}`;
}

export interface ReadReplyAddress {
  readonly key: Buffer;
  /** To which a mail came, without a name. Whether it is one of our mailboxes, the caller knows. */
  readonly address: string;
  /** Who may have been written to: everybody of the policy in force. */
  readonly usernames: readonly string[];
}

/** Whose reply to which page comes to this address; null when it is none that we gave to one of these people. */
export function readReplyAddress({
  key,
  address,
  usernames,
}: ReadReplyAddress): { readonly pageId: string; readonly username: string } | null {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@'))).toLowerCase();
  const tag = local.slice(local.lastIndexOf('+') + 1);
  const [, name] = TAG.exec(tag) ?? [];
  if (name === undefined || !local.includes('+')) return null;
  const pageId = `INC-${name.toUpperCase()}`;
  const username = usernames.find((candidate) => isSame(tag, tagOf(key, pageId, candidate)));
  return username === undefined ? null : { pageId, username };
}

function tagOf(key: Buffer, pageId: string, username: string): string {
  const signature = createSigner(key, 'page-reply-address')(`${pageId} ${username}`);
  return `${pageId.slice('INC-'.length).toLowerCase()}-${base32(signature).slice(0, SIGNATURE_LENGTH)}`;
}

/** Source: RFC 4648, 6; in lower case and without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{5}/g) ?? [];
  return fives.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number.parseInt(five, 2))).join('');
}
