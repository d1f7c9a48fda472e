import type { Envelope, ReceivedStamp } from './letter.ts';

export interface TrustedReceipt {
  readonly atMs: number;
  /** Whose word it is: that of a stamp of our own servers, or only ours, when we stored it. */
  readonly from: 'stamp' | 'storage';
  /** Why no stamp counts, or which one was refused. */
  readonly doubt?: 'no-stamp-of-ours' | 'stamp-in-the-future' | 'stamp-too-old';
}

export interface ReceiptBounds {
  /** Names as they stand behind `by`; `.example.org` is every host below it. */
  readonly ourHosts: readonly string[];
  /** When we stored it: no receipt is later. */
  readonly storedAtMs: number;
  /** A stamp that is older, a queue or a clock was broken, or somebody lies. */
  readonly atMostBeforeMs: number;
}

/** Longer than a sensible queue keeps mail. */
export const STAMP_AT_MOST_BEFORE_MS = 5 * 24 * 60 * 60 * 1000;

/**
 * When a message reached us, which is when its clock begins (Source: IC-2): what our first server stamped. The sender's
 * `Date` is never asked. We go down from the top while our own hosts wrote the stamp and had it from one of ours, because
 * whatever lies below the stamp of the border was written by strangers, also where it names our hosts.
 */
export function trustedReceipt(
  { receivedStamps }: Pick<Envelope, 'receivedStamps'>,
  { ourHosts, storedAtMs, atMostBeforeMs }: ReceiptBounds,
): TrustedReceipt {
  const stored = { atMs: storedAtMs, from: 'storage' } as const;
  const atMs = borderStamp(receivedStamps, ourHosts)?.atMs ?? null;
  if (atMs === null) return { ...stored, doubt: 'no-stamp-of-ours' };
  if (atMs > storedAtMs) return { ...stored, doubt: 'stamp-in-the-future' };
  if (storedAtMs - atMs > atMostBeforeMs) return { ...stored, doubt: 'stamp-too-old' };
  return { atMs, from: 'stamp' };
}

/** The lowest of ours that has an instant. */
function borderStamp(
  stamps: readonly ReceivedStamp[],
  ourHosts: readonly string[],
): ReceivedStamp | undefined {
  let border: ReceivedStamp | undefined;
  for (const stamp of stamps) {
    if (!isOurs(stamp.by, ourHosts)) break;
    if (stamp.atMs !== null) border = stamp;
    const cameFromInside = stamp.from === null || isOurs(stamp.from, [...ourHosts, 'localhost']);
    if (!cameFromInside) break;
  }
  return border;
}

function isOurs(host: string | null, ourHosts: readonly string[]): boolean {
  if (host === null) return false;
  return ourHosts.some((ours) => {
    const name = ours.toLowerCase();
    return name.startsWith('.') ? host.endsWith(name) : host === name;
  });
}
