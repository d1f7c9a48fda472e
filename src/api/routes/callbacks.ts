import type { CallbackOptions } from '../../paging/callbacks.ts';
import { addMatrixCallback } from './callbacks/matrix.ts';
import { addTwilioCallbacks } from './callbacks/twilio.ts';
import { addWebhookCallback } from './callbacks/webhook.ts';
import type { Office } from './deciding.ts';

/**
 * Where those who carry our messages tell what became of them, and what people write back. Each has to sign as it does;
 * who is not configured has no route. All may say the same again.
 */
export function addCallbacks(office: Office, { receipts, twilio, webhook, matrix }: CallbackOptions): void {
  if (twilio !== null) addTwilioCallbacks(office, { ...twilio, receipts });
  if (webhook !== null) addWebhookCallback(office, { ...webhook, receipts });
  if (matrix !== null) addMatrixCallback(office, { ...matrix, receipts });
}
