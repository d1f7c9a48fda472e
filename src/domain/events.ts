import type { ContactKind } from './contact.ts';
import type { ChannelEventBody } from './incident-channel.ts';
import type { OutcomeFacts, PageTarget, Severity } from './incident.ts';
import type { NoticeEvent } from './notices/events.ts';
import type { UploadEventBody } from './upload.ts';
import type { Tlp } from './tlp.ts';
import type {
  ActionKey,
  Criticality,
  Criterion,
  HandOffBasis,
  Nature,
  NoteKind,
  PageReason,
  Part,
  ReplyState,
  ReportChannel,
  ReportKind,
  ScopeCriterion,
  SuspensionAction,
  SuspensionBasis,
  SuspensionState,
  TeamRole,
} from './vocabulary.ts';

/**
 * What happened, in order: the timeline itself. Events hold no words; `…TextId` names them in the record.
 * `at` is when it happened (a late note may lie in the past), `recordedAt` when the process took it up.
 */
export interface IncidentEvent {
  readonly seq: number;
  readonly at: number;
  readonly recordedAt: number;
  readonly by: string;
  /** The command or fact it answers; null for what the clock did. All events of one command share it. */
  readonly commandId: string | null;
  readonly body: EventBody;
}

export interface ReportFacts {
  readonly reportId: string;
  readonly channel: ReportChannel;
  readonly kind: ReportKind;
  readonly receivedAt: number;
  readonly enteredBy: string | null;
  /** From receipt until somebody must be lead: by channel and hour, worked out at the door. */
  readonly leadWithinMs: number;
  readonly tlp: Tlp;
  /** False where its channel owes none, an open list for one; owed when absent. Source: NM-1. */
  readonly owesReply?: boolean;
  /** True where its mailbox calls somebody at once, whatever other reports by mail do. Source: NM-1. */
  readonly pagesAtOnce?: boolean;
  /** True where no machine could read it: a person has to. */
  readonly isUnread?: boolean;
}

export interface Assessment {
  readonly isIncident: boolean;
  readonly nature: Nature | null;
  readonly dependsOnChangeManagement: boolean;
  readonly scopeCriteria: readonly ScopeCriterion[];
  readonly criticality: Criticality | null;
  readonly criteria: readonly Criterion[];
  readonly tlp: Tlp;
  readonly severity: Severity | null;
  readonly textId: string;
}

export type EventBody =
  | ({ readonly type: 'received' } & ReportFacts & {
        readonly policyName: string;
        readonly policyHash: string;
      })
  | {
      readonly type: 'lead-named';
      readonly lead: string;
      readonly from: string | null;
      readonly textId: string | null;
    }
  | { readonly type: 'kind-corrected'; readonly kind: ReportKind; readonly textId: string }
  | {
      readonly type: 'reply-sending';
      readonly n: number;
      readonly reportIds: readonly string[];
      readonly textId: string;
      readonly tlp: Tlp;
    }
  | {
      /** A reply that reached its end: the mail server took it, a call was made, or a decision replaced it. */
      readonly type: 'replied';
      readonly reportIds: readonly string[];
      readonly how: Exclude<ReplyState, 'owed' | 'sending'>;
      readonly method: 'mail' | 'phone' | null;
      readonly textId: string | null;
    }
  | {
      readonly type: 'question-asked';
      readonly n: number;
      readonly reportIds: readonly string[];
      readonly textId: string;
      readonly tlp: Tlp;
    }
  | { readonly type: 'question-answered'; readonly reportId: string; readonly textId: string }
  | ({ readonly type: 'assessed' } & Assessment)
  | ({ readonly type: 'reassessed' } & Assessment & {
        readonly hasConference: boolean;
        readonly again: readonly ActionKey[];
        /** What it was before; null where it had none. Absent where that was not recorded yet. */
        readonly criticalityBefore?: Criticality | null;
      })
  | {
      readonly type: 'part-done';
      readonly key: ActionKey;
      readonly part: Part;
      readonly textId: string | null;
      readonly facts: OutcomeFacts;
    }
  | {
      readonly type: 'part-corrected';
      readonly key: ActionKey;
      readonly part: Part;
      readonly textId: string;
      readonly facts: OutcomeFacts;
    }
  | { readonly type: 'part-waived'; readonly key: ActionKey; readonly part: Part; readonly textId: string }
  | { readonly type: 'designated'; readonly key: ActionKey; readonly username: string }
  | { readonly type: 'verified'; readonly result: 'confirmed' | 'refuted'; readonly textId: string }
  | {
      readonly type: 'suspension-decided';
      readonly n: number;
      readonly action: SuspensionAction;
      readonly basis: SuspensionBasis;
      readonly textId: string;
    }
  | {
      readonly type: 'suspension-moved';
      readonly n: number;
      readonly state: Exclude<SuspensionState, 'decided'>;
      readonly textId: string | null;
    }
  | { readonly type: 'contact-attempted'; readonly textId: string }
  | {
      readonly type: 'consultation-asked';
      readonly n: number;
      readonly asked: string;
      readonly textId: string;
    }
  | { readonly type: 'consultation-answered'; readonly n: number; readonly textId: string }
  | { readonly type: 'team-joined'; readonly username: string; readonly role: TeamRole }
  | { readonly type: 'team-left'; readonly username: string; readonly textId: string }
  | {
      readonly type: 'noted';
      readonly kind: NoteKind;
      readonly textId: string;
      readonly tlp: Tlp;
      readonly corrects: number | null;
    }
  | {
      /** Another label for the incident, or for a line of its timeline. */
      readonly type: 'relabelled';
      readonly tlp: Tlp;
      readonly from: Tlp;
      readonly seq: number | null;
      readonly textId: string;
    }
  | { readonly type: 'handed-off'; readonly basis: HandOffBasis; readonly textId: string }
  | { readonly type: 'dismissed'; readonly textId: string }
  | { readonly type: 'merged'; readonly into: string; readonly textId: string }
  | {
      readonly type: 'reports-joined';
      readonly from: string;
      readonly reports: readonly JoinedReport[];
    }
  | { readonly type: 'reports-left'; readonly to: string; readonly reportIds: readonly string[] }
  | {
      readonly type: 'reopened';
      readonly again: readonly ActionKey[];
      /** The incident that holds its reports since a merge; null after another end. */
      readonly wasMergedInto: string | null;
      readonly textId: string;
    }
  | { readonly type: 'closed'; readonly textId: string }
  | {
      /** A clock reached one of its instants. */
      readonly type: 'clock-stepped';
      readonly clock: string;
      readonly reportId: string | null;
      readonly step: ClockStepName;
      readonly dueAt: number;
    }
  | {
      readonly type: 'page-started';
      readonly pageId: string;
      readonly reason: PageReason;
      readonly clock: { readonly name: string; readonly reportId: string | null } | null;
      readonly target: PageTarget;
      readonly startsAt: number;
      readonly textId: string | null;
    }
  | {
      /** It rings again from its first rung, its rounds counted anew. */
      readonly type: 'page-rang-again';
      readonly pageId: string;
      readonly because: 'acknowledgement-expired' | 'restarted';
      readonly startsAt: number;
    }
  | {
      /** One rung was climbed. `people` is empty where the rung had nobody, which is said here. */
      readonly type: 'page-climbed';
      readonly pageId: string;
      readonly round: number;
      readonly rung: number;
      readonly people: readonly string[];
      /** In which ring: one that comes late, after the page began anew, says nothing of the present ring. */
      readonly ring?: number;
    }
  | { readonly type: 'page-acknowledged'; readonly pageId: string }
  | {
      /** A message of it was refused, or did not arrive: its person is not reached that way. */
      readonly type: 'page-undelivered';
      readonly pageId: string;
      readonly person: string;
      readonly method: ContactKind;
      /** The far side's code, or a word of ours. */
      readonly code: string;
    }
  /** "Not me": the page rings on and climbs at once. */
  | { readonly type: 'page-declined'; readonly pageId: string }
  | {
      /** It rings anew: the named person first, then the ladder it had, its rounds counted anew. */
      readonly type: 'page-handed-on';
      readonly pageId: string;
      readonly to: string;
      readonly startsAt: number;
      readonly textId: string | null;
    }
  | {
      /** Its owner keeps it, and it rings again then if nothing follows. */
      readonly type: 'page-snoozed';
      readonly pageId: string;
      readonly until: number;
    }
  | {
      readonly type: 'page-exhausted';
      readonly pageId: string;
      readonly rounds: number;
      readonly ring?: number;
    }
  | { readonly type: 'page-cancelled'; readonly pageId: string; readonly because: string }
  | {
      /** Outward work came to its end: `accepted` by the far side, or `refused` for good. */
      readonly type: 'effect-ended';
      readonly key: string;
      readonly outcome: 'accepted' | 'refused' | 'withheld';
      /** A word of ours, never the far side's text: `550`, `no-address`, `label`. */
      readonly detail: string | null;
    }
  | {
      /** A reply by mail did not arrive, after a mail server had accepted it: the report is owed one again. */
      readonly type: 'reply-returned';
      readonly reportId: string;
      /** Of the mail: `<incident>:reply:<n>:<report>`. */
      readonly key: string;
      /** When it had been accepted. */
      readonly sentAt: number;
      /** What the far server said, as a code: `5.1.1`, or a word of ours. */
      readonly code: string;
      readonly textId: string;
    }
  | NoticeEvent
  | ChannelEventBody
  | UploadEventBody;

export interface JoinedReport {
  readonly id: string;
  readonly channel: ReportChannel;
  readonly kind: ReportKind;
  readonly receivedAt: number;
  readonly enteredBy: string | null;
  /** How far it is answered where it comes from. */
  readonly reply: ReplyState;
  readonly repliedAt: number | null;
  /** True while nobody there has read what no machine could. */
  readonly isUnread?: boolean;
}

export type ClockStepName = 'warned' | 'breached' | 'paged' | 'sponsor-told';
export type EventType = EventBody['type'];
