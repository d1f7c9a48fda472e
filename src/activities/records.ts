import { ApplicationFailure } from '@temporalio/common';
import type { IncidentEvent } from '../domain/events.ts';
import { emptyIncident, evolve } from '../domain/evolve.ts';
import type { Incident } from '../domain/incident.ts';
import type { Db } from '../persistence/database.ts';
import { refold, type Fold } from '../persistence/fold.ts';
import { readRules } from '../persistence/frozen-rules.ts';
import { readState, record, RecordConflict } from '../persistence/record.ts';
import { keepDrafts } from './drafts.ts';

export interface RecordActivities {
  /** Writes events of an incident, in their order. Idempotent by incident and sequence number. */
  record(args: { readonly incidentId: string; readonly events: readonly IncidentEvent[] }): Promise<void>;
  /**
   * What a run begins anew from when the record knows better than its history. Fails, and is tried again, where the events
   * do not give what the record says it holds: to begin from that would only bring the next conflict.
   */
  refold(incidentId: string): Promise<Fold>;
}

export function createRecordActivities({ db }: { readonly db: Db }): RecordActivities {
  return {
    async record({ incidentId, events }) {
      const recorded = existing(await readState(db, incidentId), incidentId);
      const rules = await readRules(db, recorded.state.policy.hash);
      const before = recorded.version === 0 ? emptyIncident(incidentId, rules) : recorded.state;
      const after = events
        .filter((event) => event.seq > before.version)
        .reduce((current, event) => evolve(current, event, rules), before);
      await keepDrafts(db, { incidentId, events, after });
      try {
        await record(db, { incidentId, events, state: stateAfter(events, after) });
      } catch (error) {
        if (!(error instanceof RecordConflict)) throw error;
        throw ApplicationFailure.nonRetryable(error.message, error.code);
      }
    },

    async refold(incidentId) {
      const fold = existing(await refold(db, incidentId), incidentId);
      const recorded = await readState(db, incidentId);
      const version = fold.incident?.version ?? 0;
      if (version === recorded?.version) return fold;
      throw new Error(`The events of ${incidentId} end at ${version}, its record says ${recorded?.version}.`);
    },
  };
}

function existing<T>(found: T | null, incidentId: string): T {
  if (found === null) throw new Error(`There is no incident ${incidentId} in the record.`);
  return found;
}

/** The state after the last of these events; where the record is ahead already, it is not written anyway. */
function stateAfter(events: readonly IncidentEvent[], after: Incident): Incident {
  return { ...after, version: events.at(-1)?.seq ?? after.version };
}
