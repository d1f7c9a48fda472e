import type { IncidentEvent } from '../domain/events.ts';
import type { Incident } from '../domain/incident.ts';
import { draftTextId } from '../domain/notices/notice.ts';
import { draftOf, templateValues } from '../domain/notices/templates.ts';
import type { Db } from '../persistence/database.ts';
import { readPolicy } from '../persistence/policies.ts';
import { type NewText, readTexts, storeTexts } from '../persistence/texts.ts';

/**
 * Writes the texts of the drafts that the process made, before the events that name them: a workflow holds no words, and
 * the chain of the record holds the digest of every text.
 */
export async function keepDrafts(
  db: Db,
  {
    incidentId,
    events,
    after,
  }: {
    readonly incidentId: string;
    readonly events: readonly IncidentEvent[];
    readonly after: Incident;
  },
): Promise<void> {
  const made = events.flatMap(({ body }) =>
    body.type === 'notice-drafted' && body.textId === draftTextId(incidentId, body.n) ? [body] : [],
  );
  if (made.length === 0) return;
  const policy = await readPolicy(db, after.policy.hash);
  if (policy === null) return;
  const { summaryTextId } = after;
  const texts = await readTexts(db, summaryTextId === null ? [] : [summaryTextId]);
  const values = templateValues(policy, after, summaryIn(texts, summaryTextId));
  await storeTexts(
    db,
    incidentId,
    made.flatMap(({ textId: id, audience, trigger }): NewText[] => {
      const body = trigger === null ? null : draftOf(policy, { audience, trigger }, values);
      return body === null ? [] : [{ id, body }];
    }),
  );
}

function summaryIn(texts: ReadonlyMap<string, unknown>, textId: string | null): string {
  const body = textId === null ? undefined : texts.get(textId);
  const summary = typeof body === 'object' && body !== null && 'summary' in body ? body.summary : undefined;
  return typeof summary === 'string' ? summary : '';
}
