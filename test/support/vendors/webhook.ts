import { Webhook } from 'standardwebhooks';
import { createWebhookPager } from '../../../src/adapters/pager-webhook.ts';
import { createEgress } from '../../../src/egress.ts';
import { type HttpRequest, objectIn, type Read, startHttpVendor } from './http-vendor.ts';
import { PATIENCE_MS, type Vendor, WAIT_SECONDS } from './vendor.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAA';

/** A person's own service, which believes nothing that is not signed; it is allowed by name, being on loopback. */
export async function startWebhook(): Promise<Vendor & { readonly to: string }> {
  const server = await startHttpVendor({
    read: (request) => readCall(request, to),
    refusal: { status: 410, body: { error: 'gone' } },
    busy: { status: 429, headers: { 'retry-after': String(WAIT_SECONDS) }, body: {} },
  });
  const to = `${server.url}/pages?for=anna`;
  return {
    ...server,
    to,
    pager: createWebhookPager({
      egress: createEgress({ allowHosts: [server.host], timeoutMs: PATIENCE_MS }),
      secretFor: () => SECRET,
      clock: { now: () => Date.now() },
    }),
    secrets: [SECRET, SECRET.slice('whsec_'.length)],
  };
}

const FIELDS = 'id subject text link urgent sentAt';

function readCall({ method, path, headers, body }: HttpRequest, to: string): Read {
  if (method !== 'POST' || !to.endsWith(path)) return 'not the URL that was given';
  try {
    new Webhook(SECRET).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    });
  } catch {
    return 'not signed by us';
  }
  const given = objectIn(body) ?? {};
  if (Object.keys(given).join(' ') !== FIELDS) return `fields ${Object.keys(given).join(' ')}`;
  if (given['id'] !== headers['webhook-id']) return 'two ids';
  return {
    arrival: {
      id: String(given['id']),
      to,
      words: [given['subject'], given['text'], given['link']].join('\n'),
    },
    reply: { status: 202, body: {} },
  };
}
