import type { Effect } from './effects.ts';
import type { Notice } from './notices/notice.ts';
import type { IncidentChannel } from './incident-channel.ts';
import type { Tlp } from './tlp.ts';
import type {
  ActionKey,
  ActionState,
  ClockState,
  Criticality,
  Criterion,
  Nature,
  PageReason,
  PageState,
  Part,
  ReplyState,
  ReportChannel,
  ReportKind,
  Role,
  ScopeCriterion,
  SeverityFactor,
  SeverityLevel,
  Stage,
  SuspensionAction,
  SuspensionBasis,
  SuspensionState,
  TeamRole,
} from './vocabulary.ts';

/**
 * One incident as its process knows it: ids, enumerations, instants and counters. Words (summaries, reasons,
 * outcomes) stay in the record; `…TextId` names them. Instants are epoch milliseconds. Only `evolve` makes a new one.
 */
export interface Incident {
  readonly id: string;
  readonly policy: { readonly name: string; readonly hash: string };
  /** The number of its last event. */
  readonly version: number;
  readonly stage: Stage;
  /** Where a reopening leads back to. Null while the incident is open. */
  readonly stageBeforeEnd: Stage | null;
  readonly kind: ReportKind;
  readonly isIncident: boolean | null;
  readonly nature: Nature | null;
  readonly scopeCriteria: readonly ScopeCriterion[];
  readonly dependsOnChangeManagement: boolean | null;
  readonly inScope: boolean | null;
  readonly criticality: Criticality | null;
  readonly criteria: readonly Criterion[];
  readonly severity: Severity | null;
  readonly tlp: Tlp;
  /** Of lines of the timeline whose label is not the one they were written with, by number. */
  readonly entryLabels?: Readonly<Record<number, Tlp>>;
  readonly summaryTextId: string | null;
  /** True after a re-assessment in conference lowered the criticality to Normal. */
  readonly isDemoted: boolean;
  readonly lead: string | null;
  readonly team: readonly TeamMember[];
  readonly receivedAt: number;
  readonly endedAt: number | null;
  readonly reports: readonly Report[];
  readonly clocks: readonly Clock[];
  readonly actions: readonly Action[];
  readonly verification: Verification | null;
  readonly suspensions: readonly Suspension[];
  readonly contactAttempts: number;
  readonly consultations: readonly Consultation[];
  readonly pages: readonly PageRef[];
  readonly mergedInto: string | null;
  /** Incidents whose reports this one answers for. */
  readonly mergedFrom: readonly string[];
  /** Outward work that is decided and not yet known to be done, oldest first. */
  readonly effects: readonly Effect[];
  /** Commands already answered, newest last: Temporal forgets update ids when a run continues as new. Bounded. */
  readonly answered: readonly Answered[];
  /** How many of each numbered thing there have been; numbers are never used twice. */
  readonly counters: Counters;
  /** In the order of their numbers, which are never used twice. Absent where there was none; see `noticesOf`. */
  readonly notices?: readonly Notice[];
  /** Absent while none was asked for. */
  readonly channel?: IncidentChannel;
}

export interface Counters {
  readonly replies: number;
  readonly questions: number;
  readonly pages: number;
}

export interface Answered {
  readonly commandId: string;
  readonly version: number;
}

export interface Severity {
  readonly level: SeverityLevel;
  readonly points: number;
  readonly factors: Readonly<Record<SeverityFactor, string>>;
}

export interface TeamMember {
  readonly username: string;
  readonly role: TeamRole;
}

export interface Report {
  readonly id: string;
  readonly channel: ReportChannel;
  readonly kind: ReportKind;
  readonly receivedAt: number;
  /** The responder who entered a call; null for what came by itself. */
  readonly enteredBy: string | null;
  readonly reply: ReplyState;
  readonly repliedAt: number | null;
  /** The incident it was reported to, where that was merged into this one. */
  readonly mergedFrom: string | null;
  /** True while nobody has read what no machine could. */
  readonly isUnread?: boolean;
  /** The last reply by mail came back, and none has followed it: when, and the far server's code. */
  readonly returned?: { readonly at: number; readonly code: string };
}

/** `reply` and one report · `lead` · `verification` · `action:<key>`. */
export interface Clock {
  readonly name: string;
  readonly reportId: string | null;
  readonly startedAt: number;
  readonly dueAt: number;
  readonly state: ClockState;
  readonly stoppedAt: number | null;
  readonly by: string | null;
  /** Why it was excused: a stage, or a word such as `unnecessary`. */
  readonly reason: string | null;
  /** How many of the clock's own steps (warning, breach, page …) have been taken. */
  readonly stepsTaken: number;
}

export interface Action {
  readonly key: ActionKey;
  readonly state: ActionState;
  readonly parts: readonly PartDone[];
  readonly designee: string | null;
  readonly dueAt: number | null;
  /** Why it is waived: the text's id. */
  readonly reasonTextId: string | null;
  /** Outcomes of earlier passes, kept when a row is to be done again. */
  readonly earlierParts: readonly PartDone[];
}

export interface PartDone {
  readonly part: Part;
  readonly by: string;
  readonly at: number;
  readonly textId: string | null;
  readonly isWaived: boolean;
  /** What of the outcome decides something: `needed` for external help, and so on. */
  readonly facts: OutcomeFacts;
}

/** The parts of an outcome that the process itself looks at; everything else of it is words. */
export interface OutcomeFacts {
  readonly needed?: boolean;
  readonly identity?: 'yes' | 'no' | 'unknown';
  readonly health?: 'yes' | 'no' | 'unknown';
  readonly channel?: string;
  /** Who wrote down what a conference decided. Absent in what was said before the process looked at it. */
  readonly documentedBy?: string;
}

export interface Verification {
  readonly result: 'confirmed' | 'refuted';
  readonly by: string;
  readonly at: number;
  /** Contact, channel and note. */
  readonly textId: string;
}

export interface Suspension {
  readonly n: number;
  readonly action: SuspensionAction;
  readonly basis: SuspensionBasis;
  readonly state: SuspensionState;
  readonly decidedBy: string;
  readonly decidedAt: number;
  /** When its present state was reached. */
  readonly since: number;
  /** Participant, reason and impact. */
  readonly textId: string;
}

export interface Consultation {
  readonly n: number;
  readonly asked: string;
  readonly askedBy: string;
  readonly askedAt: number;
  readonly textId: string;
  /** The latest answer. */
  readonly answerTextId: string | null;
  readonly answeredAt: number | null;
  /** Those before it, oldest first. Absent while there was one answer at most. */
  readonly earlierAnswers?: readonly Answer[];
}

export interface Answer {
  readonly textId: string;
  readonly at: number;
}

/** A call to a human, as the incident knows it; its rungs and attempts are rows of their own. */
export interface PageRef {
  readonly id: string;
  readonly reason: PageReason;
  /** The clock whose end also ends the page: its name and report. Null for calls without one. */
  readonly clock: { readonly name: string; readonly reportId: string | null } | null;
  readonly target: PageTarget;
  readonly state: PageState;
  /** The instant of its first message; before it the page is armed and nobody has been rung. */
  readonly startsAt: number;
  /** How often it has begun at its first rung: 1, and one more for each expiry, restart or handing on. */
  readonly ring: number;
  /** The highest rung climbed in this ring; 0 while nobody has been rung. */
  readonly rung: number;
  readonly acknowledgedBy: string | null;
  /** When the acknowledgement expires if its owner does nothing. Null when it needs no further step. */
  readonly acknowledgedUntil: number | null;
  readonly noteTextId: string | null;
  /** Why an ended page was cancelled. */
  readonly cancelledBecause: string | null;
}

/** A named ladder of the policy, or a person or role whom the ladder is put behind. */
export type PageTarget =
  | { readonly ladder: string }
  | { readonly person: string; readonly then: string }
  | { readonly role: Role | 'lead'; readonly then: string };
