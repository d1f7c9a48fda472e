import type { FastifyRequest } from 'fastify';
import type { MatrixCallbacks, Receipts } from '../../../paging/callbacks.ts';
import { createOnce, matrixMessage, type MatrixMessage } from '../../../paging/matrix.ts';
import { isSame } from '../../../paging/signing.ts';
import { addCall, NO_SUBJECT } from '../../call.ts';
import { notSigned } from '../../receipt-telling.ts';
import { TransactionIn, TransactionParams, TransactionTaken } from '../../schemas/callbacks.ts';
import type { Office } from '../deciding.ts';

/** A hundred events of the largest size: a transaction that is refused is sent for ever, and holds up all after it. */
const TRANSACTION_BYTES_MAX = 8 * 1024 * 1024;

type Matrix = MatrixCallbacks & { readonly receipts: Receipts };

/** A homeserver tells us, its application service, what was said to our user. Source: Matrix, Application Service API. */
export function addMatrixCallback({ app, dependencies }: Office, matrix: Matrix): void {
  const once = createOnce();
  const onceSaid = createOnce();
  addCall(app, dependencies, {
    verb: 'callback',
    method: 'PUT',
    url: '/_matrix/app/v1/transactions/:txnId',
    tag: 'Callbacks',
    summary: 'A Matrix homeserver passes on what was said to us',
    description:
      'With `Authorization: Bearer <hs_token>`. The same transaction sent again does nothing again.',
    params: TransactionParams,
    body: TransactionIn,
    // Broken text of one message must not hold up the others.
    takes: 'anything',
    isRepeatable: true,
    alsoProblems: [401],
    bodyLimitBytes: TRANSACTION_BYTES_MAX,
    answer: { status: 200, schema: TransactionTaken, description: 'Taken.' },
    checkHead: (request) => requireHomeserver(request, matrix.hsToken),
    subject: async () => NO_SUBJECT,
    async handle({ params: { txnId }, body: { events } }) {
      await once(txnId, () => takeEvents(events));
      return {};
    },
  });

  /** One after the other, as they were said: of two answers the first one counts. An event may come in two transactions. */
  async function takeEvents(events: readonly unknown[]): Promise<void> {
    const messages = events.flatMap((event) => matrixMessage(event, matrix.ownUserId) ?? []);
    for (const message of messages) {
      await onceSaid(message.eventId, () => takeMessage(message, matrix, dependencies.now()));
    }
  }
}

function requireHomeserver(request: FastifyRequest, hsToken: string): void {
  const { authorization = '' } = request.headers;
  if (!isSame(authorization, `Bearer ${hsToken}`))
    throw notSigned('the homeserver’s token as a bearer token');
}

async function takeMessage(
  { sender, roomId, eventId, text }: MatrixMessage,
  { receipts, say }: Matrix,
  at: number,
): Promise<void> {
  const back = await receipts.answered({ kind: 'matrix', address: sender, text, at });
  if (back !== '') say({ roomId, eventId, text: back });
}
