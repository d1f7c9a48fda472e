import type { PageTarget } from './incident.ts';
import type { Ladder } from './rules.ts';
import type { PageReason } from './vocabulary.ts';

/** What one ring of a page is started with; everything that happens to it afterwards is rows. */
export interface PageRun {
  readonly incidentId: string;
  readonly pageId: string;
  readonly ring: number;
  readonly reason: PageReason;
  readonly target: PageTarget;
  /** Frozen when the page starts. */
  readonly ladder: Ladder;
  readonly startsAt: number;
  /** The note of a page by hand; kept, never sent. */
  readonly noteTextId: string | null;
  readonly armAheadMs: number;
  /** Waiting steps have a queue of their own, so that they never hold up a step that a person waits for. */
  readonly armedTaskQueue: string;
}
