import { z } from 'zod';
import { chatLogOf } from '../../persistence/channels.ts';
import { addCall } from '../call.ts';
import { chatLogDocument } from '../chat-log.ts';
import { findIncident } from '../incident-reading.ts';
import { IncidentParams } from '../schemas/decisions.ts';
import { addDecision, type Office } from './deciding.ts';

/** The incident's chat channel. Source: NM-20, NM-23. */
export function addChannels(office: Office): void {
  const { app, dependencies } = office;
  addDecision(office, {
    verb: 'channel',
    path: 'channel',
    summary: 'Open a chat channel by hand',
    description:
      'For an incident for which automation opens none, or could not. By invitation where its label is AMBER or stricter.',
    params: IncidentParams,
    body: z.strictObject({}),
    step: () => ({ verb: 'channel' }),
  });
  addCall(app, dependencies, {
    verb: 'chat-log',
    method: 'GET',
    url: '/v1/incidents/:id/chat-log',
    tag: 'Timeline',
    summary: 'What was said in the chat channels, as a document',
    description: 'It has the label of the incident.',
    params: IncidentParams,
    answer: {
      status: 200,
      schema: z.string(),
      description: 'A line for each message: instant in UTC, who, what.',
      onlyAs: 'text/plain',
    },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ subject: { incident }, reply }) {
      void reply.type('text/plain; charset=utf-8');
      return chatLogDocument(
        { incidentId: incident.id, tlp: incident.tlp },
        await chatLogOf(dependencies.db, incident.id),
      );
    },
  });
}
