import { NoteBody, IncidentParams, NumberedParams, SuspensionBody } from '../schemas/decisions.ts';
import { addDecision, type Office } from './deciding.ts';

/** Suspending services of the federation, and lifting that again. Source: IC-6, IC-7. */
export function addSuspensions(office: Office): void {
  addDecision(office, {
    verb: 'suspensions',
    path: 'suspensions',
    summary: 'Decide to suspend, at every stage',
    params: IncidentParams,
    body: SuspensionBody,
    step({ body, words }) {
      const { participant, action, basis, reason, impact } = body;
      const textId = words.keep({ participant, reason, impact });
      return { verb: 'suspensions', action, basis, hasImpact: impact !== undefined, textId };
    },
  });
  const moves = [
    { verb: 'suspension-done', path: 'done', summary: 'It has been carried out' },
    { verb: 'suspension-lift', path: 'lift', summary: 'Decide to lift it' },
    { verb: 'suspension-lifted', path: 'lifted', summary: 'It has been lifted' },
  ] as const;
  for (const { verb, path, summary } of moves) {
    addDecision(office, {
      verb,
      path: `suspensions/:n/${path}`,
      summary,
      params: NumberedParams,
      body: NoteBody,
      step: ({ params: { n }, body, words }) => ({
        verb,
        n,
        textId: body.note === undefined ? null : words.keep({ note: body.note }),
      }),
    });
  }
}
