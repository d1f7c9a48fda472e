import { raiseAlarm } from '../paging/alarm.ts';
import type { Policy } from '../domain/policy.ts';
import { findTroubles, type Finding, keepFindings, type Trouble } from '../persistence/audit.ts';
import type { Db } from '../persistence/database.ts';
import type { Clock, Heartbeat, ProcessWatch } from '../ports.ts';

export interface AuditDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: Policy;
  readonly processes: Pick<ProcessWatch, 'revive' | 'failing'>;
  /** Null where nobody outside waits for one. */
  readonly heartbeat: Heartbeat | null;
  /** For rehearsals: how far the clocks of this machine and of Postgres may be apart. */
  readonly clocksApartMaxMs?: number;
}

export interface AuditOutcome {
  readonly findings: number;
  /** What this look did to the operators' alarm. */
  readonly alarm: 'begin' | 'ring-again' | 'end' | 'go-on';
  readonly beat: 'sent' | 'held back' | 'failed' | 'none';
}

export interface AuditActivities {
  /** Looks whether everything is as it must be, mends what can be mended, and raises the operators' alarm for the rest. */
  lookAround(): Promise<AuditOutcome>;
}

/**
 * The watcher of the process: it trusts neither the workflows nor the senders, and reads what they should have done in the
 * record. The heartbeat goes out only when nothing at all was found; whoever waits for it outside notices also when this
 * never runs. Source: SLA-2, ours.
 */
export function createAuditActivities(dependencies: AuditDependencies): AuditActivities {
  const { db, clock, policy, processes } = dependencies;
  return {
    async lookAround() {
      const revived = await processes.revive();
      const failing = await processes.failing();
      const at = clock.now();
      const found: readonly Trouble[] = [
        ...(await findTroubles(db, at, dependencies.clocksApartMaxMs)),
        ...revived.map((subject) => ({
          kind: 'process-was-missing' as const,
          subject,
          detail: 'it has one again',
        })),
        ...failing.map((subject) => ({
          kind: 'workflow-failing' as const,
          subject,
          detail: 'its task fails again and again',
        })),
      ];
      const findings = await keepFindings(db, { found, at, by: 'audit' });
      const alarm = await raiseAlarm({ db, policy }, findings, at);
      return { findings: findings.length, alarm, beat: await beat(dependencies, findings) };
    },
  };
}

async function beat(
  { heartbeat }: AuditDependencies,
  findings: readonly Finding[],
): Promise<AuditOutcome['beat']> {
  if (heartbeat === null) return 'none';
  if (findings.length > 0) return 'held back';
  return (await heartbeat.beat()) ? 'sent' : 'failed';
}
