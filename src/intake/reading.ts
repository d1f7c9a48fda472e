import type { AutomaticAnswer, BouncedRecipient, Protection } from '../domain/message.ts';
import type { UnfiledMessage } from '../persistence/messages.ts';

/** A message as far as a machine could read it. Everything in it is what a stranger wrote. */
export interface Reading {
  readonly messageId: string | null;
  /** Of what the sender wrote, whatever way it came. */
  readonly contentDigest: string | null;
  readonly from: { readonly name: string; readonly address: string } | null;
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly size: number;
    readonly sha256: string;
  }[];
  /** Message-IDs that it follows, the nearest first. */
  readonly follows: readonly string[];
  /** Where it was sent: what the sending server said, or else what its headers do. */
  readonly addressedTo: readonly string[];
  /** Identifiers of incidents in its subject and in the addresses it came to. */
  readonly incidentIds: readonly string[];
  readonly nature: Nature;
  readonly automaticAnswer: AutomaticAnswer;
  /** When the clock starts: the first stamp of a host of ours. */
  readonly receivedAt: number;
  readonly authentication: unknown;
  /** How it came in PGP; null where it did not. */
  readonly protection: Protection | null;
  /** True where DMARC passed, or a signature of the From domain, or a PGP signature that is theirs. */
  readonly isVerified: boolean;
  /** Why no machine could read it; null where one could. */
  readonly unparsedReason: string | null;
}

export type Nature =
  /** Somebody, or some system that is not answering us. */
  | { readonly kind: 'ordinary' }
  /** A machine's answer, such as a notice of absence. */
  | { readonly kind: 'automatic' }
  /** What we sent ourselves. */
  | { readonly kind: 'own' }
  | {
      readonly kind: 'bounce' | 'delayed';
      readonly recipients: readonly (BouncedRecipient & { readonly code: string })[];
      /** The Message-ID of what came back. */
      readonly of: string | null;
    };

/** Reads a message. It never throws: what cannot be read is a reading with a reason. */
export type Reader = (message: UnfiledMessage) => Promise<Reading>;
