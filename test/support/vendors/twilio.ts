import { createTwilioSmsPager, createTwilioVoicePager } from '../../../src/adapters/pager-twilio.ts';
import { createEgress } from '../../../src/egress.ts';
import { type HttpRequest, type Read, startHttpVendor } from './http-vendor.ts';
import { PATIENCE_MS, type Vendor, WAIT_SECONDS } from './vendor.ts';

const ACCOUNT = 'AC00000000000000000000000000000001';
const TOKEN = 'twilio-token-never-to-be-seen';
const BASIC = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
const FROM = '+15005550006';

/** Answers as Twilio's API of 2010-04-01 does. */
export async function startTwilio(kind: 'sms' | 'voice'): Promise<Vendor> {
  const resource = kind === 'sms' ? 'Messages' : 'Calls';
  const sids = new Map<string, string>();
  const server = await startHttpVendor({
    read: (request) => readOrder(request, resource, sids),
    refusal: { status: 400, body: { code: 21211, message: 'Invalid To', status: 400 } },
    busy: {
      status: 429,
      headers: { 'retry-after': String(WAIT_SECONDS) },
      body: { code: 20429, message: 'Too many requests', status: 429 },
    },
  });
  const create = kind === 'sms' ? createTwilioSmsPager : createTwilioVoicePager;
  return {
    ...server,
    pager: create({
      egress: createEgress({ allowHosts: [], timeoutMs: PATIENCE_MS }),
      baseUrl: server.url,
      account: ACCOUNT,
      token: TOKEN,
      from: FROM,
      callbackUrl: (id, to) => `https://tocsin.example/v1/receipts/${to}/${id}`,
    }),
    secrets: [TOKEN, BASIC.slice('Basic '.length)],
  };
}

function readOrder(request: HttpRequest, resource: string, sids: Map<string, string>): Read {
  const { method, path, headers, body } = request;
  if (method !== 'POST' || path !== `/2010-04-01/Accounts/${ACCOUNT}/${resource}.json`)
    return 'not a resource';
  if (headers.authorization !== BASIC) return 'not our account';
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') return 'not a form';
  const form = new URLSearchParams(body);
  const names = [...form.keys()].filter((name) => name !== 'StatusCallbackEvent');
  const expected = ['To', 'From', resource === 'Messages' ? 'Body' : 'Twiml', 'StatusCallback'];
  if (names.join(' ') !== expected.join(' ')) return `fields ${names.join(' ')}`;
  if (form.get('From') !== FROM) return 'not our number';
  const id = String(headers['i-twilio-idempotency-token']);
  if (!form.get('StatusCallback')?.endsWith(`/${kindOf(resource)}/${id}`)) return 'not our receipt';
  const words = form.get('Body') ?? spokenIn(form.get('Twiml') ?? '');
  if (words === undefined) return `not TwiML: ${form.get('Twiml')}`;
  const sid = sids.get(id) ?? `SM${String(sids.size).padStart(32, '0')}`;
  sids.set(id, sid);
  return {
    arrival: { id, to: form.get('To') ?? '', words },
    reply: { status: 201, body: { sid, status: 'queued', error_code: null } },
  };
}

function kindOf(resource: string): string {
  return resource === 'Messages' ? 'sms' : 'voice';
}

/** What is said, of a document with one sentence and nothing else in it. */
function spokenIn(twiml: string): string | undefined {
  const said =
    /^<Response><Gather numDigits="6" action="[^"<>]*"><Say loop="2">([^<>]*)<\/Say><\/Gather><\/Response>$/.exec(
      twiml,
    )?.[1];
  if (said === undefined || /&(?!(?:amp|lt|gt|quot|apos);)/.test(said) || /\p{Cc}/u.test(said))
    return undefined;
  return said
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
