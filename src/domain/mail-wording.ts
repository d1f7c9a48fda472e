import type { Labelled } from './clearance.ts';
import type { NoticePurpose } from './effects.ts';
import { fill, type Template } from './letters.ts';
import { businessHours, inBothTimes, spokenDuration } from './local-time.ts';
import { type Mail, messageIdOf } from './mail.ts';
import type { Policy } from './policy.ts';
import { oneLine, plain, signed, table, wrap } from './text-layout.ts';
import { isStricter, type Tlp } from './tlp.ts';
import type { ActionKey, ReportKind } from './vocabulary.ts';

/** What of the policy stands in our mails. A whole `Policy` is one. */
export type Letterhead = Pick<Policy, 'organization' | 'calendar' | 'tlp' | 'letters'>;

/** Whom a mail is for, and under which business key it is sent. */
export interface Envelope {
  /** `INC-2026-0001:reply:1` */
  readonly key: string;
  readonly to: string;
  /** The person's name at the TLP gate: a report's id or a username. */
  readonly addressee: string;
  /** The Message-ID of an earlier mail to the same person about the same report. */
  readonly inReplyTo?: string;
}

export interface AutoReply {
  readonly letterhead: Letterhead;
  readonly envelope: Envelope;
  readonly incidentId: string;
  readonly kind: ReportKind;
  readonly receivedAt: number;
  readonly replyDueAt: number;
  readonly statusUrl: string;
}

/**
 * The automatic answer to a report: reference, times, the phone, and where the report stands. It repeats nothing of
 * the report, and never stops a clock. Source: IC-2 to IC-6.
 */
export function autoReply(mail: AutoReply): Labelled<Mail> {
  const { calendar, letters } = mail.letterhead;
  return withoutWords(mail, {
    template: letters.autoReply[mail.kind] ?? letters.autoReply.other,
    values: {
      received: inBothTimes(mail.receivedAt, calendar.timeZone),
      replyDue: inBothTimes(mail.replyDueAt, calendar.timeZone),
      replyWithin: spokenDuration(mail.replyDueAt - mail.receivedAt),
      statusUrl: mail.statusUrl,
    },
    headers: automatic('auto-replied'),
    hasNullReturnPath: true,
  });
}

/** Said wherever a report is taken in: in the answer to the form, beside it, and in the mail. Source: IC-3, IC-4. */
export function intakeNotice(letterhead: Pick<Letterhead, 'organization' | 'calendar'>): string {
  return `${NOTHING_SENSITIVE} ${whenMailIsRead(letterhead)}`;
}

export interface WrittenMail {
  readonly letterhead: Letterhead;
  readonly envelope: Envelope;
  readonly incidentId: string;
  /** As the responder wrote it. */
  readonly text: string;
  readonly tlp: Tlp;
  /** Everybody whom this very text goes to, by name at the TLP gate. */
  readonly exchange: readonly string[];
}

/** The reply that a reporter is owed. Source: IC-2. */
export function reply(mail: WrittenMail): Labelled<Mail> {
  return withWords(mail, mail.letterhead.letters.reply, {});
}

/** A question to a reporter, answered through the status page. */
export function question(mail: WrittenMail & { readonly statusUrl: string }): Labelled<Mail> {
  return withWords(mail, mail.letterhead.letters.question, { statusUrl: mail.statusUrl });
}

/**
 * The same for nobody but the holders of these certificates, where there are any: on the way stand only the identifier and
 * the label. Source: IC-4, IC-30.
 */
export function encrypted(
  mail: Labelled<Mail>,
  incidentId: string,
  certificates: readonly string[],
): Labelled<Mail> {
  if (certificates.length === 0) return mail;
  const outerSubject = mail.carriesWords ? `[${incidentId}] TLP:${mail.label}` : `[${incidentId}]`;
  return { ...mail, content: { ...mail.content, encryptedFor: certificates, outerSubject } };
}

/** A released notice, to one of its audience. Bounces of it are wanted, and no machine's answer. Source: NM-34. */
export function announcement(mail: WrittenMail & { readonly subject: string }): Labelled<Mail> {
  // A subject is read by whoever carries the mail, and stands in lists of mails.
  const isOpen = !isStricter(mail.tlp, 'GREEN');
  const text = isOpen ? mail.text : `${mail.subject}\n\n${mail.text}`;
  return withWords(
    { ...mail, text },
    mail.letterhead.letters.announcement,
    { title: isOpen ? mail.subject : 'A notice' },
    automatic('auto-generated'),
  );
}

export interface NoticeMail {
  readonly letterhead: Letterhead;
  readonly envelope: Envelope;
  readonly incidentId: string;
  readonly purpose: NoticePurpose;
  /** The clock that is the reason, by name: `action:agree-plan`. Null where there is none. */
  readonly clock: string | null;
  readonly dueAt: number | null;
  readonly titleOf: (key: ActionKey) => string;
  readonly link: string;
}

/** A mail to one of our own people that something is due, overdue, asked, handed off, or came back. */
export function notice(mail: NoticeMail): Labelled<Mail> {
  const due =
    mail.dueAt === null ? [] : [['Due', inBothTimes(mail.dueAt, mail.letterhead.calendar.timeZone)] as const];
  return withoutWords(mail, {
    template: mail.letterhead.letters.notices[mail.purpose],
    values: {
      step: mail.clock === null ? 'a step' : clockTitle(mail.clock, mail.titleOf),
      facts: table([['Incident', mail.incidentId], ...due, ['Link', mail.link]]),
    },
    headers: automatic('auto-generated'),
  });
}

/** What a clock counts down to, in words: `the reply to a reporter`, or the title of a row. */
export function clockTitle(clock: string, titleOf: (key: ActionKey) => string): string {
  if (clock.startsWith('action:')) return `“${titleOf(clock.slice('action:'.length) as ActionKey)}”`;
  return CLOCK_TITLES[clock] ?? clock;
}

const CLOCK_TITLES: Readonly<Record<string, string>> = {
  reply: 'the reply to a reporter',
  lead: 'the naming of a lead',
  verification: 'the verification of a suspension request',
};

/** Source: IC-4. */
const NOTHING_SENSITIVE =
  'Please send nothing sensitive over this channel (form, mail or phone); we will set up a secure one with you where it is needed.';

/** Source: IC-3. */
function whenMailIsRead({ organization, calendar }: Pick<Letterhead, 'organization' | 'calendar'>): string {
  const wait = spokenDuration(organization.mailNoticedWithinMs);
  return `In a critical emergency please phone ${organization.phone}, at any hour. Outside business hours (${businessHours(calendar)}) it may take up to ${wait} until somebody notices a mail.`;
}

interface Sheet {
  readonly template: Template;
  /** Beside those that every letter has. */
  readonly values: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly hasNullReturnPath?: true;
}

type Head = Pick<AutoReply, 'letterhead' | 'envelope' | 'incidentId'>;

function withoutWords(head: Head, sheet: Sheet): Labelled<Mail> {
  return {
    carriesWords: false,
    content: compose(head, sheet, head.letterhead.letters.signature),
    addressee: head.envelope.addressee,
  };
}

/** The label stands in the subject and above the words it is for; the policy's checks see to it. Source: TLP 2.0, usage. */
function withWords(
  mail: WrittenMail,
  template: Template,
  more: Readonly<Record<string, string>>,
  headers: Sheet['headers'] = {},
): Labelled<Mail> {
  const { tlp, letters } = mail.letterhead;
  const howToShare = tlp.find(({ label }) => label === mail.tlp)?.howToShare ?? '';
  const values = { ...more, label: mail.tlp, text: plain(mail.text).trimEnd(), howToShare };
  return {
    carriesWords: true,
    label: mail.tlp,
    exchange: mail.exchange,
    content: compose(mail, { template, values, headers }, letters.signatureOfWords),
  };
}

function compose(head: Head, { template, values, headers, ...path }: Sheet, signature: string): Mail {
  const { letterhead, envelope } = head;
  const known = { ...ofTheHouse(head), ...values };
  const paragraphs = template.body.map((paragraph) => fill(paragraph, known));
  const below = signed(fill(signature, known).split('\n'));
  return {
    to: envelope.to,
    subject: oneLine(fill(template.subject, known)),
    text: `${[...paragraphs, below].map((paragraph) => wrap(paragraph)).join('\n\n')}\n`,
    messageId: messageIdOf({
      key: envelope.key,
      recipient: envelope.addressee,
      senderAddress: letterhead.organization.mail,
    }),
    headers,
    isSigned: true,
    ...path,
    ...(envelope.inReplyTo !== undefined && { inReplyTo: envelope.inReplyTo }),
  };
}

/** What may stand in every letter. */
function ofTheHouse({ letterhead, incidentId }: Head): Readonly<Record<string, string>> {
  const { organization, calendar } = letterhead;
  return {
    incident: incidentId,
    csirt: organization.csirt,
    organization: organization.name,
    phone: organization.phone,
    businessHours: businessHours(calendar),
    mailWait: spokenDuration(organization.mailNoticedWithinMs),
    nothingSensitive: NOTHING_SENSITIVE,
  };
}

/** So that no holiday notice answers a machine, and ours answer none. Source: RFC 3834. */
function automatic(how: 'auto-generated' | 'auto-replied'): Readonly<Record<string, string>> {
  return { 'Auto-Submitted': how, 'X-Auto-Response-Suppress': 'All' };
}
