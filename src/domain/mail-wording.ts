import type { Labelled } from './clearance.ts';
import type { NoticePurpose } from './effects.ts';
import { businessHours, inBothTimes, spokenDuration } from './local-time.ts';
import { type Mail, messageIdOf } from './mail.ts';
import type { Policy } from './policy.ts';
import { oneLine, plain, signed, table, wrap } from './text-layout.ts';
import type { Tlp } from './tlp.ts';
import type { ActionKey, ReportKind } from './vocabulary.ts';

/** What of the policy stands in our mails. A whole `Policy` is one. */
export type Letterhead = Pick<Policy, 'organization' | 'calendar' | 'tlp'>;

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
  const { organization, calendar } = mail.letterhead;
  const received = inBothTimes(mail.receivedAt, calendar.timeZone);
  const paragraphs = [
    `Your message of ${received} reached the ${organization.csirt} and is filed as ${mail.incidentId}.`,
    ...whatHappensNext(mail),
    whenMailIsRead(mail.letterhead),
    NOTHING_SENSITIVE,
    `Where your report stands, and our questions to you:\n${mail.statusUrl}`,
    'This mail was sent automatically.',
  ];
  return withoutWords(mail, {
    subject: `[${mail.incidentId}] We have received your report`,
    body: paragraphs,
    headers: automatic('auto-replied'),
    hasNullReturnPath: true,
  });
}

/** Said wherever a report is taken in: in the answer to the form, beside it, and in the mail. Source: IC-3, IC-4. */
export function intakeNotice(letterhead: Letterhead): string {
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
  return withWords(mail, { subject: 'Reply to your report', below: [] });
}

/** A question to a reporter, answered through the status page. */
export function question(mail: WrittenMail & { readonly statusUrl: string }): Labelled<Mail> {
  return withWords(mail, {
    subject: 'A question about your report',
    below: [`You can answer here:\n${mail.statusUrl}`],
  });
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

/** A mail to one of our own people that something is due, overdue, asked or handed off. */
export function notice(mail: NoticeMail): Labelled<Mail> {
  const what = mail.clock === null ? 'a step' : clockTitle(mail.clock, mail.titleOf);
  const { subject, sentence } = NOTICE_WORDING[mail.purpose](what);
  const due =
    mail.dueAt === null ? [] : [['Due', inBothTimes(mail.dueAt, mail.letterhead.calendar.timeZone)] as const];
  return withoutWords(mail, {
    subject: `[${mail.incidentId}] ${subject}`,
    body: [sentence, table([['Incident', mail.incidentId], ...due, ['Link', mail.link]])],
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
function whenMailIsRead({ organization, calendar }: Letterhead): string {
  const wait = spokenDuration(organization.mailNoticedWithinMs);
  return `In a critical emergency please phone ${organization.phone}, at any hour. Outside business hours (${businessHours(calendar)}) it may take up to ${wait} until somebody notices a mail.`;
}

function whatHappensNext(mail: AutoReply): readonly string[] {
  const { organization, calendar } = mail.letterhead;
  const within = spokenDuration(mail.replyDueAt - mail.receivedAt);
  const due = inBothTimes(mail.replyDueAt, calendar.timeZone);
  const replyIsDue = `A person reads it and replies as soon as possible, and not later than ${due}, ${within} after it arrived.`;
  switch (mail.kind) {
    case 'law-enforcement':
      // Source: IC-5. Nobody of the CSIRT triages it, so no reply of theirs is promised.
      return [
        `Inquiries of law enforcement, and any legal process, are directed to the General Counsel of ${organization.name}. Yours has been, and the General Counsel will be in touch with you.`,
      ];
    case 'suspension-request':
      // Source: IC-6.
      return [
        replyIsDue,
        'A request to suspend services is verified before it is acted on: we will contact your executive or administrator over a trusted channel, with the contact details in our directory and not those in the request.',
      ];
    case 'incident':
    case 'vulnerability':
    case 'inquiry':
      return [replyIsDue];
  }
}

interface NoticeWording {
  readonly subject: string;
  readonly sentence: string;
}

const NOTICE_WORDING: Readonly<Record<NoticePurpose, (what: string) => NoticeWording>> = {
  reminder: (what) => ({
    subject: 'Reminder: a step of yours is overdue',
    sentence: `The time for ${what} is over. Please do it, or have it waived with a reason; otherwise you will be paged, and then the Executive Sponsor is told.`,
  }),
  'sponsor-told': (what) => ({
    subject: 'For the Executive Sponsor: a step is overdue',
    sentence: `The time for ${what} is over, and neither a reminder nor a page has changed that. You are told because the policy asks for it.`,
  }),
  asked: () => ({
    subject: 'You are asked a question',
    sentence:
      'The CSIRT asks you something about this incident. The question is at the link, and your answer goes there too; please do not answer by mail.',
  }),
  'handed-off': () => ({
    subject: 'Handed off',
    sentence: 'This incident was handed off and needs you now. What was found, and why, is at the link.',
  }),
  'reply-returned': () => ({
    subject: 'A reply came back',
    sentence:
      'A reply by mail did not reach its reporter: their mail server turned it away. The reply is owed again, by its first time. Please try another way; what was said, and why it came back, is at the link.',
  }),
};

interface Sheet {
  readonly subject: string;
  readonly body: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly hasNullReturnPath?: true;
}

type Head = Pick<AutoReply, 'letterhead' | 'envelope' | 'incidentId'>;

function withoutWords(head: Head, sheet: Sheet): Labelled<Mail> {
  const { organization } = head.letterhead;
  const signature = [organization.csirt, organization.name, organization.phone];
  return {
    carriesWords: false,
    content: compose(head, { ...sheet, body: [...sheet.body, signed(signature)] }),
    addressee: head.envelope.addressee,
  };
}

/** The label stands in the subject and above the words it is for. Source: TLP 2.0, usage. */
function withWords(
  mail: WrittenMail,
  { subject, below }: { readonly subject: string; readonly below: readonly string[] },
): Labelled<Mail> {
  const { organization, tlp } = mail.letterhead;
  const howToShare = tlp.find(({ label }) => label === mail.tlp)?.howToShare;
  const signature = [
    organization.csirt,
    organization.name,
    `Reference: ${mail.incidentId} (please keep it in the subject)`,
    `In an emergency: ${organization.phone}`,
    NOTHING_SENSITIVE,
    ...(howToShare === undefined ? [] : [`TLP:${mail.tlp}: ${howToShare}`]),
  ];
  return {
    carriesWords: true,
    label: mail.tlp,
    exchange: mail.exchange,
    content: compose(mail, {
      subject: `[${mail.incidentId}] TLP:${mail.tlp} ${subject}`,
      body: [`TLP:${mail.tlp}`, plain(mail.text).trimEnd(), ...below, signed(signature)],
      headers: {},
    }),
  };
}

function compose({ letterhead, envelope }: Head, { subject, body, headers, ...path }: Sheet): Mail {
  return {
    to: envelope.to,
    subject: oneLine(subject),
    text: `${body.map((paragraph) => wrap(paragraph)).join('\n\n')}\n`,
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

/** So that no holiday notice answers a machine, and ours answer none. Source: RFC 3834. */
function automatic(how: 'auto-generated' | 'auto-replied'): Readonly<Record<string, string>> {
  return { 'Auto-Submitted': how, 'X-Auto-Response-Suppress': 'All' };
}
