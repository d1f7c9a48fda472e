import type { Incident } from '../incident.ts';
import type { Tlp } from '../tlp.ts';

/** Whom an audience is, as the TLP gate tells them apart. Source: IC-30, NM-34. */
export const AUDIENCE_KINDS = ['own-people', 'party', 'organization', 'community', 'public'] as const;
export type AudienceKind = (typeof AUDIENCE_KINDS)[number];

/** What the process itself sees being reached. Source: NM-34. */
const REACHED_TRIGGERS = [
  'discovery',
  'scope-known',
  'finding',
  'component-resolved',
  'action-items',
  'data-exposed',
  'public-developments',
  'resolved',
  'review-scheduled',
  'review-findings',
] as const;

/** What only people can tell. Source: NM-34. */
const TOLD_TRIGGERS = [
  'indicators',
  'periodic-update',
  'resources-needed',
  'press-inquiries',
  'press-release',
  'affects-people',
] as const;

export const NOTICE_TRIGGERS = [...REACHED_TRIGGERS, ...TOLD_TRIGGERS] as const;
export type NoticeTrigger = (typeof NOTICE_TRIGGERS)[number];

/** Reached again and again in one incident; each of the others is reached once. */
export const RECURRING_TRIGGERS: readonly NoticeTrigger[] = [
  'finding',
  'component-resolved',
  'public-developments',
];

export const NOTICE_STATES = [
  'drafted',
  'discarded',
  'scheduled',
  'sending',
  'sent',
  'stopped',
  'withdrawn',
] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

/** How it is written. The mail of a notice is plain text. Source: IC-31. */
export const NOTICE_FORMATS = ['plain-text'] as const;
export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

/** What of an audience decides: frozen with the rules. Who they are is looked up when something is sent. */
export interface AudienceRule {
  readonly kind: AudienceKind;
  /** The strictest label that a text for it may bear. */
  readonly ceiling: Tlp;
  /** Nobody but the standing CSIRT. To everybody else the Executive Sponsor releases. Source: IC-31. */
  readonly isOfCsirt: boolean;
  /** Key of a channel of the policy. */
  readonly channel: string;
}

/** One cell of the matrix: what makes a draft for whom. Source: NM-34. */
export interface NoticeRule {
  readonly audience: string;
  readonly trigger: NoticeTrigger;
}

/** A text for an audience, from its draft on. */
export interface Notice {
  readonly n: number;
  readonly audience: string;
  /** Null for one that somebody wrote without. */
  readonly trigger: NoticeTrigger | null;
  /** The earlier notice that this one puts right or takes back; it goes to whom that one reached. */
  readonly follows: Followed | null;
  readonly state: NoticeState;
  readonly tlp: Tlp;
  /** Subject, words and, where it is not for all of the audience, for whom. */
  readonly textId: string;
  /** 1, and one more for each time that it was edited: what is released is what was read. */
  readonly revision: number;
  readonly draftedBy: string;
  readonly draftedAt: number;
  readonly release: NoticeRelease | null;
  /** How often it has begun to go out. */
  readonly instance: number;
  /** When it goes out (again); null where it does not by itself. */
  readonly nextAt: number | null;
  /** The last time that it went out. */
  readonly told: NoticeCounts;
}

export interface Followed {
  readonly n: number;
  readonly as: 'correction' | 'withdrawal';
}

/** To whom, when, over what and how: all of it is the releaser's word. Source: IC-31. */
export interface NoticeRelease {
  readonly by: string;
  readonly at: number;
  readonly startsAt: number;
  /** Null for once. */
  readonly everyMs: number | null;
  readonly channel: string;
  readonly format: NoticeFormat;
  readonly consulted: readonly string[];
  readonly reasonTextId: string | null;
}

/** How many recipients; `withheld` by the TLP gate, `stopped` before it was their turn. */
export interface NoticeCounts {
  readonly sent: number;
  readonly refused: number;
  readonly withheld: number;
  readonly stopped: number;
}

export const NOBODY_TOLD: NoticeCounts = { sent: 0, refused: 0, withheld: 0, stopped: 0 };

/** Incidents of before there were notices have none. */
export function noticesOf(incident: Pick<Incident, 'notices'>): readonly Notice[] {
  return incident.notices ?? [];
}

/** Has still something to send by itself. */
export function isUnderWay({ state }: Notice): boolean {
  return state === 'scheduled' || state === 'sending';
}

/** Where the text of a draft stands that the process itself made: known before it is written. */
export function draftTextId(incidentId: string, n: number): string {
  return `${incidentId}-N${n}`;
}

/** The business key of the mails of one going out; each recipient's is made of it. */
export function noticeKey(incidentId: string, { n, instance }: Pick<Notice, 'n' | 'instance'>): string {
  return `${incidentId}:notice:${n}:${instance}`;
}
