import type { AutomaticAnswer, Protection } from '../domain/message.ts';
import { oneLine } from '../domain/text-layout.ts';
import { bareAddresses } from '../mail/addresses.ts';
import { mayAnswerAutomatically } from '../mail/answerable.ts';
import type { Authentication } from '../mail/authentication.ts';
import { envelopeOf } from '../mail/envelope.ts';
import type { Examiner, PgpMeans } from '../mail/examiner.ts';
import { kindOf, type Kind } from '../mail/kind.ts';
import { headerValues, isUnreadable, type Letter, type Unreadable } from '../mail/letter.ts';
import type { Ours } from '../mail/ours.ts';
import type { Reader as LetterReader } from '../mail/reader.ts';
import { contentDigest } from '../mail/same.ts';
import { STAMP_AT_MOST_BEFORE_MS, trustedReceipt } from '../mail/stamp.ts';
import { addressedBy, threadHints } from '../mail/threads.ts';
import type { UnfiledMessage } from '../persistence/messages.ts';
import { hidden, mayBePgp, protectionOf, UNKNOWN_PROTECTION } from './protection.ts';
import type { Nature, Reader, Reading } from './reading.ts';

export interface LookDependencies {
  readonly letters: LetterReader;
  readonly examiner: Pick<Examiner, 'examine'>;
  /** Our private keys of a mailbox, unlocked and armored. */
  readonly keysOf: (mailbox: string) => readonly string[];
  /** Of people outside, as they were given to us. */
  readonly certificates: () => Promise<PgpMeans['senders']>;
  readonly now: () => number;
  readonly ours: Ours;
  /** Hosts of ours whose `Received` stamps are believed, by mailbox. */
  readonly receivedBy: (mailbox: string) => readonly string[];
}

/** The thread that reads or examines died of itself, or could not start: the message is not to blame, unless it happens again. */
class NoReader extends Error {
  readonly code = 'no-reader';
}

/** How often a message may find no reader before it counts as one that cannot be read. */
const NO_READER_MOST = 3;

/**
 * Everything that a machine can tell of a message.
 *
 * @throws {NoReader} the first times that nothing could read it, so that it is tried again.
 */
export function createLook(dependencies: LookDependencies): Reader {
  const { letters, ours, receivedBy } = dependencies;
  return async (message) => {
    const { bytes, envelope, mailbox, receivedAt, wholeSize } = message;
    const [read, examined] =
      wholeSize === null
        ? await Promise.all([letters.read(bytes), examine(dependencies, message)])
        : [headOf(bytes), null];
    const hasFoundNobody =
      (isUnreadable(read) && read.unreadable === 'no-reader') || examined?.failure === 'no-reader';
    if (hasFoundNobody && message.attempts < NO_READER_MOST) {
      throw new NoReader(`no thread could read message ${message.sha256}`);
    }
    const protection = examined?.protection ?? null;
    const opened = await openedLetter(dependencies, { read, examined });
    const { atMs } = trustedReceipt(read, {
      ourHosts: receivedBy(mailbox),
      storedAtMs: receivedAt,
      atMostBeforeMs: STAMP_AT_MOST_BEFORE_MS,
    });
    const seen = { message, ours };
    const authentication = examined?.authentication ?? null;
    const content = isUnreadable(opened) ? ofEnvelope(opened, seen) : ofLetter(opened, seen);
    return {
      ...content,
      ...hidden(protection, content),
      messageId: read.messageId,
      contentDigest: contentDigest(read, bytes),
      addressedTo: envelope.rcptTo.length > 0 ? envelope.rcptTo : addressedBy(read),
      from: senderOf(read),
      subject: oneLine(opened.subject),
      receivedAt: atMs,
      authentication,
      protection,
      isVerified: authentication?.from === 'verified' || protection?.signature === 'valid',
    };
  };
}

interface Examined {
  readonly authentication: Authentication | null;
  readonly protection: Protection | null;
  /** What was protected, as a MIME entity. */
  readonly content: Uint8Array | null;
  readonly failure: string | null;
}

async function examine(
  { examiner, receivedBy, keysOf, certificates, now }: LookDependencies,
  { bytes, envelope, mailbox }: UnfiledMessage,
): Promise<Examined> {
  const isPgp = mayBePgp(bytes);
  const examination = await examiner.examine({
    bytes,
    authentication: {
      ourHosts: receivedBy(mailbox),
      ...(envelope.remoteAddress !== null && { remoteAddress: envelope.remoteAddress }),
      ...(envelope.helo !== null && { helo: envelope.helo }),
      ...(envelope.mailFrom !== null && { mailFrom: envelope.mailFrom }),
    },
    pgp: isPgp ? { keys: keysOf(mailbox), senders: await certificates(), at: now() } : null,
  });
  if ('failure' in examination) {
    const { failure } = examination;
    const protection = isPgp ? { ...UNKNOWN_PROTECTION, problem: failure } : null;
    return { authentication: null, protection, content: null, failure };
  }
  const { authentication, pgp } = examination;
  return {
    authentication,
    protection: pgp === null ? null : protectionOf(pgp),
    content: pgp?.content ?? null,
    failure: null,
  };
}

/** What the letter says is what was protected of it; what stands outside anybody can have put there. */
async function openedLetter(
  { letters }: LookDependencies,
  { read, examined }: { readonly read: Letter | Unreadable; readonly examined: Examined | null },
): Promise<Letter | Unreadable> {
  if (isUnreadable(read) || examined === null) return read;
  if (examined.content === null || examined.protection === null) return read;
  const inner = await letters.read(examined.content);
  if (isUnreadable(inner)) return { ...read, unreadable: inner.unreadable };
  const { text, attachments, enclosed, bodyDigest } = inner;
  const outside = examined.protection.hasOutside ? `\n\n${OUTSIDE}` : '';
  return {
    ...read,
    // A subject inside was protected with the rest; the one outside is what everybody on the way could read.
    ...(inner.subject.trim() !== '' && { subject: inner.subject }),
    ...{ text: `${text}${outside}`, attachments, enclosed, bodyDigest },
  };
}

const OUTSIDE = '(The mail has words outside of its protected part, which anybody can have put there.)';

/** Of a message that was too large only the head was kept. */
function headOf(bytes: Uint8Array): Unreadable {
  return { ...envelopeOf(bytes, bareAddresses), unreadable: 'too-large' };
}

interface Seen {
  readonly message: UnfiledMessage;
  readonly ours: Ours;
}

type Content = Pick<
  Reading,
  'text' | 'attachments' | 'follows' | 'incidentIds' | 'nature' | 'automaticAnswer' | 'unparsedReason'
>;

function ofLetter(letter: Letter, { message, ours }: Seen): Content {
  // What the sending server said counts before what is written in the message.
  const returnPath = message.envelope.mailFrom ?? letter.returnPath;
  const stamped: Letter = { ...letter, returnPath };
  const kind = kindOf(stamped, ours);
  const original = 'report' in kind ? (kind.report?.originalMessageId ?? null) : null;
  const hints = threadHints(stamped, ours, original);
  return {
    text: letter.text,
    attachments: letter.attachments,
    follows: hints.flatMap((hint) => (hint.by === 'message-id' ? [hint.messageId] : [])),
    incidentIds: hints.flatMap((hint) =>
      hint.by !== 'message-id' && hint.incidentId !== null ? [hint.incidentId] : [],
    ),
    nature: natureOf(kind, letter),
    automaticAnswer: mayAnswerAutomatically(stamped, kind, ours) satisfies AutomaticAnswer,
    unparsedReason: null,
  };
}

/** Of what could not be read only the headers are known; a person answers it. */
function ofEnvelope(envelope: Unreadable, { message, ours }: Seen): Content {
  const headers: Letter = {
    ...envelope,
    returnPath: message.envelope.mailFrom ?? envelope.returnPath,
    text: '',
    attachments: [],
    enclosed: [],
    bodyDigest: '',
  };
  return {
    ...ofLetter(headers, { message, ours }),
    unparsedReason: envelope.unreadable,
    nature: ORDINARY,
  };
}

const ORDINARY: Nature = { kind: 'ordinary' };

function natureOf(kind: Kind, letter: Letter): Nature {
  switch (kind.kind) {
    case 'bounce':
    case 'delayed':
      return {
        kind: kind.kind,
        of: kind.report.originalMessageId,
        recipients: kind.report.recipients.map(({ address, action, status, diagnostic }) => ({
          address,
          state: action,
          code: status ?? diagnostic ?? action,
        })),
      };
    case 'own':
      return { kind: 'own' };
    case 'automatic':
      return isAnswer(kind, letter) ? { kind: 'automatic' } : ORDINARY;
    case 'list':
    case 'bulk':
    case 'ordinary':
      return ORDINARY;
  }
}

/** A sensor that reports by itself, or a feedback report on abuse, answers nothing: it tells us something. */
function isAnswer({ why }: Extract<Kind, { readonly kind: 'automatic' }>, letter: Letter): boolean {
  if (why === 'feedback-report' || why === 'null-return-path') return false;
  if (why !== 'auto-submitted') return true;
  return headerValues(letter, 'auto-submitted').some((value) =>
    /^\s*auto-(?:replied|notified)\b/i.test(value),
  );
}

function senderOf({ from }: Pick<Letter, 'from'>): Reading['from'] {
  const [first] = from;
  return first === undefined || first.address === ''
    ? null
    : { name: oneLine(first.name), address: first.address };
}
