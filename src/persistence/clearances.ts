import type { Tlp } from '../domain/tlp.ts';
import type { Db } from './database.ts';

/** One decision of the TLP gate. */
export interface Clearance {
  readonly incidentId: string;
  readonly at: number;
  readonly purpose: string;
  readonly recipient: string;
  readonly label: Tlp;
  readonly isAllowed: boolean;
  /** Why, in words of ours; never words of the message. */
  readonly reason: string;
}

/** Notes what the gate let out or refused. Noted once per decision: a message tried twice was decided on twice. */
export async function recordClearance(db: Db, clearance: Clearance): Promise<void> {
  await db
    .insertInto('clearances')
    .values({
      incident_id: clearance.incidentId,
      at: new Date(clearance.at),
      purpose: clearance.purpose,
      recipient: clearance.recipient,
      label: clearance.label,
      is_allowed: clearance.isAllowed,
      reason: clearance.reason,
    })
    .execute();
}
