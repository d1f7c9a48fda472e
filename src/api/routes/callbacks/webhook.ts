import type { FastifyRequest } from 'fastify';
import type { Receipts } from '../../../paging/callbacks.ts';
import { isSignedWebhook } from '../../../paging/webhook-signature.ts';
import { bytesOf, readBody } from '../../body.ts';
import { addCall, NO_SUBJECT } from '../../call.ts';
import { notSigned, tellReceipt } from '../../receipt-telling.ts';
import { ReceiptIn, ReceiptTaken } from '../../schemas/callbacks.ts';
import { checkShape } from '../../shape.ts';
import type { Office } from '../deciding.ts';

interface Webhook {
  readonly provider: string;
  readonly secret: Buffer;
  readonly receipts: Receipts;
}

/**
 * Receipts of any provider that signs as Standard Webhooks say. What is sent again within its five minutes is not
 * remembered: a message only moves forward, so that the same receipt changes nothing.
 */
export function addWebhookCallback(
  { app, dependencies }: Office,
  { provider, secret, receipts }: Webhook,
): void {
  const { now } = dependencies;
  addCall(app, dependencies, {
    verb: 'callback',
    method: 'POST',
    url: '/v1/callbacks/receipts',
    tag: 'Callbacks',
    summary: 'A provider tells what became of a message',
    description:
      'Signed as Standard Webhooks say: `webhook-id`, `webhook-timestamp` within five minutes, `webhook-signature`.',
    documentedBody: ReceiptIn,
    takes: 'bytes',
    isRepeatable: true,
    alsoProblems: [401],
    answer: { status: 200, schema: ReceiptTaken, description: 'Taken; also when it was known already.' },
    async subject(_nobody, _params, request) {
      requireSignature(request, { secret, now: now() });
      return NO_SUBJECT;
    },
    async handle({ request }) {
      const { messageId, outcome, code } = receiptOf(request);
      await tellReceipt(receipts, { provider, id: messageId, outcome, code: code ?? outcome, at: now() });
      return { status: 'taken' as const };
    },
  });
}

function requireSignature(
  request: FastifyRequest,
  { secret, now }: { readonly secret: Buffer; readonly now: number },
): void {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const isSigned = isSignedWebhook({
    ...{ secret, now, bytes: bytesOf(request) },
    id: header('webhook-id'),
    timestamp: header('webhook-timestamp'),
    signature: header('webhook-signature'),
  });
  if (!isSigned) throw notSigned('`webhook-signature` of these bytes, made less than five minutes ago');
}

function receiptOf(request: FastifyRequest) {
  const body = readBody(bytesOf(request), 'strict');
  return checkShape({ body: ReceiptIn }, { params: {}, query: {}, body }).body;
}
