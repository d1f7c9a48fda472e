import { createHmac } from 'node:crypto';
import { isSame } from './signing.ts';

/** A message that was kept back for longer was perhaps copied. Source: Standard Webhooks, "Verifying". */
const TOLERANCE_MS = 5 * 60_000;

export interface SignedWebhook {
  /** The secret as bytes, at least 24 of them. */
  readonly secret: Buffer;
  /** The header `webhook-id`. */
  readonly id: string;
  /** The header `webhook-timestamp`, seconds. */
  readonly timestamp: string;
  /** The header `webhook-signature`: `v1,…`, several of them while a secret is replaced. */
  readonly signature: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Whether a message came from who has the secret, and in the last five minutes. Source: Standard Webhooks. */
export function isSignedWebhook({ secret, id, timestamp, signature, bytes, now }: SignedWebhook): boolean {
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) return false;
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(bytes).digest('base64');
  return signature.split(' ').some((one) => isSame(one, `v1,${digest}`));
}
