import { randomUUID } from 'node:crypto';

import type { Cleared } from '../../../src/domain/clearance.ts';
import type { ContactKind, PagerMessage } from '../../../src/domain/contact.ts';
import type { Pager, PagerAnswer } from '../../../src/ports.ts';

/** What a pager was asked to send, and by which kind of contact. */
export interface Sent {
  readonly kind: ContactKind;
  readonly message: PagerMessage;
  /** The far side's own name for it, where it took it. */
  readonly farId: string;
}

/** A pager for each kind, which answers as it was told, and `accepted` where nothing was said. */
export interface ScriptedPagers {
  readonly pagers: Readonly<Record<ContactKind, Pager>>;
  /** In the order in which they came. */
  readonly sent: readonly Sent[];
  /** What a kind answers next, one after the other. */
  answers(kind: ContactKind, ...answers: readonly PagerAnswer[]): void;
}

export const REFUSED = { outcome: 'refused', code: '21610' } as const;
export const LATER = { outcome: 'later', code: '429', afterMs: null } as const;

export function scriptedPagers(): ScriptedPagers {
  const sent: Sent[] = [];
  const scripts = new Map<ContactKind, PagerAnswer[]>();
  const pager = (kind: ContactKind): Pager => ({
    async send({ message }: Cleared<PagerMessage>) {
      const farId = randomUUID();
      sent.push({ kind, message, farId });
      return scripts.get(kind)?.shift() ?? { outcome: 'accepted', id: farId, code: '200' };
    },
  });
  return {
    sent,
    pagers: {
      mail: pager('mail'),
      sms: pager('sms'),
      voice: pager('voice'),
      push: pager('push'),
      webhook: pager('webhook'),
      matrix: pager('matrix'),
      irc: pager('irc'),
    },
    answers: (kind, ...answers) => scripts.set(kind, [...(scripts.get(kind) ?? []), ...answers]),
  };
}
