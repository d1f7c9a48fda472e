/**
 * The closed lists of words that clients, rows and workflows share. Each list is the type and the
 * check at the door at once. Source: the two framework documents, by way of docs/glossary.md.
 */

/** Where an incident stands. The last three and `closed` are ends; an end can be reopened. */
export const STAGES = [
  'received',
  'triage',
  'response',
  'review',
  'closed',
  'handed-off',
  'merged',
  'dismissed',
] as const;
export type Stage = (typeof STAGES)[number];
export type OpenStage = 'received' | 'triage' | 'response' | 'review';
export type EndStage = Exclude<Stage, OpenStage>;

/** What a report says it is; triage may say otherwise later. */
export const REPORT_KINDS = [
  'incident',
  'vulnerability',
  'suspension-request',
  'law-enforcement',
  'inquiry',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** How a report came in. Source: IC-1. */
export const REPORT_CHANNELS = ['form', 'phone', 'mail'] as const;
export type ReportChannel = (typeof REPORT_CHANNELS)[number];

/** Source: IC-13. From the least to the most critical. */
export const CRITICALITIES = ['normal', 'escalation', 'emergency'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

/** Source: IC-12. */
export const NATURES = ['neglect', 'compromising-use', 'harmful-use', 'vulnerability-disclosure'] as const;
export type Nature = (typeof NATURES)[number];

/** Source: IC-11. */
export const SCOPE_CRITERIA = [
  'operations-or-providers',
  'participant-systems-or-keys',
  'other-trust-service-operation',
] as const;
export type ScopeCriterion = (typeof SCOPE_CRITERIA)[number];

/** Source: IC-13. The first two make an Escalation, the others an Emergency. */
export const CRITERIA = [
  'production-systems',
  'change-control-needed',
  'health-and-safety',
  'critical-trust-controls',
  'ability-to-provide-services',
  'deemed-by-policy',
  'deemed-by-sponsor',
] as const;
export type Criterion = (typeof CRITERIA)[number];

/** The rows of the actions matrix, in the framework's order. Source: IC-20. */
export const ACTION_KEYS = [
  'initial-assessment',
  'engage-legal',
  'protected-information',
  'insurance-notice',
  'contact-executive',
  'convene-csirt',
  'deliver-assessment',
  'reassess',
  'external-help',
  'initial-remediation',
  'involve-others',
  'agree-plan',
  'engage-actors',
  'act-on-plan',
  'post-action-report',
  'further-measures',
  'act-on-next-steps',
  'after-action-review',
] as const;
export type ActionKey = (typeof ACTION_KEYS)[number];

export const ACTION_STATES = ['pending', 'due', 'done', 'waived', 'not-applicable'] as const;
export type ActionState = (typeof ACTION_STATES)[number];

/** Who says their part of a row. */
export const PARTS = ['lead', 'legal', 'executive', 'csirt'] as const;
export type Part = (typeof PARTS)[number];

export const CLOCK_STATES = ['running', 'met', 'breached', 'excused'] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

export const REPLY_STATES = ['owed', 'sending', 'sent', 'unnecessary', 'unreachable'] as const;
export type ReplyState = (typeof REPLY_STATES)[number];

/** Standing roles that the policy gives to people. Source: IC-24. */
export const ROLES = [
  'csirt',
  'executive',
  'legal',
  'general-counsel',
  'communications',
  'ren-isac',
  'operations',
  'auditor',
  'admin',
] as const;
export type Role = (typeof ROLES)[number];

/** Roles to which somebody is appointed on one incident. Source: IC-24. */
export const TEAM_ROLES = [
  'communications',
  'operations',
  'ciso',
  'steering-liaison',
  'ops-advisory-liaison',
  'ren-isac',
  'law-enforcement-liaison',
  'legal',
  'internal',
  'sme',
  'action-team',
] as const;
export type TeamRole = (typeof TEAM_ROLES)[number];

export const HAND_OFF_BASES = [
  'out-of-scope',
  'not-an-incident',
  'normal',
  'demoted',
  'law-enforcement',
] as const;
export type HandOffBasis = (typeof HAND_OFF_BASES)[number];

export const SEVERITY_LEVELS = ['low', 'medium', 'high', 'critical'] as const;
export type SeverityLevel = (typeof SEVERITY_LEVELS)[number];

/** Source: NM-10. */
export const SEVERITY_FACTORS = [
  'vulnerabilityType',
  'exploitability',
  'disclosure',
  'exposure',
  'exploitation',
  'publicity',
  'dataAtRisk',
] as const;
export type SeverityFactor = (typeof SEVERITY_FACTORS)[number];

export const PAGE_STATES = ['ringing', 'acknowledged', 'exhausted', 'cancelled'] as const;
export type PageState = (typeof PAGE_STATES)[number];

export const PAGE_REASONS = [
  'no-lead',
  'reply-due',
  'reply-breached',
  'action-overdue',
  'call-in',
  'law-enforcement',
  'phone',
  'verification',
] as const;
export type PageReason = (typeof PAGE_REASONS)[number];

/** Source: IC-6. */
export const SUSPENSION_ACTIONS = ['revoke-credentials', 'remove-metadata', 'change-metadata'] as const;
export type SuspensionAction = (typeof SUSPENSION_ACTIONS)[number];
export const SUSPENSION_BASES = ['verified-request', 'unacceptable-risk'] as const;
export type SuspensionBasis = (typeof SUSPENSION_BASES)[number];
export const SUSPENSION_STATES = ['decided', 'done', 'lift-decided', 'lifted'] as const;
export type SuspensionState = (typeof SUSPENSION_STATES)[number];

/** The kinds of a timeline item. Source: NM-24. */
export const TIMELINE_KINDS = [
  'received',
  'replied',
  'question',
  'answer',
  'lead',
  'kind',
  'assessed',
  'label',
  'action',
  'waived',
  'notified',
  'escalated',
  'acknowledged',
  'exhausted',
  'clock',
  'team',
  'disclosed',
  'embargo',
  'vendor-contact',
  'contact-attempt',
  'consultation',
  'verification',
  'suspension',
  'finding',
  'release',
  'component-resolved',
  'resolved',
  'review-scheduled',
  'merged',
  'dismissed',
  'handed-off',
  'reopened',
  'closed',
  'note',
  'notice',
  'channel',
  'upload',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** The kinds a person may give to a line they write; the others are written by the process itself. */
export const NOTE_KINDS = [
  'disclosed',
  'embargo',
  'vendor-contact',
  'notified',
  'escalated',
  'finding',
  'release',
  'component-resolved',
  'resolved',
  'review-scheduled',
  'note',
] as const satisfies readonly TimelineKind[];
export type NoteKind = (typeof NOTE_KINDS)[number];

/** ISO 8601 counts them so: Monday is 1. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
