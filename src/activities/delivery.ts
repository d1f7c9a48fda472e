import { clear, type Labelled, type Recipient } from '../domain/clearance.ts';
import type { EffectResult } from '../domain/commands.ts';
import type { Mail } from '../domain/mail.ts';
import { recordClearance } from '../persistence/clearances.ts';
import type { Db } from '../persistence/database.ts';
import { claimOutgoing, endOutgoing } from '../persistence/outgoing.ts';
import { encrypted } from '../domain/mail-wording.ts';
import type { Certificates, Clock, Mailer } from '../ports.ts';

export interface DeliveryDependencies {
  readonly db: Db;
  readonly mailer: Mailer;
  readonly certificates: Certificates;
  readonly clock: Clock;
}

export interface Delivery {
  readonly incidentId: string;
  /** The business key: what the far side took under it is not sent again. */
  readonly key: string;
  readonly purpose: string;
  readonly mail: Labelled<Mail>;
  readonly recipient: Recipient;
}

/**
 * Sends one mail through the TLP gate, once by its business key, encrypted where its recipient has a certificate. Throws when
 * trying later may help.
 */
export async function deliver(
  { db, mailer, certificates, clock }: DeliveryDependencies,
  { incidentId, key, purpose, mail: letter, recipient }: Delivery,
): Promise<EffectResult> {
  const mail = encrypted(letter, incidentId, await certificates.usableFor(letter.content.to));
  const cleared = clear(mail, recipient);
  const { clearance } = cleared;
  const known = await claimOutgoing(db, {
    key,
    incidentId,
    purpose,
    recipient: clearance.recipient,
    label: clearance.label,
    messageId: mail.content.messageId,
    at: clock.now(),
  });
  if (known !== 'send') return { key, outcome: known.state, detail: known.answer, at: known.endedAt };
  await recordClearance(db, { incidentId, at: clock.now(), purpose, ...clearance });
  const ended = cleared.isCleared
    ? await mailer.send(cleared).then(({ outcome, code }) => ({ outcome, detail: code }))
    : { outcome: 'withheld' as const, detail: clearance.reason };
  const at = clock.now();
  await endOutgoing(db, key, { state: ended.outcome, answer: ended.detail, at });
  return { key, ...ended, at };
}
