import { writeFact } from '../../persistence/inbox.ts';
import { addCall } from '../call.ts';
import { answerIncident, findIncident } from '../incident-reading.ts';
import { pastInstant } from '../past.ts';
import { ProblemError } from '../problem.ts';
import {
  ConsultationAnswerBody,
  ContactAttemptBody,
  IncidentParams,
  NumberedParams,
} from '../schemas/decisions.ts';
import { IncidentAnswerSchema } from '../schemas/incident.ts';
import { WordsSaid } from '../words-said.ts';
import type { Office } from './deciding.ts';

/** What people tell that cannot be refused, and is taken also while the process is away. */
export function addFacts(office: Office): void {
  addContactAttempts(office);
  addConsultationAnswers(office);
}

const INCIDENT = {
  status: 200,
  schema: IncidentAnswerSchema,
  description: 'The incident as it stands, as far as the caller may read it.',
} as const;

/** Source: IC-7. */
function addContactAttempts({ app, dependencies, policies }: Office): void {
  const { db, now, newId } = dependencies;
  addCall(app, dependencies, {
    verb: 'contact-attempts',
    method: 'POST',
    url: '/v1/incidents/:id/contact-attempts',
    tag: 'Facts',
    summary: 'Log an effort to reach a participant',
    params: IncidentParams,
    body: ContactAttemptBody,
    answer: INCIDENT,
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ actor, body: { at: saidAt, ...attempt }, subject: { incident }, commandId }) {
      const at = pastInstant(saidAt, now(), '/at');
      const words = new WordsSaid(newId);
      const textId = words.keep(attempt);
      await writeFact(db, {
        factId: commandId,
        incidentId: incident.id,
        by: actor.username,
        at,
        fact: { type: 'contact-attempt', textId },
        texts: words.texts,
      });
      return answerIncident(dependencies, policies, actor, incident.id);
    },
  });
}

/** Source: NM-11. */
function addConsultationAnswers({ app, dependencies, policies }: Office): void {
  const { db, now, newId } = dependencies;
  addCall(app, dependencies, {
    verb: 'consultation-answer',
    method: 'POST',
    url: '/v1/incidents/:id/consultations/:n/answer',
    tag: 'Facts',
    summary: 'Answer what one is asked',
    params: NumberedParams,
    body: ConsultationAnswerBody,
    answer: INCIDENT,
    async subject(actor, { id = '', n = '' }) {
      const found = await findIncident(dependencies, actor, id);
      const consultation = found.incident.consultations.find((candidate) => String(candidate.n) === n);
      if (consultation === undefined) {
        throw new ProblemError('not-found', 'There is no consultation with this number on this incident.');
      }
      return { ...found, about: { ...found.about, asked: consultation.asked } };
    },
    async handle({ actor, params: { n }, body, subject: { incident }, commandId }) {
      const words = new WordsSaid(newId);
      const textId = words.keep(body);
      await writeFact(db, {
        factId: commandId,
        incidentId: incident.id,
        by: actor.username,
        at: now(),
        fact: { type: 'consultation-answer', n, textId },
        texts: words.texts,
      });
      return answerIncident(dependencies, policies, actor, incident.id);
    },
  });
}
