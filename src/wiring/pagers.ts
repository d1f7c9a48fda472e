import { createIrcPager, type IrcPager } from '../adapters/pager-irc.ts';
import { createMailPager } from '../adapters/pager-mail.ts';
import { createMatrixPager } from '../adapters/pager-matrix.ts';
import { createNtfyPager } from '../adapters/pager-ntfy.ts';
import { createTwilioSmsPager, createTwilioVoicePager } from '../adapters/pager-twilio.ts';
import { createWebhookPager } from '../adapters/pager-webhook.ts';
import type { PagersConfig, ServiceConfig } from '../config.ts';
import { CONTACT_KINDS, type ContactKind } from '../domain/contact.ts';
import type { Policy } from '../domain/policy.ts';
import { createEgress } from '../egress.ts';
import { codeFor } from '../paging/codes.ts';
import { createLinks } from '../paging/links.ts';
import { replyAddressFor } from '../paging/reply-address.ts';
import type { Pagers, WaysToAnswer } from '../paging/sending.ts';
import { webhookSecretFor } from '../paging/webhook-secret.ts';
import type { Clock, Mailer } from '../ports.ts';

/** Which kinds of contact an installation reaches people by: mail and their own URLs always, the rest as configured. */
export function contactKindsOf({ twilio, ntfy, matrix, irc }: PagersConfig): readonly ContactKind[] {
  const isThere: Readonly<Record<ContactKind, boolean>> = {
    mail: true,
    webhook: true,
    sms: twilio !== undefined,
    voice: twilio !== undefined,
    push: ntfy !== undefined,
    matrix: matrix !== undefined,
    irc: irc !== undefined,
  };
  return CONTACT_KINDS.filter((kind) => isThere[kind]);
}

export interface PagerSurroundings {
  readonly config: ServiceConfig;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly policy: Policy;
}

/** `irc` is also among the pagers; it is the one that keeps a connection, and hears what is said to it. */
export function createPagers({ config, mailer, clock, policy }: PagerSurroundings): {
  readonly pagers: Pagers;
  readonly irc: IrcPager | null;
} {
  const egress = createEgress({ allowHosts: policy.egressAllow });
  const { twilio, ntfy, matrix, irc: ircServer } = config.pagers;
  const key = config.signingKey;
  const irc = ircServer === undefined ? null : createIrcPager(ircServer);
  const twilioOptions = twilio && {
    egress,
    baseUrl: twilio.url,
    account: twilio.account,
    token: twilio.token,
    from: twilio.from,
    callbackUrl: (_: string, kind: 'sms' | 'voice') =>
      `${config.publicUrl}/v1/callbacks/twilio/${kind === 'sms' ? 'status' : 'voice'}`,
  };
  return {
    irc,
    pagers: {
      mail: createMailPager({ mailer, senderAddress: policy.organization.mail }),
      webhook: createWebhookPager({
        egress,
        clock,
        secretFor: (address, username) => webhookSecretFor({ key, address, username }),
      }),
      ...(twilioOptions && {
        sms: createTwilioSmsPager(twilioOptions),
        voice: createTwilioVoicePager(twilioOptions),
      }),
      ...(ntfy && { push: createNtfyPager({ egress, baseUrl: ntfy.url, token: ntfy.token ?? null }) }),
      ...(matrix && {
        matrix: createMatrixPager({ egress, baseUrl: matrix.url, token: matrix.token, user: matrix.user }),
      }),
      ...(irc && { irc }),
    },
  };
}

/** How whoever is called answers without signing in. */
export function createWaysToAnswer(
  { signingKey: key, publicUrl, replyAddress }: ServiceConfig,
  { clock, policy }: Pick<PagerSurroundings, 'clock' | 'policy'>,
): WaysToAnswer {
  const links = createLinks({ key, publicUrl, now: () => clock.now() });
  return {
    linkFor: (call) => links.linkFor({ ...call, expiresAt: clock.now() + policy.paging.linkLastsMs }),
    codeFor: (call) => codeFor({ key, ...call }),
    replyAddressFor: (call) =>
      replyAddress === undefined ? null : replyAddressFor({ key, address: replyAddress, ...call }),
  };
}
