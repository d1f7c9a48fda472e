import type { Fact } from '../domain/commands.ts';
import { fold } from '../domain/evolve.ts';
import type { Incident } from '../domain/incident.ts';
import type { ProcessRules } from '../domain/rules.ts';
import type { Db } from './database.ts';
import { readEvents } from './events.ts';
import { readRules } from './frozen-rules.ts';
import { unfiledOf } from './inbox.ts';
import { readState } from './record.ts';

/** What an incident's workflow starts from. `incident` is null before its first event. */
export interface Fold {
  readonly incidentId: string;
  readonly incident: Incident | null;
  readonly rules: ProcessRules;
  /** Facts that no event holds yet, in the order they were told. */
  readonly facts: readonly Fact[];
}

/** The fold as the last event left it: quick, for a start in the course of things. Null when there is no such incident. */
export async function readFold(db: Db, incidentId: string): Promise<Fold | null> {
  const row = await readState(db, incidentId);
  if (row === null) return null;
  const [rules, facts] = await Promise.all([readRules(db, row.state.policy.hash), unfiledOf(db, incidentId)]);
  return { incidentId, incident: row.version === 0 ? null : row.state, rules, facts };
}

/** The fold from the first event on: what a recovery trusts. */
export async function refold(db: Db, incidentId: string): Promise<Fold | null> {
  const known = await readFold(db, incidentId);
  if (known?.incident == null) return known;
  const events = await readEvents(db, incidentId);
  return { ...known, incident: fold(incidentId, events, known.rules) };
}
