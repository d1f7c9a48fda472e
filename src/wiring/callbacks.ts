import type { ServiceConfig } from '../config.ts';
import type { CallbackOptions, Receipts } from '../paging/callbacks.ts';

/** Who may call us back, by what is configured; null where nobody is. */
export function callbacksOf({ pagers }: ServiceConfig, receipts: Receipts): CallbackOptions | null {
  const { twilio, matrix, receiptsSecret } = pagers;
  const hsToken = matrix?.hsToken;
  if (twilio === undefined && receiptsSecret === undefined && hsToken === undefined) return null;
  return {
    receipts,
    twilio: twilio === undefined ? null : { authToken: twilio.token },
    webhook: receiptsSecret === undefined ? null : { provider: 'receipts', secret: receiptsSecret },
    matrix: hsToken === undefined ? null : { hsToken, ownUserId: matrix?.user ?? '', say: null },
  };
}
