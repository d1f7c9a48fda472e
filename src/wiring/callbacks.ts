import { createMatrixReply } from '../adapters/pager-matrix.ts';
import type { PagersConfig, ServiceConfig } from '../config.ts';
import type { CallbackOptions, MatrixCallbacks, Receipts } from '../paging/callbacks.ts';
import type { Egress } from '../egress.ts';
import { replyInBackground } from './matrix-replies.ts';

export interface CallbackSurroundings {
  readonly receipts: Receipts;
  readonly egress: Egress;
  /** What was taken and could not be answered. */
  readonly onError: (error: unknown) => void;
}

/** Who may call us back, by what is configured; null where nobody is. */
export function callbacksOf(
  { pagers }: ServiceConfig,
  { receipts, ...surroundings }: CallbackSurroundings,
): CallbackOptions | null {
  const { twilio, matrix, receiptsSecret } = pagers;
  const answersOnMatrix = matrix === undefined ? null : matrixCallbacks(matrix, surroundings);
  if (twilio === undefined && receiptsSecret === undefined && answersOnMatrix === null) return null;
  return {
    receipts,
    twilio: twilio === undefined ? null : { authToken: twilio.token },
    webhook: receiptsSecret === undefined ? null : { provider: 'receipts', secret: receiptsSecret },
    matrix: answersOnMatrix,
  };
}

function matrixCallbacks(
  { url, user, token, hsToken }: NonNullable<PagersConfig['matrix']>,
  { egress, onError }: Omit<CallbackSurroundings, 'receipts'>,
): MatrixCallbacks | null {
  if (hsToken === undefined) return null;
  const reply = createMatrixReply({ egress, baseUrl: url, token, user });
  return { hsToken, ownUserId: user, say: replyInBackground(reply, { onError }) };
}
