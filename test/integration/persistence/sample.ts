import { randomUUID } from 'node:crypto';

import type { EventBody, IncidentEvent } from '../../../src/domain/events.ts';
import { emptyIncident } from '../../../src/domain/evolve.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { Policy } from '../../../src/domain/policy.ts';
import type { Ladder, ProcessRules } from '../../../src/domain/rules.ts';
import type { Db } from '../../../src/persistence/database.ts';
import { type NewReport, storeReport, type StoredReport } from '../../../src/persistence/intake.ts';
import { keepPolicy } from '../../../src/persistence/policies.ts';
import { record } from '../../../src/persistence/record.ts';

/** A Tuesday morning; nothing here looks at the real clock. */
export const MORNING = Date.UTC(2026, 1, 3, 9, 0, 0);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const POLICY_HASH = 'f'.repeat(64);

/** What of a policy this room looks at. */
const RULES = { name: 'sample', hash: POLICY_HASH, actions: [] } as unknown as ProcessRules;
export const POLICY = { rules: RULES } as unknown as Policy;

export const LADDER: Ladder = {
  rungs: [
    { targets: [{ role: 'csirt' }], waitMs: 3000 },
    { targets: [{ person: 'sponsor1' }], waitMs: 3000 },
  ],
  rounds: 2,
};

/** An incident as the process would fold it, but for what a test says of it. */
export function incident(id: string, said: Partial<Incident> = {}): Incident {
  return { ...emptyIncident(id, RULES), tlp: 'AMBER', receivedAt: MORNING, ...said };
}

export function event(seq: number, body: EventBody, said: Partial<IncidentEvent> = {}): IncidentEvent {
  const at = MORNING + seq * MINUTE;
  return { seq, at, recordedAt: at + 5, by: 'lead1', commandId: `lead1:${seq}`, body, ...said };
}

/** A step that says little: who leads now. */
export function named(seq: number, lead = `lead${seq}`): IncidentEvent {
  return event(seq, { type: 'lead-named', lead, from: null, textId: null });
}

/** Events `from` to `to`, each another lead. */
export function handOvers(from: number, to: number): readonly IncidentEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => named(from + index));
}

/** Takes a report in, as the form does. */
export async function report(db: Db, said: Partial<NewReport> = {}): Promise<StoredReport> {
  await keepPolicy(db, POLICY);
  const intake = await storeReport(db, {
    channel: 'form',
    kind: 'incident',
    body: { summary: 'Login page defaced', description: 'It says hello.' },
    tlp: 'AMBER',
    receivedAt: MORNING,
    enteredBy: null,
    by: 'tocsin',
    leadWithinMs: 15 * MINUTE,
    replyWithinMs: 24 * HOUR,
    policy: { name: 'sample', hash: POLICY_HASH },
    initialState: (id) => incident(id, { receivedAt: said.receivedAt ?? MORNING }),
    ...said,
  });
  if (intake.state !== 'stored') throw new Error(`expected a stored report, got ${intake.state}`);
  return intake;
}

/** Records events and whatever the test says the incident is after them. */
export async function recordAll(
  db: Db,
  incidentId: string,
  events: readonly IncidentEvent[],
  said: Partial<Incident> = {},
): Promise<void> {
  await record(db, {
    incidentId,
    events,
    state: incident(incidentId, { ...said, version: events.at(-1)?.seq ?? 0 }),
  });
}

/** An incident with as many events as asked for, each another lead. */
export async function recorded(db: Db, events: number): Promise<string> {
  const { incidentId } = await report(db);
  await recordAll(db, incidentId, handOvers(1, events));
  return incidentId;
}

export const id = (): string => randomUUID();
