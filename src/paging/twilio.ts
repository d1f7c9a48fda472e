import { createHmac } from 'node:crypto';
import { isSame } from './signing.ts';

export interface SignedForm {
  readonly authToken: string;
  /** The whole address that Twilio was given, query included. */
  readonly url: string;
  readonly form: URLSearchParams;
  /** Of the header `X-Twilio-Signature`. */
  readonly signature: string;
}

/**
 * Whether Twilio sent a form: HMAC-SHA-1 over the address and every field, sorted by name, a repeated value once.
 * Source: Twilio, Webhooks security.
 */
export function isSignedByTwilio({ authToken, url, form, signature }: SignedForm): boolean {
  const names = [...new Set(form.keys())].toSorted();
  const fields = names.flatMap((name) =>
    [...new Set(form.getAll(name))].toSorted().map((value) => `${name}${value}`),
  );
  const expected = createHmac('sha1', authToken)
    .update(url + fields.join(''), 'utf8')
    .digest('base64');
  return isSame(signature, expected);
}

/** What Twilio says of a message or call of ours; `pending` is nothing that anybody waits for. */
export interface TwilioReceipt {
  /** The SID of the message or call. */
  readonly id: string;
  readonly outcome: 'delivered' | 'refused' | 'pending';
  /** Twilio's error code, or the status where there is none. */
  readonly code: string;
}

/** Who picked up a call, or whose phone has the message, was reached. Source: Twilio, MessageStatus and CallStatus. */
const OUTCOMES: ReadonlyMap<string, TwilioReceipt['outcome']> = new Map([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['completed', 'delivered'],
  ['undelivered', 'refused'],
  ['failed', 'refused'],
  ['canceled', 'refused'],
  ['busy', 'refused'],
  ['no-answer', 'refused'],
]);

const NOT_REACHED = new Set(['busy', 'no-answer']);

/** Null where a form says nothing of a message or a call. */
export function twilioReceipt(form: URLSearchParams): TwilioReceipt | null {
  const id = form.get('MessageSid') ?? form.get('CallSid');
  const status = form.get('MessageStatus') ?? form.get('CallStatus');
  if (id === null || id === '' || status === null) return null;
  const code = NOT_REACHED.has(status) ? 'not-reached' : form.get('ErrorCode') || status;
  return { id, outcome: OUTCOMES.get(status) ?? 'pending', code };
}

/** What somebody keyed in during a call of ours, or theirs; null where they have not. */
export function twilioDigits(form: URLSearchParams): { readonly from: string; readonly text: string } | null {
  const text = form.get('Digits');
  const isOurCall = form.get('Direction')?.startsWith('outbound') === true;
  const from = form.get(isOurCall ? 'To' : 'From');
  return text === null || from === null ? null : { from, text };
}

/** An SMS to us; null where a form holds none. */
export function twilioSms(form: URLSearchParams): { readonly from: string; readonly text: string } | null {
  const [from, text] = [form.get('From'), form.get('Body')];
  return from === null || text === null ? null : { from, text };
}
