import type { CallbackOptions, Receipts, SaidBack } from '../../../src/paging/callbacks.ts';

/** Providers of messages as the API is told of them, and a record of what they said that bears a repetition. */
export interface ProviderAtHand {
  readonly callbacks: CallbackOptions;
  /** Messages that were sent, by provider and id, and what became of each. */
  readonly messages: Map<string, string>;
  /** How often the state of a message changed. */
  changes: number;
  readonly answered: SaidBack[];
  /** What is said back to everybody. */
  says: string;
  /** What was said in rooms of Matrix. */
  readonly said: { readonly roomId: string; readonly eventId: string; readonly text: string }[];
  isAway: boolean;
  reset(): void;
}

export const TWILIO_AUTH_TOKEN = '12345';
export const WEBHOOK_SECRET = Buffer.alloc(32, 3);
export const HS_TOKEN = 'of-the-homeserver';

export function providerAtHand(): ProviderAtHand {
  const messages = new Map<string, string>();
  const answered: SaidBack[] = [];
  const said: { readonly roomId: string; readonly eventId: string; readonly text: string }[] = [];

  const move = async (name: string, state: string) => {
    const before = messages.get(name);
    if (before === undefined) return 'unknown' as const;
    // Forward only: what is over stays as it is.
    if (before === 'accepted') {
      messages.set(name, state);
      provider.changes += 1;
    }
    return 'known' as const;
  };
  const receipts: Receipts = {
    delivered: ({ provider: name, id }) => move(`${name}:${id}`, 'delivered'),
    refused: ({ provider: name, id, code }) => move(`${name}:${id}`, `refused ${code}`),
    async answered(back) {
      if (provider.isAway) throw Object.assign(new Error('away'), { code: 'record-unavailable' });
      answered.push(back);
      return provider.says;
    },
  };
  const provider: ProviderAtHand = {
    callbacks: {
      receipts,
      twilio: { authToken: TWILIO_AUTH_TOKEN },
      webhook: { provider: 'gateway', secret: WEBHOOK_SECRET },
      matrix: {
        hsToken: HS_TOKEN,
        ownUserId: '@tocsin:matrix.example',
        say: (reply) => void said.push(reply),
      },
    },
    messages,
    changes: 0,
    answered,
    says: 'You have it.',
    said,
    isAway: false,
    reset() {
      messages.clear();
      answered.length = 0;
      said.length = 0;
      Object.assign(provider, { changes: 0, says: 'You have it.', isAway: false });
    },
  };
  return provider;
}
