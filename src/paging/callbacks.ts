import type { ContactKind } from '../domain/contact.ts';

/**
 * What becomes of messages once somebody else has them. Each call may come twice, and late: a message only ever moves
 * forward, so that what is said again changes nothing.
 */
export interface Receipts {
  /** The far side says that the message is with the person's device. `id` is its own name for the message. */
  delivered(receipt: Receipt): Promise<'known' | 'unknown'>;
  /** It will not be: the next contact method is due. `code` is the far side's, or `not-reached`. */
  refused(receipt: Receipt & { readonly code: string }): Promise<'known' | 'unknown'>;
  /** Somebody wrote back. The answer is what to say to them, in plain text; empty where there is nothing to say. */
  answered(said: SaidBack): Promise<string>;
}

export interface Receipt {
  /** `twilio`, or the name under which a provider is configured. */
  readonly provider: string;
  readonly id: string;
  /** Epoch milliseconds, by our own clock. */
  readonly at: number;
}

export interface SaidBack {
  readonly kind: ContactKind;
  /** As the method writes addresses: `+17343527045`, `@anna:example.org`. Vouched for by the provider, not by us. */
  readonly address: string;
  readonly text: string;
  readonly at: number;
}

/** Who may call us back, and how they prove it. What is null has no route. */
export interface CallbackOptions {
  readonly receipts: Receipts;
  readonly twilio: { readonly authToken: string } | null;
  /** A provider that signs as Standard Webhooks say; `secret` is what `whsec_` stands before, decoded. */
  readonly webhook: { readonly provider: string; readonly secret: Buffer } | null;
  readonly matrix: MatrixCallbacks | null;
}

/** We are an application service of a homeserver, which tells us what is said to our user. */
export interface MatrixCallbacks {
  readonly hsToken: string;
  /** `@tocsin:example.org`: what it says itself comes back as well, and is no answer. */
  readonly ownUserId: string;
  /**
   * Says something back in a room to an event in it, as `m.notice`, and once however often it is asked to. It is not waited
   * for, and never throws.
   */
  say(reply: { readonly roomId: string; readonly eventId: string; readonly text: string }): void;
}
