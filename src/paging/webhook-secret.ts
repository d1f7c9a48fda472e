import { createSigner } from './signing.ts';

/**
 * What the messages to a person's own URL are signed with: `whsec_` and 32 bytes in base64. Of the person as well, so that
 * who gives the URL of somebody else does not learn what theirs is signed with. Source: Standard Webhooks, 1.0.
 */
export function webhookSecretFor({
  key,
  address,
  username,
}: {
  /** The signing key, at least 32 bytes. */
  readonly key: Buffer;
  readonly address: string;
  readonly username: string;
}): string {
  return `whsec_${createSigner(key, 'webhook')(`${username} ${address}`).toString('base64')}`;
}
