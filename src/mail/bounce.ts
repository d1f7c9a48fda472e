import { addressesIn, localPartOf, mailboxOf } from './addresses.ts';
import { DAEMON, DAEMON_NAME, DELAY, GIVEN_UP, POSTMASTER, RETURNED, SUBJECT, TEXT } from './bounce-words.ts';
import {
  failureCodeIn,
  diagnosticOf,
  recipientStatuses,
  type RecipientReport,
  type RecipientStatus,
} from './delivery-status.ts';
import { headerValues, type Letter } from './letter.ts';
import { LIMITS } from './limits.ts';

/**
 * What a mail server says of a message of ours. Anybody can write one: it counts only where `originalMessageId` is that of
 * a message that we sent to that address.
 */
export interface DeliveryReport {
  /** Empty where the server named nobody. */
  readonly recipients: readonly RecipientReport[];
  readonly originalMessageId: string | null;
  /** Written for programs (Source: RFC 3464), or read out of words for people. */
  readonly form: 'status' | 'words';
}

/** Null for a message that is no such report. */
export function deliveryReportIn(letter: Letter): DeliveryReport | null {
  const statuses = statusesIn(letter);
  if (statuses.length === 0 && !isInWords(letter)) return null;
  const words = wordsOf(letter);
  const reports =
    statuses.length === 0 ? namedInWords(letter, words) : namedInStatuses(letter, words, statuses);
  return {
    recipients: distinct(reports),
    originalMessageId: originalMessageId(letter),
    form: statuses.length === 0 ? 'words' : 'status',
  };
}

const STATUS_TYPE = /^message\/(?:global-)?delivery-status$/;

/** In the part that is for them, or, from servers that know no parts, in the text. */
function statusesIn(letter: Letter): readonly RecipientStatus[] {
  const parts = letter.enclosed.filter(({ contentType }) => STATUS_TYPE.test(contentType));
  const inParts = parts.flatMap(({ text }) => recipientStatuses(text));
  if (inParts.length > 0) return inParts;
  const mayBeServer = parts.length > 0 || isDaemon(letter) || isPostmaster(letter) || hasNoReturn(letter);
  const inText = mayBeServer && /^Final-Recipient:/imu.test(letter.text);
  return inText ? recipientStatuses(letter.text).filter(({ address }) => address !== null) : [];
}

/**
 * Who wrote it and what they say must agree. A postmaster may be a person who reports that mail could not be delivered:
 * there, both subject and text have to be a server's, or the message has to be one that nothing may come back to.
 */
function isInWords(letter: Letter): boolean {
  const { human } = wordsOf(letter);
  const bySubject = SUBJECT.test(letter.subject);
  const byText = TEXT.test(human);
  if (isDaemon(letter)) return bySubject || byText || headerValues(letter, 'x-failed-recipients').length > 0;
  if (hasNoReturn(letter)) return bySubject && (byText || isPostmaster(letter));
  if (isPostmaster(letter))
    return byText && (bySubject || /^RCPT TO:|[(]#?5[.]\d/imu.test(human.replaceAll(/^ +/gmu, '')));
  return false;
}

function isDaemon({ from, sender }: Letter): boolean {
  const writers = [...from, ...sender];
  return (
    (from.length > 0 && from.every(({ address }) => address === '')) ||
    writers.some(
      ({ name, address }) =>
        DAEMON.test(localPartOf(address)) || DAEMON.test(name.trim()) || DAEMON_NAME.test(name),
    )
  );
}

function isPostmaster({ from }: Letter): boolean {
  return from.some(({ address }) => POSTMASTER.test(localPartOf(address)));
}

function hasNoReturn({ returnPath }: Letter): boolean {
  return returnPath === '' || (returnPath !== null && DAEMON.test(localPartOf(returnPath)));
}

interface Words {
  /** What is said to people, up to the message that comes back. */
  readonly human: string;
  /** The head of the message that comes back. */
  readonly returned: string;
}

const RETURNED_TYPE = /^(?:message\/(?:(?:rfc822|global)(?:-headers)?|partial)|text\/rfc822(?:-headers)?)$/;
const RETURNED_LENGTH = 32 * 1024;

function wordsOf({ text, enclosed }: Letter): Words {
  const index = RETURNED.exec(text)?.index ?? text.length;
  const part = enclosed.find(({ contentType }) => RETURNED_TYPE.test(contentType))?.text;
  const head = part?.slice(0, Math.max(0, part.search(/\n[ \t]*\n/)) || RETURNED_LENGTH);
  return {
    human: text.slice(0, index),
    returned: head ?? text.slice(index, index + RETURNED_LENGTH),
  };
}

function namedInStatuses(
  letter: Letter,
  words: Words,
  statuses: readonly RecipientStatus[],
): readonly RecipientReport[] {
  const known = statuses.flatMap(({ address, ...report }) =>
    address === null ? [] : [{ address, ...report }],
  );
  if (known.length > 0) return known;
  const [{ address: _, ...report } = { action: 'failed' as const }] = statuses;
  return namedAddresses(letter, words).map((address) => ({ address, ...report }));
}

function namedInWords(letter: Letter, words: Words): readonly RecipientReport[] {
  const said = `${letter.subject}\n${words.human}`;
  const action = DELAY.test(said) && !GIVEN_UP.test(said) ? 'delayed' : 'failed';
  return namedAddresses(letter, words).map((address) => {
    const around = words.human.slice(Math.max(0, words.human.indexOf(address)));
    const diagnostic = diagnosticOf(
      around
        .slice(address.length)
        .split(/\n[ \t]*\n/)[0]
        ?.replace(/^[>:\s]+/, '') ?? '',
    );
    const status = failureCodeIn(around) ?? failureCodeIn(words.human);
    return {
      address,
      action,
      ...(status !== null && { status }),
      ...(diagnostic !== '' && { diagnostic }),
    };
  });
}

/** Where servers name whom they could not reach, the surest first; the first place that names anybody counts. */
function namedAddresses(letter: Letter, { human, returned }: Words): readonly string[] {
  const writtenTo = [...letter.to, ...letter.from].map(({ address }) => mailboxOf(address));
  const strangers = (found: readonly string[]): readonly string[] =>
    found.filter(
      (address) =>
        !writtenTo.includes(mailboxOf(address)) &&
        !DAEMON.test(localPartOf(address)) &&
        !POSTMASTER.test(localPartOf(address)),
    );
  const lines = (pattern: RegExp, text: string): readonly string[] => [
    ...new Set([...text.matchAll(pattern)].flatMap((match) => addressesIn(match[0]).slice(0, 1))),
  ];
  const places: readonly (() => readonly string[])[] = [
    () => addressesIn(headerValues(letter, 'x-failed-recipients').join(' ')),
    () => lines(/RCPT TO: ?<?[^\s>]{1,320}/giu, human),
    () =>
      strangers(
        lines(
          /^[ \t]*(?:[-*•]{1,2}[ \t]+)?<?[^\s<>@]{1,80}@[^\s<>@]{1,255}>?[ \t]*(?:$|[:([<,]|\.\.\.)/gmu,
          human,
        ),
      ),
    () =>
      strangers(
        lines(
          /(?:to|recipients?|address(?:es)?|user|mailbox|for)\b[^\n@]{0,40}?<?[^\s<>@]{1,80}@[^\s<>@]{1,255}/giu,
          human,
        ),
      ),
    () => strangers(addressesIn(human)).slice(0, 1),
    () => lines(/^(?:x-envelope-to|to|cc)[ \t]*:[^\n]{1,500}/gimu, returned),
    () => lines(/\bfor <?[^\s<>@]{1,80}@[^\s<>@;]{1,255}/giu, returned).slice(0, 1),
  ];
  for (const place of places) {
    const found = place();
    if (found.length > 0) return found;
  }
  return [];
}

/** The Message-ID of what could not be delivered. */
function originalMessageId(letter: Letter): string | null {
  const { returned } = wordsOf(letter);
  const idIn = (text: string): string | undefined =>
    /^[ \t]*message-id[ \t]*:\s*(<[^<>\s]{1,500}>)/imu.exec(text)?.[1];
  return idIn(returned) ?? idIn(letter.text) ?? letter.inReplyTo[0] ?? letter.references.at(-1) ?? null;
}

/** One report a recipient, of so many: the last that has given up, else the first. */
function distinct(reports: readonly RecipientReport[]): readonly RecipientReport[] {
  const known = new Map<string, RecipientReport>();
  for (const report of reports) {
    const key = report.address.toLowerCase();
    if (!known.has(key) || report.action === 'failed') known.set(key, report);
  }
  return [...known.values()].slice(0, LIMITS.recipients);
}
