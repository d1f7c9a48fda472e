import { PROCESS } from '../domain/actor.ts';
import type { Db } from '../persistence/database.ts';
import { writeFactWithin } from '../persistence/inbox.ts';
import { sentMail } from '../persistence/threads.ts';
import type { Clock } from '../ports.ts';
import type { Nature } from './reading.ts';

type Returned = Extract<Nature, { readonly kind: 'bounce' | 'delayed' }>;

/**
 * Notes at the incident that a mail of ours did not arrive, or not yet.
 *
 * @returns the incident; null when what came back is not of one.
 */
export async function noteReturned(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  returned: Returned,
  sha256: string,
): Promise<string | null> {
  const sent = returned.of === null ? null : await sentMail(db, returned.of);
  if (sent === null) return null;
  const textId = `mail:${sha256}:text`;
  await writeFactWithin(db, {
    factId: `mail:${sha256}`,
    incidentId: sent.incidentId,
    by: PROCESS,
    at: clock.now(),
    fact: { type: 'note', kind: 'note', textId, tlp: 'AMBER+STRICT', corrects: null },
    texts: [{ id: textId, body: { text: sentence(returned, PURPOSES[sent.purpose] ?? sent.purpose) } }],
  });
  return sent.incidentId;
}

const PURPOSES: Readonly<Record<string, string>> = {
  'auto-reply': 'The automatic answer to the reporter',
  reply: 'The reply to the reporter',
  question: 'The question to the reporter',
};

function sentence({ kind, recipients }: Returned, what: string): string {
  const whom = recipients.map(({ address, code }) => `${address} (${code})`).join(', ');
  return kind === 'bounce'
    ? `${what} did not arrive: its mail server turned it away. ${whom}`
    : `${what} has not arrived yet: a mail server is still trying. ${whom}`;
}
