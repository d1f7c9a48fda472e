import { ANONYMOUS_REPORTER, PROCESS } from '../domain/actor.ts';
import { labelIn, TLP_UNLABELLED } from '../domain/tlp.ts';
import type { Db } from '../persistence/database.ts';
import { writeFactWithin } from '../persistence/inbox.ts';
import type { UnfiledMessage } from '../persistence/messages.ts';
import { readReportBodies } from '../persistence/reports.ts';
import type { Clock } from '../ports.ts';
import type { Reading } from './reading.ts';
import type { Thread } from './threads.ts';
import { unreadable } from './unreadable.ts';

export interface Reply {
  readonly message: UnfiledMessage;
  readonly reading: Reading;
  readonly thread: Thread;
}

/**
 * Joins a message to its incident. From its reporter it is their answer; from anybody else it is a note that says who wrote,
 * and whether that is certain: writing to us gives nobody a right.
 */
export async function writeReply(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  { message, reading, thread }: Reply,
): Promise<void> {
  const { incidentId } = thread;
  const reportId = await reportOfSender(db, thread, reading);
  const text = textOf(message, reading);
  // Named after the message: filed again after a crash it is the same fact.
  const [factId, textId] = [`mail:${message.sha256}`, `mail:${message.sha256}:text`];
  const at = Math.min(reading.receivedAt, clock.now());
  if (reportId !== null) {
    await writeFactWithin(db, {
      factId,
      incidentId,
      by: ANONYMOUS_REPORTER,
      at,
      fact: { type: 'reporter-answer', reportId, textId },
      texts: [{ id: textId, body: { text } }],
    });
    return;
  }
  const tlp = labelIn(reading.subject) ?? TLP_UNLABELLED;
  await writeFactWithin(db, {
    factId,
    incidentId,
    by: PROCESS,
    at,
    fact: { type: 'note', kind: 'note', textId, tlp, corrects: null },
    texts: [{ id: textId, body: { text: `${headOf(reading)}\n\n${text}`, method: 'mail' } }],
  });
}

/** The report whose reporter wrote: by the address they left, in a mail that follows ours or is proven to be theirs. */
async function reportOfSender(
  db: Db,
  { incident, isFollowed }: Thread,
  { from, isVerified }: Reading,
): Promise<string | null> {
  if (from === null || !(isFollowed || isVerified)) return null;
  const bodies = await readReportBodies(
    db,
    incident.reports.map(({ id }) => id),
  );
  const address = from.address.toLowerCase();
  const own = incident.reports.findLast(
    ({ id }) => bodies.get(id)?.reporter?.email?.toLowerCase() === address,
  );
  return own?.id ?? null;
}

/** What no machine could read says so in its place. */
function textOf(message: UnfiledMessage, { unparsedReason, text }: Reading): string {
  return unparsedReason === null ? text : `${unreadable(message, unparsedReason)}\n\n${text}`.trim();
}

function headOf({ from, subject, isVerified }: Reading): string {
  const who = from === null ? 'somebody who named no address' : from.address;
  return `Mail from ${who} (${isVerified ? 'verified' : 'not verified'}), subject: ${subject}`;
}
