import type { Letters } from './letters.ts';
import type { Mailbox } from './message.ts';
import type { AudienceKind, NoticeTrigger } from './notices/notice.ts';
import type { NoticeTemplate } from './notices/templates.ts';
import type { RotaPlan } from './rota.ts';
import type { ProcessRules } from './rules.ts';
import type { Tlp } from './tlp.ts';
import type {
  Criticality,
  Criterion,
  Nature,
  ReportChannel,
  Role,
  ScopeCriterion,
  SeverityFactor,
} from './vocabulary.ts';

/**
 * The whole policy: what the two source documents and the organization fix, as data. `rules` is the part that
 * decides and is frozen into each incident; the rest is looked up when it is shown or sent.
 */
export interface Policy {
  readonly rules: ProcessRules;
  readonly organization: Organization;
  readonly calendar: BusinessCalendar;
  readonly people: readonly Person[];
  readonly channels: readonly Channel[];
  /** Where mail comes in; the first also takes what is for none of them. Absent where the policy has none. */
  readonly mailboxes?: readonly Mailbox[];
  /** One address gets at most so many automatic answers in 24 hours; further reports are taken in without one. */
  readonly automaticAnswersPerDay?: number;
  readonly leadTimes: readonly LeadTime[];
  readonly directory: readonly Participant[];
  readonly scopeCriteria: readonly Choice<ScopeCriterion>[];
  readonly natures: readonly Choice<Nature>[];
  /** What each criticality means; `criteria` says what makes the upper two. */
  readonly criticalities: readonly Choice<Criticality>[];
  readonly criteria: readonly (Choice<Criterion> & { readonly makes: 'escalation' | 'emergency' })[];
  readonly severityFactors: readonly {
    readonly factor: SeverityFactor;
    readonly values: readonly { readonly value: string; readonly points: number; readonly text: string }[];
    readonly source: string;
  }[];
  readonly tlp: readonly TlpEntry[];
  /** How our letters are worded. Of the policy in force, as people and addresses are. */
  readonly letters: Letters;
  readonly retentionYears: number;
  readonly paging: Paging;
  /** Hosts, `hooks.example.org` or `10.0.0.7:8443`, that messages to people may go to although they are not public. */
  readonly egressAllow: readonly string[];
  /** What the rotas begin with; afterwards they are changed where they are kept. Absent where the policy has none. */
  readonly rotas?: readonly RotaPlan[];
  /** Whom notices are for, and what makes a draft for whom. Absent where the policy has none. Source: NM-34. */
  readonly audiences?: readonly Audience[];
  readonly notices?: readonly NoticeCell[];
}

/** Whom something may be told to. Source: IC-32, NM-34. */
export interface Audience {
  readonly key: string;
  readonly title: string;
  readonly kind: AudienceKind;
  readonly to: AudienceMembers;
  /** Key of a channel. */
  readonly channel: string;
  /** The strictest label that a text for it may bear. */
  readonly ceiling: Tlp;
  readonly source: string;
}

/** People of ours by role, addresses of lists, or the security contacts of the participants. */
export type AudienceMembers =
  | { readonly roles: readonly Role[] }
  | { readonly addresses: readonly string[] }
  | { readonly directory: 'participants' };

/** One cell of the matrix: audience by trigger. */
export interface NoticeCell {
  readonly audience: string;
  readonly trigger: NoticeTrigger;
  readonly template: NoticeTemplate;
  readonly source: string;
}

/** How people are reached. Of the policy in force, not of the one that an incident began with. Source: SLA-2; ours. */
export interface Paging {
  /** One contact gets at most one page in this time; what comes meanwhile goes together in the next one. */
  readonly oneMessagePerMs: number;
  /** Without an answer a person's next contact is tried after so long, while the page still rings. */
  readonly nextContactAfterMs: number;
  readonly linkLastsMs: number;
  /** Within which a contact must be verified. */
  readonly codeLastsMs: number;
  /** Who hands over and who takes over are told so long before. */
  readonly shiftNoticeBeforeMs: number;
}

export interface Organization {
  readonly name: string;
  readonly csirt: string;
  readonly mail: string;
  readonly phone: string;
  /** Outside business hours mail may wait this long. Source: IC-3. */
  readonly mailNoticedWithinMs: number;
}

/** Business hours in the organization's own time zone. */
export interface BusinessCalendar {
  readonly timeZone: string;
  readonly days: readonly {
    readonly weekday: 1 | 2 | 3 | 4 | 5 | 6 | 7;
    /** Minutes after local midnight. */
    readonly fromMinute: number;
    readonly toMinute: number;
  }[];
  /** Local dates, `2026-12-25`. */
  readonly holidays: readonly string[];
}

export interface Person {
  readonly username: string;
  readonly name: string;
  readonly mail: string;
  readonly roles: readonly Role[];
}

/** A way people talk to each other. Source: NM-1, NM-5. */
export interface Channel {
  readonly key: string;
  readonly title: string;
  readonly timing: 'realtime' | 'asynchronous';
  readonly shape: 'one-to-one' | 'one-to-many' | 'many-to-many';
  readonly openness: 'confidential' | 'semi-confidential' | 'internal-open' | 'public';
  readonly isSecure: boolean;
  /** True where a contact in the directory may be reached over it to verify a request. Source: IC-6. */
  readonly isTrustedForVerification: boolean;
  /** Intake priority, ascending; null for what takes no reports. Source: NM-1. */
  readonly intakePriority: number | null;
  readonly owesReply: boolean;
  readonly source: string;
}

/** The first entry that matches says how soon somebody must be lead. */
export interface LeadTime {
  readonly channel: ReportChannel | 'any';
  readonly hours: 'business' | 'other' | 'any';
  readonly withinMs: number;
}

/** A participant of the federation and how it is reached out of band. Source: IC-6. */
export interface Participant {
  readonly key: string;
  readonly name: string;
  readonly contacts: readonly {
    readonly key: string;
    readonly name: string;
    readonly position: 'executive' | 'administrator' | 'security';
    /** Channel key to address on it. */
    readonly channels: Readonly<Record<string, string>>;
  }[];
}

/** A criterion shown where the choice is made. */
export interface Choice<Key extends string> {
  readonly key: Key;
  readonly text: string;
  readonly source: string;
}

export interface TlpEntry {
  readonly label: Tlp;
  readonly whenToUse: string;
  readonly howToShare: string;
}
