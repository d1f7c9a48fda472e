import type { FactBody } from '../domain/commands.ts';
import type { EventBody } from '../domain/events.ts';

/** The texts that an event or a fact names. The words of a report are a text under the report's own id. */
export function textIdsOf(body: EventBody | FactBody): readonly string[] {
  const named = Object.entries(body)
    .filter(([member]) => member === 'textId' || member.endsWith('TextId'))
    .map(([, id]: [string, unknown]) => id)
    .filter((id): id is string => typeof id === 'string');
  return body.type === 'received' || body.type === 'report' ? [body.reportId, ...named] : named;
}
