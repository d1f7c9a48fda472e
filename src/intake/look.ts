import type { AutomaticAnswer } from '../domain/message.ts';
import { oneLine } from '../domain/text-layout.ts';
import { bareAddresses } from '../mail/addresses.ts';
import { mayAnswerAutomatically } from '../mail/answerable.ts';
import { authenticate } from '../mail/authentication.ts';
import type { Resolver } from '../mail/authentication/lookups.ts';
import { envelopeOf } from '../mail/envelope.ts';
import { kindOf, type Kind } from '../mail/kind.ts';
import { headerValues, isUnreadable, type Letter, type Unreadable } from '../mail/letter.ts';
import type { Ours } from '../mail/ours.ts';
import type { Reader as LetterReader } from '../mail/reader.ts';
import { contentDigest } from '../mail/same.ts';
import { STAMP_AT_MOST_BEFORE_MS, trustedReceipt } from '../mail/stamp.ts';
import { addressedBy, threadHints } from '../mail/threads.ts';
import type { UnfiledMessage } from '../persistence/messages.ts';
import type { Nature, Reader, Reading } from './reading.ts';

export interface LookDependencies {
  readonly letters: LetterReader;
  readonly resolver: Resolver;
  readonly ours: Ours;
  /** Hosts of ours whose `Received` stamps are believed, by mailbox. */
  readonly receivedBy: (mailbox: string) => readonly string[];
}

/** The thread that reads died of itself, or could not start: the message is not to blame, unless it happens again. */
class NoReader extends Error {
  readonly code = 'no-reader';
}

/**
 * Signatures are checked in the thread that also sends pages, a few milliseconds for each megabyte of ordinary mail: a larger
 * message stays unverified.
 */
const AUTHENTICATED_BYTES_MOST = 2 * 1024 * 1024;

/** How often a message may find no reader before it counts as one that cannot be read. */
const NO_READER_MOST = 3;

/**
 * Everything that a machine can tell of a message.
 *
 * @throws {NoReader} the first times that nothing could read it, so that it is tried again.
 */
export function createLook({ letters, resolver, ours, receivedBy }: LookDependencies): Reader {
  return async (message) => {
    const { bytes, envelope, mailbox, receivedAt, wholeSize } = message;
    const ourHosts = receivedBy(mailbox);
    const [read, authentication] = await Promise.all([
      wholeSize === null ? letters.read(bytes) : headOf(bytes),
      wholeSize !== null || bytes.length > AUTHENTICATED_BYTES_MOST
        ? null
        : authenticate(bytes, {
            resolver,
            ourHosts,
            ...(envelope.remoteAddress !== null && { remoteAddress: envelope.remoteAddress }),
            ...(envelope.helo !== null && { helo: envelope.helo }),
            ...(envelope.mailFrom !== null && { mailFrom: envelope.mailFrom }),
          }),
    ]);
    if (isUnreadable(read) && read.unreadable === 'no-reader' && message.attempts < NO_READER_MOST) {
      throw new NoReader(`no thread could read message ${message.sha256}`);
    }
    const seen = { message, ours };
    const { atMs } = trustedReceipt(read, {
      ourHosts,
      storedAtMs: receivedAt,
      atMostBeforeMs: STAMP_AT_MOST_BEFORE_MS,
    });
    return {
      ...(isUnreadable(read) ? ofEnvelope(read, seen) : ofLetter(read, seen)),
      messageId: read.messageId,
      contentDigest: contentDigest(read, bytes),
      addressedTo: envelope.rcptTo.length > 0 ? envelope.rcptTo : addressedBy(read),
      from: senderOf(read),
      subject: oneLine(read.subject),
      receivedAt: atMs,
      authentication,
      isVerified: authentication?.from === 'verified',
    };
  };
}

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
