import type { Clock, Incident } from '../domain/incident.ts';
import { isUnderWay, noticesOf } from '../domain/notices/notice.ts';
import { instant } from './instants.ts';

/** The columns of an incident's row, drawn from its state. They are copies: the state decides. */
export function incidentColumns(state: Incident) {
  const going = state.clocks.filter(isGoing);
  return {
    version: state.version,
    policy_hash: state.policy.hash,
    stage: state.stage,
    kind: state.kind,
    criticality: state.criticality,
    tlp: state.tlp,
    lead: state.lead,
    team: [...new Set(state.team.map(({ username }) => username))],
    received_at: new Date(state.receivedAt),
    ended_at: instant(state.endedAt),
    reply_due_at: earliest(going.filter(({ name }) => name === 'reply')),
    next_due_at: earliest(going),
    is_unfinished:
      state.endedAt === null ||
      going.length > 0 ||
      state.effects.length > 0 ||
      noticesOf(state).some(isUnderWay),
    state: JSON.stringify(state),
  };
}

/** A breached clock goes on until it is stopped: what is overdue stays overdue. */
function isGoing({ state, stoppedAt }: Clock): boolean {
  return stoppedAt === null && (state === 'running' || state === 'breached');
}

function earliest(clocks: readonly Clock[]): Date | null {
  return clocks.length === 0 ? null : new Date(Math.min(...clocks.map(({ dueAt }) => dueAt)));
}
