import { z } from 'zod';

const ID_MAX = 300;
const CODE_MAX = 100;

/** What a provider says of a message of ours. */
export const ReceiptIn = z
  .strictObject({
    messageId: z
      .string()
      .min(1)
      .max(ID_MAX)
      .meta({ description: 'The provider’s own name for the message.' }),
    outcome: z.enum(['delivered', 'refused']),
    code: z.string().max(CODE_MAX).nullish().meta({ description: 'Why it was refused.' }),
  })
  .meta({ id: 'ReceiptIn' });

export const ReceiptTaken = z.object({ status: z.literal('taken') }).meta({ id: 'ReceiptTaken' });

export const TransactionParams = z.object({ txnId: z.string() });

/** Events of every kind, of which most are not for us. Source: Matrix, Application Service API. */
export const TransactionIn = z
  .looseObject({ events: z.array(z.unknown()) })
  .meta({ id: 'MatrixTransactionIn' });

export const TransactionTaken = z.strictObject({}).meta({ id: 'MatrixTransactionTaken' });
