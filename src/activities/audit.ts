import { operatorsSheet } from '../domain/page-wording.ts';
import type { Policy } from '../domain/policy.ts';
import { findTroubles, type Finding, keepFindings, markTold, type Trouble } from '../persistence/audit.ts';
import { contactsOf, POLICY_CONTACT } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import { type NewMessage, postMessages } from '../persistence/pager-messages.ts';
import type { Clock, Heartbeat, ProcessWatch } from '../ports.ts';

export interface AuditDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: Policy;
  readonly processes: ProcessWatch;
  /** Null where nobody outside waits for one. */
  readonly heartbeat: Heartbeat | null;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** For rehearsals: how far the clocks of this machine and of Postgres may be apart. */
  readonly clocksApartMaxMs?: number;
}

export interface AuditOutcome {
  readonly findings: number;
  readonly told: number;
  readonly beat: 'sent' | 'held back' | 'failed' | 'none';
}

export interface AuditActivities {
  /** Looks whether everything is as it must be, mends what can be mended, and tells the operators of the rest. */
  lookAround(): Promise<AuditOutcome>;
}

/** What lasts for a second look is no passing moment. Less than the minute between two. */
const LASTS_MS = 50_000;

/** Told again after so long, while it is so. */
const TOLD_AGAIN_MS = 60 * 60_000;

/**
 * The watcher of the process: it trusts neither the workflows nor the senders, and reads what they should have done in the
 * record. The heartbeat goes out only when nothing at all was found; whoever waits for it outside notices also when this
 * never runs. Source: SLA-2, ours.
 */
export function createAuditActivities(dependencies: AuditDependencies): AuditActivities {
  const { db, clock, processes } = dependencies;
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
      const findings = await keepFindings(db, found, at);
      const toTell = findings.filter((finding) => isToBeTold(finding, at));
      if (toTell.length > 0) await tellOperators(dependencies, toTell, at);
      return { findings: findings.length, told: toTell.length, beat: await beat(dependencies, findings) };
    },
  };
}

function isToBeTold({ kind, firstAt, toldAt }: Finding, at: number): boolean {
  // It is mended already; should it happen again, it is told of then.
  if (kind === 'process-was-missing') return at - firstAt >= LASTS_MS && toldAt === null;
  if (toldAt !== null) return at - toldAt >= TOLD_AGAIN_MS;
  return kind === 'workflow-failing' || at - firstAt >= LASTS_MS;
}

/** By every contact of everybody who runs the system: this does not wait for somebody to be reached. */
async function tellOperators(
  { db, policy, publicUrl }: AuditDependencies,
  findings: readonly Finding[],
  at: number,
): Promise<void> {
  const operators = peopleOf(policy, 'admin');
  const content = operatorsSheet(findings, `${publicUrl}/v1/audit`);
  const contacts = await contactsOf(db, operators);
  const usable = contacts.filter(({ verifiedAt, failed }) => verifiedAt !== null && failed === null);
  const message = (person: string, contact: string, method: NewMessage['method']): NewMessage => ({
    id: `operators:${at}:${person}:${contact}`,
    ...{ person, contact, method, purpose: 'operators', content, at },
  });
  await postMessages(db, [
    ...operators.map((person) => message(person, POLICY_CONTACT, 'mail')),
    ...usable.map(({ username, id, kind }) => message(username, id, kind)),
  ]);
  await markTold(db, findings, at);
}

/** Those who run the system, or else the executives: somebody is told. */
function peopleOf({ people }: Policy, role: 'admin' | 'executive'): readonly string[] {
  const holders = people.filter(({ roles }) => roles.includes(role)).map(({ username }) => username);
  return holders.length > 0 || role === 'executive' ? holders : peopleOf({ people } as Policy, 'executive');
}

async function beat(
  { heartbeat }: AuditDependencies,
  findings: readonly Finding[],
): Promise<AuditOutcome['beat']> {
  if (heartbeat === null) return 'none';
  if (findings.length > 0) return 'held back';
  return (await heartbeat.beat()) ? 'sent' : 'failed';
}
