/** Whether those who will be called can be reached, and what stands in the way. Source: SLA-2; ours. */

/** How far ahead it is looked. */
export const READINESS_DAYS = 14;

/** A turn that began before now is as long as it is: longer than the longest that nobody minds. */
export const READINESS_LOOK_BACK_MS = 9 * 86_400_000;

/** So many messages in a row that came to nothing are no accident. */
export const VAIN_MESSAGES_MAX = 3;

export const FINDING_KINDS = [
  'unknown-person',
  'unreachable',
  'only-by-mail',
  'contacts-failed',
  'mail-refused',
  'gap',
  'uneven',
  'long-turn',
  'two-rotas',
  'one-member',
  'one-way',
  'one-person',
  'nobody',
  'role-unheld',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Somebody who would be called in vain, or what makes that likelier. */
export const FINDING_SEVERITIES = ['cannot-be-reached', 'warning'] as const;
export type FindingSeverity = (typeof FINDING_SEVERITIES)[number];

/** One thing to put right. It is about a person, a rota or a ladder, and may name two of them. */
export interface Finding {
  readonly severity: FindingSeverity;
  readonly kind: FindingKind;
  readonly who: string | null;
  readonly rota: string | null;
  readonly ladder: string | null;
  /** One sentence that names them. */
  readonly what: string;
  /** Of the time that it is about; null when it is so at any time. */
  readonly from: number | null;
  readonly until: number | null;
}

/** One who is on call or on a ladder, and the ways to them that are believed to work. */
export interface ReadyPerson {
  readonly username: string;
  /** When they are on call next, or since when within the time looked at; null when they are not. */
  readonly onCallFrom: number | null;
  readonly ways: {
    readonly verified: number;
    readonly failed: number;
    /** The address of the policy, unless it refused the last message. */
    readonly policy: boolean;
  };
}

export interface OnCallReadiness {
  readonly from: number;
  readonly until: number;
  /** Who cannot be reached comes first. */
  readonly findings: readonly Finding[];
  /** By username. */
  readonly people: readonly ReadyPerson[];
}
