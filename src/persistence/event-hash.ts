import { createHash } from 'node:crypto';

import type { IncidentEvent } from '../domain/events.ts';
import { canonicalJson } from './canonical-json.ts';

/** What stands before the first event of every incident. */
export const BEFORE_THE_FIRST = Buffer.alloc(32);

/** Kept apart from every other use of SHA-256 here. */
const EVENT_TAG = Buffer.of(0x00);

export interface HashedEvent {
  readonly incidentId: string;
  readonly event: IncidentEvent;
  /** {textId: hex digest}: the words themselves may go, and the chain still holds. */
  readonly textDigests: Readonly<Record<string, string>>;
  readonly previousHash: Uint8Array;
}

/** The link of one event: it holds the event, the digests of its words and, by the hash before, all that came earlier. */
export function hashEvent({ incidentId, event, textDigests, previousHash }: HashedEvent): Buffer {
  const { seq, at, recordedAt, by, commandId, body } = event;
  const content = canonicalJson({ incidentId, seq, at, recordedAt, by, commandId, body, textDigests });
  return createHash('sha256').update(EVENT_TAG).update(previousHash).update(content).digest();
}
