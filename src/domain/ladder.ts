import type { PageTarget } from './incident.ts';
import type { Ladder, ProcessRules } from './rules.ts';

/**
 * Climbing a ladder: rungs in their order, the whole again for each round, then exhausted. Rungs and rounds are
 * counted from 1. Source: SLA-2.
 */
export interface LadderPosition {
  readonly round: number;
  readonly rung: number;
}

export const FIRST_RUNG: LadderPosition = { round: 1, rung: 1 };

/** The ladder of a page: the one that its target names, with the person or role called put on a rung before it. */
export function ladderOf(target: PageTarget, rules: ProcessRules): Ladder {
  const name = ladderNameOf(target);
  const ladder = rules.ladders[name];
  if (ladder === undefined)
    throw new Error(`The policy has no ladder ${name}; the loader should have refused it.`);
  if ('ladder' in target) return ladder;
  const called = 'person' in target ? { person: target.person } : { role: target.role };
  const waitMs = ladder.rungs[0]?.waitMs ?? 0;
  return { ...ladder, rungs: [{ targets: [called], waitMs }, ...ladder.rungs] };
}

/** The ladder that is climbed once whoever is named first has kept silent. */
export function ladderNameOf(target: PageTarget): string {
  return 'ladder' in target ? target.ladder : target.then;
}

/** The target of a page that is handed on: the named person before the ladder that it had. */
export function handedTo(person: string, target: PageTarget): PageTarget {
  return { person, then: ladderNameOf(target) };
}

/** The rung after this one; null when the rounds are over. */
export function nextPosition(ladder: Ladder, { round, rung }: LadderPosition): LadderPosition | null {
  if (rung < ladder.rungs.length) return { round, rung: rung + 1 };
  return round < ladder.rounds ? { round: round + 1, rung: 1 } : null;
}

/**
 * When the next rung is due after one that was due at `dueAt` and climbed at `climbedAt`. An empty rung is
 * skipped at once. A rung climbed late (an outage) gives its people their full time from then on.
 */
export function nextDueAt(
  ladder: Ladder,
  step: {
    readonly rung: number;
    readonly dueAt: number;
    readonly climbedAt: number;
    readonly isEmpty: boolean;
  },
): number {
  if (step.isEmpty) return step.climbedAt;
  const waitMs = ladder.rungs[step.rung - 1]?.waitMs ?? 0;
  const isLate = step.climbedAt - step.dueAt > LATE_MS;
  return (isLate ? step.climbedAt : step.dueAt) + waitMs;
}

/** Below this a rung counts as climbed on time, so that small delays do not add up along the ladder. */
const LATE_MS = 1000;
