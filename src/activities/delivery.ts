import { clear, type Labelled, type Recipient } from '../domain/clearance.ts';
import type { EffectResult } from '../domain/commands.ts';
import type { Mail } from '../domain/mail.ts';
import type { Db } from '../persistence/database.ts';
import { claimOutgoing, endOutgoing } from '../persistence/outgoing.ts';
import { encrypted } from '../domain/mail-wording.ts';
import type { Certificates, Clock, MailAnswer, Mailer } from '../ports.ts';

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
    ...clearance,
    messageId: mail.content.messageId,
    at: clock.now(),
  });
  if ('state' in known) return { key, outcome: known.state, detail: known.answer, at: known.endedAt };
  const ended = cleared.isCleared
    ? endOf(await mailer.send(cleared.as((content) => marked(content, known.attempt))))
    : { outcome: 'withheld' as const, detail: clearance.reason };
  const at = clock.now();
  await endOutgoing(db, key, { state: ended.outcome, answer: ended.detail, at });
  return { key, ...ended, at };
}

/** An attempt before may have arrived although nobody heard so: the Message-ID is the same, and this says why it comes again. */
function marked(mail: Mail, attempt: number): Mail {
  return attempt === 1
    ? mail
    : { ...mail, headers: { ...mail.headers, 'X-Tocsin-Attempt': attempt.toString() } };
}

/** What could not be encrypted was asked of no mail server: we kept it. */
function endOf({ outcome, code }: MailAnswer): Pick<EffectResult, 'outcome' | 'detail'> {
  return { outcome: code === 'cannot-encrypt' ? 'withheld' : outcome, detail: code };
}
