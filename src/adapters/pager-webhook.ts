import { Webhook } from 'standardwebhooks';
import { contentToPage, type PagerMessage } from '../domain/contact.ts';
import { oneLine, plain } from '../domain/text-layout.ts';
import type { Egress } from '../egress.ts';
import { type Clock, later, type Pager, refused } from '../ports.ts';

export interface WebhookOptions {
  readonly egress: Egress;
  /** What the person's URL knows us by: `whsec_` and 24 to 64 bytes in base64. Null where none was agreed on. */
  readonly secretFor: (address: string, username: string) => string | null;
  readonly clock: Clock;
}

/**
 * Pages by a POST to the person's own URL, guarded, and signed so that it knows who asks. A second try has the same
 * `webhook-id`; the signature and its time are new. Nothing is sent unsigned. Source: Standard Webhooks, 1.0.
 */
export function createWebhookPager({ egress, secretFor, clock }: WebhookOptions): Pager {
  return {
    send: async (cleared) => {
      const message = contentToPage(cleared);
      const key = keyOf(secretFor(message.to, cleared.clearance.recipient));
      if (key === null) return refused('no-secret');
      const sentAtMs = clock.now();
      const body = JSON.stringify(callOf(message, sentAtMs));
      const answer = await egress.request({
        method: 'POST',
        url: message.to,
        headers: {
          'content-type': 'application/json',
          ...signatureOf({ key, id: message.id, sentAtMs, body }),
        },
        body,
        guard: 'given',
      });
      switch (answer.outcome) {
        case 'failed':
          return later(answer.code);
        case 'forbidden':
          return refused(answer.code === 'redirect' ? 'redirect' : 'forbidden-target');
        case 'answered':
          return judge(answer);
      }
    },
  };
}

/** Source: Standard Webhooks, symmetric secrets. */
const SECRET =
  /^whsec_((?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})?)$/;

function keyOf(secret: string | null): Uint8Array | null {
  const [, encoded] = SECRET.exec(secret ?? '') ?? [];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64');
}

function callOf({ id, subject, text, link, isUrgent }: PagerMessage, sentAtMs: number) {
  return {
    id,
    subject: oneLine(subject),
    text: plain(text),
    link,
    urgent: isUrgent,
    sentAt: new Date(sentAtMs).toISOString(),
  };
}

interface Signed {
  readonly key: Uint8Array;
  readonly id: string;
  readonly sentAtMs: number;
  readonly body: string;
}

function signatureOf({ key, id, sentAtMs, body }: Signed): Readonly<Record<string, string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAtMs / 1000)),
    'webhook-signature': new Webhook(key, { format: 'raw' }).sign(id, new Date(sentAtMs), body),
  };
}

interface Answered {
  readonly status: number;
  readonly retryAfterMs: number | null;
}

function judge({ status, retryAfterMs }: Answered) {
  const code = String(status);
  if (status >= 200 && status < 300) return { outcome: 'accepted', id: null, code } as const;
  return status >= 500 || [408, 425, 429].includes(status) ? later(code, retryAfterMs) : refused(code);
}
