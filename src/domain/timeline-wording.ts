import { channelLine, isLineOfDocument, newsLine } from './channel-wording.ts';
import { rankOf } from './classification.ts';
import type { Fact, FactBody } from './commands.ts';
import type { EventBody, IncidentEvent } from './events.ts';
import type { Incident, PageRef } from './incident.ts';
import { utcSeconds } from './local-time.ts';
import { clockTitle } from './mail-wording.ts';
import { sayNotice } from './notices/timeline.ts';
import { pageReason } from './page-wording.ts';
import { outcomeWords } from './outcome-wording.ts';
import {
  count,
  details,
  fieldsUnder,
  instant,
  line,
  people,
  person,
  readable,
  said,
  type Texts,
  wordOf,
} from './timeline-words.ts';
import { replyReturned } from './timeline-wording-mail.ts';
import type { Tlp } from './tlp.ts';
import { uploadLine } from './upload.ts';
import type { ActionKey, Criticality, TimelineKind } from './vocabulary.ts';

/** One event as a line that a responder might have written. */
export interface TimelineWords {
  readonly kind: TimelineKind;
  /** Not escaped, and with the line breaks of those who wrote it. */
  readonly text: string;
  /** How it was said or done, where that is known: `phone`, a channel's key. */
  readonly method: string | null;
  readonly tlp: Tlp;
  /** False for what only the machinery needs to tell: it is in the record and the list, not in the document. */
  readonly isDocumentLine: boolean;
}

export interface TimelineContext {
  readonly texts: Texts;
  readonly titleOf: (key: ActionKey) => string;
  /** As it stands: its label is that of lines that brought none, and its pages know why they ring. */
  readonly incident: Pick<Incident, 'tlp'> & { readonly pages: readonly Pick<PageRef, 'id' | 'reason'>[] };
}

/** What an event says, for every type of event. Source: NM-24. */
export function wordsOf(event: Pick<IncidentEvent, 'by' | 'body'>, context: TimelineContext): TimelineWords {
  return {
    method: null,
    tlp: context.incident.tlp,
    isDocumentLine: true,
    ...say(event.body, event.by, context),
  };
}

/** The same for a fact that the process has not numbered yet. */
export function wordsOfFact(fact: Pick<Fact, 'by' | 'fact'>, context: TimelineContext): TimelineWords {
  return wordsOf({ by: fact.by, body: eventOf(fact.fact) }, context);
}

type Of<Type extends EventBody['type']> = Extract<EventBody, { readonly type: Type }>;
type Said = Pick<TimelineWords, 'kind' | 'text'> & Partial<TimelineWords>;

function say(body: EventBody, by: string, context: TimelineContext): Said {
  const { texts, titleOf } = context;
  const who = person(by);
  switch (body.type) {
    case 'received':
      return received(body, texts);
    case 'lead-named':
      return leadNamed(body, by, texts);
    case 'kind-corrected':
      return {
        kind: 'kind',
        text: line(`kind corrected by ${who} to ${readable(body.kind)}`, said(texts, body.textId, 'reason')),
      };
    case 'relabelled':
      return {
        kind: 'label',
        text: line(
          `TLP:${body.tlp} instead of TLP:${body.from} for ${body.seq === null ? 'the incident' : `line ${body.seq}`}, by ${who}`,
          said(texts, body.textId, 'reason'),
        ),
      };
    case 'reply-sending':
      return {
        kind: 'replied',
        text: line(`reply of ${who} on its way by mail`, said(texts, body.textId, 'text')),
        method: 'mail',
        tlp: body.tlp,
        isDocumentLine: false,
      };
    case 'replied':
      return replied(body, who, texts);
    case 'reply-returned':
      return replyReturned(body, texts);
    case 'question-asked':
      return {
        kind: 'question',
        text: line(`${who} asked ${reporters(body.reportIds)}`, said(texts, body.textId, 'text')),
        method: 'mail',
        tlp: body.tlp,
      };
    case 'question-answered':
      return { kind: 'answer', text: line('the reporter answered', said(texts, body.textId, 'text')) };
    case 'assessed':
      return {
        kind: 'assessed',
        text: line(`initial assessment by ${who}: ${findings(body)}`, said(texts, body.textId, 'summary')),
        tlp: body.tlp,
      };
    case 'reassessed':
      return reassessed(body, who, context);
    case 'part-done':
      return { kind: 'action', ...row(body, by, context) };
    case 'part-corrected':
      return { kind: 'action', ...correctedRow(body, by, context) };
    case 'part-waived':
      return {
        kind: 'waived',
        text: line(
          `“${titleOf(body.key)}” (${body.part}) waived by ${who}`,
          said(texts, body.textId, 'reason'),
        ),
      };
    case 'designated':
      return {
        kind: 'action',
        text: `“${titleOf(body.key)}”: ${person(body.username)} designated by ${who}`,
      };
    case 'verified':
      return verified(body, who, texts);
    case 'suspension-decided':
      return suspensionDecided(body, who, texts);
    case 'suspension-moved':
      return {
        kind: 'suspension',
        text: line(
          `suspension ${body.n} ${SUSPENSION_MOVES[body.state]} ${who}`,
          said(texts, body.textId, 'note'),
        ),
      };
    case 'contact-attempted':
      return contactAttempted(body, who, texts);
    case 'consultation-asked':
      return {
        kind: 'consultation',
        text: line(`${person(body.asked)} consulted by ${who}`, said(texts, body.textId, 'question')),
      };
    case 'consultation-answered':
      return {
        kind: 'consultation',
        text: line(`${who} answered consultation ${body.n}`, said(texts, body.textId, 'answer')),
      };
    case 'team-joined':
      return {
        kind: 'team',
        text: `${person(body.username)} joined the handling team (${body.role}), appointed by ${who}`,
      };
    case 'team-left':
      return {
        kind: 'team',
        text: line(
          `${person(body.username)} left the handling team, removed by ${who}`,
          said(texts, body.textId, 'reason'),
        ),
      };
    case 'noted':
      // As it was written: it is the responder's own line.
      return {
        kind: body.kind,
        text: said(texts, body.textId, 'text'),
        method: wordOf(texts, body.textId, 'method'),
        tlp: body.tlp,
      };
    case 'handed-off':
      return {
        kind: 'handed-off',
        text: line(
          `incident handed off by ${who}${to(texts, body.textId)} (${readable(body.basis)})`,
          said(texts, body.textId, 'reason'),
        ),
      };
    case 'dismissed':
      return {
        kind: 'dismissed',
        text: line(`dismissed by ${who} as no valid submission`, said(texts, body.textId, 'reason')),
      };
    case 'merged':
      return {
        kind: 'merged',
        text: line(`merged by ${who} into ${body.into}`, said(texts, body.textId, 'reason')),
      };
    case 'reports-joined':
      return {
        kind: 'merged',
        text: `${count(body.reports.length, 'report')} of ${body.from} joined this incident`,
      };
    case 'reports-left':
      return {
        kind: 'merged',
        text: `${count(body.reportIds.length, 'report')} went back to ${body.to}`,
        isDocumentLine: false,
      };
    case 'reopened':
      return {
        kind: 'reopened',
        text: line(`incident reopened by ${who}${again(body.again)}`, said(texts, body.textId, 'reason')),
      };
    case 'closed':
      return {
        kind: 'closed',
        text: line(`incident closed by ${who}`, said(texts, body.textId, 'determination')),
      };
    case 'clock-stepped':
      return clockStepped(body, titleOf);
    case 'page-started':
      return pageStarted(body, who, texts);
    case 'page-rang-again':
      return {
        kind: 'escalated',
        text: `page ${body.pageId} ${RINGS_AGAIN[body.because]}${about(body.pageId, context)}`,
        method: 'page',
      };
    case 'page-climbed':
      return pageClimbed(body, context);
    case 'page-undelivered':
      return {
        kind: 'escalated',
        text: `page ${body.pageId} did not reach ${person(body.person)} by ${METHODS[body.method]} (${body.code})${about(body.pageId, context)}`,
        method: body.method,
      };
    case 'page-acknowledged':
      return {
        kind: 'acknowledged',
        text: `page ${body.pageId} acknowledged by ${who}${about(body.pageId, context)}`,
      };
    case 'page-declined':
      return {
        kind: 'escalated',
        text: `${who} cannot take page ${body.pageId}, the next rung left is called at once${about(body.pageId, context)}`,
        method: 'page',
      };
    case 'page-handed-on': {
      const handed = `page ${body.pageId} handed on by ${who} to ${person(body.to)}, who is called first`;
      const reason = said(texts, body.textId, 'reason');
      return {
        kind: 'escalated',
        text: `${handed}${about(body.pageId, context)}${reason === '' ? '' : `; reason: ${reason}`}`,
        method: 'page',
      };
    }
    case 'page-snoozed':
      return {
        kind: 'acknowledged',
        text: `page ${body.pageId} snoozed by ${who} until ${utcSeconds(body.until)}${about(body.pageId, context)}`,
      };
    case 'page-exhausted': {
      const silence = `nobody answered page ${body.pageId} in ${count(body.rounds, 'round')}`;
      return {
        kind: 'exhausted',
        text: `${silence}${about(body.pageId, context)}; any of the CSIRT can restart it or take it`,
        method: 'page',
      };
    }
    case 'page-cancelled':
      return {
        kind: 'escalated',
        text: `page ${body.pageId} cancelled (${readable(body.because)})`,
        isDocumentLine: false,
      };
    case 'effect-ended':
      return effectEnded(body);
    case 'notice-drafted':
    case 'notice-edited':
    case 'notice-released':
    case 'notice-sending':
    case 'notice-sent':
    case 'notice-stopped':
    case 'notice-discarded':
    case 'notice-withdrawn':
    case 'notice-labelled':
      return sayNotice(body, who, texts);
    case 'channel-asked':
    case 'channel-opened':
    case 'channel-withheld':
    case 'channel-closing':
    case 'channel-closed':
      return { kind: 'channel', text: channelLine(body, by), isDocumentLine: isLineOfDocument(body) };
    case 'upload-opened':
    case 'upload-received':
      return { kind: 'upload', text: uploadLine(body, by) };
  }
}

function received(body: Of<'received'>, texts: Texts): Said {
  const taken = body.enteredBy === null ? '' : `, taken by ${person(body.enteredBy)}`;
  const kind = body.kind === 'incident' ? 'report' : `report (${readable(body.kind)})`;
  return {
    kind: 'received',
    text: line(
      `${kind} received by ${body.channel}${taken}`,
      said(texts, body.reportId, 'summary', 'description'),
    ),
    method: body.channel,
    tlp: body.tlp,
  };
}

function leadNamed(body: Of<'lead-named'>, by: string, texts: Texts): Said {
  const reason = said(texts, body.textId, 'reason');
  if (body.from !== null) {
    const handedOver = `Incident Lead handed over from ${person(body.from)} to ${person(body.lead)}`;
    return {
      kind: 'lead',
      text: line(by === body.from ? handedOver : `${handedOver} by ${person(by)}`, reason),
    };
  }
  const identified = `incident identified; Incident Lead: ${person(body.lead)}`;
  return {
    kind: 'lead',
    text: line(by === body.lead ? identified : `${identified}, named by ${person(by)}`, reason),
  };
}

function replied(body: Of<'replied'>, who: string, texts: Texts): Said {
  const whom = reporters(body.reportIds);
  switch (body.how) {
    case 'sent': {
      const { method } = body;
      const sent = `${who} replied to ${whom}${method === null ? '' : ` by ${method}`}`;
      // What was sent by mail stands in the line of its sending.
      const words = method === 'mail' ? '' : said(texts, body.textId, 'text');
      return { kind: 'replied', text: line(sent, words), method };
    }
    case 'unnecessary':
      return {
        kind: 'replied',
        text: line(`reply to ${whom} judged unnecessary by ${who}`, said(texts, body.textId, 'reason')),
      };
    case 'unreachable':
      return {
        kind: 'replied',
        text: line(`${whom} found unreachable by ${who}`, attempts(texts, body.textId)),
      };
  }
}

/** `phone at 2016-06-21T20:39:33Z, mail at …` */
function attempts(texts: Texts, textId: string | null): string {
  const made = fieldsUnder(texts, textId)?.['attempts'];
  if (!Array.isArray(made)) return said(texts, textId, 'attempts');
  return made.map(({ method, at }: Attempt) => `${method} at ${instant(at)}`).join(', ');
}

interface Attempt {
  readonly method: string;
  readonly at: string;
}

function findings(body: Of<'assessed'> | Of<'reassessed'>): string {
  const parts = [
    body.isIncident ? incidentWords(body.nature) : 'not an incident',
    scopeWords(body),
    ...criticalityWords(body),
    ...(body.severity === null ? [] : [`severity ${body.severity.level}`]),
    `TLP:${body.tlp}`,
  ];
  return parts.join(', ');
}

function incidentWords(nature: string | null): string {
  return nature === null ? 'incident' : `incident (${readable(nature)})`;
}

/** The same two conditions as the rule; said here from what was recorded. Source: IC-11. */
function scopeWords(body: Of<'assessed'> | Of<'reassessed'>): string {
  if (!body.dependsOnChangeManagement) return 'out of scope (no change under change management)';
  return body.scopeCriteria.length === 0
    ? 'out of scope (no criterion met)'
    : `in scope (${body.scopeCriteria.map(readable).join(', ')})`;
}

/** With what it was before, where it was raised or lowered: `raised from Normal to Escalation (production systems)`. */
function criticalityWords(body: Of<'assessed'> | Of<'reassessed'>): readonly string[] {
  const { criticality, criteria } = body;
  const before = body.type === 'reassessed' ? body.criticalityBefore : undefined;
  const met = criteria.length === 0 ? '' : ` (${criteria.map(readable).join(', ')})`;
  if (before === undefined || before === criticality) {
    return criticality === null ? [] : [`${criticalityName(criticality)}${met}`];
  }
  const moved = rankOf(criticality) > rankOf(before) ? 'raised' : 'lowered';
  return [`${moved} from ${criticalityName(before)} to ${criticalityName(criticality)}${met}`];
}

function criticalityName(criticality: Criticality | null): string {
  return criticality === null
    ? 'no criticality'
    : `${criticality.charAt(0).toUpperCase()}${criticality.slice(1)}`;
}

function reassessed(body: Of<'reassessed'>, who: string, { texts }: TimelineContext): Said {
  const conference = body.hasConference ? ` in conference${conferenceWords(texts, body.textId)}` : '';
  const found = `re-assessment by ${who}${conference}: ${findings(body)}${again(body.again)}`;
  return {
    kind: 'assessed',
    text: line(`${found}; reason`, said(texts, body.textId, 'reason', 'summary')),
    tlp: body.tlp,
  };
}

function conferenceWords(texts: Texts, textId: string): string {
  const { channel, heldAt, present } = (fieldsUnder(texts, textId, 'conference') ??
    {}) as Partial<Conference>;
  if (channel === undefined || heldAt === undefined || present === undefined) return '';
  return ` (via ${channel} at ${instant(heldAt)}; present: ${people(present)})`;
}

interface Conference {
  readonly channel: string;
  readonly heldAt: string;
  readonly present: readonly string[];
}

/** What was recorded for a row; or only that it is done, under its title. The time of a contact is part of the outcome. */
function row(
  { key, part, textId }: Of<'part-done'> | Of<'part-corrected'>,
  by: string,
  { texts, titleOf }: TimelineContext,
): Pick<TimelineWords, 'text' | 'method'> {
  const words = outcomeWords({ key, part, by, texts, textId });
  const rest = details(texts, textId);
  return {
    text: words ?? `“${titleOf(key)}” (${part}) done by ${person(by)}${rest === '' ? '' : ` (${rest})`}`,
    method: wordOf(texts, textId, 'method') ?? wordOf(texts, textId, 'channel'),
  };
}

function correctedRow(
  body: Of<'part-corrected'>,
  by: string,
  context: TimelineContext,
): Pick<TimelineWords, 'text' | 'method'> {
  const { text, method } = row(body, by, context);
  const reason = fieldsUnder(context.texts, body.textId)?.['reason'];
  return { text: `corrected: ${text}${typeof reason === 'string' ? `; reason: ${reason}` : ''}`, method };
}

function verified(body: Of<'verified'>, who: string, texts: Texts): Said {
  const channel = wordOf(texts, body.textId, 'channel');
  const contact = wordOf(texts, body.textId, 'contact');
  const withWhom = contact === null ? '' : ` with ${contact}`;
  const over = channel === null ? '' : ` over ${channel}`;
  return {
    kind: 'verification',
    text: line(
      `suspension request ${body.result}${withWhom}${over} by ${who}`,
      said(texts, body.textId, 'note'),
    ),
    method: channel,
  };
}

function suspensionDecided(body: Of<'suspension-decided'>, who: string, texts: Texts): Said {
  const participant = wordOf(texts, body.textId, 'participant');
  const ofWhom = participant === null ? '' : ` of ${participant}`;
  const impact = wordOf(texts, body.textId, 'impact');
  const reason = said(texts, body.textId, 'reason');
  return {
    kind: 'suspension',
    text: line(
      `suspension ${body.n} decided by ${who}: ${readable(body.action)}${ofWhom}, because of ${article(body.basis)}`,
      impact === null ? reason : `${reason}; impact: ${impact}`,
    ),
  };
}

function article(basis: string): string {
  return basis === 'verified-request' ? 'a verified request' : 'an unacceptable risk';
}

const SUSPENSION_MOVES = {
  done: 'carried out by',
  'lift-decided': 'to be lifted, decided by',
  lifted: 'lifted by',
} as const;

function contactAttempted(body: Of<'contact-attempted'>, who: string, texts: Texts): Said {
  const party = wordOf(texts, body.textId, 'party') ?? 'the participant';
  const method = wordOf(texts, body.textId, 'method');
  const via = method === null ? '' : ` via ${method}`;
  return {
    kind: 'contact-attempt',
    text: line(`${party} contacted${via} by ${who}`, said(texts, body.textId, 'result')),
    method,
  };
}

function to(texts: Texts, textId: string): string {
  const receiver = wordOf(texts, textId, 'to');
  return receiver === null ? '' : ` to ${receiver}`;
}

function again(keys: readonly ActionKey[]): string {
  return keys.length === 0 ? '' : `; to be done again: ${keys.map(readable).join(', ')}`;
}

function reporters(reportIds: readonly string[]): string {
  return reportIds.length === 1 ? 'the reporter' : `${reportIds.length} reporters`;
}

function clockStepped(body: Of<'clock-stepped'>, titleOf: (key: ActionKey) => string): Said {
  const what = clockTitle(body.clock, titleOf);
  const due = utcSeconds(body.dueAt);
  switch (body.step) {
    case 'warned':
      return { kind: 'clock', text: `${what} is due at ${due}`, isDocumentLine: false };
    case 'breached':
      return { kind: 'clock', text: `${what} is overdue since ${due}` };
    case 'paged':
      return {
        kind: 'clock',
        text: `${what} is overdue since ${due}; a page follows`,
        isDocumentLine: false,
      };
    case 'sponsor-told':
      return {
        kind: 'escalated',
        text: `Executive Sponsor told that ${what} is overdue since ${due}`,
        method: 'mail',
      };
  }
}

function pageStarted(body: Of<'page-started'>, who: string, texts: Texts): Said {
  const whom = targetWords(body.target);
  if (body.reason === 'call-in') {
    return {
      kind: 'escalated',
      text: line(`${whom} called in by ${who}`, said(texts, body.textId, 'note')),
      method: 'page',
    };
  }
  return {
    kind: 'escalated',
    text: `page ${body.pageId} to ${whom} armed for ${utcSeconds(body.startsAt)}: ${pageReason(body.reason)}`,
    method: 'page',
    isDocumentLine: false,
  };
}

function targetWords(target: Of<'page-started'>['target']): string {
  if ('ladder' in target) return `the ${target.ladder} ladder`;
  return 'person' in target ? person(target.person) : target.role;
}

function pageClimbed(body: Of<'page-climbed'>, context: TimelineContext): Said {
  const step = `round ${body.round}, rung ${body.rung}`;
  const why = about(body.pageId, context);
  return {
    kind: 'escalated',
    text:
      body.people.length === 0
        ? `nobody to page (${step})${why}`
        : `${people(body.people)} paged (${step})${why}`,
    method: 'page',
  };
}

const METHODS: Readonly<Record<Of<'page-undelivered'>['method'], string>> = {
  mail: 'mail',
  sms: 'SMS',
  voice: 'phone call',
  push: 'push message',
  webhook: 'a URL of theirs',
  matrix: 'Matrix',
  irc: 'IRC',
};

const RINGS_AGAIN = {
  'acknowledgement-expired': 'rings again, nothing followed its acknowledgement',
  restarted: 'rings again, restarted',
} as const;

function about(pageId: string, { incident }: TimelineContext): string {
  const page = incident.pages.find(({ id }) => id === pageId);
  return page === undefined ? '' : `: ${reasonWords(page.reason)}`;
}

/** The reason as somebody else is told it, and not as the called. */
function reasonWords(reason: PageRef['reason']): string {
  return reason === 'call-in' ? 'called in to help' : pageReason(reason);
}

/** What the middle of a business key (`<incident>:<purpose>:<n>`) stands for. */
const PURPOSES: Readonly<Record<string, string>> = {
  'auto-reply': 'automatic reply to the reporter',
  reply: 'reply to the reporter',
  question: 'question to the reporter',
  reminder: 'reminder',
  'sponsor-told': 'word to the Executive Sponsor',
  asked: 'question to the consulted',
  'handed-off': 'word of the hand-off',
  'reply-returned': 'word of the reply that came back',
};

function effectEnded(body: Of<'effect-ended'>): Said {
  const purpose = body.key.split(':')[1] ?? '';
  if (purpose === 'channel') return { kind: 'channel', text: newsLine(body.outcome), isDocumentLine: false };
  const what = PURPOSES[purpose] ?? readable(purpose);
  const detail = body.detail === null ? '' : ` (${readable(body.detail)})`;
  switch (body.outcome) {
    case 'accepted':
      return {
        kind: 'notified',
        text: purpose in PURPOSES ? `${what} sent` : `${what}: done`,
        method: purpose in PURPOSES ? 'mail' : null,
        // A reply, a question and a word to the sponsor have lines of their own.
        isDocumentLine: purpose === 'auto-reply',
      };
    case 'refused':
      // Nobody was asked to take it: there was nowhere to send it to.
      return body.detail === 'no-address'
        ? { kind: 'notified', text: `${what} not sent: no mail address was left` }
        : { kind: 'notified', text: `${what}: refused by the mail server${detail}`, method: 'mail' };
    case 'withheld':
      return {
        kind: 'notified',
        text: `${what}: withheld${detail}`,
        // Whoever gave no address expects no mail.
        isDocumentLine: body.detail !== 'no-address',
      };
  }
}

/** What the event will be that a fact becomes. */
function eventOf(fact: FactBody): EventBody {
  switch (fact.type) {
    case 'report':
      return { ...fact, type: 'received', policyName: '', policyHash: '' };
    case 'note':
      return { ...fact, type: 'noted' };
    case 'contact-attempt':
      return { ...fact, type: 'contact-attempted' };
    case 'consultation-answer':
      return { ...fact, type: 'consultation-answered' };
    case 'reporter-answer':
      return { ...fact, type: 'question-answered' };
    case 'page-acknowledged':
    case 'page-declined':
    case 'page-undelivered':
    case 'page-climbed':
    case 'page-exhausted':
    case 'reports-joined':
    case 'reports-left':
    case 'reply-returned':
    case 'upload-opened':
    case 'upload-received':
      return fact;
  }
}
