import { contentToPage, type PagerMessage } from '../domain/contact.ts';
import { oneLine } from '../domain/text-layout.ts';
import type { Egress, EgressAnswer } from '../egress.ts';
import { later, type Pager, type PagerAnswer, refused } from '../ports.ts';

export interface TwilioOptions {
  readonly egress: Egress;
  /** `https://api.twilio.com`, or a server that speaks the same. Without a slash at the end. */
  readonly baseUrl: string;
  readonly account: string;
  readonly token: string;
  /** Our number, `+17343527045`. */
  readonly from: string;
  /** Where receipts of the message with this id go; null for none. */
  readonly callbackUrl: (id: string, kind: 'sms' | 'voice') => string | null;
}

/**
 * Pages by SMS: the short form. Source: Twilio's API of 2010-04-01, Messages.
 *
 * Each try carries the message's id as its idempotency token. Twilio promises nothing of it for messages and calls: when
 * an answer is lost, the person may be reached twice, which is better than not at all.
 */
export function createTwilioSmsPager(options: TwilioOptions): Pager {
  return pagerOf(options, (message) => ({
    resource: 'Messages',
    form: [['Body', oneLine(message.short)], ...callbackOf(options.callbackUrl(message.id, 'sms'))],
  }));
}

/**
 * Pages by a phone call that reads the message out, twice, and takes six keys for an answer where receipts go somewhere.
 * Source: Twilio's API of 2010-04-01, Calls; TwiML, Gather.
 */
export function createTwilioVoicePager(options: TwilioOptions): Pager {
  return pagerOf(options, (message) => {
    const url = options.callbackUrl(message.id, 'voice');
    return {
      resource: 'Calls',
      form: [['Twiml', sayingTwice(message.spoken, url)], ...callbackOf(url, ['answered', 'completed'])],
    };
  });
}

interface Order {
  readonly resource: 'Messages' | 'Calls';
  readonly form: readonly Field[];
}

type Field = [name: string, value: string];

function pagerOf(options: TwilioOptions, orderOf: (message: PagerMessage) => Order): Pager {
  const { egress, baseUrl, account, token, from } = options;
  return {
    send: async (cleared) => {
      const message = contentToPage(cleared);
      if (!PHONE_NUMBER.test(message.to)) return refused('invalid');
      const { resource, form } = orderOf(message);
      const answer = await egress.request({
        method: 'POST',
        url: `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(account)}/${resource}.json`,
        headers: {
          authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
          'i-twilio-idempotency-token': message.id,
        },
        body: new URLSearchParams([['To', message.to], ['From', from], ...form]).toString(),
        guard: 'own',
      });
      return answer.outcome === 'answered' ? judge(answer) : later(answer.code);
    },
  };
}

/** E.164: `To` would take a client, a SIP address or another service's name as well. */
const PHONE_NUMBER = /^\+[1-9]\d{4,14}$/;

function callbackOf(url: string | null, events: readonly string[] = []): readonly Field[] {
  if (url === null) return [];
  return [['StatusCallback', url], ...events.map((event): Field => ['StatusCallbackEvent', event])];
}

/** Source: Twilio takes at most 4000 characters of TwiML. */
const TWIML_MAX = 4000;

function sayingTwice(text: string, answersTo: string | null): string {
  const [gather, gathered] =
    answersTo === null ? ['', ''] : [`<Gather numDigits="6" action="${escaped(answersTo)}">`, '</Gather>'];
  const [before, after] = [`<Response>${gather}<Say loop="2">`, `</Say>${gathered}</Response>`];
  let said = '';
  for (const character of oneLine(text)) {
    const next = escaped(character);
    if (before.length + said.length + next.length + after.length > TWIML_MAX) break;
    said += next;
  }
  return `${before}${said}${after}`;
}

function escaped(text: string): string {
  return Array.from(
    text,
    (character) => XML_ESCAPES[character] ?? (NOT_IN_XML.test(character) ? ' ' : character),
  ).join('');
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Controls, halves of pairs and non-characters: one of them would make the whole document unreadable. Source: XML 1.0, 2.2. */
const NOT_IN_XML = /[\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}]/u;

function judge(answer: Extract<EgressAnswer, { outcome: 'answered' }>): PagerAnswer {
  const { status, body, retryAfterMs } = answer;
  const { sid, code } = fieldsOf(body);
  if (status >= 200 && status < 300) return { outcome: 'accepted', id: sid, code: String(status) };
  const said = code ?? String(status);
  return isAboutUs(status, said) || isPassing(status) ? later(said, retryAfterMs) : refused(said);
}

/** Busy, broken, or asked too often. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/**
 * A wrong token, a closed account or a sender that is not ours says nothing of the person's number: once the operator
 * has mended it, the same message can be sent.
 */
function isAboutUs(status: number, code: string): boolean {
  return [401, 403, 404].includes(status) ? !NUMBER_CODES.has(code) : SENDER_CODES.has(code);
}

/** Source: Twilio's error dictionary: not a number, no route there, not a mobile, unsubscribed. */
const NUMBER_CODES: ReadonlySet<string> = new Set([
  '21211',
  '21214',
  '21215',
  '21217',
  '21408',
  '21610',
  '21612',
  '21614',
]);

/** Source: Twilio's error dictionary: the `From` is not a number, missing, or not of this account. */
const SENDER_CODES: ReadonlySet<string> = new Set(['21210', '21212', '21603', '21606', '21659', '21660']);

/** What is read of an answer; null for what it does not say, or not as it should. */
function fieldsOf(body: string): { readonly sid: string | null; readonly code: string | null } {
  try {
    const { sid, code } = JSON.parse(body) as { readonly sid?: unknown; readonly code?: unknown };
    return {
      sid: typeof sid === 'string' && /^\w{1,64}$/.test(sid) ? sid : null,
      code: typeof code === 'number' ? String(code) : null,
    };
  } catch {
    return { sid: null, code: null };
  }
}
