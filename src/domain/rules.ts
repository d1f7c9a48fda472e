import type { AudienceRule, NoticeRule } from './notices/notice.ts';
import type {
  ActionKey,
  Criticality,
  PageReason,
  Part,
  ReportChannel,
  Role,
  SeverityFactor,
  SeverityLevel,
} from './vocabulary.ts';

/**
 * What of the policy decides: frozen into an incident when it begins and given to its workflow as input.
 * It holds no names, addresses or texts of people; those stay in the policy (Postgres) and are looked up
 * when something is sent. All durations are milliseconds.
 */
export interface ProcessRules {
  readonly name: string;
  /** SHA-256 of the whole policy, hex. The first event of an incident names it. */
  readonly hash: string;
  /** The clock from receipt to reply. Source: IC-2, SLA-1. */
  readonly reply: { readonly withinMs: number; readonly warnBeforeMs: number };
  /** From receipt until somebody must be lead, where the report itself brought no time of its own. Source: SLA-2. */
  readonly leadWithinMs: number;
  /** From a suspension request until it must be verified. Source: IC-6 (time is ours). */
  readonly verificationWithinMs: number;
  /** After a row's time is over: the reminder goes out at once, the page and the word to the sponsor this much later. */
  readonly overdue: { readonly pageAfterMs: number; readonly tellSponsorAfterMs: number };
  readonly actions: readonly ActionRule[];
  readonly ladders: Readonly<Record<string, Ladder>>;
  /** Which ladder a page climbs, by its reason. `call-in` has none of its own: it starts with whom it calls. */
  readonly ladderOf: Readonly<Record<PageReason, string>>;
  /** How long an acknowledgement lasts without a step of its owner on that incident. */
  readonly acknowledgementLastsMs: number;
  /**
   * The longest that its owner may snooze a page. Absent where the policy lets none be snoozed, and in what incidents
   * before this rule began with.
   */
  readonly snoozeAtMostMs?: number;
  /** How long before its instant a step is handed to the worker that will take it. */
  readonly armAheadMs: number;
  /** Report channels whose arrival itself pages at once. Source: IC-1 (phone is the preferred channel). */
  readonly pageOnReceipt: readonly ReportChannel[];
  /**
   * True where a page that rings for a phone call stands for that of a missing lead on the same ladder. Absent in what
   * incidents before this rule began with: theirs ring side by side, because their histories have them so.
   */
  readonly phonePageCallsForLead?: boolean;
  readonly channels: Readonly<Record<string, { readonly isSecure: boolean }>>;
  readonly severity: SeverityRule;
  /** Absent in what incidents before there were notices began with: they have none. Source: NM-34. */
  readonly audiences?: Readonly<Record<string, AudienceRule>>;
  readonly notices?: readonly NoticeRule[];
  /**
   * Criticalities for which automation opens a chat channel. Absent where the policy opens none, and in what incidents
   * before this rule began with. Source: NM-20, NM-23.
   */
  readonly channelFor?: readonly Criticality[];
}

/** One row of the actions matrix. Source: IC-20. */
export interface ActionRule {
  readonly key: ActionKey;
  /** Its number in the framework, 1 to 18. */
  readonly row: number;
  readonly title: string;
  /** In the order they are said; see `partsInOrder`. */
  readonly parts: readonly Part[];
  /** True when a later part waits for the earlier one. */
  readonly partsInOrder: boolean;
  readonly applies: readonly Criticality[];
  readonly after: readonly ActionKey[];
  /** From the moment it falls due. */
  readonly withinMs: number;
  readonly isWaivable: boolean;
}

/** Whom a rung rings: holders of a role, one person, or who is on call. Resolved to people when the rung is climbed. */
export type RungTarget =
  { readonly role: Role | 'lead' } | { readonly person: string } | { readonly rota: string };

export interface Rung {
  readonly targets: readonly RungTarget[];
  /** How long the rung waits for an acknowledgement before the next one is climbed. */
  readonly waitMs: number;
}

/** Frozen when a page starts. Source: SLA-2. */
export interface Ladder {
  readonly rungs: readonly Rung[];
  readonly rounds: number;
}

/** Severity from its factors: points per value, thresholds per level, and the reason each value gives. Source: NM-10. */
export interface SeverityRule {
  readonly factors: Readonly<Record<SeverityFactor, Readonly<Record<string, number>>>>;
  /** Least sum of points for each level; `low` is 0. */
  readonly thresholds: Readonly<Record<SeverityLevel, number>>;
  readonly assumptions: readonly SeverityAssumption[];
}

/** Where one factor has that value, another one counts at least as this. Source: NM-12. */
export interface SeverityAssumption {
  readonly when: { readonly factor: SeverityFactor; readonly value: string };
  readonly assume: { readonly factor: SeverityFactor; readonly value: string };
}
