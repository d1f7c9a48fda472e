import type { Labelled } from './clearance.ts';
import type { PagerMessage } from './contact.ts';
import { inBothTimes, utcSeconds } from './local-time.ts';
import type { Policy } from './policy.ts';
import { oneLine, signed, table, wrap } from './text-layout.ts';
import type { Criticality, PageReason } from './vocabulary.ts';

/** What is said to people who are called: identifier, urgency, reason and link, no words of the incident. */

/** A page as one of those called is told of it. */
export interface RingingPage {
  readonly pageId: string;
  readonly incidentId: string;
  readonly reason: PageReason;
  readonly criticality: Criticality | null;
  /** Why this person: `csirt`, `lead`, `by name`. */
  readonly calledAs: string;
  readonly round: number;
  readonly rung: number;
  /** When the next rung is called if nobody acknowledges; null for the last one. */
  readonly nextStepAt: number | null;
  /** The page itself, for those who are signed in. */
  readonly url: string;
  /** Takes it without signing in. */
  readonly link: string;
  /** Takes it by SMS or chat: six digits. */
  readonly code: string;
}

/** Whom a message is for, and where it goes. */
export interface PagerEnvelope {
  readonly id: string;
  readonly to: string;
  readonly addressee: string;
  readonly replyTo: string | null;
}

type Letterhead = Pick<Policy, 'organization' | 'calendar'>;

/** So many of a storm's pages come with their links; the others are named, and are found behind them. */
const LINKS_MAX = 20;

/** Names in a subject or an SMS before the rest is counted. */
const NAMES_MAX = 3;

/** One GSM message. */
const SHORT_MAX = 160;

/** A call to a human: one page with all there is to say of it, or every page that rings for them. */
export function pageMessage(
  letterhead: Letterhead,
  envelope: PagerEnvelope,
  pages: readonly [RingingPage, ...RingingPage[]],
): Labelled<PagerMessage> {
  const [first] = pages;
  const said = pages.length === 1 ? onePage(letterhead, first) : manyPages(pages);
  return messageWithoutWords(letterhead, envelope, { ...said, link: first.link, isUrgent: true });
}

/** The others who were called are told who has it, and that it rings no more. */
export function takenMessage(
  letterhead: Letterhead,
  envelope: PagerEnvelope,
  taken: readonly { readonly pageId: string; readonly by: string }[],
): Labelled<PagerMessage> {
  const lines = taken.map(({ pageId, by }) => `${by} has ${pageId}`);
  const names = listed(lines);
  return messageWithoutWords(letterhead, envelope, {
    subject: `Taken: ${names}`,
    body: [`Nothing is left for you to do here.\n${lines.map((line) => `  ${line}`).join('\n')}`],
    short: `${names}. Nothing left for you to do.`,
    spoken: `${names}. Nothing is left for you to do.`,
    link: null,
    isUrgent: false,
  });
}

/** The code that shows that a contact is its owner's. */
export function codeSheet(code: string, until: number): Sheet {
  const time = `It can be used until ${utcSeconds(until)}.`;
  const digits = digitsOf(code);
  return {
    subject: `${code} is your code`,
    body: [
      `${code}\n\nThis code shows that you can read what we send here. Give it back where you added this contact. ${time}`,
      'If you have added nothing, somebody else mistook your address for theirs: do nothing.',
    ],
    short: `${code} is the code for this contact. ${time}`,
    spoken: `The code for this number is ${digits}. Again: ${digits}.`,
    link: null,
    isUrgent: false,
  };
}

export interface ShiftChange {
  /** Of the rota. */
  readonly title: string;
  /** Who hands over and who takes over; null where nobody is on call. */
  readonly from: string | null;
  readonly to: string | null;
  readonly at: number;
  /** The rota's own. */
  readonly timeZone: string;
  readonly hasNote: boolean;
  readonly url: string;
}

/** Both sides of a change of shift are told the same. */
export function shiftSheet({ title, from, to, at, timeZone, hasNote, url }: ShiftChange): Sheet {
  const change = `${from ?? 'nobody'} hands over to ${to ?? 'NOBODY'}`;
  const when = inBothTimes(at, timeZone);
  const gap = to === null ? ['Nobody is on call from then on. Please see to it that somebody is.'] : [];
  const note = hasNote
    ? `There is a hand-over note:\n${url}/notes`
    : `A note for the next one is left at:\n${url}/notes`;
  return {
    subject: `On call (${title}): ${change} at ${utcSeconds(at)}`,
    body: [`On call (${title}): ${change} at ${when}.`, ...gap, note, `The rota:\n${url}`],
    short: `On call (${title}): ${change} at ${utcSeconds(at)}.`,
    spoken: `On call, ${title}: ${change}.`,
    link: null,
    isUrgent: false,
  };
}

/** Why somebody is called, without a word of the incident. */
export function pageReason(reason: PageReason): string {
  return PAGE_WORDING[reason].sentence;
}

/** How much it hurries: the reason says it, and an Emergency more than any. */
export function pageUrgency(
  reason: PageReason,
  criticality: Criticality | null,
): 'EMERGENCY' | 'URGENT' | 'SOON' {
  return criticality === 'emergency' ? 'EMERGENCY' : PAGE_WORDING[reason].urgency;
}

/** What a message says, in every length. */
export interface Sheet {
  readonly subject: string;
  /** Paragraphs. */
  readonly body: readonly string[];
  readonly short: string;
  readonly spoken: string;
  readonly link: string | null;
  readonly isUrgent: boolean;
}

/** A message of fixed sentences, identifiers and links, to one of our own people. */
export function messageWithoutWords(
  { organization }: Letterhead,
  { id, to, addressee, replyTo }: PagerEnvelope,
  { subject, body, short, spoken, link, isUrgent }: Sheet,
): Labelled<PagerMessage> {
  const signature = signed([organization.csirt, organization.name, organization.phone]);
  return {
    carriesWords: false,
    addressee,
    content: {
      id,
      to,
      replyTo,
      link,
      isUrgent,
      subject: oneLine(subject),
      text: `${[...body, signature].map((paragraph) => wrap(paragraph)).join('\n\n')}\n`,
      short: inGsm(oneLine(short)).slice(0, SHORT_MAX),
      spoken: oneLine(`This is ${organization.csirt}. ${spoken}`),
    },
  };
}

type Said = Omit<Sheet, 'link' | 'isUrgent'>;

function onePage({ calendar }: Letterhead, page: RingingPage): Said {
  const urgency = pageUrgency(page.reason, page.criticality);
  const sentence = pageReason(page.reason);
  const next =
    page.nextStepAt === null
      ? 'This is the last call of this page.'
      : `Without an acknowledgement the next call goes out at ${inBothTimes(page.nextStepAt, calendar.timeZone)}.`;
  return {
    subject: `[${page.incidentId}] PAGE ${urgency}: ${sentence}`,
    body: [
      table([
        ['Incident', page.incidentId],
        ['Urgency', urgency],
        ['Reason', sentence],
        ['Called as', page.calledAs],
        ['Call', `round ${page.round}, rung ${page.rung}`],
        ['Link', page.url],
      ]),
      `To take it, or to say that it is not for you:\n${page.link}`,
      `Or signed in:\n  npx tocsin ack ${page.pageId}`,
      next,
    ],
    short: `${page.incidentId} PAGE ${urgency}: ${sentence}. ${howToAnswer(page.code)}`,
    spoken: `A page, ${urgency.toLowerCase()}, for incident ${spelled(page.incidentId)}: ${sentence}. To take it, key in ${digitsOf(page.code)}, or use the link in our mail.`,
  };
}

function manyPages(pages: readonly [RingingPage, ...RingingPage[]]): Said {
  const urgency = mostUrgent(pages);
  const incidents = listed([...new Set(pages.map(({ incidentId }) => incidentId))]);
  const title = `PAGE ${urgency}: ${pages.length} pages ring for you`;
  const shown = pages.slice(0, LINKS_MAX).map(entryOf);
  const rest = pages.slice(LINKS_MAX).map(({ pageId, reason }) => `${pageId}: ${pageReason(reason)}`);
  const [first] = pages;
  return {
    subject: `[${incidents}] ${title}`,
    body: [
      `${pages.length} pages ring for you. Each is taken by its own link, or signed in by\n  npx tocsin ack <page>`,
      ...shown,
      ...(rest.length > 0 ? [`And also:\n${rest.join('\n')}`] : []),
    ],
    short: `${title}, the first for ${first.incidentId}. ${howToAnswer(first.code)}`,
    spoken: `${pages.length} pages ring for you, ${urgency.toLowerCase()}. The first is for incident ${spelled(first.incidentId)}: ${pageReason(first.reason)}. To take that one, key in ${digitsOf(first.code)}.`,
  };
}

function entryOf(page: RingingPage): string {
  return [
    `${page.pageId}  ${pageUrgency(page.reason, page.criticality)}: ${pageReason(page.reason)}`,
    `  called as ${page.calledAs}; round ${page.round}, rung ${page.rung}`,
    `  ${page.url}`,
    `  ${page.link}`,
  ].join('\n');
}

function howToAnswer(code: string): string {
  return `Reply ${code} to take it, NO ${code} if it is not for you.`;
}

function mostUrgent(pages: readonly RingingPage[]): string {
  const urgencies = pages.map(({ reason, criticality }) => pageUrgency(reason, criticality));
  return (['EMERGENCY', 'URGENT'] as const).find((urgency) => urgencies.includes(urgency)) ?? 'SOON';
}

/** `INC-2026-0001-P1, INC-2026-0002-P1, INC-2026-0003-P1 and 7 more` */
function listed(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  const shown = names.slice(0, NAMES_MAX).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Read out one by one. */
function digitsOf(code: string): string {
  return code.split('').join(', ');
}

/** Read out, hyphens would be silent. */
function spelled(identifier: string): string {
  return identifier.replaceAll('-', ' ');
}

/** One letter outside the alphabet would make a message twice as long. */
function inGsm(text: string): string {
  return text.replaceAll(/[^\n\r !-Z_a-z£¥èéùìòÇØøÅåÄÖÑÜ§¿äöñüàÆæßÉ¡¤]/g, '?').replaceAll('`', "'");
}

interface PageWording {
  readonly urgency: 'URGENT' | 'SOON';
  readonly sentence: string;
}

const PAGE_WORDING: Readonly<Record<PageReason, PageWording>> = {
  'no-lead': { urgency: 'URGENT', sentence: 'nobody is lead yet' },
  'reply-due': { urgency: 'SOON', sentence: 'a reply to a reporter is due soon' },
  'reply-breached': { urgency: 'URGENT', sentence: 'a reply to a reporter is overdue' },
  'action-overdue': { urgency: 'SOON', sentence: 'a row of the actions matrix is overdue' },
  'call-in': { urgency: 'URGENT', sentence: 'you are called in to help' },
  'law-enforcement': { urgency: 'URGENT', sentence: 'an inquiry of law enforcement came in' },
  phone: { urgency: 'URGENT', sentence: 'somebody phoned in a report' },
  verification: { urgency: 'URGENT', sentence: 'a suspension request waits for its verification' },
};
