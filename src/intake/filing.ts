import { PROCESS } from '../domain/actor.ts';
import type { AutomaticAnswer, Mailbox } from '../domain/message.ts';
import type { Policy } from '../domain/policy.ts';
import { receiptOf } from '../domain/receipt.ts';
import { labelIn, TLP_UNLABELLED } from '../domain/tlp.ts';
import type { Receipts } from '../paging/callbacks.ts';
import type { Db } from '../persistence/database.ts';
import { tellInbox } from '../persistence/inbox.ts';
import { type ReportBody, storeReportWithin } from '../persistence/intake.ts';
import {
  fileMessage,
  type Filing,
  firstsOf,
  holdMessage,
  readUnfiled,
  type UnfiledMessage,
} from '../persistence/messages.ts';
import { isSentByUs, knownIncidents } from '../persistence/threads.ts';
import type { Clock } from '../ports.ts';
import { unmarkBounced } from '../persistence/bounced-addresses.ts';
import { noteReturned } from './returned.ts';
import type { Reader, Reading } from './reading.ts';
import { unreadable } from './unreadable.ts';
import { type Thread, threadOf } from './threads.ts';
import { writeReply } from './replies.ts';

export interface FilingDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: Policy;
  readonly read: Reader;
  /** What becomes of pages: replies to them, and those that come back. */
  readonly receipts: Receipts;
}

/** A message and what a machine can tell of it. */
export interface ReadMessage {
  readonly message: UnfiledMessage;
  readonly reading: Reading;
}

/** @returns null when it is filed already. */
export async function readOne({ db, read }: FilingDependencies, sha256: string): Promise<ReadMessage | null> {
  const message = await readUnfiled(db, sha256);
  return message === null ? null : { message, reading: await read(message) };
}

/**
 * Files a message that was read: as a report, as a part of an incident that there is, or as what it is else. All of it or
 * nothing, once.
 *
 * @throws when the record is away, or for a mistake of ours; the message waits, and is tried again.
 */
export async function fileOne(
  dependencies: FilingDependencies,
  { message, reading }: ReadMessage,
): Promise<void> {
  const { db, clock } = dependencies;
  const { sha256 } = message;
  const answered = await answerPage(dependencies, reading);
  await reportReturned(dependencies, reading);
  const told = await db.transaction().execute(async (transaction) => {
    if (!(await holdMessage(transaction, { sha256, messageId: reading.messageId }))) return null;
    const filing = await judge({ ...dependencies, db: transaction }, { message, reading, answered });
    await fileMessage(transaction, sha256, clock.now(), filing);
    return filing.incidentId;
  });
  if (told !== null) tellInbox(db, told);
}

interface Case extends ReadMessage {
  /** The incident of the page that it answers. */
  readonly answered: string | null;
}

async function judge(
  dependencies: FilingDependencies,
  { message, reading, answered }: Case,
): Promise<Filing> {
  const { db } = dependencies;
  const { messageId, contentDigest, nature } = reading;
  const firsts = messageId === null ? [] : await firstsOf(db, messageId);
  const copied = firsts.find((first) => contentDigest !== null && first.contentDigest === contentDigest);
  const filing = (said: Partial<Filing> & Pick<Filing, 'verdict'>): Filing => ({
    incidentId: null,
    reportId: null,
    messageId,
    contentDigest,
    firstSha256: firsts[0]?.sha256 ?? null,
    authentication: reading.authentication,
    protection: reading.protection,
    recipients: null,
    unparsedReason: reading.unparsedReason,
    automaticAnswer: null,
    ...said,
  });
  if (copied !== undefined) {
    const { incidentId, reportId } = copied;
    return filing({ verdict: 'duplicate', firstSha256: copied.sha256, incidentId, reportId });
  }
  if (answered !== null) return filing({ verdict: 'reply', incidentId: answered });
  if (nature.kind === 'own' && messageId !== null && (await isSentByUs(db, messageId))) {
    return filing({ verdict: 'own' });
  }
  if (nature.kind === 'bounce' || nature.kind === 'delayed') {
    const incidentId = await noteReturned(dependencies, nature, message.sha256);
    const recipients = nature.recipients.map(({ address, state }) => ({ address, state }));
    return filing({ verdict: nature.kind, incidentId, recipients });
  }
  // Whoever writes from an address can be written to there.
  if (nature.kind === 'ordinary' && reading.isVerified && reading.from !== null) {
    await unmarkBounced(db, reading.from.address);
  }
  const thread = await threadOf(db, reading);
  if (nature.kind === 'automatic') {
    return filing({ verdict: 'automatic', incidentId: thread?.incidentId ?? null });
  }
  if (thread !== null && !thread.hasEnded) {
    await writeReply(dependencies, { message, reading, thread });
    return filing({ verdict: 'reply', incidentId: thread.incidentId });
  }
  const automaticAnswer = automaticAnswerOf(dependencies.policy, message, reading);
  const stored = await openIncident(dependencies, { message, reading, thread });
  return filing({
    verdict: reading.unparsedReason === null ? 'report' : 'unparsed',
    incidentId: stored.incidentId,
    reportId: stored.reportId,
    automaticAnswer,
  });
}

/** A reply to the address that a page's mail names. Taken before the message is filed: the first answer wins by itself. */
async function answerPage(
  { db, receipts, clock }: FilingDependencies,
  { nature, text, addressedTo }: Reading,
): Promise<string | null> {
  if (nature.kind !== 'ordinary') return null;
  for (const address of addressedTo) {
    const pageId = PAGE_TAG.exec(address)?.groups?.['page'];
    if (pageId === undefined) continue;
    await receipts.answered({ kind: 'mail', address, text, at: clock.now() });
    const known = await knownIncidents(db, [`INC-${pageId.replace(/-p\d+$/i, '')}`]);
    if (known[0] !== undefined) return known[0];
  }
  return null;
}

/** The shape alone: whether we gave the address to somebody, `answered` finds out. */
const PAGE_TAG = /\+(?<page>\d{4}-\d{4,}-p\d+)-[a-z2-7]{16}@/i;

async function reportReturned({ receipts, clock }: FilingDependencies, { nature }: Reading): Promise<void> {
  if (nature.kind !== 'bounce' || nature.of === null) return;
  const [recipient] = nature.recipients;
  await receipts.refused({
    provider: 'mail',
    id: nature.of,
    at: clock.now(),
    code: recipient?.code ?? 'returned',
  });
}

interface NewCase {
  readonly message: UnfiledMessage;
  readonly reading: Reading;
  /** Of an incident that has ended: nobody looks at it any more, so this opens another one. */
  readonly thread: Thread | null;
}

function openIncident({ db, policy }: FilingDependencies, { message, reading, thread }: NewCase) {
  const mailbox = mailboxOf(policy, message);
  const channel = policy.channels.find(({ key }) => key === mailbox?.channel);
  const isFyi = mailbox?.isFyiOwedNone === true && /^\s*(?:re:\s*|fwd?:\s*)*fyi\b/i.test(reading.subject);
  const owesReply = (channel?.owesReply ?? true) && !isFyi;
  const receipt = receiptOf(policy, {
    channel: 'mail',
    kind: 'incident',
    receivedAt: reading.receivedAt,
    enteredBy: null,
    tlp: labelIn(`${reading.subject}\n${reading.text.slice(0, LABEL_STANDS_WITHIN)}`) ?? TLP_UNLABELLED,
    by: PROCESS,
    ...(!owesReply && { owesReply }),
    ...(mailbox?.pagesAtOnce === true && { pagesAtOnce: true }),
    ...(reading.unparsedReason !== null && { isUnread: true }),
  });
  return storeReportWithin(db, { ...receipt, body: bodyOf(message, reading, thread) });
}

/** Characters of the text; further below, a label is more likely quoted than meant. */
const LABEL_STANDS_WITHIN = 500;

function bodyOf(message: UnfiledMessage, reading: Reading, thread: Thread | null): ReportBody {
  const { from, subject, text, attachments, protection, unparsedReason } = reading;
  const aside = {
    ...(attachments.length > 0 && { attachments }),
    ...(protection !== null && { protection }),
    ...(unparsedReason !== null && { unparsed: unparsedReason }),
    ...(thread !== null && { follows: thread.incidentId }),
  };
  return {
    summary: subject.trim() === '' ? WITHOUT_SUBJECT : subject,
    description: unparsedReason === null ? text : `${unreadable(message, unparsedReason)}\n\n${text}`.trim(),
    ...(from !== null && {
      reporter: { email: from.address, ...(from.name !== '' && { name: from.name }) },
    }),
    ...(Object.keys(aside).length > 0 && { aside }),
  };
}

const WITHOUT_SUBJECT = 'A mail without a subject';

function mailboxOf({ mailboxes = [] }: Policy, message: UnfiledMessage): Mailbox | undefined {
  return mailboxes.find(({ key }) => key === message.mailbox);
}

function automaticAnswerOf(policy: Policy, message: UnfiledMessage, reading: Reading): AutomaticAnswer {
  return mailboxOf(policy, message)?.answersAtOnce === false
    ? { no: 'the-mailbox-answers-nobody' }
    : reading.automaticAnswer;
}
