import { mayRead } from '../../domain/access.ts';
import { readState } from '../../persistence/record.ts';
import {
  CloseBody,
  HandOffBody,
  IncidentParams,
  MergeBody,
  ReasonBody,
  ReopenBody,
} from '../schemas/decisions.ts';
import { addDecision, type Office } from './deciding.ts';

/** The ways an incident ends, and the way back. Source: IC-8, IC-14, IC-21. */
export function addEndings(office: Office): void {
  addDecision(office, {
    verb: 'hand-off',
    path: 'hand-off',
    summary: 'Hand off to whom it belongs to',
    params: IncidentParams,
    body: HandOffBody,
    step: ({ body, words }) => ({
      verb: 'hand-off',
      basis: body.basis,
      textId: words.keep({ to: body.to, reason: body.reason }),
    }),
  });
  addDecision(office, {
    verb: 'dismiss',
    path: 'dismiss',
    summary: 'Dismiss what is no valid submission',
    params: IncidentParams,
    body: ReasonBody,
    step: ({ body, words }) => ({ verb: 'dismiss', textId: words.keep(body) }),
  });
  addDecision(office, {
    verb: 'merge',
    path: 'merge',
    summary: 'Merge into another incident; reports and their reply clocks go along',
    params: IncidentParams,
    body: MergeBody,
    async step({ body, actor, words }) {
      const row = await readState(office.dependencies.db, body.into);
      // What the actor may not know of is not there for them.
      const isKnown = row !== null && mayRead(actor, row.state) !== 'nothing';
      return {
        verb: 'merge',
        into: body.into,
        target: isKnown ? { isOpen: row.state.endedAt === null, criticality: row.state.criticality } : null,
        textId: words.keep({ reason: body.reason }),
      };
    },
  });
  addDecision(office, {
    verb: 'reopen',
    path: 'reopen',
    summary: 'Back to the stage before the end',
    params: IncidentParams,
    body: ReopenBody,
    step: ({ body, words }) => ({
      verb: 'reopen',
      again: body.again ?? [],
      textId: words.keep({ reason: body.reason }),
    }),
  });
  addDecision(office, {
    verb: 'close',
    path: 'close',
    summary: 'Close: handled appropriately and no longer an active threat',
    params: IncidentParams,
    body: CloseBody,
    step: ({ body, words }) => ({ verb: 'close', textId: words.keep(body) }),
  });
}
