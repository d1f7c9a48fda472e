import type { Actor } from './actor.ts';
import type { ContactKind } from './contact.ts';
import type { Assessment, JoinedReport, ReportFacts } from './events.ts';
import type { OpenedRoom } from './incident-channel.ts';
import type { Incident, OutcomeFacts, PageTarget } from './incident.ts';
import type { NoticeCounts } from './notices/notice.ts';
import type { NoticeStep } from './notices/steps.ts';
import type { UploadEventBody } from './upload.ts';
import type { Tlp } from './tlp.ts';
import type {
  ActionKey,
  HandOffBasis,
  NoteKind,
  Part,
  ReportKind,
  SeverityFactor,
  SuspensionAction,
  SuspensionBasis,
  TeamRole,
} from './vocabulary.ts';

/**
 * A step that somebody asks for. It can be refused. Words were stored before it and are named by id.
 * `commandId` is the person and the idempotency key together: the same one is never taken twice.
 */
export interface Command {
  readonly commandId: string;
  readonly by: Actor;
  readonly step: Step;
}

/** Without a severity: that is worked out from the factors and the rules. */
export type AssessmentStep = Omit<Assessment, 'severity'> & {
  readonly severityFactors: Readonly<Record<SeverityFactor, string>> | null;
};

export type Step =
  | {
      readonly verb: 'lead';
      readonly username: string;
      readonly isCsirt: boolean;
      readonly reasonTextId: string | null;
    }
  | { readonly verb: 'kind'; readonly kind: ReportKind; readonly textId: string }
  | {
      readonly verb: 'reply';
      readonly how: 'mail' | 'phone' | 'unnecessary' | 'unreachable';
      /** Null: every report still owed one. */
      readonly reportIds: readonly string[] | null;
      readonly textId: string;
      readonly tlp: Tlp;
      /** When a call was made; null for now. */
      readonly at: number | null;
    }
  | { readonly verb: 'question'; readonly textId: string; readonly tlp: Tlp }
  | ({ readonly verb: 'assessment' } & AssessmentStep)
  | ({ readonly verb: 'reassessment' } & AssessmentStep & {
        readonly hasConference: boolean;
        readonly again: readonly ActionKey[];
      })
  | { readonly verb: 'hand-off'; readonly basis: HandOffBasis; readonly textId: string }
  | { readonly verb: 'dismiss'; readonly textId: string }
  | {
      readonly verb: 'merge';
      readonly into: string;
      /** What the record says of the target at that moment. */
      readonly target: { readonly isOpen: boolean; readonly criticality: Incident['criticality'] } | null;
      readonly textId: string;
    }
  | { readonly verb: 'reopen'; readonly again: readonly ActionKey[]; readonly textId: string }
  | {
      readonly verb: 'complete';
      readonly key: ActionKey;
      readonly part: Part | null;
      readonly textId: string;
      readonly facts: OutcomeFacts;
    }
  | {
      readonly verb: 'correct';
      readonly key: ActionKey;
      readonly part: Part | null;
      readonly textId: string;
      readonly facts: OutcomeFacts;
    }
  | { readonly verb: 'waive'; readonly key: ActionKey; readonly part: Part | null; readonly textId: string }
  | { readonly verb: 'designate'; readonly key: ActionKey; readonly username: string }
  | {
      readonly verb: 'request-verification';
      readonly result: 'confirmed' | 'refuted';
      readonly textId: string;
    }
  | {
      readonly verb: 'suspensions';
      readonly action: SuspensionAction;
      readonly basis: SuspensionBasis;
      readonly hasImpact: boolean;
      readonly textId: string;
    }
  | {
      readonly verb: 'suspension-done' | 'suspension-lift' | 'suspension-lifted';
      readonly n: number;
      readonly textId: string | null;
    }
  | { readonly verb: 'consultations'; readonly asked: string; readonly textId: string }
  | { readonly verb: 'team'; readonly username: string; readonly role: TeamRole }
  | { readonly verb: 'team-remove'; readonly username: string; readonly textId: string }
  | { readonly verb: 'pages'; readonly target: PageTarget; readonly textId: string | null }
  | { readonly verb: 'page-restart'; readonly pageId: string }
  | {
      readonly verb: 'page-hand-on';
      readonly pageId: string;
      readonly to: string;
      /** Whether the record has the author among those whom this page rang or names; the process does not know them. */
      readonly isPaged: boolean;
      readonly textId: string | null;
    }
  | {
      readonly verb: 'page-snooze';
      readonly pageId: string;
      /** From the moment it is decided: the clocks of two machines differ, and the limit is exact. */
      readonly forMs: number;
      readonly isPaged: boolean;
    }
  | {
      readonly verb: 'label';
      readonly tlp: Tlp;
      /** A line of the timeline with its label until now, as the record has it; null for the incident as a whole. */
      readonly entry: { readonly seq: number; readonly tlp: Tlp } | null;
      readonly textId: string;
    }
  | { readonly verb: 'close'; readonly textId: string }
  | NoticeStep
  | { readonly verb: 'channel' };

export type DecisionVerb = Step['verb'];

/**
 * Something that happened and cannot be refused. It was written to the incident's inbox before its teller
 * was answered; `factId` is that row, and the same one is taken up once.
 */
export interface Fact {
  readonly factId: string;
  readonly by: string;
  readonly at: number;
  readonly fact: FactBody;
}

export type FactBody =
  | ({ readonly type: 'report' } & ReportFacts)
  | {
      readonly type: 'note';
      readonly kind: NoteKind;
      readonly textId: string;
      readonly tlp: Tlp;
      readonly corrects: number | null;
    }
  | { readonly type: 'contact-attempt'; readonly textId: string }
  | { readonly type: 'consultation-answer'; readonly n: number; readonly textId: string }
  | { readonly type: 'reporter-answer'; readonly reportId: string; readonly textId: string }
  | { readonly type: 'page-acknowledged'; readonly pageId: string }
  | { readonly type: 'page-declined'; readonly pageId: string }
  | {
      readonly type: 'page-undelivered';
      readonly pageId: string;
      readonly person: string;
      readonly method: ContactKind;
      readonly code: string;
    }
  | {
      readonly type: 'page-climbed';
      readonly pageId: string;
      readonly ring: number;
      readonly round: number;
      readonly rung: number;
      readonly people: readonly string[];
    }
  | {
      readonly type: 'page-exhausted';
      readonly pageId: string;
      readonly ring: number;
      readonly rounds: number;
    }
  | { readonly type: 'reports-joined'; readonly from: string; readonly reports: readonly JoinedReport[] }
  | { readonly type: 'reports-left'; readonly to: string; readonly reportIds: readonly string[] }
  | {
      readonly type: 'reply-returned';
      readonly reportId: string;
      readonly key: string;
      readonly sentAt: number;
      readonly code: string;
      readonly textId: string;
    }
  | UploadEventBody;

/** What became of outward work; told by the activity that did it. */
export interface EffectResult {
  readonly key: string;
  readonly outcome: 'accepted' | 'refused' | 'withheld';
  readonly detail: string | null;
  readonly at: number;
  /** Of a notice: how many it reached. */
  readonly told?: NoticeCounts;
  /** Of a channel that was opened. */
  readonly room?: OpenedRoom;
}
