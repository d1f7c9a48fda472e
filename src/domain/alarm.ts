import type { Policy } from './policy.ts';
import type { Ladder } from './rules.ts';

/** When those who run the system are called because of what the audit has found. Source: SLA-2, ours. */

export const ALARM_STATES = ['ringing', 'acknowledged', 'exhausted', 'mended'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** What lasts for a second look of the audit is no passing moment. Less than the minute between two. */
const LASTS_MS = 50_000;

/** These have lasted already when they are found. */
const LASTED_ALREADY: readonly string[] = ['workflow-failing', 'temporal-away', 'audit-silent'];

/** An alarm that was acknowledged, or that nobody answered, rings again after so long while things are as they are. */
const RINGS_AGAIN_AFTER_MS = 60 * 60_000;

/** For a policy with no ladder `operators`. */
const OWN_LADDER: Ladder = {
  rungs: [
    { targets: [{ role: 'admin' }], waitMs: 5 * 60_000 },
    { targets: [{ role: 'executive' }], waitMs: 15 * 60_000 },
  ],
  rounds: 3,
};

export function operatorsLadder({ rules }: Pick<Policy, 'rules'>): Ladder {
  return rules.ladders['operators'] ?? OWN_LADDER;
}

/** Whether somebody is to be called for it: not for what may be over at the next look. */
export function isAlarming(
  { kind, firstAt }: { readonly kind: string; readonly firstAt: number },
  at: number,
): boolean {
  return LASTED_ALREADY.includes(kind) || at - firstAt >= LASTS_MS;
}

/** An alarm that has not ended, as far as its course depends on it. */
export interface OpenAlarm {
  readonly state: AlarmState;
  /** When it was acknowledged or exhausted; null while it rings. */
  readonly settledAt: number | null;
  /** The kinds of findings that had been told of then. */
  readonly knownKinds: readonly string[];
}

/**
 * What becomes of the alarm, by the kinds of findings that are alarming now: a storm of findings is one call, and who has
 * taken it is called again only for something else, or after an hour.
 */
export function courseOf(
  alarm: OpenAlarm | null,
  kinds: readonly string[],
  at: number,
): 'begin' | 'ring-again' | 'end' | 'go-on' {
  if (alarm === null) return kinds.length === 0 ? 'go-on' : 'begin';
  if (kinds.length === 0) return 'end';
  if (alarm.settledAt === null) return 'go-on';
  const isNew = kinds.some((kind) => !alarm.knownKinds.includes(kind));
  return isNew || at - alarm.settledAt >= RINGS_AGAIN_AFTER_MS ? 'ring-again' : 'go-on';
}
