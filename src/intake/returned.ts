import { PROCESS } from '../domain/actor.ts';
import type { FactBody } from '../domain/commands.ts';
import type { Policy } from '../domain/policy.ts';
import { markBounced } from '../persistence/bounced-addresses.ts';
import type { Db } from '../persistence/database.ts';
import { writeFactWithin } from '../persistence/inbox.ts';
import { noteNoticeReturned } from '../persistence/notice-recipients.ts';
import { holderOf, readReportForAnswer } from '../persistence/reports.ts';
import { type SentMail, sentMail } from '../persistence/threads.ts';
import type { Clock } from '../ports.ts';
import type { Nature } from './reading.ts';

type Returned = Extract<Nature, { readonly kind: 'bounce' | 'delayed' }>;

export interface ReturnedDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: Policy;
}

/**
 * Tells the incident that a mail of ours did not arrive, or not yet, and marks the address. A reply that came back is owed
 * again: that is the process's to know. Only the Message-ID of a mail that we sent counts; anybody can write a bounce.
 *
 * @returns the incident; null when what came back is not of one.
 */
export async function noteReturned(
  dependencies: ReturnedDependencies,
  returned: Returned,
  sha256: string,
): Promise<string | null> {
  const { db, clock } = dependencies;
  const sent = returned.of === null ? null : await sentMail(db, returned.of);
  if (sent === null) return null;
  const at = clock.now();
  const code = codeOf(returned);
  const address = returned.kind === 'bounce' ? await addressOf(dependencies, sent) : null;
  if (address !== null) await markBounced(db, { address, sha256, at, code });
  const isReply = returned.kind === 'bounce' && sent.purpose === 'reply';
  const holder = isReply ? await holderOf(db, sent.recipient) : null;
  const incidentId = holder ?? sent.incidentId;
  if (returned.kind === 'bounce' && returned.of !== null && sent.purpose === 'notice') {
    await noteNoticeReturned(db, { messageId: returned.of, code, at });
  }
  const textId = `mail:${sha256}:text`;
  const fact: FactBody =
    holder === null
      ? { type: 'note', kind: 'note', textId, tlp: 'AMBER+STRICT', corrects: null }
      : {
          type: 'reply-returned',
          reportId: sent.recipient,
          key: sent.key,
          sentAt: sent.endedAt ?? at,
          code,
          textId,
        };
  await writeFactWithin(db, {
    factId: `mail:${sha256}`,
    incidentId,
    by: PROCESS,
    at,
    fact,
    texts: [{ id: textId, body: { text: sentence(returned, PURPOSES[sent.purpose] ?? sent.purpose) } }],
  });
  return incidentId;
}

/** The address that we wrote to: what the bounce names may be where it was forwarded. */
async function addressOf(
  { db, policy }: ReturnedDependencies,
  { recipient }: SentMail,
): Promise<string | null> {
  const person = policy.people.find(({ username }) => username === recipient);
  if (person !== undefined) return person.mail;
  return (await readReportForAnswer(db, recipient))?.email ?? null;
}

/** Fit for the process, where no stranger's words go. */
function codeOf({ recipients }: Returned): string {
  const code = recipients[0]?.code ?? '';
  return /^[245]\.\d{1,3}\.\d{1,3}$|^[245]\d\d$/.test(code) ? code : 'returned';
}

const PURPOSES: Readonly<Record<string, string>> = {
  'auto-reply': 'The automatic answer to the reporter',
  reply: 'The reply to the reporter',
  question: 'The question to the reporter',
  notice: 'A notice',
};

function sentence({ kind, recipients }: Returned, what: string): string {
  const whom = recipients.map(({ address, code }) => `${address} (${code})`).join(', ');
  return kind === 'bounce'
    ? `${what} did not arrive: its mail server turned it away. ${whom}`
    : `${what} has not arrived yet: a mail server is still trying. ${whom}`;
}
