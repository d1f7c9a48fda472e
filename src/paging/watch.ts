import { setTimeout as sleep } from 'node:timers/promises';

import { AUDIT_LATE_MS, findTroubles, keepFindings, lastLookOf, type Trouble } from '../persistence/audit.ts';
import type { Clock, ProcessWatch } from '../ports.ts';
import { type AlarmDependencies, climbAlarm, raiseAlarm } from './alarm.ts';

export interface WatchSettings {
  readonly dependencies: AlarmDependencies & { readonly clock: Clock };
  readonly processes: Pick<ProcessWatch, 'answers'>;
  /** Told when nobody has acknowledged the alarm on its whole ladder. */
  readonly onExhausted: () => void;
  /** Told of what went wrong; the watch itself goes on. */
  readonly onError: (error: unknown) => void;
}

export interface Watch {
  stop(): Promise<void>;
}

/** How late a rung may be climbed. */
const CLIMB_EVERY_MS = 1000;

/** How often Temporal is asked whether it answers. */
const ASK_EVERY_MS = 10_000;

/** Longer than a restart of Temporal takes. */
const AWAY_MS = 60_000;

/** Between two looks of who stands in. */
const LOOK_EVERY_MS = 30_000;

/**
 * Watches the audit, which needs Temporal, and climbs the operators' alarm, which does not. While Temporal does not answer,
 * or the audit does not look for whatever reason, this looks in its place at what the record alone tells. Any number of
 * workers may run it.
 */
export function startWatch({ dependencies, processes, onExhausted, onError }: WatchSettings): Watch {
  const { db, clock } = dependencies;
  /** Nobody is silent or away because we have only just begun to listen. */
  const startedAt = clock.now();
  let answeredAt = startedAt;
  let lookedAt = 0;
  const stopping = new AbortController();
  const running = Promise.all([every(CLIMB_EVERY_MS, climb), every(ASK_EVERY_MS, ask)]);

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };

  async function every(ms: number, act: () => Promise<void>): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await act().catch(onError);
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  async function climb(): Promise<void> {
    if ((await climbAlarm(dependencies, clock.now())) === 'exhausted') onExhausted();
  }

  async function ask(): Promise<void> {
    if (await processes.answers()) answeredAt = clock.now();
    if (clock.now() - lookedAt >= LOOK_EVERY_MS) await standIn();
  }

  async function standIn(): Promise<void> {
    const troubles = troublesOfAudit({
      at: clock.now(),
      answeredAt,
      auditedAt: Math.max(startedAt, (await lastLookOf(db)) ?? 0),
    });
    if (troubles.length === 0) return;
    lookedAt = clock.now();
    await lookInItsPlace(dependencies, troubles);
  }
}

/** Why somebody has to look in place of the audit; nothing while it looks and Temporal answers. */
export function troublesOfAudit({
  at,
  answeredAt,
  auditedAt,
}: {
  readonly at: number;
  /** When Temporal answered last. */
  readonly answeredAt: number;
  /** When the audit looked last. */
  readonly auditedAt: number;
}): readonly Trouble[] {
  const since = (instant: number) => `since ${new Date(instant).toISOString()}`;
  return [
    ...(at - answeredAt < AWAY_MS
      ? []
      : [
          {
            kind: 'temporal-away' as const,
            subject: 'temporal',
            detail: `it has not answered ${since(answeredAt)}`,
          },
        ]),
    ...(at - auditedAt < AUDIT_LATE_MS
      ? []
      : [
          {
            kind: 'audit-silent' as const,
            subject: 'audit',
            detail: `it has not looked ${since(auditedAt)}`,
          },
        ]),
  ];
}

/** What the audit would do, as far as the record alone tells. */
export async function lookInItsPlace(
  { clock, ...dependencies }: AlarmDependencies & { readonly clock: Clock },
  troubles: readonly Trouble[],
): Promise<void> {
  const { db } = dependencies;
  const at = clock.now();
  const found = [...(await findTroubles(db, at)), ...troubles];
  await raiseAlarm(dependencies, await keepFindings(db, { found, at, by: 'stand-in' }), at);
}
