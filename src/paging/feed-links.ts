import { createSigner, isSame } from './signing.ts';

/** Whose feed of what; `id` is another one after the feed was renewed. */
export interface FeedLink {
  readonly id: string;
  readonly username: string;
  readonly rota: string | null;
}

export interface FeedLinks {
  addressOf(feed: FeedLink): string;
  /** Which feed a token says that it is of: nothing is proven by that. */
  idIn(token: string): string | null;
  isOf(token: string, feed: FeedLink): boolean;
}

/** 128 bits. Source: RFC 2104, 5. */
const SIGNATURE_BYTES = 16;

const TOKEN = /^([0-9a-z-]{1,64})\.[A-Za-z0-9_-]{22}$/;

/**
 * Addresses of calendar feeds. Each is the right to read one feed, and good for nothing else: what is signed is the id of
 * the feed and whose it is, so that the record alone gives no address, and the address names nobody.
 */
export function createFeedLinks({
  key,
  publicUrl,
}: {
  /** The signing key, at least 32 bytes. */
  readonly key: Buffer;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}): FeedLinks {
  const sign = createSigner(key, 'calendar-feed');
  const tokenOf = ({ id, username, rota }: FeedLink): string => {
    const signature = sign(JSON.stringify([id, username, rota])).subarray(0, SIGNATURE_BYTES);
    return `${id}.${signature.toString('base64url')}`;
  };
  return {
    addressOf: (feed) => `${publicUrl}/calendars/${tokenOf(feed)}/on-call.ics`,
    idIn: (token) => TOKEN.exec(token)?.[1] ?? null,
    isOf: (token, feed) => isSame(token, tokenOf(feed)),
  };
}
