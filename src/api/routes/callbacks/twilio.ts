import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Receipts, SaidBack } from '../../../paging/callbacks.ts';
import { isSignedByTwilio, twilioDigits, twilioReceipt, twilioSms } from '../../../paging/twilio.ts';
import { bytesOf } from '../../body.ts';
import { addCall, NO_SUBJECT, type Subject } from '../../call.ts';
import { ProblemError } from '../../problem.ts';
import { notSigned, tellReceipt } from '../../receipt-telling.ts';
import { twiml, TWIML_MEDIA_TYPE } from '../../twiml.ts';
import type { Office } from '../deciding.ts';

const PROVIDER = 'twilio';

interface Twilio {
  readonly authToken: string;
  readonly receipts: Receipts;
}

interface FormSubject extends Subject {
  readonly form: URLSearchParams;
}

const SUMMARIES = {
  status: 'Twilio tells what became of a message or a call',
  inbound: 'Twilio passes an SMS on that somebody sent to us',
  voice: 'Twilio passes on what somebody keyed in during a call, or how the call ended',
} as const;

type Kind = keyof typeof SUMMARIES;

export function addTwilioCallbacks(office: Office, twilio: Twilio): void {
  addKind(office, twilio, 'status');
  addKind(office, twilio, 'inbound');
  addKind(office, twilio, 'voice');
}

function addKind({ app, dependencies }: Office, twilio: Twilio, kind: Kind): void {
  const { publicUrl, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'callback',
    method: 'POST',
    url: `/v1/callbacks/twilio/${kind}`,
    tag: 'Callbacks',
    summary: SUMMARIES[kind],
    description: 'A form, signed in `X-Twilio-Signature` for the address that begins with our public one.',
    takes: 'bytes',
    isRepeatable: true,
    alsoProblems: [401],
    answer: {
      status: 200,
      schema: z.never(),
      description: 'TwiML: what is said back, if anything.',
      onlyAs: TWIML_MEDIA_TYPE,
    },
    subject: async (_nobody, _params, request): Promise<FormSubject> => ({
      ...NO_SUBJECT,
      form: signedForm(request, { publicUrl, authToken: twilio.authToken }),
    }),
    async handle({ subject: { form }, reply }) {
      void reply.type(`${TWIML_MEDIA_TYPE}; charset=utf-8`);
      return ACTS[kind](twilio.receipts, form, now());
    },
  });
}

/** What each kind of form does, and the TwiML that answers it. */
const ACTS: Readonly<
  Record<Kind, (receipts: Receipts, form: URLSearchParams, at: number) => Promise<string>>
> = {
  status: takeReceipt,

  async inbound(receipts, form, at) {
    const sms = twilioSms(form);
    if (sms === null) throw incomplete('`From` and `Body`');
    return twiml('Message', await answer(receipts, { ...sms, kind: 'sms', at }));
  },

  async voice(receipts, form, at) {
    const digits = twilioDigits(form);
    if (digits === null) return takeReceipt(receipts, form, at);
    return twiml('Say', await answer(receipts, { ...digits, kind: 'voice', at }));
  },
};

async function takeReceipt(receipts: Receipts, form: URLSearchParams, at: number): Promise<string> {
  const receipt = twilioReceipt(form);
  if (receipt === null) throw incomplete('`MessageSid` and `MessageStatus`, or `CallSid` and `CallStatus`');
  await tellReceipt(receipts, { provider: PROVIDER, ...receipt, at });
  return twiml('Message', '');
}

function answer(
  receipts: Receipts,
  { from, text, kind, at }: { readonly from: string } & Pick<SaidBack, 'text' | 'kind' | 'at'>,
): Promise<string> {
  return receipts.answered({ kind, address: from, text, at });
}

function signedForm(
  request: FastifyRequest,
  { publicUrl, authToken }: { readonly publicUrl: string; readonly authToken: string },
): URLSearchParams {
  const form = new URLSearchParams(bytesOf(request).toString('utf8'));
  const signature = request.headers['x-twilio-signature'];
  const url = `${publicUrl}${request.url}`;
  if (typeof signature === 'string' && isSignedByTwilio({ authToken, url, form, signature })) return form;
  throw notSigned('a form signed by Twilio for this address in `X-Twilio-Signature`');
}

function incomplete(fields: string): ProblemError {
  return new ProblemError('invalid', `Expected ${fields} in the form.`);
}
